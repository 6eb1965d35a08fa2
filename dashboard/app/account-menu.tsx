/** Who is signed in, as what, how things look, and the way out. */
import { useRef } from 'react';
import { Icon } from '../kit/icon.tsx';
import { type Language, languageNames, rememberLanguage, useLanguage, useText } from '../text/text.ts';
import { choose, type Theme, useTheme, useTimeZone } from './preferences.ts';
import { useSignedIn } from './session-context.ts';

const ownZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

export function AccountMenu() {
  const text = useText('shell');
  const { roles } = useText('common');
  const { me, session } = useSignedIn();
  const theme = useTheme();
  const [zone, setZone] = useTimeZone();
  const language = useLanguage();
  const details = useRef<HTMLDetailsElement>(null);
  return (
    <details
      ref={details}
      className="account"
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        details.current?.removeAttribute('open');
        details.current?.querySelector('summary')?.focus();
      }}
    >
      <summary>
        <Icon name="person" />
        <span className="account-name">{me.name}</span>
        <span className="visually-hidden">{text.account}</span>
      </summary>
      <div className="account-panel">
        <p>
          <strong>{me.name}</strong>
          <br />
          {roles[me.role]}
        </p>
        <label>
          {text.theme.label}
          <select value={theme} onChange={(event) => choose({ theme: event.target.value as Theme })}>
            {(['system', 'light', 'dark'] as const).map((each) => (
              <option key={each} value={each}>
                {text.theme[each]}
              </option>
            ))}
          </select>
        </label>
        <label>
          {text.timeZone}
          <select value={zone} onChange={(event) => setZone(event.target.value)}>
            <option value={ownZone}>{ownZone}</option>
            {ownZone !== 'UTC' && <option value="UTC">UTC</option>}
          </select>
        </label>
        <label>
          {text.language}
          <select
            value={language}
            onChange={(event) => {
              rememberLanguage(event.target.value as Language);
              window.location.reload();
            }}
          >
            {Object.entries(languageNames).map(([each, name]) => (
              <option key={each} value={each} lang={each}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <button type="button" className="button" onClick={() => void session.signOut()}>
          {text.signOut}
        </button>
      </div>
    </details>
  );
}

/** Text that is to be taken elsewhere: an id, a command, a file. */
import { useSay } from '../app/announcer.tsx';
import { useText } from '../text/text.ts';
import { Icon } from './icon.tsx';

export function Copy({ value, label }: { readonly value: string; readonly label?: string }) {
  const text = useText('common');
  const say = useSay();
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(value);
      say(text.copied);
    } catch {
      // The browser may refuse it: the text can still be marked by hand.
      say(text.notCopied);
    }
  };
  return (
    <button type="button" className="copy" onClick={() => void copy()}>
      <Icon name="copy" />
      <span className="visually-hidden">{label ?? text.copy}</span>
    </button>
  );
}

/** An id in a line of text. */
export function Code({ children, copy = false }: { readonly children: string; readonly copy?: boolean }) {
  return (
    <span className="code-inline">
      <code>{children}</code>
      {copy && <Copy value={children} />}
    </span>
  );
}

/** Lines for a shell or a file. */
export function CodeBlock({ children, label }: { readonly children: string; readonly label: string }) {
  return (
    <figure className="code-block">
      <figcaption>
        {label} <Copy value={children} />
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and the keyboard must be able to. */}
      <pre tabIndex={0}>
        <code>{children}</code>
      </pre>
    </figure>
  );
}

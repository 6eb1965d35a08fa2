/**
 * Buttons. One that a person may not press stays where it is, says why, and does nothing: `needs="admin"`, or
 * `whyNot="there is nothing to verify yet"`.
 */
import { type ReactNode, useId, useRef } from 'react';
import { useSay } from '../app/announcer.tsx';
import { type Role, useWhyNot } from '../app/session-context.ts';
import { Icon, type IconName } from './icon.tsx';

export interface ButtonProps {
  readonly children: ReactNode;
  readonly onPress?: () => void;
  readonly kind?: 'primary' | 'plain' | 'danger' | 'link';
  readonly small?: boolean;
  readonly icon?: IconName;
  /** The role that the API asks for. */
  readonly needs?: Role | undefined;
  /** Why it cannot be pressed now; absent: it can. */
  readonly whyNot?: string | undefined;
  /** It is being done: pressing does nothing, and that is said. */
  readonly running?: boolean;
  readonly type?: 'button' | 'submit';
  readonly label?: string;
  readonly expanded?: boolean;
  readonly controls?: string;
}

export function Button({
  children,
  onPress,
  kind = 'plain',
  small = false,
  icon,
  needs,
  whyNot,
  running = false,
  type = 'button',
  label,
  expanded,
  controls,
}: ButtonProps) {
  const id = useId();
  const say = useSay();
  const ref = useRef<HTMLButtonElement>(null);
  const role = useWhyNot(needs);
  const why = role ?? whyNot;
  const off = why !== undefined || running;
  return (
    <span className="button-place">
      <button
        ref={ref}
        type={type}
        className={`button button-${kind}${small ? ' button-small' : ''}`}
        // Not `disabled`: that would take it out of the way of the keyboard, and nobody would hear why.
        aria-disabled={off || undefined}
        aria-describedby={why === undefined ? undefined : id}
        aria-busy={running || undefined}
        aria-label={label}
        aria-expanded={expanded}
        aria-controls={controls}
        onClick={(event) => {
          if (!off) {
            onPress?.();
            return;
          }
          event.preventDefault();
          if (why !== undefined) say(why);
        }}
      >
        {running ? <span className="spinner" aria-hidden="true" /> : icon && <Icon name={icon} />}
        {children}
      </button>
      {why !== undefined && (
        <span id={id} className="why-not" role="tooltip">
          {why}
        </span>
      )}
    </span>
  );
}

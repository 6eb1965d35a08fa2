/** How far something is, with its words; a reader of the screen hears its name and value. `value` absent: nobody knows. */
import { useId } from 'react';

export function Progress({
  label,
  value,
  max,
  text,
}: {
  readonly label: string;
  readonly value?: number | undefined;
  readonly max?: number | undefined;
  readonly text?: string;
}) {
  const id = useId();
  const known = value !== undefined && max !== undefined && max > 0;
  return (
    <div className="progress">
      <span id={id} className="progress-label">
        {label}
      </span>
      <progress
        aria-labelledby={id}
        aria-valuetext={text}
        {...(known && { value: Math.min(value, max), max })}
      />
      {text !== undefined && <span className="progress-text">{text}</span>}
    </div>
  );
}

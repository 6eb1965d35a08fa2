/** What goes is typed by who lets it go: each name once, as it is written. */
import { useEffect, useState } from 'react';
import { TextField } from '../../kit/fields.tsx';
import { useText } from '../../text/text.ts';
import type { Typed } from './journey.ts';
import styles from './restore.module.css';

export function TypedNames({
  wanted,
  onSaid,
}: {
  readonly wanted: readonly Typed[];
  readonly onSaid: (all: boolean) => void;
}) {
  const text = useText('restore').confirm.typed;
  const [said, setSaid] = useState<Readonly<Record<string, string>>>({});
  const all = wanted.every(({ name }) => (said[name] ?? '').trim() === name);
  useEffect(() => onSaid(all), [all, onSaid]);
  return (
    <fieldset className={styles.typed}>
      <legend>{text.legend}</legend>
      {wanted.map(({ name, places }) => (
        <div key={name} className="form">
          <ul className={styles.places}>
            {places.map((place) => (
              <li key={place}>{place}</li>
            ))}
          </ul>
          <TextField
            label={text.label(name)}
            value={said[name] ?? ''}
            onChange={(value) => setSaid({ ...said, [name]: value })}
            autoComplete="off"
          />
        </div>
      ))}
    </fieldset>
  );
}

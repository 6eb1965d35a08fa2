/** Where the bytes are: the vault, and each further one, with what came of copying it there. */
import type { Schemas } from '../../api/use-api.ts';
import { Badge } from '../../kit/badge.tsx';
import { When } from '../../kit/when.tsx';
import { useText } from '../../text/text.ts';

export function Copies({ point: { locations = [], copies = {} } }: { readonly point: Schemas['Backup'] }) {
  const text = useText('point').copies;
  const further = Object.entries(copies);
  return (
    <ul className="reasons">
      {locations.map((location) => (
        <li key={location}>
          <code>{location}</code>
        </li>
      ))}
      {further.map(([name, { at, error }]) => (
        <li key={name}>
          {name}{' '}
          {error ? <Badge tone="critical">{text.failed}</Badge> : <Badge tone="well">{text.there}</Badge>}{' '}
          <When at={at} />
          {error && (
            <p className="small">
              {error.message} {error.next}
            </p>
          )}
        </li>
      ))}
      {locations.length === 0 && further.length === 0 && <li>{text.unknown}</li>}
    </ul>
  );
}

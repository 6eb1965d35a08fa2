/** A time as people say it (`3 hours ago`), with the exact one, its zone included, for who wants it and for readers of the screen. */
import { useNowAs } from '../app/now.ts';
import { useFormat } from '../format.ts';

export function When({
  at,
  both = false,
  zone,
}: {
  readonly at: string;
  readonly both?: boolean;
  readonly zone?: string;
}) {
  const format = useFormat();
  const exact = format.dateTime(at, zone);
  const relative = useNowAs((now) => format.relative(at, now));
  return (
    <time dateTime={at} title={exact} className="when">
      {both ? (
        <>
          {exact} <span className="small">({relative})</span>
        </>
      ) : (
        <>
          {relative}
          <span className="visually-hidden"> ({exact})</span>
        </>
      )}
    </time>
  );
}

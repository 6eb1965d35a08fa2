/** Pieces of a page: a card with a heading, and facts as pairs of name and value. */
import { Fragment, type ReactNode, useId } from 'react';

export function Card({
  title,
  actions,
  lead,
  children,
  level = 2,
}: {
  readonly title?: string;
  readonly actions?: ReactNode;
  readonly lead?: ReactNode;
  readonly children: ReactNode;
  readonly level?: 2 | 3;
}) {
  const id = useId();
  const Heading = `h${level}` as const;
  return (
    <section className="card" aria-labelledby={title === undefined ? undefined : id}>
      {title !== undefined && (
        <div className="card-head">
          <Heading id={id}>{title}</Heading>
          {actions !== undefined && <div className="actions">{actions}</div>}
        </div>
      )}
      {lead !== undefined && <p className="lead">{lead}</p>}
      {children}
    </section>
  );
}

/** Name → value; what is undefined is left out. */
export function Facts({ facts }: { readonly facts: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl className="facts">
      {facts.map(([name, value]) =>
        value === undefined || value === null ? null : (
          <Fragment key={name}>
            <div>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          </Fragment>
        ),
      )}
    </dl>
  );
}

/** Cards side by side where there is room. */
export function Columns({ children }: { readonly children: ReactNode }) {
  return <div className="columns">{children}</div>;
}

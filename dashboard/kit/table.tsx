/**
 * A list as a table: a real one for readers of the screen, cards in a narrow window. Sorting is the address's (the server
 * sorts). Links in cells are plain ones, `<a href>`, which the table takes to the router (plain-links.tsx).
 */
import { memo, type ReactNode } from 'react';
import { useText } from '../text/text.ts';
import { Icon } from './icon.tsx';
import { PlainLinks } from './plain-links.tsx';

export interface Column<T> {
  readonly id: string;
  readonly header: string;
  readonly cell: (row: T) => ReactNode;
  /** What the server sorts by; absent: it cannot. */
  readonly sort?: string;
  readonly align?: 'end';
  /** Names the row: its heading. One column at most. */
  readonly heads?: boolean;
  /** Left out where the window is narrower than a laptop's. */
  readonly detail?: boolean;
}

export interface Sorting {
  readonly by: string;
  readonly order: 'asc' | 'desc';
  readonly onSort: (by: string, order: 'asc' | 'desc') => void;
}

export function Table<T>({
  label,
  columns,
  rows,
  keyOf,
  sorting,
  busy = false,
  toneOf,
}: {
  /** What it is a list of, for readers of the screen. */
  readonly label: string;
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  readonly keyOf: (row: T) => string;
  readonly sorting?: Sorting;
  /** Other rows are on their way. */
  readonly busy?: boolean;
  /** A line at the edge of a row that needs attention. */
  readonly toneOf?: (row: T) => 'critical' | 'warning' | undefined;
}) {
  return (
    <PlainLinks className="table-place" busy={busy}>
      <table className="table">
        <caption className="visually-hidden">{label}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <Head key={column.id} column={column} sorting={sorting} />
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Row
              key={keyOf(row)}
              row={row}
              columns={columns as readonly Column<unknown>[]}
              tone={toneOf?.(row)}
            />
          ))}
        </tbody>
      </table>
    </PlainLinks>
  );
}

/** Drawn again only when the row is another one, or `columns` is: pages keep theirs (useMemo). */
const Row = memo(function Row({
  row,
  columns,
  tone,
}: {
  readonly row: unknown;
  readonly columns: readonly Column<unknown>[];
  readonly tone: 'critical' | 'warning' | undefined;
}) {
  return (
    <tr data-tone={tone}>
      {columns.map(({ id, header, cell, align, heads, detail }) => {
        const shared = {
          'data-label': header,
          'data-align': align,
          'data-detail': detail,
          className: heads ? 'heads' : undefined,
        };
        return heads ? (
          <th key={id} scope="row" {...shared}>
            {cell(row)}
          </th>
        ) : (
          <td key={id} {...shared}>
            {cell(row)}
          </td>
        );
      })}
    </tr>
  );
});

function Head<T>({
  column: { header, sort, align, detail },
  sorting,
}: {
  readonly column: Column<T>;
  readonly sorting: Sorting | undefined;
}) {
  const text = useText('common');
  const shared = { scope: 'col', 'data-align': align, 'data-detail': detail } as const;
  if (sort === undefined || !sorting) return <th {...shared}>{header}</th>;
  const isBy = sorting.by === sort;
  const next = isBy && sorting.order === 'desc' ? 'asc' : 'desc';
  return (
    <th {...shared} aria-sort={isBy ? (sorting.order === 'asc' ? 'ascending' : 'descending') : 'none'}>
      <button
        type="button"
        className="sort"
        data-order={isBy ? sorting.order : undefined}
        onClick={() => sorting.onSort(sort, next)}
      >
        {header}
        <Icon name="down" />
        <span className="visually-hidden">{text.sortBy}</span>
      </button>
    </th>
  );
}

/** Cursors go forward only: the pages gone through are in the browser's history. */
export function Pager({
  next,
  onNext,
  isFirst,
  onFirst,
}: {
  readonly next: boolean;
  readonly onNext: () => void;
  readonly isFirst: boolean;
  readonly onFirst: () => void;
}) {
  const text = useText('common');
  if (!next && isFirst) return null;
  return (
    <nav className="pager" aria-label={text.pages}>
      {!isFirst && (
        <button type="button" className="button button-small" onClick={onFirst}>
          {text.firstPage}
        </button>
      )}
      {next && (
        <button type="button" className="button button-small" onClick={onNext}>
          {text.nextPage} <Icon name="next" />
        </button>
      )}
    </nav>
  );
}

/** The pager of a list whose place is `cursor` in the address. */
export function CursorPager({
  cursor,
  next,
  go,
}: {
  readonly cursor: string | undefined;
  readonly next: string | undefined;
  readonly go: (change: { readonly cursor: string | undefined }, how: 'push') => void;
}) {
  return (
    <Pager
      next={next !== undefined}
      onNext={() => go({ cursor: next }, 'push')}
      isFirst={cursor === undefined}
      onFirst={() => go({ cursor: undefined }, 'push')}
    />
  );
}

/**
 * The plans as a table whose sort and filters are in the address. Two hundred of them stay quick: rows are memoised and
 * drawn only when they come into sight, the list follows what is typed at its own pace, and links are plain ones.
 */
import { useCallback, useDeferredValue, useMemo } from 'react';
import type { Schemas } from '../../api/use-api.ts';
import { flag, oneOf, text as textReader, useAddress } from '../../app/address.ts';
import { useSay } from '../../app/announcer.tsx';
import { useNowAs } from '../../app/now.ts';
import { useWhyNot } from '../../app/session-context.ts';
import { useTyped } from '../../app/typed.ts';
import { Button } from '../../kit/button.tsx';
import { Card } from '../../kit/card.tsx';
import { Select, TextField } from '../../kit/fields.tsx';
import { Filters } from '../../kit/filters.tsx';
import { Icon } from '../../kit/icon.tsx';
import { PlainLinks } from '../../kit/plain-links.tsx';
import { Empty } from '../../kit/states.tsx';
import { useText } from '../../text/text.ts';
import { arranged, firstOrder, type Line, type Sort, shows, sorts } from './arrange.ts';
import style from './overview.module.css';
import { PlanRow } from './plan-row.tsx';
import { roles } from './roles.ts';

const kinds = ['postgres', 'mongodb', 'files'] as const;
const readers = {
  q: textReader,
  show: oneOf(...shows),
  kind: oneOf(...kinds),
  sort: oneOf(...sorts),
  order: oneOf('asc', 'desc'),
  all: flag,
};
/** More are drawn only when somebody asks for all of them. */
const firstRows = 50;
/** With so few there is nothing to look for. */
const fewPlans = 8;
const columns = ['name', 'state', 'age', 'proven', 'latest', 'next', 'days', 'actions'] as const;

export function Plans({
  overview,
  onBackUp,
}: {
  readonly overview: Schemas['Overview'];
  readonly onBackUp: (plan: Line) => void;
}) {
  const text = useText('overview').plans;
  const common = useText('common');
  const [address, go] = useAddress(readers);
  const [typed, setTyped] = useTyped(
    address.q,
    useCallback((q) => go({ q }), [go]),
  );
  const whyNot = useWhyNot('operator');
  const say = useSay();
  // What is beyond its target changes with the minute, not with each tick.
  const minute = useNowAs((now) => Math.floor(now.getTime() / 60_000));
  const { show, kind, sort, order, all } = address;
  const rows = useMemo(
    () => arranged(overview.plans, { q: typed, show, kind, sort, order }, minute * 60_000),
    [overview.plans, typed, show, kind, sort, order, minute],
  );
  // The worst are first: what is beyond the first ones is looked for, or asked for.
  const kept = useMemo(() => (all ? rows : rows.slice(0, firstRows)), [all, rows]);
  const shown = useDeferredValue(kept);
  const active = typed !== '' || show !== undefined || kind !== undefined;
  return (
    <Card
      title={text.title}
      actions={<span className="small">{text.count(rows.length, overview.plans.length)}</span>}
    >
      {(active || overview.plans.length > fewPlans) && (
        <Filters
          active={active}
          onClear={() => {
            setTyped('');
            go({ q: undefined, show: undefined, kind: undefined });
          }}
        >
          <TextField type="search" label={text.search} value={typed} onChange={setTyped} />
          <Select
            label={text.show}
            value={show ?? 'all'}
            onChange={(next) => go({ show: next === 'all' ? undefined : next })}
            options={(['all', ...shows] as const).map((value) => ({ value, label: text.shows[value] }))}
          />
          <Select
            label={text.kind}
            value={kind ?? 'all'}
            onChange={(next) => go({ kind: next === 'all' ? undefined : next })}
            options={[
              { value: 'all' as const, label: common.all },
              ...kinds.map((value) => ({ value, label: common.kinds[value] })),
            ]}
          />
        </Filters>
      )}
      {overview.nextCursor !== undefined && <p className="small">{text.more}</p>}
      {shown.length === 0 ? (
        <Empty title={text.nothing}>
          <p>{text.nothingText}</p>
        </Empty>
      ) : (
        <PlainLinks className={style.place}>
          <table
            className={style.table}
            {...roles.table}
            aria-label={text.label}
            aria-rowcount={rows.length + 1}
          >
            <thead {...roles.rowgroup}>
              <tr {...roles.row} className={style.heads}>
                {columns.map((id) => (
                  <Head key={id} id={id} sort={sort ?? 'state'} order={order} go={go} />
                ))}
              </tr>
            </thead>
            <tbody {...roles.rowgroup} aria-busy={shown !== kept}>
              {shown.map((plan) => (
                <PlanRow key={plan.planId} plan={plan} whyNot={whyNot} onBackUp={onBackUp} say={say} />
              ))}
            </tbody>
          </table>
        </PlainLinks>
      )}
      {kept.length < rows.length && (
        <div className="pager">
          <Button small onPress={() => go({ all: true })}>
            {text.showAll(rows.length)}
          </Button>
        </div>
      )}
    </Card>
  );
}

function Head({
  id,
  sort,
  order,
  go,
}: {
  readonly id: (typeof columns)[number];
  readonly sort: Sort;
  readonly order: 'asc' | 'desc' | undefined;
  readonly go: ReturnType<typeof useAddress<typeof readers>>[1];
}) {
  const text = useText('overview').plans;
  const name = text.columns[id];
  if (id === 'days' || id === 'actions') {
    return (
      <th {...roles.columnheader} scope="col">
        {name}
      </th>
    );
  }
  const isBy = sort === id;
  const current = isBy ? (order ?? firstOrder[id]) : undefined;
  const next = current === undefined ? firstOrder[id] : current === 'asc' ? 'desc' : 'asc';
  return (
    <th
      {...roles.columnheader}
      scope="col"
      aria-sort={current === undefined ? 'none' : current === 'asc' ? 'ascending' : 'descending'}
    >
      <button
        type="button"
        className="sort"
        data-order={current}
        title={text.sortHint(name)}
        onClick={() =>
          go({
            sort: id === 'state' ? undefined : id,
            order: next === firstOrder[id] ? undefined : next,
          })
        }
      >
        {name}
        <Icon name="down" />
      </button>
    </th>
  );
}

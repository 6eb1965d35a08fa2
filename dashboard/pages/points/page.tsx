/** Recovery points: what there is to restore from, narrowed and sorted by the server; what narrows it is in the address. */
import { useMemo } from 'react';
import { type Schemas, useApi } from '../../api/use-api.ts';
import { day, oneOf, text as textReader, useAddress } from '../../app/address.ts';
import { useFormat } from '../../format.ts';
import { Badge } from '../../kit/badge.tsx';
import { Card } from '../../kit/card.tsx';
import { Select, TextField } from '../../kit/fields.tsx';
import { Filters } from '../../kit/filters.tsx';
import { Link } from '../../kit/link.tsx';
import { Page } from '../../kit/page.tsx';
import { PlanSelect } from '../../kit/plan-select.tsx';
import { ProofBadge, RunBadge } from '../../kit/state-badge.tsx';
import { Empty, Loaded } from '../../kit/states.tsx';
import { type Column, CursorPager, Table } from '../../kit/table.tsx';
import { When } from '../../kit/when.tsx';
import { useText } from '../../text/text.ts';
import { secondsOf } from '../runs/seconds.ts';
import { mostSortedDays, sortedSpan } from './sorted-span.ts';

type Point = Schemas['ListedBackup'];

const tiers = ['hourly', 'daily', 'weekly', 'monthly', 'yearly', 'manual'] as const;
const proofs = ['restored', 'readable', 'stored', 'passed', 'failed', 'none'] as const;
const kinds = ['database', 'files', 'full'] as const;
const sorts = ['slot', 'storedBytes', 'durationSeconds'] as const;
const readers = {
  plan: textReader,
  status: oneOf('completed', 'expired'),
  verified: oneOf(...proofs),
  tier: oneOf(...tiers),
  kind: oneOf(...kinds),
  from: day,
  to: day,
  sort: oneOf(...sorts),
  order: oneOf('asc', 'desc'),
  cursor: textReader,
};
const aPage = 50;
const restMs = 60_000;

export default function PointsPage() {
  const text = useText('points');
  const common = useText('common');
  const [address, go] = useAddress(readers);
  const { plan, status = 'completed', verified, tier, kind, sort = 'slot', order = 'desc', cursor } = address;
  const span = sortedSpan({ ...address, sort }, new Date());
  const points = useApi(
    '/v1/backups',
    { params: { query: { limit: aPage, plan, status, verified, tier, kind, sort, order, cursor, ...span } } },
    { every: restMs, keepPrevious: true },
  );
  const filter = (change: Parameters<typeof go>[0]) => go({ ...change, cursor: undefined });
  const { cursor: _, sort: _sort, order: _order, ...narrowing } = address;
  const active = Object.values(narrowing).some((each) => each !== undefined);
  const clear = Object.fromEntries(Object.keys(readers).map((name) => [name, undefined]));
  const choice = <T extends string>(values: readonly T[], label: (value: T) => string) => [
    { value: '', label: common.all },
    ...values.map((value) => ({ value, label: label(value) })),
  ];
  return (
    <Page title={text.title} lead={text.lead}>
      <Card>
        <Filters active={active} onClear={() => go(clear)}>
          <PlanSelect value={plan} onChange={(next) => filter({ plan: next })} />
          <Select
            label={text.verified}
            value={verified ?? ''}
            onChange={(next) => filter({ verified: next })}
            options={choice(proofs, (value) => text.proofs[value])}
          />
          <Select
            label={text.tier}
            value={tier ?? ''}
            onChange={(next) => filter({ tier: next })}
            options={choice(tiers, (value) => common.tiers[value])}
          />
          <Select
            label={text.kind}
            value={kind ?? ''}
            onChange={(next) => filter({ kind: next })}
            options={choice(kinds, (value) => common.kinds[value])}
          />
          <Select
            label={text.status}
            value={status}
            onChange={(next) => filter({ status: next === 'completed' ? undefined : next })}
            options={(['completed', 'expired'] as const).map((value) => ({
              value,
              label: text.statuses[value],
            }))}
          />
          <TextField
            label={text.from}
            type="date"
            value={address.from ?? ''}
            onChange={(next) => filter({ from: next })}
          />
          <TextField
            label={text.to}
            type="date"
            value={address.to ?? ''}
            onChange={(next) => filter({ to: next })}
          />
        </Filters>
        {sort !== 'slot' && plan === undefined && <p className="small">{text.sortedSpan(mostSortedDays)}</p>}
        <Loaded of={points}>
          {({ items, nextCursor }) => (
            <>
              {items.length === 0 && nextCursor === undefined ? (
                <Empty title={active ? text.noneMatch : text.none}>
                  {!active && <Link to="/plans">{text.toPlans}</Link>}
                </Empty>
              ) : (
                <List
                  points={items}
                  busy={points.isPlaceholderData}
                  sort={sort}
                  order={order}
                  onSort={(by, next) => filter({ sort: by === 'slot' ? undefined : by, order: next })}
                />
              )}
              <CursorPager cursor={cursor} next={nextCursor} go={go} />
            </>
          )}
        </Loaded>
      </Card>
    </Page>
  );
}

function List({
  points,
  busy,
  sort,
  order,
  onSort,
}: {
  readonly points: readonly Point[];
  readonly busy: boolean;
  readonly sort: string;
  readonly order: 'asc' | 'desc';
  readonly onSort: (by: string, order: 'asc' | 'desc') => void;
}) {
  const text = useText('points');
  const { tiers: tierNames } = useText('common');
  const format = useFormat();
  const columns = useMemo<readonly Column<Point>[]>(
    () => [
      {
        id: 'point',
        header: text.point,
        heads: true,
        sort: 'slot',
        cell: ({ planId, backupId, slot, label }) => (
          <span>
            <a href={`/points/${backupId}`}>
              {planId} · {format.dateTime(slot)}
            </a>
            {label !== undefined && <span className="small"> {label}</span>}
          </span>
        ),
      },
      {
        id: 'proof',
        header: text.verified,
        cell: ({ status, verification, missingSince }) =>
          missingSince !== undefined ? (
            <Badge tone="critical">{text.missing}</Badge>
          ) : status === 'completed' ? (
            <ProofBadge verification={verification} />
          ) : (
            <RunBadge status={status} />
          ),
      },
      { id: 'tier', header: text.tier, cell: ({ tier }) => tierNames[tier] },
      {
        id: 'stored',
        header: text.stored,
        align: 'end',
        sort: 'storedBytes',
        cell: ({ storedBytes }) => (storedBytes === undefined ? '–' : format.bytes(storedBytes)),
      },
      {
        id: 'took',
        header: text.took,
        align: 'end',
        sort: 'durationSeconds',
        detail: true,
        cell: (point) => {
          const seconds = secondsOf(point);
          return seconds === undefined ? '–' : format.duration(seconds);
        },
      },
      {
        id: 'goes',
        header: text.goes,
        cell: ({ expiresAt, pin, status }) =>
          pin ? (
            <Badge tone="proven" icon="pin">
              {text.pinned}
            </Badge>
          ) : status === 'expired' || expiresAt === undefined ? (
            '–'
          ) : (
            <When at={expiresAt} />
          ),
      },
      {
        id: 'restore',
        header: text.restore,
        cell: ({ planId, backupId, status }) =>
          status === 'completed' ? (
            <a
              href={`/restore?plan=${planId}&point=${backupId}`}
              className="button button-small"
              aria-label={text.restoreOf(planId, backupId)}
            >
              {text.restore}
            </a>
          ) : (
            '–'
          ),
      },
    ],
    [text, tierNames, format],
  );
  return (
    <Table
      label={text.title}
      columns={columns}
      rows={points}
      keyOf={({ planId, backupId }) => `${planId}/${backupId}`}
      busy={busy}
      sorting={{ by: sort, order, onSort }}
    />
  );
}

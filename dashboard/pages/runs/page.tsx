/** Runs of all plans, whatever came of them, the newest first. */
import { useMemo } from 'react';
import type { Schemas } from '../../api/use-api.ts';
import { useApi } from '../../api/use-api.ts';
import { day, oneOf, text as textReader, useAddress } from '../../app/address.ts';
import { useFormat } from '../../format.ts';
import { Card } from '../../kit/card.tsx';
import { Select, TextField } from '../../kit/fields.tsx';
import { Filters } from '../../kit/filters.tsx';
import { Link } from '../../kit/link.tsx';
import { Page } from '../../kit/page.tsx';
import { PlanSelect } from '../../kit/plan-select.tsx';
import { RunBadge } from '../../kit/state-badge.tsx';
import { Empty, Loaded } from '../../kit/states.tsx';
import { type Column, CursorPager, Table } from '../../kit/table.tsx';
import { When } from '../../kit/when.tsx';
import { useText } from '../../text/text.ts';
import { sortedSpan } from '../points/sorted-span.ts';
import { secondsOf } from './seconds.ts';

type Run = Schemas['ListedBackup'];

const statuses = ['running', 'failed', 'completed', 'pending', 'expired'] as const;
const readers = { plan: textReader, status: oneOf(...statuses), from: day, to: day, cursor: textReader };
const aPage = 50;
const restMs = 30_000;
const runningMs = 5_000;

export default function RunsPage() {
  const text = useText('runs');
  const common = useText('common');
  const [{ plan, status, from, to, cursor }, go] = useAddress(readers);
  const runs = useApi(
    '/v1/backups',
    {
      params: {
        query: {
          ...{ limit: aPage, plan, status, cursor },
          ...sortedSpan({ plan, sort: 'slot', from, to }, new Date()),
        },
      },
    },
    {
      every: (data) => (data?.items.some((run) => run.status === 'running') ? runningMs : restMs),
      keepPrevious: true,
    },
  );
  const filter = (change: Parameters<typeof go>[0]) => go({ ...change, cursor: undefined });
  const active = [plan, status, from, to].some((each) => each !== undefined);
  const columns = useColumns();
  return (
    <Page title={text.title} lead={text.lead}>
      <Card>
        <Filters
          active={active}
          onClear={() => filter({ plan: undefined, status: undefined, from: undefined, to: undefined })}
        >
          <PlanSelect value={plan} onChange={(next) => filter({ plan: next })} />
          <Select
            label={text.status}
            value={status ?? ''}
            onChange={(next) => filter({ status: next })}
            options={[
              { value: '', label: common.all },
              ...statuses.map((value) => ({ value, label: common.statuses[value] })),
            ]}
          />
          <TextField
            label={text.from}
            type="date"
            value={from ?? ''}
            onChange={(next) => filter({ from: next })}
          />
          <TextField label={text.to} type="date" value={to ?? ''} onChange={(next) => filter({ to: next })} />
        </Filters>
        <Loaded of={runs}>
          {({ items, nextCursor }) => (
            <>
              {items.length === 0 && nextCursor === undefined ? (
                <Empty title={active ? text.noneMatch : text.none}>
                  {!active && <Link to="/plans">{text.toPlans}</Link>}
                </Empty>
              ) : (
                <Table
                  label={text.title}
                  columns={columns}
                  rows={items}
                  keyOf={(run) => `${run.planId}/${run.backupId}`}
                  busy={runs.isPlaceholderData}
                  toneOf={(run) => (run.status === 'failed' ? 'critical' : undefined)}
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

function useColumns(): readonly Column<Run>[] {
  const text = useText('runs');
  const common = useText('common');
  const format = useFormat();
  return useMemo(
    () => [
      {
        id: 'run',
        header: text.run,
        heads: true,
        cell: ({ planId, backupId, slot }) => (
          <a href={`/runs/${backupId}`}>
            {planId} · {format.dateTime(slot)}
          </a>
        ),
      },
      {
        id: 'status',
        header: text.status,
        cell: ({ status, error }) => (
          <>
            <RunBadge status={status} /> {error && <span className="small">{error.code}</span>}
          </>
        ),
      },
      { id: 'trigger', header: text.trigger, detail: true, cell: ({ trigger }) => common.triggers[trigger] },
      {
        id: 'began',
        header: text.began,
        cell: ({ startedAt }) => (startedAt === undefined ? '–' : <When at={startedAt} />),
      },
      {
        id: 'took',
        header: text.took,
        align: 'end',
        cell: (run) => {
          const seconds = secondsOf(run);
          return seconds === undefined ? '–' : format.duration(seconds);
        },
      },
      {
        id: 'size',
        header: text.size,
        align: 'end',
        detail: true,
        cell: ({ sourceBytes }) => (sourceBytes === undefined ? '–' : format.bytes(sourceBytes)),
      },
      {
        id: 'stored',
        header: text.stored,
        align: 'end',
        detail: true,
        cell: ({ storedBytes }) => (storedBytes === undefined ? '–' : format.bytes(storedBytes)),
      },
    ],
    [text, common, format],
  );
}

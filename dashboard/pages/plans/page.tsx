/** All plans: what each is, when it runs, how it went and what it takes up. */
import { useCallback } from 'react';
import { useApi } from '../../api/use-api.ts';
import { oneOf, text as textReader, useAddress } from '../../app/address.ts';
import { useTyped } from '../../app/typed.ts';
import { useFormat } from '../../format.ts';
import { Card } from '../../kit/card.tsx';
import { Select, TextField } from '../../kit/fields.tsx';
import { Filters } from '../../kit/filters.tsx';
import { Link } from '../../kit/link.tsx';
import { Page } from '../../kit/page.tsx';
import { PlanBadge, RunBadge } from '../../kit/state-badge.tsx';
import { Empty, Loaded } from '../../kit/states.tsx';
import { type Column, CursorPager, Table } from '../../kit/table.tsx';
import { When } from '../../kit/when.tsx';
import { useText } from '../../text/text.ts';
import { kinds, type Listed, listed, matches, shows } from './listed.ts';
import { NewPlan } from './new-plan.tsx';
import styles from './plans.module.css';
import { useRetentionWords, useScheduleWords } from './words.ts';

const readers = { q: textReader, show: oneOf(...shows), kind: oneOf(...kinds), cursor: textReader };
/** The most that the API gives at once; the overview's pages hold the same plans. */
const aPage = 200;
const everyMs = 30_000;

export default function PlansPage() {
  const text = useText('plans');
  const common = useText('common');
  const [{ q, show, kind, cursor }, go] = useAddress(readers);
  const [typed, setTyped] = useTyped(
    q,
    useCallback((next) => go({ q: next }), [go]),
  );
  const query = { limit: aPage, ...(cursor !== undefined && { cursor }) };
  const plans = useApi('/v1/plans', { params: { query } }, { every: everyMs, keepPrevious: true });
  // States come when they come: the list does not wait for them.
  const overview = useApi('/v1/overview', { params: { query } }, { every: everyMs, keepPrevious: true });
  const columns = useColumns();
  const active = typed !== '' || show !== undefined || kind !== undefined;
  const clear = () => {
    setTyped('');
    go({ q: undefined, show: undefined, kind: undefined });
  };
  return (
    <Page title={text.title} lead={text.lead} actions={<NewPlan />}>
      <Card>
        <Loaded of={plans} lines={8}>
          {({ items, nextCursor }) => {
            const all = listed(items, overview.data?.plans ?? []);
            const rows = all.filter((each) =>
              matches(each, { q: typed === '' ? undefined : typed, kind, show }),
            );
            if (items.length === 0 && cursor === undefined) {
              return (
                <Empty title={text.none}>
                  <p>{text.noneText}</p>
                  <Link to="/welcome" className="button button-primary">
                    {text.begin}
                  </Link>
                </Empty>
              );
            }
            return (
              <>
                <Filters active={active} onClear={clear}>
                  <TextField label={text.search} type="search" value={typed} onChange={setTyped} />
                  <Select
                    label={text.show}
                    value={show ?? ''}
                    onChange={(next) => go({ show: next === '' ? undefined : next })}
                    options={[
                      { value: '', label: common.all },
                      ...shows.map((value) => ({ value, label: text.shows[value] })),
                    ]}
                  />
                  <Select
                    label={text.kind}
                    value={kind ?? ''}
                    onChange={(next) => go({ kind: next === '' ? undefined : next })}
                    options={[
                      { value: '', label: common.all },
                      ...kinds.map((value) => ({ value, label: common.kinds[value] })),
                    ]}
                  />
                  <span className="small" role="status">
                    {text.count(rows.length, all.length)}
                  </span>
                </Filters>
                {nextCursor !== undefined && active && <p className="small">{text.more}</p>}
                {rows.length === 0 ? (
                  <Empty title={text.noneMatch} />
                ) : (
                  <Table
                    label={text.title}
                    columns={columns}
                    rows={rows}
                    keyOf={({ row }) => row.plan.id}
                    busy={plans.isPlaceholderData}
                    toneOf={({ severity }) => (severity === 'none' ? undefined : severity)}
                  />
                )}
                <CursorPager cursor={cursor} next={nextCursor} go={go} />
              </>
            );
          }}
        </Loaded>
      </Card>
    </Page>
  );
}

function useColumns(): readonly Column<Listed>[] {
  const text = useText('plans');
  const common = useText('common');
  const format = useFormat();
  const scheduleWords = useScheduleWords();
  const retentionWords = useRetentionWords();
  const { columns } = text;
  return [
    {
      id: 'name',
      header: columns.name,
      heads: true,
      cell: ({ row: { plan }, kinds: own }) => (
        <div>
          <Link to="/plans/$planId" params={{ planId: plan.id }}>
            {plan.name ?? plan.id}
          </Link>
          <div className="small">
            {[...(plan.name === undefined ? [] : [plan.id]), ...own.map((kind) => common.kinds[kind])].join(
              ' · ',
            )}
          </div>
        </div>
      ),
    },
    {
      id: 'state',
      header: columns.state,
      cell: ({ state }) => (state === undefined ? '–' : <PlanBadge state={state} />),
    },
    {
      id: 'schedule',
      header: columns.schedule,
      cell: ({ row: { plan } }) => (
        <div>
          {scheduleWords(plan.schedule)}
          <div className="small">{plan.schedule.timeZone}</div>
        </div>
      ),
    },
    {
      id: 'next',
      header: columns.next,
      cell: ({ row: { nextRuns, plan, paused } }) => {
        const [next] = nextRuns;
        if (next !== undefined) return <When at={next} zone={plan.schedule.timeZone} />;
        const why = plan.enabled ? (paused ? 'paused' : 'none') : 'off';
        return <span className="quiet">{text.noRun[why]}</span>;
      },
    },
    {
      id: 'last',
      header: columns.last,
      cell: ({ row: { lastBackup: last } }) =>
        last ? (
          <div>
            <Link to="/runs/$backupId" params={{ backupId: last.backupId }}>
              <When at={last.completedAt ?? last.failedAt ?? last.startedAt ?? last.slot} />
            </Link>{' '}
            <RunBadge status={last.status} />
          </div>
        ) : (
          <span className="quiet">{text.neverRan}</span>
        ),
    },
    {
      id: 'retention',
      header: columns.retention,
      detail: true,
      cell: ({ row }) => <span className="small">{retentionWords(row.plan.retention)}</span>,
    },
    {
      id: 'stored',
      header: columns.stored,
      align: 'end',
      cell: ({ storedBytes }) => (
        <span className={styles.whole}>{storedBytes === undefined ? '–' : format.bytes(storedBytes)}</span>
      ),
    },
  ];
}

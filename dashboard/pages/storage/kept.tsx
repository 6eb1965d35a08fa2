/** What takes up the room: by plan, and by what backups are. */
import { useFormat } from '../../format.ts';
import { Card } from '../../kit/card.tsx';
import { Link } from '../../kit/link.tsx';
import { RunBadge } from '../../kit/state-badge.tsx';
import { Empty } from '../../kit/states.tsx';
import { type Column, Table } from '../../kit/table.tsx';
import { When } from '../../kit/when.tsx';
import { useText } from '../../text/text.ts';
import { byBytes, type Stats } from './growth.ts';
import styles from './storage.module.css';

type PlanFigures = Stats['byPlan'][number];

export function ByPlan({ stats: { byPlan, otherPlans, kept } }: { readonly stats: Stats }) {
  const text = useText('storage').byPlan;
  const { kinds } = useText('common');
  const format = useFormat();
  const columns: readonly Column<PlanFigures>[] = [
    {
      id: 'plan',
      header: text.plan,
      heads: true,
      cell: ({ planId, name = planId }) => (
        <Link to="/plans/$planId" params={{ planId }}>
          {name}
        </Link>
      ),
    },
    {
      id: 'kind',
      header: text.kind,
      detail: true,
      cell: ({ kind }) => (kind === undefined ? '–' : kinds[kind]),
    },
    { id: 'points', header: text.points, align: 'end', cell: ({ backups }) => format.number(backups) },
    {
      id: 'stored',
      header: text.stored,
      align: 'end',
      cell: ({ storedBytes }) => format.bytes(storedBytes),
    },
    {
      id: 'share',
      header: text.share,
      cell: ({ storedBytes }) => <Share of={storedBytes} total={kept.storedBytes} />,
    },
    {
      id: 'runs',
      header: text.runs,
      detail: true,
      cell: ({ completed, failed, missed }) =>
        text.counts(format.number(completed), format.number(failed), format.number(missed)),
    },
    {
      id: 'last',
      header: text.last,
      cell: ({ lastBackup }) =>
        lastBackup ? (
          <span>
            <RunBadge status={lastBackup.status} /> <When at={lastBackup.slot} />
          </span>
        ) : (
          '–'
        ),
    },
  ];
  return (
    <Card title={text.title} lead={text.lead}>
      {byPlan.length === 0 ? (
        <Empty title={text.none} />
      ) : (
        <Table label={text.title} columns={columns} rows={byPlan} keyOf={({ planId }) => planId} />
      )}
      {otherPlans > 0 && <p className="small">{text.others(otherPlans)}</p>}
    </Card>
  );
}

export function Shares({
  title,
  of,
  names,
  total,
}: {
  readonly title: string;
  readonly of: Stats['byTier'];
  readonly names: Readonly<Record<string, string>>;
  readonly total: number;
}) {
  const text = useText('storage').shares;
  const format = useFormat();
  const rows = byBytes(of);
  return (
    <Card title={title}>
      {rows.length === 0 ? (
        <Empty title={text.none} />
      ) : (
        <Table
          label={title}
          rows={rows}
          keyOf={({ name }) => name}
          columns={[
            {
              id: 'name',
              header: text.name,
              heads: true,
              cell: ({ name }) => names[name] ?? text.unknown,
            },
            {
              id: 'points',
              header: text.points,
              align: 'end',
              cell: ({ backups }) => format.number(backups),
            },
            {
              id: 'stored',
              header: text.stored,
              align: 'end',
              cell: ({ storedBytes }) => format.bytes(storedBytes),
            },
            {
              id: 'share',
              header: text.share,
              cell: ({ storedBytes }) => <Share of={storedBytes} total={total} />,
            },
          ]}
        />
      )}
    </Card>
  );
}

function Share({ of, total }: { readonly of: number; readonly total: number }) {
  const format = useFormat();
  const share = total === 0 ? 0 : of / total;
  return (
    <span className={styles.share}>
      <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
        <rect className={styles.all} width="100" height="8" />
        <rect className={styles.part} width={share * 100} height="8" />
      </svg>
      {format.percent(share)}
    </span>
  );
}

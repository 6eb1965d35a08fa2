/** Alerts as rows: what, since when, who sees to it, and which channels failed to tell it. */
import { useFormat } from '../../format.ts';
import { Badge } from '../../kit/badge.tsx';
import { Link } from '../../kit/link.tsx';
import { SeverityBadge } from '../../kit/state-badge.tsx';
import { type Column, Table } from '../../kit/table.tsx';
import { When } from '../../kit/when.tsx';
import { useText } from '../../text/text.ts';
import { Acknowledge } from './acknowledge.tsx';
import { type Alert, deliveriesOf } from './delivery.ts';

export function AlertList({
  alerts,
  label,
  busy,
}: {
  readonly alerts: readonly Alert[];
  readonly label: string;
  readonly busy: boolean;
}) {
  const text = useText('alerts');
  const { columns: heads } = text;
  const columns: readonly Column<Alert>[] = [
    {
      id: 'what',
      header: heads.what,
      heads: true,
      cell: ({ alertId, title, text: why }) => (
        <div>
          <Link to="/alerts/$alertId" params={{ alertId }}>
            {title}
          </Link>
          <div className="small">{why}</div>
        </div>
      ),
    },
    {
      id: 'severity',
      header: heads.severity,
      cell: ({ severity, closedAt }) =>
        closedAt === undefined ? (
          <SeverityBadge severity={severity} />
        ) : (
          <Badge tone="well">{text.closed}</Badge>
        ),
    },
    {
      id: 'plan',
      header: heads.plan,
      cell: ({ planId }) =>
        planId === undefined ? (
          <span className="quiet">{text.stack}</span>
        ) : (
          <Link to="/plans/$planId" params={{ planId }}>
            {planId}
          </Link>
        ),
    },
    { id: 'since', header: heads.since, cell: (alert) => <Since alert={alert} /> },
    {
      id: 'seen',
      header: heads.seen,
      cell: ({ acknowledged, closedAt }) =>
        acknowledged ? (
          <span>
            {acknowledged.by}, <When at={acknowledged.at} />
          </span>
        ) : (
          <span className="quiet">{closedAt === undefined ? text.nobody : '–'}</span>
        ),
    },
    { id: 'delivery', header: heads.delivery, cell: (alert) => <Told alert={alert} /> },
    {
      id: 'actions',
      header: heads.actions,
      cell: (alert) => (alert.closedAt === undefined ? <Acknowledge alert={alert} /> : '–'),
    },
  ];
  return (
    <Table
      label={label}
      columns={columns}
      rows={alerts}
      keyOf={({ alertId, since }) => `${alertId} ${since}`}
      toneOf={({ severity, closedAt }) => (closedAt === undefined ? severity : undefined)}
      busy={busy}
    />
  );
}

function Since({ alert: { since, closedAt } }: { readonly alert: Alert }) {
  const text = useText('alerts');
  const format = useFormat();
  return (
    <div>
      <When at={since} />
      {closedAt !== undefined && (
        <div className="small">
          {text.closed} {text.lasted(format.duration((Date.parse(closedAt) - Date.parse(since)) / 1000))}
        </div>
      )}
    </div>
  );
}

/** Names of channels; the ones that failed with their error, for who looks closer. */
function Told({ alert }: { readonly alert: Alert }) {
  const text = useText('alerts');
  const format = useFormat();
  const all = deliveriesOf(alert);
  if (all.length === 0) return <span className="quiet">{text.notTold}</span>;
  const named = (list: typeof all) =>
    format.list(list.map(({ channel }) => (channel === 'email' ? text.channels.email : channel)));
  const failed = all.filter(({ error }) => error);
  const arrived = all.filter(({ error }) => !error);
  return (
    <div>
      {failed.length > 0 && (
        <div title={failed.map(({ error }) => error?.message).join('\n')}>
          <Badge tone="critical">{text.failedBy(named(failed))}</Badge>
        </div>
      )}
      {arrived.length > 0 && <span className="small">{text.toldBy(named(arrived))}</span>}
    </div>
  );
}

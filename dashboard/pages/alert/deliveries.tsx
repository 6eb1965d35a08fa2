/** Whether anybody heard of it: each channel's last try, and why it failed. */
import { Badge } from '../../kit/badge.tsx';
import { Card } from '../../kit/card.tsx';
import { Link } from '../../kit/link.tsx';
import { Empty } from '../../kit/states.tsx';
import { type Column, Table } from '../../kit/table.tsx';
import { When } from '../../kit/when.tsx';
import { useText } from '../../text/text.ts';
import { type Alert, type Delivered, deliveriesOf } from '../alerts/delivery.ts';

export function Deliveries({ alert }: { readonly alert: Alert }) {
  const text = useText('alert');
  const { channels } = useText('alerts');
  const found = deliveriesOf(alert);
  const columns: readonly Column<Delivered>[] = [
    {
      id: 'channel',
      header: text.columns.channel,
      heads: true,
      cell: ({ channel }) => (channel === 'email' ? channels.email : channel),
    },
    {
      id: 'result',
      header: text.columns.result,
      cell: ({ error }) =>
        error ? (
          <div>
            <Badge tone="critical">{text.failed}</Badge>
            <div className="small">
              {error.message} ({error.code}) {error.next}
            </div>
          </div>
        ) : (
          <Badge tone="well">{text.arrived}</Badge>
        ),
    },
    { id: 'at', header: text.columns.at, cell: ({ at }) => <When at={at} /> },
  ];
  return (
    <Card title={text.delivery} lead={text.deliveryLead}>
      {found.length === 0 ? (
        <Empty title={text.deliveryNone}>
          <p>{text.deliveryNoneText}</p>
          {alert.planId !== undefined && (
            <Link to="/plans/$planId" params={{ planId: alert.planId }}>
              {text.toPlan}
            </Link>
          )}
        </Empty>
      ) : (
        <Table label={text.deliveryLabel} columns={columns} rows={found} keyOf={({ channel }) => channel} />
      )}
    </Card>
  );
}

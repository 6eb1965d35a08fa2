/** Trying a saved plan: the task is in the address, so that a reload, or somebody else, sees what came of it. */
import { type Schemas, useClient } from '../../api/use-api.ts';
import { text as textReader, useAddress } from '../../app/address.ts';
import { Card } from '../../kit/card.tsx';
import { useText } from '../../text/text.ts';
import { Tried } from './tried.tsx';

const readers = { task: textReader };

export default function TestTab({ row: { plan } }: { readonly row: Schemas['Plan'] }) {
  const text = useText('plan').test;
  const api = useClient();
  const [{ task }, go] = useAddress(readers);
  const names = plan.notifications.recipients.length + plan.notifications.channels.length;
  return (
    <Card title={text.title} lead={text.lead}>
      <Tried
        start={(key, notify) =>
          api.POST('/v1/plans/{planId}/test', {
            params: { path: { planId: plan.id }, header: { 'idempotency-key': key } },
            body: { notify },
          })
        }
        taskId={task}
        onTask={(taskId) => go({ task: taskId })}
        mayNotify={names > 0}
      />
    </Card>
  );
}

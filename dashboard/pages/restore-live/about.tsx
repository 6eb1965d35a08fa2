/** What was ordered, by whom and when; and what the functions logged of it. */
import { lazy, Suspense } from 'react';
import { flag, useAddress } from '../../app/address.ts';
import { useFormat } from '../../format.ts';
import { Button } from '../../kit/button.tsx';
import { Card, Facts } from '../../kit/card.tsx';
import { Code } from '../../kit/copy.tsx';
import { Link } from '../../kit/link.tsx';
import { Loading } from '../../kit/states.tsx';
import { When } from '../../kit/when.tsx';
import { useText } from '../../text/text.ts';
import { orderedNames } from '../restore/choices.ts';
import { hasEnded, type Restore } from './restore.ts';

const Log = lazy(() => import('./log.tsx'));
const readers = { log: flag };

export function About({ restore }: { readonly restore: Restore }) {
  const text = useText('restoreLive').about;
  const format = useFormat();
  const { planId, backupId, createdBy, createdAt, startedAt, completedAt, restoreId, request } = restore;
  const names = orderedNames(request.options);
  return (
    <Card title={text.title}>
      <Facts
        facts={[
          [
            text.plan,
            <Link key="plan" to="/plans/$planId" params={{ planId }}>
              {planId}
            </Link>,
          ],
          [
            text.point,
            <Link key="point" to="/points/$backupId" params={{ backupId }}>
              {backupId}
            </Link>,
          ],
          [text.what, names.length > 0 ? format.list(names) : (request.component ?? text.everything)],
          [text.replaces, request.confirmed?.length ? format.list(request.confirmed) : text.nothing],
          [text.by, createdBy],
          [text.ordered, <When key="ordered" at={createdAt} both />],
          [text.started, startedAt && <When key="started" at={startedAt} both />],
          [text.completed, completedAt && <When key="completed" at={completedAt} both />],
          [
            text.id,
            <Code key="id" copy>
              {restoreId}
            </Code>,
          ],
        ]}
      />
    </Card>
  );
}

/** Fetched, and asked for, when somebody wants it. */
export function LogCard({ restore }: { readonly restore: Restore }) {
  const text = useText('restoreLive').log;
  const [{ log = false }, go] = useAddress(readers);
  return (
    <Card
      title={text.title}
      actions={
        <Button small expanded={log} onPress={() => go({ log: log ? undefined : true })}>
          {log ? text.hide : text.show}
        </Button>
      }
    >
      {log && (
        <Suspense fallback={<Loading lines={6} />}>
          <Log restoreId={restore.restoreId} goesOn={!hasEnded(restore)} />
        </Suspense>
      )}
    </Card>
  );
}

/** One alert: what is wrong, what to do, straight to the run, who was told and whether that arrived. */
import { useParams } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { useApi } from '../../api/use-api.ts';
import { useSay } from '../../app/announcer.tsx';
import { Badge } from '../../kit/badge.tsx';
import { Card, Columns, Facts } from '../../kit/card.tsx';
import { Link } from '../../kit/link.tsx';
import { Note } from '../../kit/note.tsx';
import { Page } from '../../kit/page.tsx';
import { SeverityBadge } from '../../kit/state-badge.tsx';
import { Loaded } from '../../kit/states.tsx';
import { When } from '../../kit/when.tsx';
import { useText } from '../../text/text.ts';
import { Acknowledge } from '../alerts/acknowledge.tsx';
import type { Alert } from '../alerts/delivery.ts';
import { type Place, placeOf } from '../alerts/place.ts';
import { Deliveries } from './deliveries.tsx';
import { Happenings, Others } from './history.tsx';
import { nextStepOf } from './next-step.ts';

const openMs = 15_000;

export default function AlertPage() {
  const text = useText('alert');
  const all = useText('alerts');
  const { alertId = '' } = useParams({ strict: false });
  const alert = useApi(
    '/v1/alerts/{alertId}',
    { params: { path: { alertId } } },
    { every: (data) => (data?.closedAt === undefined ? openMs : false) },
  );
  const { data } = alert;
  useSayClosed(data);
  return (
    <Page
      title={data ? `${data.title}${data.planId === undefined ? '' : `: ${data.planId}`}` : text.title}
      above={<Link to="/alerts">{all.title}</Link>}
      badge={
        data &&
        (data.closedAt === undefined ? (
          <SeverityBadge severity={data.severity} />
        ) : (
          <Badge tone="well">{text.closed}</Badge>
        ))
      }
      actions={data && data.closedAt === undefined && <Acknowledge alert={data} small={false} />}
    >
      <Loaded of={alert} lines={6}>
        {(found) => (
          <>
            <What alert={found} />
            <Columns>
              <Deliveries alert={found} />
              <Happenings alert={found} />
            </Columns>
            {found.planId !== undefined && <Others planId={found.planId} alertId={found.alertId} />}
          </>
        )}
      </Loaded>
    </Page>
  );
}

/** Once, when it closes while somebody looks at it. */
function useSayClosed(alert: Alert | undefined): void {
  const { closedNow } = useText('alert');
  const say = useSay();
  const wasOpen = useRef(false);
  useEffect(() => {
    if (!alert) return;
    if (alert.closedAt !== undefined && wasOpen.current) say(closedNow);
    wasOpen.current = alert.closedAt === undefined;
  }, [alert, say, closedNow]);
}

function What({ alert }: { readonly alert: Alert }) {
  const text = useText('alert');
  const all = useText('alerts');
  const { planId, backupId, closedAt, since, acknowledged, severity, kind } = alert;
  const isOpen = closedAt === undefined;
  const overview = useApi(
    '/v1/overview',
    { params: { query: { limit: 1, ...(planId !== undefined && { plan: planId }) } } },
    { when: isOpen },
  );
  const next = isOpen ? nextStepOf(alert, overview.data?.conditions) : undefined;
  const place = placeOf(alert);
  return (
    <Card title={isOpen ? text.what : text.was}>
      <Note state={isOpen ? severity : 'well'} actions={place && <Look place={place} />}>
        <p>{alert.text}</p>
        {next !== undefined && (
          <p>
            <strong>{text.next}: </strong>
            {next}
          </p>
        )}
        {kind === 'backup-missed' && isOpen && <p>{text.missed}</p>}
        {closedAt !== undefined && (
          <p>
            {text.closedItself} <When at={closedAt} both />
          </p>
        )}
      </Note>
      <Facts
        facts={[
          [text.since, <When key="since" at={since} both />],
          [
            text.plan,
            planId && (
              <Link to="/plans/$planId" params={{ planId }}>
                {planId}
              </Link>
            ),
          ],
          [
            text.backup,
            backupId && (
              <Link to="/runs/$backupId" params={{ backupId }}>
                {backupId}
              </Link>
            ),
          ],
          [
            text.seen,
            acknowledged ? (
              <>
                {text.byAt(acknowledged.by)}
                <When at={acknowledged.at} />
              </>
            ) : isOpen ? (
              all.nobody
            ) : undefined,
          ],
          [text.code, kind],
        ]}
      />
      <p className="small">
        {isOpen && text.closesItself} {text.explained(kind)}
      </p>
    </Card>
  );
}

function Look({ place: { at, href } }: { readonly place: Place }) {
  const { look } = useText('alert');
  return (
    <Link to={href as never} className="button button-primary">
      {look[at]}
    </Link>
  );
}

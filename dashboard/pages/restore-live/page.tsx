/** One restore: how far it is while it runs; then whether it is what was backed up, and the way to using it. */
import { getRouteApi } from '@tanstack/react-router';
import { useApi } from '../../api/use-api.ts';
import { Card } from '../../kit/card.tsx';
import { Link } from '../../kit/link.tsx';
import { Page } from '../../kit/page.tsx';
import { RunBadge } from '../../kit/state-badge.tsx';
import { Failure, Loading } from '../../kit/states.tsx';
import { useText } from '../../text/text.ts';
import { About, LogCard } from './about.tsx';
import { Cancel } from './cancel.tsx';
import { Comparison } from './comparison.tsx';
import { kindOfOrder } from './cut-over.ts';
import { Ended, Waiting } from './ended.tsx';
import { Going } from './going.tsx';
import { NextSteps } from './next-steps.tsx';
import { hasEnded, type Restore } from './restore.ts';
import styles from './restore-live.module.css';
import { resultOf } from './result.ts';
import { Steps } from './steps.tsx';
import { useEndSaid, Verdict } from './verdict.tsx';

const route = getRouteApi('/restores/$restoreId');
const everyMs = 2_000;
/** Objects from an archive class take hours. */
const waitingEveryMs = 30_000;

export default function View() {
  const text = useText('restoreLive');
  const { restoreId } = route.useParams();
  const restore = useApi(
    '/v1/restores/{restoreId}',
    { params: { path: { restoreId } } },
    {
      every: (row) => (row && hasEnded(row) ? false : row?.status === 'waiting' ? waitingEveryMs : everyMs),
    },
  );
  const { data } = restore;
  useEndSaid(data);
  return (
    <Page
      title={data ? text.titleOf(data.planId) : text.title}
      above={<Link to="/restores">{text.above}</Link>}
      badge={data && <RunBadge status={data.dead ? 'failed' : data.status} />}
    >
      {restore.error && <Failure problem={restore.error} onRetry={() => void restore.refetch()} />}
      {!data && !restore.error && <Loading lines={8} />}
      {data && <Shown restore={data} />}
    </Page>
  );
}

function Shown({ restore }: { readonly restore: Restore }) {
  const text = useText('restoreLive');
  const { status, dead, error, waitingFor, steps, request, planId } = restore;
  const plan = useApi('/v1/plans/{planId}', { params: { path: { planId } } });
  const kind = kindOfOrder(plan.data?.plan.sources ?? [], request);
  const result = restore.result && resultOf(restore.result);
  const failed = dead ?? (status === 'failed' || status === 'cancelled' ? error : undefined);
  return (
    <div className={styles.live}>
      {!hasEnded(restore) && <Going restore={restore} actions={<Cancel restore={restore} />} />}
      {status === 'waiting' && waitingFor && <Waiting of={waitingFor} />}
      {(failed || status === 'cancelled') && <Ended restore={restore} error={failed} />}
      {status === 'completed' && result && (
        <>
          <Verdict {...{ restore, result }} />
          <NextSteps {...{ restore, result, kind }} />
          {result.comparison && <Comparison comparison={result.comparison} />}
          {result.skipped.length > 0 && (
            <Card title={text.skipped.title} lead={text.skipped.lead}>
              <ul className={styles.lines}>
                {result.skipped.map((line) => (
                  <li key={line}>{line}</li>
                ))}
              </ul>
            </Card>
          )}
        </>
      )}
      {steps && steps.length > 0 && <Steps steps={steps} />}
      <About restore={restore} />
      <LogCard restore={restore} />
    </div>
  );
}

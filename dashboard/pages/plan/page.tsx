/** One plan: how it is and went; what its policy would keep; whether it can run; and itself as a file. Each part has an address. */
import { useParams } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { useApi } from '../../api/use-api.ts';
import { oneOf, useAddress } from '../../app/address.ts';
import { Link } from '../../kit/link.tsx';
import { Note } from '../../kit/note.tsx';
import { Page } from '../../kit/page.tsx';
import { PlanBadge } from '../../kit/state-badge.tsx';
import { Loaded, Loading } from '../../kit/states.tsx';
import { Tabs } from '../../kit/tabs.tsx';
import { When } from '../../kit/when.tsx';
import { useText } from '../../text/text.ts';
import { Actions } from './actions.tsx';
import { Summary } from './summary.tsx';

const KeptTab = lazy(() => import('./retention.tsx'));
const TestTab = lazy(() => import('./test.tsx'));
const FileTab = lazy(() => import('./file.tsx'));

const tabs = ['overview', 'retention', 'test', 'file'] as const;
const readers = { tab: oneOf(...tabs) };
const restMs = 30_000;
const runningMs = 5_000;

export default function PlanPage() {
  const text = useText('plan');
  const { planId = '' } = useParams({ strict: false });
  const [{ tab = 'overview' }] = useAddress(readers);
  const overview = useApi(
    '/v1/overview',
    { params: { query: { plan: planId } } },
    { every: (data) => (data?.plans[0]?.running ? runningMs : restMs) },
  );
  const plan = useApi('/v1/plans/{planId}', { params: { path: { planId } } }, { every: restMs });
  const row = plan.data;
  const line = overview.data?.plans[0];
  return (
    <Page
      title={row?.plan.name ?? planId}
      above={<Link to="/plans">{text.above}</Link>}
      badge={line && <PlanBadge state={line.state} />}
      actions={row && <Actions row={row} isRunning={line?.running !== undefined} />}
    >
      <Tabs label={text.tabsLabel} tabs={tabs.map((id) => ({ id, label: text.tabs[id] }))} current={tab} />
      <Loaded of={plan} lines={8}>
        {(found) => (
          <>
            {found.paused && (
              <Note state="warning" title={text.pause.note(found.paused.by)}>
                <p>{found.paused.reason}</p>
                <p className="small">
                  {text.pause.since} <When at={found.paused.at} both />
                </p>
              </Note>
            )}
            {overview.data?.pause && !found.paused && (
              <Note state="warning" title={text.pause.allNote}>
                <p>{overview.data.pause.reason}</p>
              </Note>
            )}
            {!found.plan.enabled && <Note state="info">{text.disable.note}</Note>}
            <Suspense fallback={<Loading lines={8} />}>
              {tab === 'overview' && <Summary row={found} overview={overview} />}
              {tab === 'retention' && <KeptTab row={found} />}
              {tab === 'test' && <TestTab row={found} />}
              {tab === 'file' && <FileTab row={found} />}
            </Suspense>
          </>
        )}
      </Loaded>
    </Page>
  );
}

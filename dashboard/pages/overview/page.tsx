/** Is everything all right? One banner with the worst, then each plan with what it has, and what happened lately. */
import { lazy, Suspense, startTransition, useCallback, useEffect, useState } from 'react';
import { useApi } from '../../api/use-api.ts';
import { text as textReader, useAddress } from '../../app/address.ts';
import { Page } from '../../kit/page.tsx';
import { Loaded, Loading } from '../../kit/states.tsx';
import { CursorPager } from '../../kit/table.tsx';
import { useText } from '../../text/text.ts';
import type { Line } from './arrange.ts';
import { Banner } from './banner.tsx';
import { firstLook } from './first-look.ts';
import { Plans } from './plans.tsx';

/** What happened lately is below the fold, and comes after what is asked first. */
const Lately = lazy(() => import('./lately.tsx'));
const loadBackUp = () => import('./back-up.tsx');
const BackUp = lazy(loadBackUp);
/** Dialogs are large: theirs comes once the page stands. */
const settledMs = 3_000;

const restMs = 30_000;
const runningMs = 10_000;
const readers = { cursor: textReader };

export default function OverviewPage() {
  const text = useText('overview');
  const [{ cursor }, go] = useAddress(readers);
  const overview = useApi(
    '/v1/overview',
    cursor === undefined ? firstLook : { params: { query: { ...firstLook.params.query, cursor } } },
    {
      every: (data) => (data?.plans.some(({ running }) => running) ? runningMs : restMs),
      keepPrevious: true,
    },
  );
  const [backedUp, setBackedUp] = useState<Line>();
  // The press is answered at once, however long the dialog takes to be made.
  const ask = useCallback((plan: Line) => startTransition(() => setBackedUp(plan)), []);
  const close = useCallback(() => startTransition(() => setBackedUp(undefined)), []);
  useEffect(() => {
    const timer = window.setTimeout(() => void loadBackUp(), settledMs);
    return () => window.clearTimeout(timer);
  }, []);
  return (
    <Page title={text.title}>
      <Loaded of={overview} lines={8}>
        {(data) => (
          <>
            <Banner overview={data} answeredAtMs={overview.dataUpdatedAt} />
            {data.state !== 'empty' && (
              <>
                <Plans overview={data} onBackUp={ask} />
                <CursorPager cursor={cursor} next={data.nextCursor} go={go} />
                <Suspense fallback={<Loading lines={6} />}>
                  <Lately />
                </Suspense>
              </>
            )}
          </>
        )}
      </Loaded>
      <Suspense>{backedUp && <BackUp plan={backedUp} onClose={close} />}</Suspense>
    </Page>
  );
}

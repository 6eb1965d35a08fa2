/**
 * One run: what came of it. Of one that failed: why, in plain words, what to do next, and the step that it failed in; its
 * log below. An alert's link leads here.
 */
import { useParams } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import type { Schemas } from '../../api/use-api.ts';
import { useApi } from '../../api/use-api.ts';
import { oneOf, useAddress } from '../../app/address.ts';
import { useFormat } from '../../format.ts';
import { Card, Facts } from '../../kit/card.tsx';
import { Code } from '../../kit/copy.tsx';
import { Link } from '../../kit/link.tsx';
import { Note } from '../../kit/note.tsx';
import { Page } from '../../kit/page.tsx';
import { RunBadge } from '../../kit/state-badge.tsx';
import { Loaded, Loading } from '../../kit/states.tsx';
import { When } from '../../kit/when.tsx';
import { useText } from '../../text/text.ts';
import { secondsOf } from '../runs/seconds.ts';
import { Again } from './again.tsx';
import { Steps } from './steps.tsx';
import { Under } from './under-way.tsx';

const Log = lazy(() => import('./log.tsx'));

const runningMs = 2_000;
/** One that was asked for and has not begun is not found yet. */
const comingMs = 2_000;
export const levels = ['debug', 'info', 'warn', 'error'] as const;
const readers = { level: oneOf(...levels) };

export default function RunPage() {
  const text = useText('run');
  const { backupId = '' } = useParams({ strict: false });
  const [{ level }, go] = useAddress(readers);
  const run = useApi(
    '/v1/backups/{backupId}',
    { params: { path: { backupId } } },
    { every: (data) => (data === undefined ? comingMs : isOver(data) ? false : runningMs) },
  );
  const { data } = run;
  const format = useFormat();
  const title = data ? text.title(data.planId, format.dateTime(data.slot)) : text.bareTitle;
  return (
    <Page
      title={title}
      above={<Link to="/runs">{text.above}</Link>}
      badge={data && <RunBadge status={data.status} />}
      actions={data && <Again run={data} />}
    >
      <Loaded of={run} lines={8}>
        {(found) => (
          <>
            <Outcome run={found} />
            <Card title={text.steps.title}>
              <Steps run={found} />
            </Card>
            <Card title={text.facts.title}>
              <RunFacts run={found} />
            </Card>
            <Card title={text.log.title} lead={text.log.lead}>
              <Suspense fallback={<Loading lines={6} />}>
                <Log
                  backupId={found.backupId}
                  level={level ?? 'info'}
                  onLevel={(next) => go({ level: next })}
                  endedAt={endOf(found)}
                />
              </Suspense>
            </Card>
          </>
        )}
      </Loaded>
    </Page>
  );
}

type Run = Schemas['Backup'];

const isOver = ({ status }: Run) => status !== 'running' && status !== 'pending';
const endOf = (run: Run) => (isOver(run) ? (run.completedAt ?? run.failedAt ?? run.slot) : undefined);

/** What came of it, and what to do. */
function Outcome({ run }: { readonly run: Run }) {
  const text = useText('run');
  if (!isOver(run)) return <Under run={run} />;
  if (run.status === 'failed') {
    const { code = 'INTERNAL', message = text.noReason, next } = run.error ?? {};
    return (
      <Note state="critical" title={text.failed}>
        <p>{message}</p>
        {next !== undefined && (
          <p>
            <strong>{text.next}</strong> {next}
          </p>
        )}
        <p className="small">{code}</p>
      </Note>
    );
  }
  if (run.status === 'expired') return <Note state="info">{text.expired}</Note>;
  return (
    <Note
      state="well"
      title={text.completed}
      actions={
        <Link to="/points/$backupId" params={{ backupId: run.backupId }} className="button button-small">
          {text.toPoint}
        </Link>
      }
    >
      {run.warnings?.map((warning) => (
        <p key={warning}>{warning}</p>
      ))}
    </Note>
  );
}

function RunFacts({ run }: { readonly run: Run }) {
  const text = useText('run').facts;
  const { triggers, tiers } = useText('common');
  const format = useFormat();
  const took = secondsOf(run);
  const usual = run.usualSeconds === undefined ? '' : ` (${text.usually(format.duration(run.usualSeconds))})`;
  return (
    <Facts
      facts={[
        [
          text.plan,
          <Link key="plan" to="/plans/$planId" params={{ planId: run.planId }}>
            {run.planId}
          </Link>,
        ],
        [text.slot, <When key="slot" at={run.slot} both />],
        [text.trigger, `${triggers[run.trigger]} · ${run.createdBy}`],
        [text.began, run.startedAt && <When key="began" at={run.startedAt} both />],
        [text.took, took === undefined ? undefined : `${format.duration(took)}${usual}`],
        [text.attempt, format.number(run.attempt)],
        [text.source, run.sourceBytes === undefined ? undefined : format.bytes(run.sourceBytes)],
        [text.stored, run.storedBytes === undefined ? undefined : format.bytes(run.storedBytes)],
        [text.tier, tiers[run.tier]],
        [
          text.id,
          <Code key="id" copy>
            {run.backupId}
          </Code>,
        ],
        [
          text.correlation,
          <Code key="correlation" copy>
            {run.correlationId}
          </Code>,
        ],
      ]}
    />
  );
}

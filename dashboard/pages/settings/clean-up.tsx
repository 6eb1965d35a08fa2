/** Cleanup now: first what would be marked, and only then, asked once more, the marking. Both tasks are in the address. */
import { useState } from 'react';
import { hasEnded, problemOfTask, useTask } from '../../api/tasks.ts';
import { useClient } from '../../api/use-api.ts';
import { useAct } from '../../app/act.ts';
import { text as textReader, useAddress } from '../../app/address.ts';
import { useFormat } from '../../format.ts';
import { Button } from '../../kit/button.tsx';
import { Card } from '../../kit/card.tsx';
import { Confirm } from '../../kit/confirm.tsx';
import { Link } from '../../kit/link.tsx';
import { Note } from '../../kit/note.tsx';
import { PlanSelect } from '../../kit/plan-select.tsx';
import { ActProblem, Failure } from '../../kit/states.tsx';
import { Table } from '../../kit/table.tsx';
import { useText } from '../../text/text.ts';
import { type CleanupResult, cleanupOf } from './results.ts';
import styles from './settings.module.css';

const readers = { cleanPlan: textReader, dry: textReader, clean: textReader };
const forget = ['/v1/backups', '/v1/overview', '/v1/stats'];

export function CleanUp() {
  const text = useText('settings').cleanUp;
  const api = useClient();
  const tryOut = useAct();
  const [{ cleanPlan, dry, clean }, go] = useAddress(readers);
  const [asking, setAsking] = useState(false);
  const dryTask = useTask(dry);
  const { data } = dryTask;
  // What was looked at must be what is marked, whatever somebody wrote into the address.
  const isOfThese = data?.kind === 'cleanup' && data.planId === cleanPlan;
  const came = isOfThese && data.status === 'completed' ? cleanupOf(data.result) : undefined;
  const found = came?.dryRun ? came : undefined;
  const start = (act: typeof tryOut, dryRun: boolean) =>
    act.run(
      (key) =>
        api.POST('/v1/cleanup', {
          params: { header: { 'idempotency-key': key } },
          body: { dryRun, ...(cleanPlan !== undefined && { plan: cleanPlan }) },
        }),
      { forget: dryRun ? [] : forget, say: dryRun ? text.looking : text.started },
    );
  const look = async () => {
    const started = await start(tryOut, true);
    if (started) go({ dry: started.taskId, clean: undefined });
  };
  const nothing =
    found !== undefined && found.planned.length + found.plannedLeft + found.leftovers.objects === 0;
  return (
    <Card title={text.title} lead={text.lead}>
      <div className="filters">
        <PlanSelect
          value={cleanPlan}
          onChange={(next) => go({ cleanPlan: next, dry: undefined, clean: undefined })}
        />
        <Button needs="admin" running={tryOut.running} onPress={() => void look()}>
          {text.look}
        </Button>
        <Button
          kind="danger"
          needs="admin"
          whyNot={
            clean !== undefined
              ? text.alreadyStarted
              : !found
                ? text.lookFirst
                : nothing
                  ? text.nothing
                  : undefined
          }
          onPress={() => setAsking(true)}
        >
          {text.mark}
        </Button>
      </div>
      <ActProblem act={tryOut} />
      {clean === undefined && dry !== undefined && <Came taskId={dry} />}
      {clean !== undefined && <Came taskId={clean} />}
      {asking && found && (
        <Ask
          found={found}
          plan={cleanPlan}
          start={(act) => start(act, false)}
          onStarted={(taskId) => {
            setAsking(false);
            go({ clean: taskId });
          }}
          onClose={() => setAsking(false)}
        />
      )}
    </Card>
  );
}

type Started = { readonly taskId: string } | undefined;

function Ask({
  found,
  plan,
  start,
  onStarted,
  onClose,
}: {
  readonly found: CleanupResult;
  readonly plan: string | undefined;
  readonly start: (act: ReturnType<typeof useAct>) => Promise<Started>;
  readonly onStarted: (taskId: string) => void;
  readonly onClose: () => void;
}) {
  const text = useText('settings').cleanUp;
  const format = useFormat();
  const act = useAct();
  const confirm = async () => {
    const started = await start(act);
    if (started) onStarted(started.taskId);
  };
  return (
    <Confirm
      title={plan === undefined ? text.askAll : text.askOf(plan)}
      confirmLabel={text.mark}
      danger
      act={act}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      <p>{text.would(found.going.backups, format.bytes(found.going.bytes))}</p>
      <p>{text.undo}</p>
    </Confirm>
  );
}

function Came({ taskId }: { readonly taskId: string }) {
  const text = useText('settings').cleanUp;
  const task = useTask(taskId);
  const { data } = task;
  if (task.error && !data) return <Failure problem={task.error} onRetry={() => void task.refetch()} />;
  if (data?.status === 'failed') return <Failure problem={problemOfTask(data)} />;
  const result = hasEnded(data) ? cleanupOf(data?.result) : undefined;
  return (
    <>
      <div aria-live="polite">
        {result ? <Outcome result={result} /> : <Note state="info">{text.goesOn}</Note>}
      </div>
      {result?.dryRun && <Planned result={result} />}
    </>
  );
}

function Outcome({ result }: { readonly result: CleanupResult }) {
  const text = useText('settings').cleanUp;
  const format = useFormat();
  const { dryRun, going, leftovers, keptBackups, complete, skipped, failed } = result;
  const says = dryRun ? text.would : text.did;
  return (
    <Note
      state={failed.length > 0 ? 'critical' : dryRun ? 'info' : 'well'}
      title={says(going.backups, format.bytes(going.bytes))}
    >
      {leftovers.objects > 0 && <p>{text.leftovers(leftovers.objects, format.bytes(leftovers.bytes))}</p>}
      <p>{text.kept(keptBackups)}</p>
      {dryRun && <p>{text.unchanged}</p>}
      {!complete && <p>{text.notComplete}</p>}
      {[...failed, ...skipped].length > 0 && (
        <ul className={styles.list}>
          {[...failed, ...skipped].map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      )}
    </Note>
  );
}

function Planned({ result: { planned, plannedLeft } }: { readonly result: CleanupResult }) {
  const text = useText('settings').cleanUp;
  const { tiers } = useText('common');
  const format = useFormat();
  const names: Readonly<Record<string, string>> = tiers;
  const actions: Readonly<Record<string, string>> = text.actions;
  if (planned.length === 0) return null;
  return (
    <>
      <Table
        label={text.plannedLabel}
        rows={planned}
        keyOf={({ planId, backupId }) => `${planId}/${backupId}`}
        columns={[
          {
            id: 'point',
            header: text.point,
            heads: true,
            cell: ({ planId, backupId }) => (
              <Link to="/points/$backupId" params={{ backupId }}>
                {planId} · {backupId}
              </Link>
            ),
          },
          { id: 'tier', header: text.tier, cell: ({ tier }) => names[tier] ?? tier },
          {
            id: 'bytes',
            header: text.bytes,
            align: 'end',
            cell: ({ storedBytes }) => (storedBytes === undefined ? '–' : format.bytes(storedBytes)),
          },
          { id: 'action', header: text.action, cell: ({ action }) => actions[action] ?? action },
          { id: 'why', header: text.why, cell: ({ why }) => <span lang="en">{why}</span> },
        ]}
      />
      {plannedLeft > 0 && <p className="small">{text.plannedLeft(plannedLeft)}</p>}
    </>
  );
}

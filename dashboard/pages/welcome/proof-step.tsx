/** The first backup, restored into a scratch place and compared: proven, or why not. */
import { useEffect } from 'react';
import { useApi, useClient, useForget } from '../../api/use-api.ts';
import { useAct } from '../../app/act.ts';
import { useFormat } from '../../format.ts';
import { Button } from '../../kit/button.tsx';
import { Card, Facts } from '../../kit/card.tsx';
import { Link } from '../../kit/link.tsx';
import { Note } from '../../kit/note.tsx';
import { Progress } from '../../kit/progress.tsx';
import { ActProblem, Failure } from '../../kit/states.tsx';
import { useText } from '../../text/text.ts';
import type { Welcome } from './address.ts';
import { useBackup } from './backup-step.tsx';
import { outcomeOf, type Verification } from './outcome.ts';

const pollMs = 2_000;

export function ProofStep({ welcome: { address, go } }: { readonly welcome: Welcome }) {
  const text = useText('welcome');
  const words = text.proof;
  const api = useClient();
  const act = useAct();
  const forget = useForget();
  const { backup: backupId, drill: taskId } = address;
  const backup = useBackup(backupId);
  const task = useApi(
    '/v1/runs/{taskId}',
    { params: { path: { taskId: taskId ?? '' } } },
    {
      when: taskId !== undefined,
      every: (data) => (data?.status === 'completed' || data?.status === 'failed' ? false : pollMs),
    },
  );
  const taskStatus = task.data?.status;
  const isOver = taskStatus === 'completed' || taskStatus === 'failed';
  useEffect(() => {
    // What the drill found stands with the backup.
    if (isOver) void forget('/v1/backups', '/v1/overview');
  }, [isOver, forget]);
  const isRunning = act.running || (taskId !== undefined && task.data !== undefined && !isOver);
  const start = async () => {
    const started = await act.run(
      (key) =>
        api.POST('/v1/backups/{backupId}/verify', {
          params: { path: { backupId: backupId ?? '' }, header: { 'idempotency-key': key } },
          body: { level: 'restored' },
        }),
      { say: words.started },
    );
    if (started) go({ drill: started.taskId });
  };
  const outcome = isRunning
    ? undefined
    : outcomeOf(backup.data?.verification, isOver ? task.data : undefined);
  const isProven = outcome?.kind === 'passed';
  const whyNot = backup.data?.status === 'completed' ? undefined : text.backup.first;
  return (
    <Card title={text.step.proof} lead={words.lead}>
      <div className="form">
        {backup.error && !backup.data && (
          <Failure problem={backup.error} onRetry={() => void backup.refetch()} />
        )}
        {isRunning && <Progress label={words.running} />}
        <div aria-live="polite" className="form">
          {outcome && <Outcome outcome={outcome} verification={backup.data?.verification} />}
        </div>
        <ActProblem act={act} />
        <div className="actions">
          {isProven && (
            <Button kind="primary" onPress={() => go({ step: 'done' }, 'push')}>
              {text.on}
            </Button>
          )}
          {!isProven && (
            <Button
              kind="primary"
              needs="operator"
              whyNot={whyNot}
              running={isRunning}
              onPress={() => void start()}
            >
              {words.start}
            </Button>
          )}
          <Button onPress={() => go({ step: 'backup' }, 'push')}>{text.back}</Button>
          {backupId !== undefined && (
            <Link to="/points/$backupId" params={{ backupId }}>
              {words.seePoint}
            </Link>
          )}
        </div>
      </div>
    </Card>
  );
}

function Outcome({
  outcome: { kind, why, next },
  verification,
}: {
  readonly outcome: NonNullable<ReturnType<typeof outcomeOf>>;
  readonly verification: Verification | undefined;
}) {
  const text = useText('welcome').proof;
  const format = useFormat();
  const states = { passed: 'well', readable: 'warning', failed: 'critical', error: 'warning' } as const;
  const { counted, differences, seconds } = verification ?? {};
  return (
    <>
      <Note state={states[kind]} title={text[kind]}>
        {kind === 'readable' && <p>{text.readableText}</p>}
        {kind === 'error' && <p>{text.errorText}</p>}
        {why !== undefined && why !== '' && <p>{why}</p>}
        {next !== undefined && <p>{next}</p>}
      </Note>
      {kind === 'passed' && (
        <Facts
          facts={[
            [
              text.counted,
              counted &&
                format.list(
                  Object.entries(counted).map(([what, count]) => `${format.number(count)} ${what}`),
                ),
            ],
            [text.differences, differences === undefined ? undefined : format.number(differences)],
            [text.took, seconds === undefined ? undefined : format.duration(seconds)],
          ]}
        />
      )}
    </>
  );
}

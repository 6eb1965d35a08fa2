/** The first backup, made now and watched: what it does, how far it is, and what went wrong if it did. */
import { useApi, useClient } from '../../api/use-api.ts';
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

const pollMs = 2_000;

export function BackupStep({ welcome: { address, draft, go } }: { readonly welcome: Welcome }) {
  const text = useText('welcome');
  const words = text.backup;
  const api = useClient();
  const act = useAct();
  const { backup: backupId } = address;
  const backup = useBackup(backupId);
  const { data } = backup;
  const start = async () => {
    const made = await act.run(
      (key) =>
        api.POST('/v1/backups', {
          body: { plan: draft.plan },
          params: { header: { 'idempotency-key': key } },
        }),
      { forget: ['/v1/overview', '/v1/backups'], say: words.started },
    );
    if (made) go({ backup: made.backupId, drill: undefined });
  };
  const isOver = data !== undefined && data.status !== 'pending' && data.status !== 'running';
  // Its row comes with its beginning: until then nobody knows it.
  const isWaiting = backupId !== undefined && !isOver && data?.status !== 'running';
  return (
    <Card title={text.step.backup} lead={words.lead}>
      <div className="form">
        {backup.error && backup.error.status !== 404 && !data && (
          <Failure problem={backup.error} onRetry={() => void backup.refetch()} />
        )}
        {isWaiting && <Progress label={words.waiting} />}
        {data?.status === 'running' && <Running backup={data} />}
        <div aria-live="polite" className="form">
          {data?.status === 'completed' && <Completed backup={data} />}
          {data?.status === 'failed' && (
            <Note state="critical" title={words.failed}>
              <p>{data.error?.message}</p>
              {data.error?.next !== undefined && <p>{data.error.next}</p>}
            </Note>
          )}
        </div>
        <ActProblem act={act} />
        <div className="actions">
          {data?.status === 'completed' && (
            <Button kind="primary" onPress={() => go({ step: 'proof' }, 'push')}>
              {text.on}
            </Button>
          )}
          {(backupId === undefined || isOver) && (
            <Button
              kind={data?.status === 'completed' ? 'plain' : 'primary'}
              needs="operator"
              running={act.running}
              onPress={() => void start()}
            >
              {backupId === undefined ? words.start : words.another}
            </Button>
          )}
          {data && (
            <Link to="/runs/$backupId" params={{ backupId: data.backupId }}>
              {words.seeRun}
            </Link>
          )}
        </div>
      </div>
    </Card>
  );
}

export function useBackup(backupId: string | undefined) {
  return useApi(
    '/v1/backups/{backupId}',
    { params: { path: { backupId: backupId ?? '' } } },
    {
      when: backupId !== undefined,
      every: (data) =>
        data === undefined || data.status === 'pending' || data.status === 'running' ? pollMs : false,
    },
  );
}

type Backup = NonNullable<ReturnType<typeof useBackup>['data']>;

function Running({ backup: { progress, steps } }: { readonly backup: Backup }) {
  const text = useText('welcome').backup;
  const format = useFormat();
  const step = steps?.find(({ state }) => state === 'running');
  const label = step?.title ?? progress?.step ?? text.running;
  if (!progress || progress.estimatedBytes <= 0) return <Progress label={label} />;
  const { plainBytes, estimatedBytes } = progress;
  return (
    <Progress
      label={label}
      value={plainBytes}
      max={estimatedBytes}
      text={text.soFar(format.bytes(plainBytes), format.bytes(estimatedBytes))}
    />
  );
}

function Completed({ backup }: { readonly backup: Backup }) {
  const text = useText('welcome').backup;
  const format = useFormat();
  const { sourceBytes, storedBytes, startedAt, completedAt } = backup;
  const seconds =
    startedAt !== undefined && completedAt !== undefined
      ? (Date.parse(completedAt) - Date.parse(startedAt)) / 1000
      : undefined;
  return (
    <>
      <Note state="well">
        <p>{text.completed}</p>
      </Note>
      <Facts
        facts={[
          [text.read, sourceBytes === undefined ? undefined : format.bytes(sourceBytes)],
          [text.stored, storedBytes === undefined ? undefined : format.bytes(storedBytes)],
          [text.took, seconds === undefined ? undefined : format.duration(seconds)],
        ]}
      />
    </>
  );
}

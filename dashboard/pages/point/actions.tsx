/** What can be done with a recovery point: proven again, pinned, deleted, brought back, fetched. Each is asked once more. */
import { useState } from 'react';
import { hasEnded, problemOfTask, useTask } from '../../api/tasks.ts';
import { type Schemas, useClient } from '../../api/use-api.ts';
import { useAct } from '../../app/act.ts';
import { Button } from '../../kit/button.tsx';
import { Confirm } from '../../kit/confirm.tsx';
import { Choices, TextField } from '../../kit/fields.tsx';
import { Note } from '../../kit/note.tsx';
import { Failure } from '../../kit/states.tsx';
import { useText } from '../../text/text.ts';
import { Download } from './download.tsx';

type Point = Schemas['Backup'];
type Level = 'stored' | 'readable' | 'restored';
type Doing = 'verify' | 'pin' | 'unpin' | 'delete' | 'undelete' | 'download';

const forget = ['/v1/backups', '/v1/overview', '/v1/drills'];

export function Actions({ point }: { readonly point: Point }) {
  const text = useText('point').actions;
  const [doing, setDoing] = useState<Doing>();
  const [taskId, setTaskId] = useState<string>();
  const isThere = point.status === 'completed';
  const whyNot = isThere ? undefined : text.notThere;
  return (
    <>
      <div className="actions">
        <Button icon="proof" needs="operator" whyNot={whyNot} onPress={() => setDoing('verify')}>
          {text.verify.button}
        </Button>
        {point.pin ? (
          <Button icon="pin" needs="admin" onPress={() => setDoing('unpin')}>
            {text.unpin.button}
          </Button>
        ) : (
          <Button icon="pin" needs="operator" whyNot={whyNot} onPress={() => setDoing('pin')}>
            {text.pin.button}
          </Button>
        )}
        <Button icon="download" needs="admin" whyNot={whyNot} onPress={() => setDoing('download')}>
          {text.download.button}
        </Button>
        {point.status === 'expired' ? (
          <Button needs="admin" onPress={() => setDoing('undelete')}>
            {text.undelete.button}
          </Button>
        ) : (
          <Button
            needs="admin"
            whyNot={whyNot ?? (point.pin ? text.isPinned : undefined)}
            onPress={() => setDoing('delete')}
          >
            {text.delete.button}
          </Button>
        )}
      </div>
      <Outcome taskId={taskId} />
      {doing === 'download' && <Download point={point} onClose={() => setDoing(undefined)} />}
      {doing !== undefined && doing !== 'download' && (
        <Ask key={doing} doing={doing} point={point} onTask={setTaskId} onClose={() => setDoing(undefined)} />
      )}
    </>
  );
}

/** What came of the task that was started here: some are refused only by the function that would do it. */
function Outcome({ taskId }: { readonly taskId: string | undefined }) {
  const text = useText('point').actions;
  const task = useTask(taskId);
  if (taskId === undefined) return null;
  const { data } = task;
  return (
    <div aria-live="polite">
      {data?.status === 'failed' ? (
        <Failure problem={problemOfTask(data)} />
      ) : (
        <Note state={hasEnded(data) ? 'well' : 'info'}>
          {data === undefined || !hasEnded(data)
            ? text.goesOn
            : text.done[data.kind as keyof typeof text.done]}
        </Note>
      )}
    </div>
  );
}

function Ask({
  doing,
  point: { backupId, planId },
  onTask,
  onClose,
}: {
  readonly doing: Exclude<Doing, 'download'>;
  readonly point: Point;
  readonly onTask: (taskId: string) => void;
  readonly onClose: () => void;
}) {
  const all = useText('point').actions;
  const { proofs } = useText('common');
  const text = all[doing];
  const api = useClient();
  const act = useAct();
  const [level, setLevel] = useState<Level>('restored');
  const [reason, setReason] = useState('');
  const takesReason = doing === 'pin' || doing === 'unpin';
  const path = { backupId };
  const header = (key: string) => ({ path, header: { 'idempotency-key': key } });
  const confirm = () => {
    const said = { forget, say: text.said };
    if (doing === 'pin' || doing === 'unpin') {
      return act.run(
        () =>
          doing === 'pin'
            ? api.POST('/v1/backups/{backupId}/pin', { params: { path }, body: { reason } })
            : api.POST('/v1/backups/{backupId}/unpin', { params: { path }, body: { reason } }),
        { ...said, done: onClose },
      );
    }
    const done = (task: { readonly taskId: string } | undefined) => {
      if (task) onTask(task.taskId);
      onClose();
    };
    return act.run(
      (key) =>
        doing === 'verify'
          ? api.POST('/v1/backups/{backupId}/verify', { params: header(key), body: { level } })
          : doing === 'undelete'
            ? api.POST('/v1/backups/{backupId}/undelete', { params: header(key) })
            : api.DELETE('/v1/backups/{backupId}', { params: { path } }),
      { ...said, done },
    );
  };
  return (
    <Confirm
      title={text.title(planId)}
      confirmLabel={text.confirm}
      danger={doing === 'delete'}
      {...(doing === 'delete' && { typed: backupId })}
      act={act}
      ready={!takesReason || reason.trim() !== ''}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      <p>{text.text}</p>
      {doing === 'verify' && (
        <Choices
          label={all.verify.level}
          value={level}
          onChange={setLevel}
          choices={(['restored', 'readable', 'stored'] as const).map((value) => ({
            value,
            label: proofs[value],
            hint: all.verify.levels[value],
          }))}
        />
      )}
      {takesReason && <TextField label={all.reason} value={reason} onChange={setReason} required />}
    </Confirm>
  );
}

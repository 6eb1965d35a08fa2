/** A drill that was started from here, until it has ended, and what came of it. */
import { useEffect } from 'react';
import { hasEnded, problemOfTask, useTask } from '../../api/tasks.ts';
import { useForget } from '../../api/use-api.ts';
import { useFormat } from '../../format.ts';
import { Button } from '../../kit/button.tsx';
import { Link } from '../../kit/link.tsx';
import { Note } from '../../kit/note.tsx';
import { Failure } from '../../kit/states.tsx';
import { useText } from '../../text/text.ts';

export function Started({ taskId, onClose }: { readonly taskId: string; readonly onClose: () => void }) {
  const text = useText('drills').task;
  const format = useFormat();
  const forget = useForget();
  const task = useTask(taskId);
  const { data } = task;
  const ended = hasEnded(data);
  useEffect(() => {
    if (ended) void forget('/v1/drills', '/v1/overview', '/v1/backups');
  }, [ended, forget]);
  if (task.error && !data) return <Failure problem={task.error} onRetry={() => void task.refetch()} />;
  const close = (
    <Button small onPress={onClose}>
      {text.hide}
    </Button>
  );
  if (data?.status === 'failed')
    return (
      <>
        <Failure problem={problemOfTask(data)} />
        <div className="actions">{close}</div>
      </>
    );
  const { planId = '', backupId = '', createdAt } = data ?? {};
  if (!ended)
    return (
      <div aria-live="polite">
        <Note state="info" title={text.running(planId)}>
          <p>
            {createdAt !== undefined && text.since(format.dateTime(createdAt))} {text.stays}
          </p>
        </Note>
      </div>
    );
  const { result, level, seconds } = (data?.result ?? {}) as {
    readonly result?: string;
    readonly level?: string;
    readonly seconds?: number;
  };
  const outcome = result !== 'passed' ? 'failed' : level === 'restored' ? 'passed' : 'read';
  return (
    <div aria-live="polite">
      <Note
        state={outcome === 'passed' ? 'well' : outcome === 'read' ? 'warning' : 'critical'}
        title={text.outcomes[outcome](planId)}
        actions={
          <>
            <Link
              to="/points/$backupId"
              params={{ backupId }}
              search={{ tab: 'proofs' } as never}
              className="button button-small"
            >
              {text.report}
            </Link>
            {close}
          </>
        }
      >
        {seconds !== undefined && <p>{text.took(format.duration(seconds))}</p>}
      </Note>
    </div>
  );
}

/**
 * Whether it can be done, before anything is: the server looks, and what is in the way comes with how to mend it. The look
 * is a task in the address, so that another device shows the same and nobody asks twice.
 */
import { useEffect, useRef } from 'react';
import { problemOfTask, useTask } from '../../api/tasks.ts';
import { useClient } from '../../api/use-api.ts';
import { useAct } from '../../app/act.ts';
import { useSay } from '../../app/announcer.tsx';
import { useWhyNot } from '../../app/session-context.ts';
import { useFormat } from '../../format.ts';
import { Badge, type Tone } from '../../kit/badge.tsx';
import { Button } from '../../kit/button.tsx';
import type { IconName } from '../../kit/icon.tsx';
import { Note } from '../../kit/note.tsx';
import { Progress } from '../../kit/progress.tsx';
import { ActProblem, Failure } from '../../kit/states.tsx';
import { When } from '../../kit/when.tsx';
import { useText } from '../../text/text.ts';
import type { Journey } from './address.ts';
import type { Preflight } from './asked.ts';
import { wishOf } from './choices.ts';
import { Next } from './next.tsx';
import styles from './restore.module.css';
import type { Subject } from './subject.ts';

export function CheckStep({ journey, subject }: { readonly journey: Journey; readonly subject: Subject }) {
  const text = useText('restore').check;
  const say = useSay();
  const { choices, address, note, goTo } = journey;
  const { point = '' } = choices;
  const { look } = address;
  const { kind, isLooking } = subject;
  const mayNot = useWhyNot('operator');
  const api = useClient();
  const act = useAct();
  const task = useTask(look);
  const { status } = task.data ?? {};
  const result = status === 'completed' ? (task.data?.result as Preflight | undefined) : undefined;
  const isAsking = act.running || (look !== undefined && !result && status !== 'failed' && !task.isError);

  const ask = async () => {
    const started = await act.run((key) =>
      api.POST('/v1/backups/{backupId}/preflight', {
        params: { path: { backupId: point }, header: { 'idempotency-key': key } },
        body: wishOf(choices, kind),
      }),
    );
    if (started) note({ look: started.taskId });
  };
  // It changes nothing, so nobody has to ask for it. Once: what failed is asked again by a person.
  const asked = useRef(false);
  useEffect(() => {
    if (asked.current || look !== undefined || isLooking || mayNot !== undefined) return;
    asked.current = true;
    void ask();
  });
  const outcome = result && (result.ok ? text.ok : text.notOk);
  useEffect(() => {
    if (outcome !== undefined) say(outcome);
  }, [outcome, say]);

  return (
    <>
      {isAsking && (
        <div aria-live="polite">
          <Progress label={text.asking} />
        </div>
      )}
      <ActProblem act={act} />
      {task.error && <Failure problem={task.error} onRetry={() => void task.refetch()} />}
      {status === 'failed' && task.data && <Failure problem={problemOfTask(task.data)} />}
      {result && <Found result={result} at={task.data?.completedAt} />}
      <div>
        <Button needs="operator" icon="restore" running={isAsking} onPress={() => void ask()}>
          {text.again}
        </Button>
      </div>
      <Next
        journey={journey}
        needs="operator"
        label={result?.ok ? undefined : text.anyway}
        whyNot={isAsking ? text.wait : undefined}
        onNext={() => goTo('confirm')}
      />
    </>
  );
}

const signs = {
  failed: ['critical', 'critical'],
  warning: ['warning', 'warning'],
  unknown: ['quiet', 'unknown'],
  ok: ['well', 'well'],
} as const satisfies Record<string, readonly [Tone, IconName]>;

const order = ['failed', 'warning', 'unknown', 'ok'] as const;

function Found({ result, at }: { readonly result: Preflight; readonly at: string | undefined }) {
  const text = useText('restore').check;
  const format = useFormat();
  const { ok, target, needsBytes, checks } = result;
  const sorted = order.flatMap((state) => checks.filter((each) => each.state === state));
  const count = (state: (typeof order)[number]) => checks.filter((each) => each.state === state).length;
  return (
    <>
      <Note state={ok ? 'well' : 'critical'} title={ok ? text.ok : text.notOk}>
        <p>{text.goesTo(target)}</p>
        {needsBytes !== undefined && <p>{text.needs(format.bytes(needsBytes))}</p>}
        <p className="small">
          {text.counts(count('failed'), count('warning'), count('unknown'), count('ok'))}
          {at !== undefined && (
            <>
              {' · '}
              <When at={at} />
            </>
          )}
        </p>
      </Note>
      <ul className={styles.checks}>
        {sorted.map((check) => {
          const [tone, icon] = signs[check.state];
          return (
            <li key={check.name} className={styles.check}>
              <div className={styles.checkName}>
                <Badge tone={tone} icon={icon}>
                  {text.states[check.state]}
                </Badge>
                <strong>{check.title}</strong>
              </div>
              <p className={styles.detail}>{check.detail}</p>
              {check.next !== undefined && (
                <p className={styles.detail}>
                  <span className="small">{text.mend}</span> {check.next}
                </p>
              )}
            </li>
          );
        })}
      </ul>
    </>
  );
}

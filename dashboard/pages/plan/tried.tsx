/** Trying a plan, saved or not, from where backups run: each check as it was found, and how to mend what failed. */
import { useEffect, useRef, useState } from 'react';
import type { ApiProblem } from '../../api/problem.ts';
import { hasEnded, problemOfTask, useTask } from '../../api/tasks.ts';
import type { Schemas } from '../../api/use-api.ts';
import { useAct } from '../../app/act.ts';
import { useSay } from '../../app/announcer.tsx';
import { Badge } from '../../kit/badge.tsx';
import { Button } from '../../kit/button.tsx';
import { Checkbox } from '../../kit/fields.tsx';
import { Note } from '../../kit/note.tsx';
import { Progress } from '../../kit/progress.tsx';
import { ActProblem, Empty, Failure } from '../../kit/states.tsx';
import { When } from '../../kit/when.tsx';
import { useText } from '../../text/text.ts';
import styles from './plan.module.css';
import { allChecks, type Check, resultOf, type TestResult } from './test-result.ts';

export interface TriedProps {
  readonly start: (key: string, notify: boolean) => Promise<{ data?: Schemas['Task']; response: Response }>;
  readonly taskId: string | undefined;
  readonly onTask: (taskId: string) => void;
  /** There is somebody to tell, and this person may. */
  readonly mayNotify: boolean;
  readonly whyNot?: string | undefined;
  /** What was refused before it was tried: a form shows it at its fields. */
  readonly onProblem?: (problem: ApiProblem | undefined) => void;
}

export function Tried({ start, taskId, onTask, mayNotify, whyNot, onProblem }: TriedProps) {
  const text = useText('plan').test;
  const say = useSay();
  const act = useAct();
  const [notify, setNotify] = useState(false);
  const task = useTask(taskId);
  const found = task.data;
  const result = found?.status === 'completed' ? resultOf(found.result) : undefined;
  const isRunning = act.running || (taskId !== undefined && !task.error && !hasEnded(found));

  const { problem } = act;
  useEffect(() => onProblem?.(problem), [problem, onProblem]);

  const failed = result ? allChecks(result).filter(({ ok }) => !ok).length : 0;
  const outcome = result && (result.ok ? text.ok : text.failed(failed));
  const before = useRef(outcome);
  useEffect(() => {
    if (outcome !== undefined && outcome !== before.current) say(outcome);
    before.current = outcome;
  }, [outcome, say]);

  const run = async () => {
    const started = await act.run((key) => start(key, notify && mayNotify));
    if (started) onTask(started.taskId);
  };
  return (
    <div className="form">
      {mayNotify && <Checkbox label={text.notify} checked={notify} onChange={setNotify} />}
      <div>
        <Button
          kind="primary"
          needs="operator"
          running={isRunning}
          whyNot={whyNot}
          onPress={() => void run()}
        >
          {taskId === undefined ? text.start : text.again}
        </Button>
      </div>
      <ActProblem act={act} />
      {isRunning && (
        <div aria-live="polite">
          <Progress label={text.running} />
        </div>
      )}
      {task.error && <Failure problem={task.error} onRetry={() => void task.refetch()} />}
      {found?.status === 'failed' && <Failure problem={problemOfTask(found)} />}
      {taskId === undefined && !act.running && !problem && (
        <Empty title={text.none}>
          <p>{text.noneText}</p>
        </Empty>
      )}
      {result && (
        <>
          <Note state={result.ok ? 'well' : 'critical'} title={result.ok ? text.ok : text.failed(failed)}>
            <p>{result.ok ? text.okText : text.failedText}</p>
            {found?.completedAt !== undefined && (
              <p className="small">
                {text.at} <When at={found.completedAt} both />
              </p>
            )}
          </Note>
          <Found result={result} />
        </>
      )}
    </div>
  );
}

function Found({ result }: { readonly result: TestResult }) {
  const text = useText('plan').test;
  const told = result.notifications?.results ?? [];
  return (
    <>
      {result.sources.map(({ source, checks }) => (
        <Checks key={source} title={text.source(source)} checks={checks} />
      ))}
      {result.checks.length > 0 && <Checks title={text.rest} checks={result.checks} />}
      {told.length > 0 && <Checks title={text.told} checks={told} />}
    </>
  );
}

function Checks({ title, checks }: { readonly title: string; readonly checks: readonly Check[] }) {
  const text = useText('plan').test;
  return (
    <section aria-label={title} className="form">
      <h3>{title}</h3>
      <ul className={styles.checks}>
        {checks.map(({ name, ok, detail, next }) => (
          <li key={name} className={styles.check}>
            <div className={styles.checkName}>
              <Badge tone={ok ? 'well' : 'critical'}>{ok ? text.passed : text.notPassed}</Badge>
              <strong>{text.checks[name] ?? name}</strong>
            </div>
            {detail !== '' && <p>{detail}</p>}
            {next !== undefined && !ok && (
              <p>
                <strong>{text.mend}</strong> {next}
              </p>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

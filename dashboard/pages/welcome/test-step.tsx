/** The connection, tried from where backups run, before anything is saved: each check, and how to mend what failed. */
import { useApi, useClient } from '../../api/use-api.ts';
import { useAct } from '../../app/act.ts';
import { Badge } from '../../kit/badge.tsx';
import { Button } from '../../kit/button.tsx';
import { Card } from '../../kit/card.tsx';
import { Note } from '../../kit/note.tsx';
import { Progress } from '../../kit/progress.tsx';
import { ActProblem, Failure } from '../../kit/states.tsx';
import { useText } from '../../text/text.ts';
import type { Welcome } from './address.ts';
import { planOf } from './draft.ts';
import { type TestResult, testResultOf } from './test-result.ts';
import style from './welcome.module.css';

const pollMs = 1_500;

export function TestStep({ welcome: { address, draft, go } }: { readonly welcome: Welcome }) {
  const text = useText('welcome');
  const words = text.test;
  const api = useClient();
  const act = useAct();
  const { test: taskId } = address;
  const task = useApi(
    '/v1/runs/{taskId}',
    { params: { path: { taskId: taskId ?? '' } } },
    {
      when: taskId !== undefined,
      every: (data) => (data?.status === 'completed' || data?.status === 'failed' ? false : pollMs),
    },
  );
  const { status, error } = task.data ?? {};
  const isRunning = act.running || status === 'pending' || status === 'running';
  const result = status === 'completed' ? testResultOf(task.data?.result) : undefined;
  const start = async () => {
    const started = await act.run((key) =>
      api.POST('/v1/plans/test', {
        body: { plan: planOf(draft) } as never,
        params: { header: { 'idempotency-key': key } },
      }),
    );
    if (started) go({ test: started.taskId });
  };
  const isDone = result !== undefined || status === 'failed';
  return (
    <Card title={text.step.test} lead={words.lead}>
      <div aria-live="polite" className="form">
        {isRunning && <Progress label={words.running} />}
        {result && <Found result={result} />}
        {status === 'failed' && error && (
          <Note state="critical" title={words.bad}>
            <p>
              {error.message} ({error.code})
            </p>
            {error.next !== undefined && <p>{error.next}</p>}
          </Note>
        )}
        {task.error?.status === 404 && (
          <Note state="warning">
            <p>{words.lost}</p>
          </Note>
        )}
        {task.error && task.error.status !== 404 && !task.data && (
          <Failure problem={task.error} onRetry={() => void task.refetch()} />
        )}
      </div>
      <ActProblem act={act} />
      <div className="actions">
        {result?.ok && (
          <Button kind="primary" onPress={() => go({ step: 'when' }, 'push')}>
            {text.on}
          </Button>
        )}
        <Button
          kind={result?.ok ? 'plain' : 'primary'}
          needs="operator"
          running={isRunning}
          onPress={() => void start()}
        >
          {isDone ? words.again : words.run}
        </Button>
        {isDone && !result?.ok && (
          <Button onPress={() => go({ step: 'when' }, 'push')}>{words.onAnyway}</Button>
        )}
        <Button onPress={() => go({ step: undefined }, 'push')}>{text.back}</Button>
      </div>
    </Card>
  );
}

function Found({ result: { ok, groups } }: { readonly result: TestResult }) {
  const text = useText('welcome').test;
  return (
    <>
      <Note state={ok ? 'well' : 'critical'} title={ok ? text.ok : text.bad}>
        {!ok && <p>{text.badText}</p>}
      </Note>
      {groups.map(({ source, checks }) => (
        <section key={source ?? ''} className={style.checks}>
          <h3>{source ?? text.ofPlan}</h3>
          <ul>
            {checks.map((check) => (
              <li key={`${check.name} ${check.detail}`}>
                <Badge tone={check.ok ? 'well' : 'critical'}>{check.ok ? text.passed : text.failed}</Badge>
                <div>
                  <strong>{check.name}</strong> <span className="small">{check.detail}</span>
                  {check.next !== undefined && <p>{check.next}</p>}
                </div>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </>
  );
}

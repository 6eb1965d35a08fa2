/** What stands where content would: it is coming, there is none, it failed; each with what a person can do. */
import type { ReactNode } from 'react';
import type { ApiProblem } from '../api/problem.ts';
import type { Act } from '../app/act.ts';
import { useText } from '../text/text.ts';
import { Button } from './button.tsx';
import { Note } from './note.tsx';

/** As many grey lines as there will be, so that nothing jumps. */
export function Loading({ lines = 4 }: { readonly lines?: number }) {
  const text = useText('common');
  return (
    <div className="loading" role="status">
      <span className="visually-hidden">{text.loading}</span>
      {Array.from({ length: lines }, (_, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all the same.
        <span key={at} className="loading-line" aria-hidden="true" />
      ))}
    </div>
  );
}

export function Empty({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  return (
    <div className="empty">
      <p className="empty-title">{title}</p>
      {children}
    </div>
  );
}

/** Why it failed, the next step, and another try where that can help. */
export function Failure({
  problem,
  onRetry,
}: {
  readonly problem: ApiProblem;
  readonly onRetry?: () => void;
}) {
  const text = useText('common');
  const isOffline = problem.status === 0;
  return (
    <div role="alert">
      <Note
        state="critical"
        title={isOffline ? text.unreachable : problem.title}
        actions={
          onRetry && (
            <button type="button" className="button button-small" onClick={onRetry}>
              {text.again}
            </button>
          )
        }
      >
        <p>{problem.message}</p>
        {problem.next !== '' && <p>{problem.next}</p>}
        <p className="small">
          {problem.code}
          {problem.correlationId !== undefined && ` · ${problem.correlationId}`}
        </p>
      </Note>
    </div>
  );
}

/** Below what was pressed: why it failed, or the way to a fresh sign-in. */
export function ActProblem({ act }: { readonly act: Act }) {
  const text = useText('common');
  if (!act.problem) return null;
  if (!act.signInAgain) return <Failure problem={act.problem} />;
  const { signInAgain } = act;
  return (
    <div role="alert">
      <Note
        state="warning"
        title={text.stepUp.title}
        actions={
          <Button kind="primary" onPress={() => void signInAgain()}>
            {text.stepUp.action}
          </Button>
        }
      >
        <p>{text.stepUp.text}</p>
      </Note>
    </div>
  );
}

/** Loading, failed, or there: `<Loaded of={query}>{(data) => …}</Loaded>`. What failed to be asked again stays, with a line that says so. */
export function Loaded<T>({
  of,
  lines,
  children,
}: {
  readonly of: { readonly data: T | undefined; readonly error: ApiProblem | null; refetch(): unknown };
  readonly lines?: number;
  readonly children: (data: T) => ReactNode;
}) {
  const { data, error } = of;
  const retry = () => void of.refetch();
  if (data === undefined)
    return error ? <Failure problem={error} onRetry={retry} /> : <Loading lines={lines} />;
  return (
    <>
      {error && <Stale problem={error} onRetry={retry} />}
      {children(data)}
    </>
  );
}

function Stale({ problem, onRetry }: { readonly problem: ApiProblem; readonly onRetry: () => void }) {
  const text = useText('common');
  return (
    <div role="status">
      <Note
        state="warning"
        actions={
          <button type="button" className="button button-small" onClick={onRetry}>
            {text.again}
          </button>
        }
      >
        <p>{text.stale(problem.message)}</p>
      </Note>
    </div>
  );
}

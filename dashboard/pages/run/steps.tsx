/** The steps that a run has gone through, each beside what it usually takes; the one that failed says why. */
import type { Schemas } from '../../api/use-api.ts';
import { useNow } from '../../app/now.ts';
import { useFormat } from '../../format.ts';
import { Badge } from '../../kit/badge.tsx';
import { Empty } from '../../kit/states.tsx';
import { type Column, Table } from '../../kit/table.tsx';
import { useText } from '../../text/text.ts';
import { type ComparedStep, comparedSteps } from './compared-steps.ts';
import styles from './run.module.css';

const tones = { done: 'well', running: 'running', failed: 'critical' } as const;

export function Steps({ run }: { readonly run: Schemas['Backup'] }) {
  const text = useText('run').steps;
  const format = useFormat();
  const now = useNow();
  const steps = comparedSteps(run, now);
  if (steps.length === 0) return <Empty title={text.none} />;
  const longest = Math.max(...steps.map(({ seconds, usual = 0 }) => Math.max(seconds, usual)), 0.001);
  const columns: readonly Column<ComparedStep>[] = [
    {
      id: 'step',
      header: text.step,
      heads: true,
      cell: ({ title, state, error }) => (
        <div>
          {title}
          {state === 'failed' && error !== undefined && <p className={styles.cause}>{error}</p>}
        </div>
      ),
    },
    {
      id: 'state',
      header: text.state,
      cell: ({ state }) => <Badge tone={tones[state]}>{text.states[state]}</Badge>,
    },
    { id: 'began', header: text.began, detail: true, cell: ({ startedAt }) => format.time(startedAt) },
    { id: 'took', header: text.took, align: 'end', cell: ({ seconds }) => format.duration(seconds) },
    {
      id: 'usual',
      header: text.usual,
      align: 'end',
      cell: ({ usual, isSlow }) =>
        usual === undefined ? '–' : `${format.duration(usual)}${isSlow ? ` · ${text.slower}` : ''}`,
    },
    {
      id: 'bar',
      header: text.compared,
      detail: true,
      cell: ({ seconds, usual }) => (
        <svg className={styles.bar} viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true">
          <rect className={styles.taken} y="1" height="6" width={(seconds / longest) * 100} />
          {usual !== undefined && (
            <rect className={styles.usual} y="8" height="3" width={(usual / longest) * 100} />
          )}
        </svg>
      ),
    },
  ];
  return (
    <Table
      label={text.title}
      columns={columns}
      rows={steps}
      keyOf={({ name, startedAt }) => `${name}/${startedAt}`}
      toneOf={({ state }) => (state === 'failed' ? 'critical' : undefined)}
    />
  );
}

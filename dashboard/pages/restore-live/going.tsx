/** How far it is: bytes, rate, time left, each segment; said to readers of the screen by steps and tenths. */
import type { ReactNode } from 'react';
import type { Schemas } from '../../api/use-api.ts';
import { useFormat } from '../../format.ts';
import { Card } from '../../kit/card.tsx';
import { Note } from '../../kit/note.tsx';
import { Progress } from '../../kit/progress.tsx';
import { When } from '../../kit/when.tsx';
import { useText } from '../../text/text.ts';
import styles from './restore-live.module.css';
import { spokenOf } from './spoken.ts';

type Restore = Schemas['Restore'];
type Segment = Schemas['SegmentProgress'];

export function Going({ restore, actions }: { readonly restore: Restore; readonly actions: ReactNode }) {
  const text = useText('restoreLive').going;
  const format = useFormat();
  const { status, progress, steps, secondsLeft, cancelRequested } = restore;
  const { plainBytes, totalBytes, bytesPerSecond, updatedAt } = progress ?? {};
  const running = steps?.findLast(({ state }) => state === 'running');
  const step = running?.title ?? running?.name ?? progress?.step;
  const spoken = spokenOf({ status, step, plainBytes, totalBytes });
  const figures = [
    bytesPerSecond === undefined ? undefined : text.rate(format.bytes(bytesPerSecond)),
    secondsLeft === undefined ? undefined : text.left(format.duration(secondsLeft)),
  ].filter((figure) => figure !== undefined);
  return (
    <Card title={text.title} actions={actions}>
      {cancelRequested && (
        <Note state="warning">
          <p>{text.cancelling}</p>
        </Note>
      )}
      {status !== 'waiting' && (
        <Progress
          label={status === 'pending' ? text.pending : (step ?? text.running)}
          value={plainBytes}
          max={totalBytes}
          {...(plainBytes !== undefined &&
            totalBytes !== undefined &&
            totalBytes > 0 && {
              text: text.of(format.bytes(plainBytes), format.bytes(totalBytes)),
            })}
        />
      )}
      {figures.length > 0 && <p className={styles.figures}>{figures.join(' · ')}</p>}
      <p className="visually-hidden" aria-live="polite">
        {text.spoken(
          text.statuses[spoken.status as keyof typeof text.statuses] ?? '',
          spoken.step,
          spoken.percent,
        )}
      </p>
      {progress?.segments && progress.segments.length > 0 && <Segments segments={progress.segments} />}
      {updatedAt !== undefined && (
        <p className="small">
          {text.asOf} <When at={updatedAt} />
        </p>
      )}
      <p className="small">{text.leave}</p>
    </Card>
  );
}

function Segments({ segments }: { readonly segments: readonly Segment[] }) {
  const text = useText('restoreLive').going;
  const format = useFormat();
  const done = segments.filter(({ state }) => state === 'done').length;
  return (
    <details className={styles.more} open={segments.length <= 12}>
      <summary>{text.segments(done, segments.length)}</summary>
      <ul className={styles.segments}>
        {segments.map(({ name, component, state, plainBytes, totalBytes }) => (
          <li key={`${component}/${name}`} data-state={state}>
            <Progress
              label={name}
              value={state === 'done' ? Math.max(1, totalBytes) : plainBytes}
              max={Math.max(1, totalBytes)}
              text={`${text.states[state]} · ${text.of(format.bytes(plainBytes), format.bytes(totalBytes))}`}
            />
          </li>
        ))}
      </ul>
    </details>
  );
}

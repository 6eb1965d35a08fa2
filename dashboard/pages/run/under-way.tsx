/** A run that goes on: how far it is, how fast, and each of its segments. Said to readers of the screen at each step and tenth. */
import type { Schemas } from '../../api/use-api.ts';
import { useFormat } from '../../format.ts';
import { Card } from '../../kit/card.tsx';
import { Progress } from '../../kit/progress.tsx';
import { useText } from '../../text/text.ts';
import { tenthOf } from './tenth.ts';

export function Under({ run: { progress, status } }: { readonly run: Schemas['Backup'] }) {
  const text = useText('run').underWay;
  const format = useFormat();
  if (status === 'pending' || !progress) return <Card title={text.begins}>{text.wait}</Card>;
  const { plainBytes, estimatedBytes, bytesPerSecond, segments = [], step } = progress;
  const of = estimatedBytes > plainBytes ? estimatedBytes : undefined;
  const rate = bytesPerSecond === undefined ? '' : ` · ${text.rate(format.bytes(bytesPerSecond))}`;
  const far =
    of === undefined ? format.bytes(plainBytes) : text.of(format.bytes(plainBytes), format.bytes(of));
  return (
    <Card title={text.title}>
      <Progress
        label={step}
        value={of === undefined ? undefined : plainBytes}
        max={of}
        text={`${far}${rate}`}
      />
      <p className="visually-hidden" aria-live="polite">
        {text.said(step, tenthOf(plainBytes, of))}
      </p>
      {segments.length > 1 && (
        <details>
          <summary>{text.segments(segments.length)}</summary>
          {segments.map(({ name, component, plainBytes: done, totalBytes, state }) => (
            <Progress
              key={`${component ?? ''}/${name}`}
              label={component === undefined ? name : `${component} · ${name}`}
              value={state === 'done' ? 1 : totalBytes > 0 ? done : undefined}
              max={state === 'done' ? 1 : totalBytes > 0 ? totalBytes : undefined}
              text={format.bytes(done)}
            />
          ))}
        </details>
      )}
    </Card>
  );
}

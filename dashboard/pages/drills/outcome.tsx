/** What a drill came to: a word, and how long it took beside what its plan promises. */
import { useFormat } from '../../format.ts';
import { Badge, type Tone } from '../../kit/badge.tsx';
import { useText } from '../../text/text.ts';
import { type Drill, isLong, outcomeOf } from './trends.ts';

const tones = {
  passed: 'proven',
  read: 'warning',
  failed: 'critical',
  error: 'warning',
} as const satisfies Record<string, Tone>;

export function Outcome({ drill }: { readonly drill: Pick<Drill, 'status' | 'level'> }) {
  const { outcomes } = useText('drills');
  const outcome = outcomeOf(drill);
  return <Badge tone={tones[outcome]}>{outcomes[outcome]}</Badge>;
}

export function Took({ drill }: { readonly drill: Drill }) {
  const text = useText('drills');
  const format = useFormat();
  const { seconds, targetSeconds } = drill;
  if (seconds === undefined) return <>–</>;
  return (
    <span>
      {format.duration(seconds)}{' '}
      {targetSeconds !== undefined && (
        <span className="small">{text.ofTarget(format.duration(targetSeconds))}</span>
      )}{' '}
      {isLong(drill) && <Badge tone="warning">{text.long}</Badge>}
    </span>
  );
}

/** `12 tables, 1,204,518 rows`. */
export function useCounted() {
  const { things } = useText('restoreLive').verdict;
  const format = useFormat();
  return (counted: Drill['counted']): string | undefined => {
    const parts = Object.entries(counted ?? {}).map(([what, count]) =>
      what === 'bytes'
        ? format.bytes(count)
        : `${format.number(count)} ${(things as Readonly<Record<string, string>>)[what] ?? what}`,
    );
    return parts.length === 0 ? undefined : format.list(parts);
  };
}

/** The last days of a plan in one line: a bar a day. One path for each kind of day, so that hundreds of plans draw quickly. */
import { memo } from 'react';
import { useText } from '../text/text.ts';

export interface Day {
  readonly day: string;
  readonly completed: number;
  readonly failed: number;
  readonly missed: number;
  readonly proven: number;
}

export type DayState = 'none' | 'well' | 'proven' | 'failed' | 'missed' | 'mixed';

/** `mixed`: something failed or was missed, and something was completed all the same. */
export function stateOf({ completed, failed, missed, proven }: Day): DayState {
  if (completed === 0) return missed > 0 ? 'missed' : failed > 0 ? 'failed' : 'none';
  if (failed + missed > 0) return 'mixed';
  return proven > 0 ? 'proven' : 'well';
}

/** Tall for what went well, so that a gap is seen without colours. */
const heights: Readonly<Record<DayState, readonly [number, number]>> = {
  none: [14, 2],
  well: [4, 12],
  proven: [0, 16],
  mixed: [4, 12],
  failed: [8, 8],
  missed: [11, 5],
};

export const Strip = memo(function Strip({ days }: { readonly days: readonly Day[] }) {
  const text = useText('common');
  const states = days.map(stateOf);
  const count = (state: DayState) => states.filter((each) => each === state).length;
  const label = text.strip(
    days.length,
    count('well') + count('proven'),
    count('proven'),
    count('failed') + count('mixed'),
    count('missed'),
  );
  return (
    <svg
      className="strip"
      viewBox={`0 0 ${days.length * 5} 16`}
      width={days.length * 5}
      height={16}
      role="img"
      aria-label={label}
    >
      {(Object.keys(heights) as DayState[]).map((state) => {
        const [top, height] = heights[state];
        const path = states
          .flatMap((each, at) => (each === state ? [`M${at * 5} ${top}h4v${height}h-4z`] : []))
          .join('');
        return path === '' ? null : <path key={state} className={`day-${state}`} d={path} />;
      })}
    </svg>
  );
});

/** How long drills took, beside the target, and how many passed. */
import { useMemo } from 'react';
import { Chart, type Series } from '../../charts/chart.tsx';
import { useFormat } from '../../format.ts';
import { Columns } from '../../kit/card.tsx';
import { useText } from '../../text/text.ts';
import { type Drill, durationsOf, mostLines, successesOf } from './trends.ts';

export default function Trend({ drills }: { readonly drills: readonly Drill[] }) {
  const text = useText('drills').trend;
  const format = useFormat();
  const { durations, lines, successes, bars } = useMemo(() => {
    const found = durationsOf(drills);
    const { targetSeconds } = found;
    const target: Series[] =
      targetSeconds === undefined
        ? []
        : [
            {
              label: text.target,
              values: found.times.map(() => targetSeconds),
              dashed: true,
              color: '--warning',
            },
          ];
    const made = successesOf(drills);
    return {
      durations: found,
      lines: [
        ...found.plans.map(
          ({ planId, seconds }): Series => ({ label: planId, values: seconds, marked: true }),
        ),
        ...target,
      ],
      successes: made,
      bars: [
        { label: text.tried, values: made.tried, kind: 'bars', color: '--critical' },
        { label: text.passed, values: made.passed, kind: 'bars', color: '--chart-2' },
      ] satisfies Series[],
    };
  }, [drills, text]);
  if (drills.length === 0) return null;
  return (
    <Columns>
      <div>
        {durations.times.length > 0 && (
          <Chart
            title={text.durations}
            times={durations.times}
            series={lines}
            format={format.duration}
            formatTime={format.day}
          />
        )}
        <p className="small">
          {durations.plans.length > 1
            ? text.choosePlan
            : durations.targetSeconds === undefined && text.noTarget}{' '}
          {durations.plansLeft > 0 && text.plansLeft(mostLines, durations.plansLeft)}
        </p>
      </div>
      <Chart
        title={successes.by === 'week' ? text.byWeek : text.byDay}
        times={successes.times}
        series={bars}
        format={format.number}
        whole
        formatTime={format.day}
      />
    </Columns>
  );
}

/** The drawing of a chart: a canvas that readers of the screen pass over, since the table says the same. */
import 'uplot/dist/uPlot.min.css';
import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import { useTheme } from '../app/preferences.ts';
import { useText } from '../text/text.ts';
import type { ChartProps } from './chart.tsx';

const colours = ['--chart-1', '--chart-2', '--chart-3', '--chart-4', '--chart-5'] as const;

export default function Plot({ times, series, format, formatTime, height = 220, whole = false }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const theme = useTheme();
  const { time } = useText('common');
  // biome-ignore lint/correctness/useExhaustiveDependencies: the theme's colours are read from the page.
  useEffect(() => {
    const { current } = place;
    if (!current) return undefined;
    const plot = new uPlot(
      optionsOf(current, { times, series, format, formatTime, height, whole, time }),
      dataOf(times, series),
      current,
    );
    const sized = new ResizeObserver(() => plot.setSize({ width: current.clientWidth, height }));
    sized.observe(current);
    return () => {
      sized.disconnect();
      plot.destroy();
    };
  }, [times, series, format, formatTime, height, whole, theme, time]);
  return <div ref={place} className="plot" aria-hidden="true" />;
}

function dataOf(times: ChartProps['times'], series: ChartProps['series']): uPlot.AlignedData {
  return [
    times.map((time) => Date.parse(time) / 1000),
    ...series.map(({ values }) => [...values]),
  ] as uPlot.AlignedData;
}

function optionsOf(
  place: HTMLElement,
  {
    series,
    format,
    formatTime,
    height,
    times,
    whole,
    time,
  }: Required<Omit<ChartProps, 'title'>> & { readonly time: string },
): uPlot.Options {
  const colour = (name: string) => resolved(place, name);
  const axis = {
    stroke: colour('--text-quiet'),
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { stroke: colour('--line'), width: 1 },
  };
  const iso = (seconds: number) => new Date(seconds * 1000).toISOString();
  return {
    width: place.clientWidth,
    height,
    cursor: { drag: { x: false, y: false } },
    scales: {
      ...(series.some(({ kind }) => kind === 'bars') && { x: { range: roomForBars(times) } }),
      y: { range: (_, low, high) => [Math.min(0, low), high <= 0 ? 1 : high * 1.08] },
    },
    axes: [
      { ...axis, values: (_, splits) => splits.map((each) => formatTime(iso(each))), space: 70 },
      {
        ...axis,
        size: (_, labels) => widthOf(labels),
        values: (_, splits) => splits.map((each) => format(each)),
        ...(whole && { incrs: wholeSteps }),
      },
    ],
    series: [
      { label: time, value: (_, seconds) => (seconds === null ? '–' : formatTime(iso(seconds))) },
      ...series.map(({ label, kind = 'line', color, dashed, marked = false }, at): uPlot.Series => {
        const stroke = colour(color ?? colours[at % colours.length] ?? '--chart-1');
        return {
          label,
          stroke,
          width: 2,
          points: { show: marked, ...(marked && { size: 7, fill: stroke }) },
          spanGaps: kind === 'line',
          value: (_, value) => (value === null ? '–' : format(value)),
          ...(dashed && { dash: [6, 4] }),
          ...(kind !== 'line' && { fill: `color-mix(in srgb, ${stroke} 30%, transparent)` }),
          ...(kind === 'bars' && uPlot.paths.bars && { paths: uPlot.paths.bars({ size: [0.7, 40] }) }),
        };
      }),
    ],
  };
}

/** As wide as the longest label in the font of the axis (12 px), within bounds. */
function widthOf(labels: readonly string[] | null): number {
  const longest = Math.max(0, ...(labels ?? []).map((label) => label.length));
  return Math.min(140, Math.max(50, 22 + longest * 7));
}

const wholeSteps = Array.from({ length: 13 }, (_, power) =>
  [1, 2, 5].map((each) => each * 10 ** power),
).flat();

/** Half a bar more at both ends, so that the first and the last are whole. */
function roomForBars(times: ChartProps['times']): uPlot.Range.Function {
  const at = times.map((time) => Date.parse(time) / 1000);
  const steps = at.slice(1).map((each, index) => each - (at[index] ?? each));
  const half = (steps.length === 0 ? 86_400 : Math.min(...steps)) / 2;
  return (_, first, last) => [first - half, last + half];
}

/** A canvas knows no `light-dark()`: what the page makes of it for this element. */
function resolved(place: HTMLElement, name: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${name})`;
  place.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

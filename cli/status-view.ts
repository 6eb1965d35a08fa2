/** How `holdfast status` looks: a verdict, the parts, the plans (the worst first), and what is wrong with its mending. */
import { type AlertKind, alertTitles } from '../core/alerts.ts';
import type { Status } from './api/rows.ts';
import type { Finding } from './context.ts';
import type { Output, Tone } from './output.ts';
import { oneLine, renderTable } from './table.ts';
import { formatAge, formatDuration } from './units.ts';

type Condition = Status['conditions'][number];
type PlanHealth = Status['plans'][number];

export interface StatusReport {
  readonly isWell: boolean;
  /** ISO 8601 UTC. */
  readonly at: string;
  readonly parts: readonly Finding[];
  readonly plans: readonly PlanHealth[];
  readonly conditions: readonly Condition[];
}

/** One screen: of more plans, and of more that is wrong, the rest is counted. */
const mostShown = 50;

type PlanState = 'well' | 'warning' | 'WRONG' | 'paused' | 'off' | 'not seen';

interface PlanLine extends PlanHealth {
  readonly state: PlanState;
}

const order: readonly PlanState[] = ['WRONG', 'not seen', 'paused', 'warning', 'well', 'off'];
const tones: Readonly<Record<PlanState, Tone>> = {
  WRONG: 'bad',
  'not seen': 'bad',
  paused: 'warn',
  warning: 'warn',
  well: 'good',
  off: 'dim',
};

function planLines({ plans, conditions }: StatusReport): readonly PlanLine[] {
  const worst = new Map<string, Condition['severity']>();
  for (const { planId, severity } of conditions) {
    if (planId !== undefined && worst.get(planId) !== 'critical') worst.set(planId, severity);
  }
  return plans
    .map((plan): PlanLine => ({ ...plan, state: stateOf(plan, worst.get(plan.planId)) }))
    .sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state) || (a.planId < b.planId ? -1 : 1));
}

function stateOf(plan: PlanHealth, severity: Condition['severity'] | undefined): PlanState {
  if (!plan.seen) return 'not seen';
  // Paused with everything, it has no condition of its own.
  if (severity === 'critical' || (plan.paused && plan.overdue)) return 'WRONG';
  if (plan.paused) return 'paused';
  if (severity === 'warning') return 'warning';
  return plan.enabled ? 'well' : 'off';
}

export function statusJson(report: StatusReport): Readonly<Record<string, unknown>> {
  const { isWell, at, parts, conditions } = report;
  return {
    ok: isWell,
    at,
    parts: parts.map(({ name, ok, detail, next }) => ({ name, ok: ok ?? null, detail, next })),
    plans: planLines(report),
    conditions,
  };
}

export function statusText(report: StatusReport, out: Output): string {
  const lines = planLines(report);
  return [
    verdict(report, lines, out),
    partTable(report.parts, out),
    lines.length === 0 ? 'No plans yet: holdfast plan apply -f FILE.' : planTable(lines, report, out),
    wrongs(report, out),
  ]
    .filter((text) => text !== '')
    .join('\n\n');
}

function verdict(
  { isWell, parts, conditions }: StatusReport,
  lines: readonly PlanLine[],
  out: Output,
): string {
  const ofState = (wanted: PlanState) => lines.filter(({ state }) => state === wanted).length;
  const some = (count: number, what: string) => (count > 0 ? `, ${count} ${what}` : '');
  const warnings =
    parts.filter(({ ok }) => ok === undefined).length +
    conditions.filter(({ severity, planId }) => severity === 'warning' && planId !== undefined).length;
  const word = isWell ? out.paint('good', 'GREEN') : out.paint('bad', 'RED');
  const counted = `${lines.length} ${lines.length === 1 ? 'plan' : 'plans'}, ${ofState('WRONG')} wrong${some(ofState('not seen'), 'not seen')}${some(ofState('paused'), 'paused')}${some(ofState('off'), 'off')}`;
  const warned =
    warnings > 0 ? out.paint('warn', `, ${warnings} ${warnings === 1 ? 'warning' : 'warnings'}`) : '';
  return `${word}  ${counted}${warned}`;
}

function partTable(parts: readonly Finding[], out: Output): string {
  const word = ({ ok }: Finding) => (ok === undefined ? 'warning' : ok ? 'ok' : 'WRONG');
  const tone = ({ ok }: Finding): Tone => (ok === undefined ? 'warn' : ok ? 'good' : 'bad');
  return renderTable(
    parts,
    [
      { title: 'PART', value: ({ name }) => name },
      { title: 'STATE', value: word, paint: (cell, part) => out.paint(tone(part), cell) },
      { title: 'DETAIL', value: ({ detail }) => detail, flexible: true },
    ],
    out.terminal.widthColumns,
  );
}

function planTable(lines: readonly PlanLine[], { at }: StatusReport, out: Output): string {
  const now = new Date(at);
  const ago = (iso: string | undefined) => (iso === undefined ? 'never' : formatAge(iso, now));
  const table = renderTable(
    lines.slice(0, mostShown),
    [
      { title: 'PLAN', value: ({ planId }) => planId },
      {
        title: 'STATE',
        value: ({ state }) => state,
        paint: (cell, { state }) => out.paint(tones[state], cell),
      },
      {
        title: 'LAST GOOD',
        value: ({ seen, lastGood }) => (seen ? ago(lastGood?.completedAt) : '?'),
        align: 'right',
      },
      {
        title: 'LAST PROVEN',
        value: ({ seen, lastProvenAt }) => (seen ? ago(lastProvenAt) : '?'),
        align: 'right',
      },
      { title: 'NEXT RUN', value: (plan) => nextRun(plan, now), align: 'right' },
      { title: 'RPO NOW', value: ({ exposedSeconds }) => duration(exposedSeconds), align: 'right' },
      { title: 'INTERVAL', value: ({ intervalSeconds }) => duration(intervalSeconds), align: 'right' },
    ],
    out.terminal.widthColumns,
  );
  const rest = lines.slice(mostShown);
  if (rest.length === 0) return table;
  const bad = rest.filter(({ state }) => state === 'WRONG' || state === 'not seen').length;
  return `${table}\nand ${rest.length} more plans, ${bad} of them wrong (--plan PLAN shows one, --json all)`;
}

function nextRun({ nextRunAt, paused }: PlanLine, now: Date): string {
  if (paused) return 'paused';
  return nextRunAt === undefined ? '-' : formatAge(nextRunAt, now);
}

function duration(seconds: number | undefined): string {
  return seconds === undefined ? '-' : formatDuration(seconds * 1000);
}

function wrongs({ conditions, parts }: StatusReport, out: Output): string {
  const found = [...conditions].sort((a, b) =>
    a.severity < b.severity ? -1 : a.severity > b.severity ? 1 : 0,
  );
  const said = found.slice(0, mostShown).map(({ kind, severity, planId, why, next }) => {
    const head = `${alertTitles[kind as AlertKind] ?? kind}${planId ? ` - plan ${planId}` : ''}`;
    return `${out.paint(severity === 'critical' ? 'bad' : 'warn', head)}: ${oneLine(why)}\n  Next step: ${oneLine(next)}`;
  });
  const known = new Set(found.map(({ next }) => next));
  const mending = parts
    .filter(({ ok, next }) => ok !== true && next !== undefined && !known.has(next))
    .map(({ name, detail, next }) => `${name}: ${oneLine(detail)}\n  Next step: ${oneLine(next ?? '')}`);
  const rest = found.length - mostShown;
  return [...said, ...(rest > 0 ? [`and ${rest} more`] : []), ...mending].join('\n');
}

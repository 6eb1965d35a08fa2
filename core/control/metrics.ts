/**
 * Figures for who scrapes them, as OpenMetrics 1.0 text: plans, what they keep, and what is wrong. Read from rows that
 * are there anyway, so that a scrape costs a few reads whatever the number of backups is.
 */
import type { AlertRow, PlanRow } from '../ports/catalog.ts';

export interface MetricsFacts {
  readonly version: string;
  readonly plans: readonly PlanRow[];
  readonly openAlerts: readonly AlertRow[];
  /** When watch and cleanup last came to their end, ISO 8601 UTC. */
  readonly watchedAt?: string;
  readonly cleanedAt?: string;
  /** What watch counted over time, as samples; the families are named `holdfast_stats_…`. */
  readonly stats?: readonly StatsSample[];
}

export interface StatsSample {
  /** Below `holdfast_stats_`: a-z, 0-9 and _. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

type Labels = Readonly<Record<string, string | undefined>>;
interface Sample {
  readonly labels: Labels;
  readonly value: number | undefined;
}

/** Only gauges: counting is done by watch, and a value may be corrected. Ends with `# EOF`, as the format wants. */
export function openMetrics(facts: MetricsFacts): string {
  const { plans, openAlerts } = facts;
  const ofPlans = (value: (row: PlanRow) => number | undefined): Sample[] =>
    plans.map((row) => ({ labels: { plan: row.plan.id }, value: value(row) }));
  const seconds = (at: string | undefined) => (at === undefined ? undefined : Date.parse(at) / 1000);
  return [
    family('holdfast_build', 'The release that answers.', [{ labels: { version: facts.version }, value: 1 }]),
    family(
      'holdfast_plan_enabled',
      '1 while its schedule is on.',
      ofPlans(({ plan }) => Number(plan.enabled)),
    ),
    family(
      'holdfast_plan_paused',
      '1 while it is paused.',
      ofPlans(({ paused }) => Number(paused !== undefined)),
    ),
    family(
      'holdfast_plan_kept_backups',
      'Completed backups that are kept, as cleanup counted last.',
      ofPlans(({ usage }) => usage?.backups),
    ),
    family(
      'holdfast_plan_kept_bytes',
      'What they take up, as cleanup counted last.',
      ofPlans(({ usage }) => usage?.storedBytes),
      'bytes',
    ),
    family(
      'holdfast_plan_quota_bytes',
      'What the plan may take up before it is told.',
      ofPlans(({ plan }) => plan.quotaBytes),
      'bytes',
    ),
    family(
      'holdfast_alert_open',
      'Something that is wrong: 1 for each open alert.',
      openAlerts.map(({ conditionId, kind, severity, planId }) => ({
        labels: { alert: conditionId, kind, severity, plan: planId },
        value: 1,
      })),
    ),
    family(
      'holdfast_alert_since_seconds',
      'When it began.',
      openAlerts.map(({ conditionId, since }) => ({ labels: { alert: conditionId }, value: seconds(since) })),
      'seconds',
    ),
    family(
      'holdfast_watched_at_seconds',
      'When watch last came to the end of a round.',
      [{ labels: {}, value: seconds(facts.watchedAt) }],
      'seconds',
    ),
    family(
      'holdfast_cleaned_at_seconds',
      'When cleanup last came to the end of a round.',
      [{ labels: {}, value: seconds(facts.cleanedAt) }],
      'seconds',
    ),
    ...statsFamilies(facts.stats ?? []),
    '# EOF\n',
  ].join('');
}

function statsFamilies(samples: readonly StatsSample[]): string[] {
  const names = [...new Set(samples.map(({ name }) => name))];
  return names.map((name) =>
    family(
      `holdfast_stats_${name}`,
      'As watch counted last.',
      samples.filter((sample) => sample.name === name),
    ),
  );
}

/** Nothing when it has no sample: a family without any says nothing. */
function family(name: string, help: string, samples: readonly Sample[], unit?: string): string {
  const lines = samples.flatMap(({ labels, value }) =>
    value === undefined || !Number.isFinite(value) ? [] : `${name}${labelText(labels)} ${value}\n`,
  );
  if (lines.length === 0) return '';
  return [`# TYPE ${name} gauge\n`, unit && `# UNIT ${name} ${unit}\n`, `# HELP ${name} ${help}\n`, ...lines]
    .filter((text) => text !== undefined)
    .join('');
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).flatMap(([name, value]) =>
    value === undefined ? [] : `${name}="${escaped(value)}"`,
  );
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

const escaped = (text: string) =>
  text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

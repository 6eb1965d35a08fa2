/**
 * What watch counted last, as samples for a scrape: totals of the last 30 days, what is kept, and the last backup of
 * each plan that is named (those that take up most, at most 100). Nothing is counted for it.
 */
import type { State } from '../state.ts';
import type { StatsSample } from './metrics.ts';
import { type DayCounts, dayAfter, dayOf } from './stats-day.ts';

const days = 30;
const outcomes = ['completed', 'failed', 'missed'] as const;

export function statsSamples({
  asOf,
  plans,
  days: counted,
  byTier,
  byKind,
  named,
}: State<'stats'>): StatsSample[] {
  const from = dayAfter(dayOf(asOf), 1 - days);
  const recent = counted.filter(({ day }) => day >= from);
  const sum = (field: keyof Omit<DayCounts, 'keptBytes'>) => recent.reduce((all, day) => all + day[field], 0);
  const one = (name: string, value: number, labels: StatsSample['labels'] = {}) => ({ name, labels, value });
  return [
    one('counted_at_seconds', Date.parse(asOf) / 1000),
    one('plans', plans.total),
    one('plans_enabled', plans.enabled),
    ...outcomes.map((outcome) => one('backups_30d', sum(outcome), { outcome })),
    one('source_bytes_30d', sum('sourceBytes')),
    one('stored_bytes_30d', sum('storedBytes')),
    one('run_seconds_30d', sum('seconds')),
    one('longest_run_seconds_30d', Math.max(0, ...recent.map(({ longestSeconds }) => longestSeconds))),
    ...(['verified', 'verifyFailed', 'proven'] as const).map((field) =>
      one('verifications_30d', sum(field), { outcome: verificationOutcomes[field] }),
    ),
    ...Object.entries(byTier).flatMap(([tier, { backups, storedBytes }]) => [
      one('kept_backups', backups, { tier }),
      one('kept_bytes', storedBytes, { tier }),
    ]),
    ...Object.entries(byKind).map(([kind, { storedBytes }]) =>
      one('kept_bytes_by_kind', storedBytes, { kind }),
    ),
    ...named.flatMap(({ planId: plan, lastBackup: last, ...counts }) => [
      ...outcomes.map((outcome) => one('plan_backups_30d', counts[outcome], { plan, outcome })),
      ...Object.entries({
        at_seconds: seconds(last?.endedAt),
        ok: last && Number(last.status !== 'failed'),
        run_seconds: last?.seconds,
        source_bytes: last?.sourceBytes,
        stored_bytes: last?.storedBytes,
        proven_at_seconds: seconds(last?.provenAt),
      }).flatMap(([name, value]) =>
        value === undefined ? [] : one(`plan_last_backup_${name}`, value, { plan }),
      ),
    ]),
  ];
}

const verificationOutcomes = { verified: 'passed', verifyFailed: 'failed', proven: 'restored' } as const;

const seconds = (at: string | undefined) => (at === undefined ? undefined : Date.parse(at) / 1000);

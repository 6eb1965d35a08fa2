/** Reports about single plans put together as one. Pure. */
import type { Schemas } from '../../api/use-api.ts';

export type Evidence = Schemas['Evidence'];
export type PlanEvidence = Evidence['plans'][number];

/** Of the same period. What several of them have (keys, alerts of the stack) is there once. */
export function merged(reports: readonly [Evidence, ...Evidence[]]): Evidence {
  const [first] = reports;
  const all = <T>(list: (report: Evidence) => readonly T[]) => unique(reports.flatMap(list));
  const left = (name: keyof Evidence['left']) => reports.reduce((sum, report) => sum + report.left[name], 0);
  const { deletions } = first;
  return {
    ...first,
    at: reports.reduce((latest, { at }) => (at > latest ? at : latest), first.at),
    plans: all(({ plans }) => plans).sort((a, b) => (a.planId < b.planId ? -1 : 1)),
    drills: newestFirst(
      all(({ drills }) => drills),
      ({ at }) => at,
    ),
    restores: newestFirst(
      all(({ restores }) => restores),
      ({ createdAt }) => createdAt,
    ),
    alerts: newestFirst(
      all(({ alerts }) => alerts),
      ({ since }) => since,
    ),
    ...(deletions && {
      deletions: newestFirst(
        all((report) => report.deletions ?? []),
        ({ at }) => at,
      ),
    }),
    whole: reports.every(({ whole }) => whole),
    left: {
      plans: left('plans'),
      drills: left('drills'),
      restores: left('restores'),
      alerts: left('alerts'),
      deletions: left('deletions'),
    },
  };
}

function unique<T>(all: readonly T[]): T[] {
  return [...new Map(all.map((each) => [JSON.stringify(each), each])).values()];
}

const newestFirst = <T>(all: readonly T[], at: (each: T) => string): T[] =>
  [...all].sort((a, b) => (at(a) < at(b) ? 1 : -1));

/** All plans together. */
export function totalsOf(plans: readonly PlanEvidence[]) {
  const sum = (of: (plan: PlanEvidence) => number) => plans.reduce((total, plan) => total + of(plan), 0);
  const expected = sum(({ expectedRuns }) => expectedRuns);
  const completed = sum((plan) => plan.completed);
  return {
    expected,
    completed,
    failed: sum(({ failed }) => failed),
    missed: sum(({ missed }) => missed),
    restored: sum(({ proofs }) => proofs.restored),
    ...(expected > 0 && { successRate: completed / expected }),
  };
}

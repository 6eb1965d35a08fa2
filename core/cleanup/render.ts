/** A plan of cleanup as a table for people: what `--dry-run` prints. */
import type { BackupRow, Needed } from '../ports/catalog.ts';
import type { Decision } from './plan.ts';

/** One backup and what would become of it; JSON. */
export interface PlannedLine {
  readonly planId: string;
  readonly backupId: string;
  readonly tier: string;
  readonly storedBytes?: number;
  readonly action: Decision['action'] | 'adopt' | 'orphan';
  readonly why: string;
}

export interface PlanTable {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export function plannedLine(row: BackupRow, decision: Decision): PlannedLine {
  const { planId, backupId, tier, storedBytes } = row;
  return { planId, backupId, tier, storedBytes, action: decision.action, why: explain(decision) };
}

/** `keep: policy until 2026-12-21`, without the action. */
export function explain(decision: Decision): string {
  switch (decision.action) {
    case 'keep': {
      const until = decision.until === undefined ? '' : ` until ${decision.until.slice(0, 10)}`;
      return `${decision.why}${until}`;
    }
    case 'expire': {
      const why = decision.wished ? 'asked for' : `policy ended ${decision.endedAt.slice(0, 10)}`;
      return `${why}${keptForOthers(decision.kept)}`;
    }
    case 'leftovers':
      return 'leftovers of a run that did not complete';
    case 'finish':
      return `decided before, marking not finished${keptForOthers(decision.kept)}`;
    case 'adjust':
      return `what others need of it has changed${keptForOthers(decision.kept)}`;
    case 'recheck':
      return 'should have gone by now';
    case 'none':
      return decision.why === 'needed' ? `gone${keptForOthers(decision.kept)}` : decision.why;
  }
}

/** `; segments 0-7,9 of files stay for other backups` */
function keptForOthers(kept: readonly Needed[]): string {
  if (kept.length === 0) return '';
  const named = kept.slice(0, 3).map(({ segments, component }) => `${segments} of ${component}`);
  const more = kept.length > 3 ? ` and ${kept.length - 3} more` : '';
  return `; segments ${named.join(', ')}${more} stay for other backups`;
}

/** Lines as they come; the caller keeps them few. */
export function renderCleanupPlan(lines: readonly PlannedLine[]): PlanTable {
  return {
    header: ['PLAN', 'BACKUP', 'TIER', 'BYTES', 'ACTION', 'WHY'],
    rows: lines.map((line) => [
      line.planId,
      line.backupId,
      line.tier,
      line.storedBytes === undefined ? '' : String(line.storedBytes),
      line.action,
      line.why,
    ]),
  };
}

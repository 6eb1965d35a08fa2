/** The kind of thing that a restore is about, by the kinds of this release. */
import { restoreFactsOf } from '../adapters/kinds.ts';
import { type RestoredKind, kindOf as restoredKindOf } from '../core/control/restore-kind.ts';
import type { Plan } from '../core/plan.ts';
import type { BackupRow } from '../core/ports/catalog.ts';
import { inFlags } from './restore-flags.ts';

/** Undefined where the plan is not there, or its sources have changed. InvalidInput in the words of the command line. */
export function kindOf(
  plan: Plan | undefined,
  row: Pick<BackupRow, 'only'>,
  component: string | undefined,
): RestoredKind | undefined {
  return inFlags(() => restoredKindOf(plan, row, component, restoreFactsOf));
}

/** The backups of one plan become rows, and the plan of the newest of them a row of its own when there is none. */

import { inParallel } from '../at-a-time.ts';
import { backupIdSchema } from '../format/layout.ts';
import type { Plan } from '../plan.ts';
import type { BackupRow, Catalog } from '../ports/catalog.ts';
import { type FindDeps, findBackup, findPlan, isMarked } from './find.ts';
import { pinOf } from './pins.ts';
import type { Tally } from './tally.ts';

export interface RecoveryDeps extends FindDeps {
  readonly catalog: Catalog;
}

export interface RecoveryOptions {
  /** Reads everything, changes nothing. */
  readonly dryRun: boolean;
  /** Who adopts, for the plan's row. */
  readonly by: string;
  /** Backups looked at side by side; each may hold its manifest in memory. */
  readonly atATime: number;
}

/** Manifests that are tried for the newest plan; runs that failed have none. */
const mostNewer = 20;

interface NewestPlan {
  readonly backupId: string;
  readonly plan: Plan;
}

/** Backups of one plan, ids in any order. Repeating it changes nothing more; memory is independent of their number. */
export async function recoverPlan(
  planId: string,
  backupIds: Iterable<string> | AsyncIterable<string>,
  tally: Tally,
  deps: RecoveryDeps,
  options: RecoveryOptions,
): Promise<void> {
  const planIsKnown = (await deps.catalog.getPlan(planId)) !== undefined;
  let newest: NewestPlan | undefined;
  let oldestSlot: string | undefined;
  await inParallel(backupIds, options.atATime, async (backupId) => {
    const known = await deps.catalog.getBackup(planId, backupId);
    const isThere = known?.status === 'completed' || known?.status === 'expired';
    // Opening what the catalog knows would only tell about the plan.
    if (isThere && planIsKnown) return noteKnown(planId, backupId, tally, deps, options);
    const found = await findBackup(planId, backupId, deps, tally.problem);
    if (found.outcome === 'none') tally.backup('withoutManifest');
    if (found.outcome !== 'found') return;
    const { row, plan, drills } = found;
    if (oldestSlot === undefined || row.slot < oldestSlot) oldestSlot = row.slot;
    if (plan && (!newest || backupId > newest.backupId)) newest = { backupId, plan };
    if (isThere) return noteKnown(planId, backupId, tally, deps, options);
    // Whatever becomes of the backup: a drill that was carried out stays told.
    if (!options.dryRun) for (const drill of drills) await deps.catalog.saveDrill(drill);
    if (found.marked) return adoptMarked(row, tally, deps, options);
    const now = deps.clock.now().toISOString();
    if (!options.dryRun && !(await deps.catalog.adoptBackup(row, now))) return tally.backup('present');
    tally.backup('adopted');
    if (row.verification?.reportKey) tally.report();
    else if (row.verification) tally.backup('lackingParts');
    if (row.pin) tally.pin();
  });
  if (planIsKnown) return tally.plan(undefined);
  if (!newest || oldestSlot === undefined) return;
  // What was to be adopted may be a part of the folder, and an old one: another part is another call.
  newest = await newestPlan(planId, newest, deps);
  const at = deps.clock.now().toISOString();
  // A rate schedule counts from the plan's creation: the oldest slot is the nearest to it that anything tells.
  const row = { plan: newest.plan, createdAt: oldestSlot, updatedAt: at, updatedBy: options.by };
  const adopted = options.dryRun || (await deps.catalog.adoptPlan(row));
  tally.plan(adopted ? { planId, enabled: newest.plan.enabled } : undefined);
}

/** From the newest manifests that the vault holds; `known` is what has been read already. */
async function newestPlan(planId: string, known: NewestPlan, deps: RecoveryDeps): Promise<NewestPlan> {
  let newer: string[] = [];
  for await (const name of deps.vault.folders(`plans/${planId}/`, { after: known.backupId }))
    if (backupIdSchema.safeParse(name).success) newer = [...newer, name].slice(-mostNewer);
  for (const backupId of newer.reverse()) {
    const plan = await findPlan(planId, backupId, deps);
    if (plan) return { backupId, plan };
  }
  return known;
}

/**
 * A backup that is going is listed as what it is, expired: then cleanup can take it back when it is the last good one
 * of its plan, and a person can undelete it. Its pin, if it has one, comes back with the undelete.
 */
async function adoptMarked(
  { pin, ...row }: BackupRow,
  tally: Tally,
  deps: RecoveryDeps,
  options: RecoveryOptions,
): Promise<void> {
  const { planId, backupId } = row;
  if (pin) {
    const why = 'it is pinned, yet marked for expiry: bring it back with `holdfast undelete`';
    tally.problem({ key: `plans/${planId}/${backupId}/`, code: 'CONFLICT', why });
  }
  if (!options.dryRun) {
    if (!(await deps.catalog.adoptBackup(row, deps.clock.now().toISOString())))
      return tally.backup('present');
    await expire(planId, backupId, deps, options);
  }
  tally.backup({ marked: `${planId}/${backupId}` });
}

async function expire(
  planId: string,
  backupId: string,
  { catalog, clock }: RecoveryDeps,
  { by }: RecoveryOptions,
): Promise<void> {
  const row = await catalog.getBackup(planId, backupId);
  if (row?.status !== 'completed') return;
  await catalog.expireBackups({
    planId,
    victims: [{ backupId, guard: row.guard }],
    keepers: [],
    expiry: { reason: 'policy', decidedAt: clock.now().toISOString(), by },
  });
}

/** A rebuild that was cut short, or a person, may have left a row without the pin that the vault holds. */
async function noteKnown(
  planId: string,
  backupId: string,
  tally: Tally,
  deps: RecoveryDeps,
  options: RecoveryOptions,
): Promise<void> {
  tally.backup('present');
  const row = await deps.catalog.getBackup(planId, backupId);
  if (row?.status !== 'completed') return;
  // A row is expired before its objects are marked, so this one was adopted by a rebuild that ended right there.
  if (row.adoptedAt && !options.dryRun && (await isMarked(planId, backupId, deps)))
    return expire(planId, backupId, deps, options);
  if (row.pin) return;
  const pin = await pinOf(planId, backupId, deps, tally.problem);
  if (!pin) return;
  if (!options.dryRun) await deps.catalog.setPin(planId, backupId, pin);
  tally.pin();
}

/**
 * The catalog out of the vault alone: plans, backups, verifications and pins. What it promises: only what is signed
 * is believed; repeating it, also after a crash, changes nothing that is there; a vault that does not answer ends it
 * with an error, and what cannot be read is listed, never dropped. The index of the audit trail comes back for some
 * months. Not in the vault, and so not recovered: schedules, pauses, failed runs, restores and what was told.
 */
import { backupIdSchema, planIdSchema } from '../format/layout.ts';
import { expiresAtFor } from '../retention.ts';
import { recoverTrail } from './audit.ts';
import { rememberedKeys } from './keys.ts';
import { type RecoveryDeps, type RecoveryOptions, recoverPlan } from './plan.ts';
import { type Recovered, type Tally, tally } from './tally.ts';

/** Backups looked at side by side: each is a handful of small requests, and one manifest in memory. */
export const backupsAtATime = 8;
const defaultMonths = 12;

export interface RebuildOptions extends Omit<RecoveryOptions, 'atATime'> {
  /** Only this plan; default: all of them. */
  readonly planId?: string | undefined;
  /** Of the audit trail, so many months back; default: 12, and none of it for one plan alone. */
  readonly auditMonths?: number;
  /** Called after each plan. */
  readonly onPlan?: (planId: string, sofar: Recovered) => void;
  /**
   * Called once, before the first row is adopted that cleanup might mark in its next round: of a backup past its policy,
   * or of a plan without a row, of which it is not known whether it was paused.
   */
  readonly beforeDue?: () => Promise<void>;
}

/** Throws VAULT_UNAVAILABLE, CATALOG_UNAVAILABLE, ACCESS_DENIED, KEY_INVALID; what was adopted until then stays. */
export async function rebuildCatalog(deps: RecoveryDeps, options: RebuildOptions): Promise<Recovered> {
  const counted = tally();
  const withKeys = { ...deps, keyRing: rememberedKeys(deps.keyRing), catalog: telling(deps, options) };
  const plans = options.planId === undefined ? deps.vault.folders('plans/') : [options.planId];
  for await (const planId of plans) {
    if (!planIdSchema.safeParse(planId).success) {
      counted.problem(notOurs(`plans/${planId}/`));
      continue;
    }
    const ids = backupIdsOf(planId, withKeys, counted);
    await recoverPlan(planId, ids, counted, withKeys, { ...options, atATime: backupsAtATime });
    options.onPlan?.(planId, counted.result());
  }
  const months = options.auditMonths ?? (options.planId === undefined ? defaultMonths : 0);
  await recoverTrail(counted, withKeys, { dryRun: options.dryRun, months });
  return counted.result();
}

function telling(
  { catalog, clock }: RecoveryDeps,
  { beforeDue = async () => {} }: RebuildOptions,
): RecoveryDeps['catalog'] {
  let told: Promise<void> | undefined;
  return {
    ...catalog,
    async adoptBackup(row, at) {
      const plan = (await catalog.getPlan(row.planId))?.plan;
      const isDue =
        !plan || expiresAtFor(row.tier, row.slot, plan.retention, row.keepDays) < clock.now().toISOString();
      if (isDue) {
        told ??= beforeDue();
        await told;
      }
      return catalog.adoptBackup(row, at);
    },
  };
}

async function* backupIdsOf(
  planId: string,
  { vault }: RecoveryDeps,
  counted: Tally,
): AsyncGenerator<string, void, void> {
  for await (const name of vault.folders(`plans/${planId}/`)) {
    if (backupIdSchema.safeParse(name).success) yield name;
    else counted.problem(notOurs(`plans/${planId}/${name}/`));
  }
}

function notOurs(key: string) {
  return {
    key,
    code: 'INVALID_INPUT',
    why: 'not the name of a plan or a backup: nothing of Holdfast is called so',
  };
}

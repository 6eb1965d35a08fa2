/**
 * A completed backup into the further vaults of its plan: what the run wrote, and the packs of earlier backups that
 * it needs. The stack's own vault is what promises are about; a further one that fails is told, noted on the row, and
 * caught up with by the next run.
 */
import { alertForFailure } from '../alerts.ts';
import { inParallel } from '../at-a-time.ts';
import { folderOf, lackingNeed } from '../cleanup/needed-objects.ts';
import { asHoldfastError, HoldfastError, hasCode, rowErrorOf } from '../errors.ts';
import { attemptName, backupPrefix, manifestKey } from '../format/layout.ts';
import type { FurtherVault, Plan } from '../plan.ts';
import type { BackupRow, Catalog, CopyNote } from '../ports/catalog.ts';
import type { Alerts, Clock, Log } from '../ports/index.ts';
import type { Vault } from '../ports/vault.ts';
import { needsKey } from '../references.ts';
import { copyObject } from './copy-object.ts';
import { attributesOf } from './mirror.ts';

const objectsAtATime = 4;
/** Completed backups looked at for what an earlier run could not copy. */
const mostCaughtUp = 10;

export interface FurtherDeps {
  readonly vault: Vault;
  readonly catalog: Catalog;
  readonly alerts: Alerts;
  readonly clock: Clock;
  readonly log: Log;
  /** Throws what keeps it from being used: SECRET_INVALID, HOST_FORBIDDEN … */
  readonly openFurther: (vault: FurtherVault) => Promise<Vault>;
}

/**
 * Copies the backup, then what earlier runs of the plan could not copy while time remains. Returns nothing: what came
 * of it is on the rows, and a failure has been told. Throws only what keeps that from being noted or told.
 */
export async function copyToFurther(
  row: BackupRow,
  plan: Plan,
  correlationId: string,
  deps: FurtherDeps,
  signal: AbortSignal,
): Promise<void> {
  for (const further of plan.vaults) {
    const log = deps.log.with({ vault: further.name });
    let to: Vault;
    try {
      to = await deps.openFurther(further);
    } catch (thrown) {
      await noteFailure(row, further, thrown, correlationId, deps);
      continue;
    }
    const isLacking = ({ copies }: BackupRow) =>
      !copies?.[further.name] || copies[further.name]?.error !== undefined;
    const { rows } = await deps.catalog.listBackups(plan.id, { status: 'completed', limit: mostCaughtUp });
    const earlier = rows.filter((each) => each.backupId !== row.backupId && isLacking(each));
    for (const each of [row, ...earlier]) {
      try {
        const { objects, bytes } = await copyOne(each, deps.vault, to, signal);
        await note(each, further, { at: deps.clock.now().toISOString() }, deps);
        log.info('backup copied to a further vault', { backupId: each.backupId, objects, bytes });
      } catch (thrown) {
        await noteFailure(each, further, signal.aborted ? signal.reason : thrown, correlationId, deps);
        // What is wrong with the vault is wrong with it for the others too; what one backup lacks is not.
        if (!hasCode(thrown, 'OBJECT_MISSING')) break;
      }
    }
  }
}

/** False when it is no completed backup any more, and needs no copy: it may expire while it is copied. */
async function note(
  { planId, backupId }: BackupRow,
  { name }: FurtherVault,
  copied: CopyNote,
  { catalog, log }: FurtherDeps,
): Promise<boolean> {
  try {
    await catalog.noteCopy(planId, backupId, name, copied);
    return true;
  } catch (thrown) {
    if (!hasCode(thrown, 'CONFLICT')) throw thrown;
    log.info('a backup expired while it was copied', { vault: name, backupId });
    return false;
  }
}

async function noteFailure(
  row: BackupRow,
  further: FurtherVault,
  thrown: unknown,
  correlationId: string,
  deps: FurtherDeps,
): Promise<void> {
  const { planId, backupId } = row;
  const { alerts, clock, log } = deps;
  const error = asHoldfastError(thrown, 'VAULT_UNAVAILABLE');
  const at = clock.now().toISOString();
  log.error('backup was not copied to a further vault', {
    vault: further.name,
    backupId,
    code: error.code,
    error,
  });
  const why = rowErrorOf({ code: error.code, message: error.message.slice(0, 500), next: error.next });
  if (!(await note(row, further, { at, error: why }, deps))) return;
  await alerts.publish({
    ...alertForFailure({ kind: 'copy-failed', planId, backupId, error, correlationId, at }),
    severity: 'warning',
  });
}

async function copyOne(
  row: BackupRow,
  from: Vault,
  to: Vault,
  signal: AbortSignal,
): Promise<{ readonly objects: number; readonly bytes: number }> {
  let objects = 0;
  let bytes = 0;
  await inParallel(keysOf(row, from), objectsAtATime, async (key) => {
    const copied = await copyObject({ key, from, to, attributes: attributesOf, signal });
    if (copied.present) return;
    objects += 1;
    bytes += copied.bytes;
  });
  const lacking = await lackingNeed(row, (folder) => to.list(folder));
  if (lacking !== undefined)
    throw new HoldfastError(
      'OBJECT_MISSING',
      `Backup ${row.backupId} cannot be copied: ${lacking} is missing`,
    );
  // Last, so that a copying which is cut short leaves nothing that looks like a backup.
  const manifest = manifestKey(row.planId, row.backupId);
  bytes += (await copyObject({ key: manifest, from, to, attributes: attributesOf, signal })).bytes;
  return { objects: objects + 1, bytes };
}

async function* keysOf(row: BackupRow, vault: Vault): AsyncGenerator<string> {
  const { planId, backupId, needs = [] } = row;
  const own = row.madeBy ?? row.attempt;
  for await (const { key } of vault.list(`${backupPrefix(planId, backupId)}${attemptName(own)}/`)) yield key;
  for (const needed of needs) {
    for await (const { key } of vault.list(folderOf(planId, needed))) if (needsKey([needed], key)) yield key;
  }
}

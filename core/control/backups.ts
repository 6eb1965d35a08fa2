/**
 * What people ask of backups. Each of these checks at once what the catalog shows, has a function do the rest, and
 * changes nothing by itself but pins: those are a word of a person, signed with the operator's key.
 */
import { chosenSources } from '../backup/sources.ts';
import { HoldfastError } from '../errors.ts';
import type { BackupEvent, CleanupEvent, VerifyEvent } from '../events.ts';
import { backupIdFor } from '../format/layout.ts';
import type { BackupRow, Catalog, PlanRow, TaskRow, VerificationLevel } from '../ports/catalog.ts';
import type { Clock } from '../ports/index.ts';
import type { KeyRing } from '../ports/keys.ts';
import type { FunctionStarter } from '../ports/surroundings.ts';
import type { Vault } from '../ports/vault.ts';
import type { Actor } from './actor.ts';
import { requireCompleted } from './find-backup.ts';
import { firstAsked } from './first-asked.ts';
import { startTask, type TaskDeps } from './task.ts';

export interface AskedBy {
  readonly actor: Pick<Actor, 'name' | 'correlationId'>;
  /** 32 hex digits: the same again makes nothing twice. */
  readonly token: string;
}

export interface BackupWish {
  readonly trigger: 'manual' | 'restore-point';
  readonly label?: string;
  /** Only these sources of the plan. */
  readonly only?: readonly string[];
  readonly keepDays?: number;
}

export interface RequestedBackup {
  readonly planId: string;
  readonly backupId: string;
  readonly requestedAt: string;
}

export interface BackupDeps {
  readonly catalog: Pick<Catalog, 'claimOnce' | 'noteOnce'>;
  readonly starter: FunctionStarter;
  readonly clock: Clock;
}

/**
 * Has the function make it; the id is known before it begins, its row comes with its beginning. PLAN_NOT_FOUND for a
 * plan that was deleted; INVALID_INPUT names the sources that there are.
 */
export async function requestBackup(
  { catalog, starter, clock }: BackupDeps,
  row: Pick<PlanRow, 'plan' | 'deleted'>,
  { trigger, label, only, keepDays }: BackupWish,
  { actor, token }: AskedBy,
): Promise<RequestedBackup> {
  const { id: planId } = row.plan;
  if (row.deleted) {
    throw new HoldfastError('PLAN_NOT_FOUND', `plan ${planId} was deleted at ${row.deleted.at}`, {
      details: { planId },
    });
  }
  if (only) chosenSources(row.plan, only);
  const requestedAt = await firstAsked(catalog, token, clock.now());
  const event: BackupEvent = {
    task: 'backup-now',
    planId,
    requestedAt,
    token,
    trigger,
    ...(label !== undefined && { label }),
    ...(only && { only: [...only] }),
    ...(keepDays !== undefined && { keepDays }),
    createdBy: actor.name,
    correlationId: actor.correlationId,
  };
  await starter.start('backup', event);
  return { planId, backupId: backupIdFor(planId, requestedAt, token), requestedAt };
}

/** BACKUP_NOT_RESTORABLE unless it is completed. */
export function requestVerify(
  deps: TaskDeps,
  row: BackupRow,
  level: VerificationLevel,
  asked: AskedBy,
): Promise<TaskRow> {
  const { planId, backupId } = requireCompleted(row);
  const by = byOf(asked);
  return startTask(deps, {
    ...asked,
    ...{ kind: 'verify', planId, backupId, target: 'verify' },
    event: (taskId): VerifyEvent => ({ task: 'verify', planId, backupId, level, taskId, ...by }),
  });
}

/**
 * Has cleanup mark it. What the catalog shows is refused at once (RUN_IN_PROGRESS, CONFLICT, BACKUP_KEPT); whether it
 * is the last good one, or others need it, only cleanup tells, under its lease: then the task fails.
 */
export async function requestExpire(deps: TaskDeps, row: BackupRow, asked: AskedBy): Promise<TaskRow> {
  requireExpirable(row, deps.clock.now());
  const { planId, backupId } = row;
  const by = byOf(asked);
  return startTask(deps, {
    ...asked,
    ...{ kind: 'expire', planId, backupId, target: 'cleanup' },
    event: (taskId): CleanupEvent => ({ task: 'expire', planId, backupId, taskId, ...by }),
  });
}

export function requireExpirable(row: BackupRow, now: Date): void {
  const { backupId, status, pin, heldUntil, basedOnUntil } = row;
  const details = { backupId, status };
  if (status === 'pending' || status === 'running') {
    throw new HoldfastError('RUN_IN_PROGRESS', `backup ${backupId} is ${status}`, { details });
  }
  if (status === 'expired') {
    throw new HoldfastError('CONFLICT', `backup ${backupId} has expired already`, {
      details,
      next: 'Nothing: its objects go by themselves. Until then it can be brought back (undelete).',
    });
  }
  if (status === 'failed') {
    throw new HoldfastError('CONFLICT', `backup ${backupId} failed: what it left is collected by itself`, {
      details,
      next: 'Nothing: cleanup collects its leftovers a week after it failed.',
    });
  }
  if (pin) throw kept(row, `it is pinned by ${pin.by} (${pin.reason})`, 'Unpin it first, if it may go.');
  const at = now.toISOString();
  if (heldUntil !== undefined && heldUntil > at) {
    throw kept(
      row,
      `a restore holds it until ${heldUntil}`,
      'Repeat when the restore has ended and the time is over.',
    );
  }
  if (basedOnUntil !== undefined && basedOnUntil > at) {
    throw kept(row, `a run builds upon it until ${basedOnUntil}`, 'Repeat when the time is over.');
  }
}

function kept({ backupId }: BackupRow, why: string, next: string): HoldfastError {
  return new HoldfastError('BACKUP_KEPT', `backup ${backupId} stays: ${why}`, {
    details: { backupId },
    next,
  });
}

/** Has cleanup take back what S3 has not hidden yet. CONFLICT unless it has expired, or somebody marked it by hand. */
export async function requestUndelete(deps: TaskDeps, row: BackupRow, asked: AskedBy): Promise<TaskRow> {
  const { planId, backupId, status } = row;
  if (status !== 'expired' && status !== 'completed') {
    throw new HoldfastError('CONFLICT', `backup ${backupId} is ${status}, neither expired nor completed`, {
      details: { backupId, status },
      next: 'Only what was once completed can be brought back.',
    });
  }
  const by = byOf(asked);
  return startTask(deps, {
    ...asked,
    ...{ kind: 'undelete', planId, backupId, target: 'cleanup' },
    event: (taskId): CleanupEvent => ({ task: 'undelete', planId, backupId, taskId, ...by }),
  });
}

function byOf({ actor }: AskedBy) {
  return { by: actor.name, correlationId: actor.correlationId };
}

export interface PinDeps {
  readonly catalog: Pick<Catalog, 'setPin'>;
  readonly vault: () => Promise<Pick<Vault, 'write'>>;
  readonly keyRing: Pick<KeyRing, 'publicKeys' | 'signingKey'>;
  readonly clock: Clock;
}

export interface Pinned {
  readonly row: BackupRow;
  /** Of the sealed object in the vault; absent when there was nothing to change. */
  readonly key?: string;
}

/** Pins it, or ends the pin. BACKUP_NOT_RESTORABLE unless it is completed; one that is not pinned is not unpinned again. */
export async function setPinned(
  { catalog, vault, keyRing, clock }: PinDeps,
  found: BackupRow,
  { pinned, reason, by }: { readonly pinned: boolean; readonly reason: string; readonly by: string },
): Promise<Pinned> {
  const row = requireCompleted(found);
  const { planId, backupId, tier } = row;
  if (!pinned && !row.pin) return { row };
  const at = clock.now().toISOString();
  // The vault first: the catalog can be made again from it, but not the other way round.
  const pin = { planId, backupId, pinned, reason, by, at };
  // Loaded when it is needed: what seals is large, and a function that starts for a list does not wait for it.
  const { writePin } = await import('../pin.ts');
  const key = await writePin({ pin, tier, vault: await vault(), keyRing });
  return { row: await catalog.setPin(planId, backupId, pinned ? { at, by, reason } : undefined), key };
}

/** What keeps a completed backup or says that it is no longer whole (a pin, a missing manifest), and adopting one. */
import { randomUUID } from 'node:crypto';
import { HoldfastError } from '../../core/errors.ts';
import type { BackupRow, Catalog } from '../../core/ports/catalog.ts';
import type { Change } from './expression.ts';
import { guardAttribute, isCompleted } from './guard.ts';
import { copyAttribute, instant, toBackupRow } from './items.ts';
import { isFree } from './runs.ts';
import type { Store } from './store.ts';
import { backupKey, completedTierKey, unverifiedMark } from './table.ts';
import { backupTimeline } from './timeline-attributes.ts';
import { isDecided, verificationColumns } from './verifications.ts';

export function dynamoKeeping(
  store: Store,
): Pick<Catalog, 'noteMissing' | 'noteCopy' | 'setPin' | 'adoptBackup'> {
  return {
    async noteMissing(planId, backupId, since) {
      const written = await store.updateSilently(
        backupKey(planId, backupId),
        { set: { missingSince: since && instant(since) }, increment: guardAttribute },
        isCompleted,
      );
      if (!written) throw notCompleted(planId, backupId);
    },

    async noteCopy(planId, backupId, vault, note) {
      const written = await store.update(
        backupKey(planId, backupId),
        { set: { [copyAttribute(vault)]: { ...note, at: instant(note.at) } } },
        isCompleted,
      );
      if ('row' in written) return;
      throw written.refused ? notCompleted(planId, backupId) : notFound(planId, backupId);
    },

    async setPin(planId, backupId, pin) {
      const written = await store.update(
        backupKey(planId, backupId),
        { set: { pin: pin && { ...pin, at: instant(pin.at) } }, increment: guardAttribute },
        isCompleted,
      );
      if ('row' in written) return toBackupRow(written.row);
      if (written.refused) throw notCompleted(planId, backupId);
      throw notFound(planId, backupId);
    },

    async adoptBackup(row, now) {
      // Tells our own write from another's when its reply was lost and the SDK sent it again.
      const adoptToken = randomUUID();
      const { set, ...change } = adoption(row, instant(now));
      const written = await store.update(
        backupKey(row.planId, row.backupId),
        { set: { ...set, adoptToken }, ...change },
        isFree(instant(now)),
      );
      return 'row' in written || written.refused?.adoptToken === adoptToken;
    },
  };
}

/**
 * The row that a run leaves (claimRun, prepareCompletion, completeRun), in one write. Everything is named, also what
 * is absent: nothing of a failed attempt's row stays, except its guard.
 */
function adoption(row: BackupRow, now: string): Change {
  const completedAt = instant(row.completedAt ?? now);
  const waits = !isDecided(row.verification);
  return {
    set: {
      planId: row.planId,
      backupId: row.backupId,
      source: row.source,
      kind: row.kind,
      trigger: row.trigger,
      createdBy: row.createdBy,
      slot: row.slot,
      correlationId: row.correlationId,
      status: 'completed',
      attempt: row.attempt,
      startedAt: row.startedAt,
      completedAt,
      sourceBytes: row.sourceBytes,
      storedBytes: row.storedBytes,
      compressionRatio: row.compressionRatio,
      tier: row.tier,
      expiresAt: row.expiresAt,
      locations: row.locations,
      tools: row.tools,
      warnings: row.warnings,
      manifest: row.manifest,
      versions: row.versions,
      madeBy: row.madeBy,
      label: row.label,
      only: row.only,
      keepDays: row.keepDays,
      needs: row.needs,
      indexes: row.indexes,
      pin: row.pin && { ...row.pin, at: instant(row.pin.at) },
      adoptedAt: now,
      ...(row.verification && verificationColumns(row.verification)),
      lookupId: row.backupId,
      ...backupTimeline(row),
      tierKey: completedTierKey(row.planId, row.tier),
      completedTier: completedTierKey(row.planId, row.tier),
      verifiable: true,
      unverified: waits ? unverifiedMark : undefined,
      unverifiedSince: waits ? completedAt : undefined,
    },
    remove: [
      'leaseUntil',
      'claimToken',
      'progress',
      'error',
      'failedAt',
      'expiry',
      'heldUntil',
      'basedOnUntil',
      'missingSince',
    ],
  };
}

function notFound(planId: string, backupId: string): HoldfastError {
  return new HoldfastError('BACKUP_NOT_FOUND', `Backup ${backupId} of plan ${planId} has no row`);
}

function notCompleted(planId: string, backupId: string): HoldfastError {
  return new HoldfastError('CONFLICT', `Backup ${backupId} of plan ${planId} is not completed`);
}

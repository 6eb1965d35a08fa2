/**
 * The life of a run's row: claimed by exactly one attempt at a time, renewed while it lives, prepared, completed.
 * Each step is one conditional update, so that a crash between any two leaves a row that the next attempt takes over.
 */
import { randomUUID } from 'node:crypto';
import { HoldfastError } from '../../core/errors.ts';
import { checkHoldRequest, checkNeeds } from '../../core/hold-request.ts';
import type { BackupRow, Catalog, Owner } from '../../core/ports/catalog.ts';
import { absent, all, any, atMost, type Condition, equals, exists } from './expression.ts';
import { guardAttribute, isCompleted } from './guard.ts';
import { instant, toBackupRow } from './items.ts';
import type { Item, Store } from './store.ts';
import { backupKey, completedTierKey, unverifiedMark } from './table.ts';
import { backupTimeline } from './timeline-attributes.ts';

/** Nobody owns it: new, failed, never started, or its owner stopped renewing. */
export const isFree = (now: string): Condition =>
  any(
    absent('pk'),
    equals('status', 'failed'),
    equals('status', 'pending'),
    all(equals('status', 'running'), atMost('leaseUntil', now)),
  );

/** This attempt is the one that runs. */
const isOwnedBy = ({ attempt }: Owner): Condition =>
  all(equals('status', 'running'), equals('attempt', attempt));

function lostTo(owner: Owner, stored: Item | undefined): HoldfastError {
  const now = stored ? `is ${String(stored.status)} under attempt ${String(stored.attempt)}` : 'has no row';
  return new HoldfastError(
    'CONFLICT',
    `Backup ${owner.backupId} ${now}: attempt ${owner.attempt} no longer owns it`,
    {
      details: { ...owner, status: stored?.status, ownedByAttempt: stored?.attempt },
    },
  );
}

type Runs = Pick<
  Catalog,
  'claimRun' | 'renewRun' | 'holdBases' | 'prepareCompletion' | 'completeRun' | 'failRun'
>;

export function dynamoRuns(store: Store): Runs {
  return {
    async claimRun({ planId, backupId, now, leaseUntil, correlationId, ...first }) {
      // Tells our own write from another's when its reply was lost and the SDK sent it again.
      const claimToken = randomUUID();
      const written = await store.update(
        backupKey(planId, backupId),
        {
          set: {
            status: 'running',
            startedAt: instant(now),
            leaseUntil: instant(leaseUntil),
            correlationId,
            claimToken,
          },
          setOnce: {
            ...first,
            planId,
            backupId,
            lookupId: backupId,
            tierKey: completedTierKey(planId, first.tier),
            ...backupTimeline({ planId, backupId, ...first }),
          },
          increment: 'attempt',
          remove: ['error', 'progress', 'steps', 'failedAt', 'expiry'],
        },
        isFree(instant(now)),
      );
      if ('row' in written) return { outcome: 'claimed', row: toBackupRow(written.row) };
      const row = toBackupRow(written.refused ?? {});
      if (written.refused?.claimToken === claimToken) return { outcome: 'claimed', row };
      return { outcome: row.status === 'running' ? 'running' : 'completed', row };
    },

    async renewRun(owner, leaseUntil, progress, steps) {
      const written = await store.update(
        backupKey(owner.planId, owner.backupId),
        {
          set: {
            leaseUntil: instant(leaseUntil),
            ...(progress && { progress }),
            ...(steps && { steps }),
          },
        },
        isOwnedBy(owner),
      );
      if ('refused' in written) throw lostTo(owner, written.refused);
    },

    async holdBases(owner, bases, needs, until) {
      checkHoldRequest(owner, bases, needs);
      const refused = await store.transact([
        {
          key: backupKey(owner.planId, owner.backupId),
          change: { set: { needs } },
          condition: isOwnedBy(owner),
        },
        ...bases.map((base) => ({
          key: backupKey(owner.planId, base),
          change: { set: { basedOnUntil: instant(until) }, increment: guardAttribute },
          condition: isCompleted,
        })),
      ]);
      const own = refused.find(({ part }) => part === 0);
      if (own) throw lostTo(owner, own.item);
      return refused.length === 0;
    },

    async prepareCompletion(owner, { warnings, versions, madeBy, needs, indexes, ...completion }) {
      checkNeeds(needs);
      const written = await store.update(
        backupKey(owner.planId, owner.backupId),
        // Named even when absent: what an earlier attempt noted about its own objects must not stay.
        { set: { ...completion, warnings, versions, madeBy, needs, indexes } },
        isOwnedBy(owner),
      );
      if ('refused' in written) throw lostTo(owner, written.refused);
    },

    async completeRun(owner, completedAt, steps) {
      const written = await store.update(
        backupKey(owner.planId, owner.backupId),
        {
          set: {
            status: 'completed',
            completedAt: instant(completedAt),
            verifiable: true,
            unverified: unverifiedMark,
            unverifiedSince: instant(completedAt),
            ...(steps && { steps }),
          },
          copy: { completedTier: 'tierKey' },
          remove: ['leaseUntil', 'progress', 'error', 'claimToken'],
        },
        all(isOwnedBy(owner), exists('manifest')),
      );
      if ('row' in written) return toBackupRow(written.row);
      const stored = written.refused && toBackupRow(written.refused);
      if (stored && isCompletedBy(owner, stored)) return stored;
      throw lostTo(owner, written.refused);
    },

    async failRun(owner, error, at, steps) {
      const written = await store.update(
        backupKey(owner.planId, owner.backupId),
        {
          set: { status: 'failed', error, failedAt: instant(at), ...(steps && { steps }) },
          increment: guardAttribute,
          remove: ['leaseUntil', 'progress', 'claimToken'],
        },
        isOwnedBy(owner),
      );
      if ('row' in written) return toBackupRow(written.row);
      if (written.refused) return toBackupRow(written.refused);
      throw new HoldfastError(
        'BACKUP_NOT_FOUND',
        `Backup ${owner.backupId} of plan ${owner.planId} has no row`,
      );
    },
  };
}

/** Sent again after a lost reply. */
function isCompletedBy(owner: Owner, row: BackupRow): boolean {
  return row.status === 'completed' && row.attempt === owner.attempt;
}

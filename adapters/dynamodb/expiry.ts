/**
 * How a backup goes, and how it comes back: expired (row), marked (objects, by the vault), revived. The row changes
 * first and in one transaction with a look at what justifies it, so that no two decisions, each right by itself,
 * together take the last good backup.
 */
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { HoldfastError } from '../../core/errors.ts';
import { checkExpiryRequest } from '../../core/expiry-request.ts';
import type { Catalog, Expiry, Guarded } from '../../core/ports/catalog.ts';
import { absent, all, any, atMost, type Condition, equals } from './expression.ts';
import { guardAttribute, isAsDecided, isAtGuard } from './guard.ts';
import { instant, toBackupRow } from './items.ts';
import type { Item, Store } from './store.ts';
import { backupKey, completedTierKey, unverifiedMark } from './table.ts';
import { isDecided } from './verifications.ts';

type ExpiryMethods = Pick<Catalog, 'expireBackups' | 'noteMarked' | 'reviveBackup'>;

const isOver = (hold: string, at: string): Condition => any(absent(hold), atMost(hold, at));

const mayGo = (victim: Guarded, decidedAt: string): Condition =>
  all(isAsDecided(victim), absent('pin'), isOver('heldUntil', decidedAt), isOver('basedOnUntil', decidedAt));

/** What keeps a completed row on its indexes. */
const listAttributes = ['completedTier', 'verifiable', 'unverified', 'unverifiedSince'];

export function dynamoExpiry(store: Store): ExpiryMethods {
  return {
    async expireBackups({ planId, victims, keepers, expiry }) {
      checkExpiryRequest(victims, keepers);
      const decidedAt = instant(expiry.decidedAt);
      const { reason, by } = expiry;
      const refused = await store.transact([
        ...victims.map((victim) => ({
          key: backupKey(planId, victim.backupId),
          change: {
            set: { status: 'expired', expiry: { reason, decidedAt, by } },
            increment: guardAttribute,
            remove: listAttributes,
          },
          condition: mayGo(victim, decidedAt),
        })),
        ...keepers.map((keeper) => ({
          key: backupKey(planId, keeper.backupId),
          condition: isAsDecided(keeper),
        })),
      ]);
      return refused.length === 0;
    },

    async noteMarked(planId, row, expiry) {
      const noted = timed(expiry);
      const key = backupKey(planId, row.backupId);
      const write = (status: 'expired' | 'failed', remove?: readonly string[]) =>
        store.update(
          key,
          { set: { expiry: noted }, increment: guardAttribute, ...(remove && { remove }) },
          all(equals('status', status), isAtGuard(row)),
        );
      const expired = await write('expired');
      if ('row' in expired || isOurMark(expired.refused, row, noted)) return true;
      if (expired.refused?.status !== 'failed') return false;
      // A later attempt must not take for its own what is going.
      const failed = await write('failed', ['manifest', 'versions', 'madeBy', 'needs', 'indexes']);
      return 'row' in failed || isOurMark(failed.refused, row, noted);
    },

    async reviveBackup(planId, row, at, pin) {
      const key = backupKey(planId, row.backupId);
      const item = await store.get(key);
      const conflict = () =>
        new HoldfastError(
          'CONFLICT',
          `Backup ${row.backupId} of plan ${planId} is not expired at guard ${row.guard}`,
        );
      if (!item) throw conflict();
      const { tier, verification, needs } = toBackupRow(item);
      const waits = needs !== undefined || !isDecided(verification);
      const reviveToken = randomUUID();
      const written = await store.update(
        key,
        {
          set: {
            status: 'completed',
            completedTier: completedTierKey(planId, tier),
            verifiable: true,
            // Nobody verifies an expired row: while it is at its guard, this is still so.
            ...(waits && { unverified: unverifiedMark, unverifiedSince: instant(at) }),
            ...(pin && { pin: { ...pin, at: instant(pin.at) } }),
            reviveToken,
          },
          increment: guardAttribute,
          remove: ['expiry', 'missingSince'],
        },
        all(equals('status', 'expired'), isAtGuard(row)),
      );
      if ('row' in written) return toBackupRow(written.row);
      // Our own write, whose reply was lost and which the SDK sent again.
      if (written.refused?.reviveToken === reviveToken) return toBackupRow(written.refused);
      throw conflict();
    },
  };
}

/** As it comes back from the table: without what is undefined. */
function timed({ markedAt, ...expiry }: Expiry): Expiry {
  return {
    ...expiry,
    decidedAt: instant(expiry.decidedAt),
    ...(markedAt !== undefined && { markedAt: instant(markedAt) }),
  };
}

/** Our own write, whose reply was lost and which the SDK sent again. */
function isOurMark(stored: Item | undefined, { guard }: Guarded, noted: Expiry): boolean {
  return stored?.[guardAttribute] === guard + 1 && isDeepStrictEqual(stored.expiry, noted);
}

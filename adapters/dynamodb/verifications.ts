/**
 * Verify's own columns of a backup's row. The verify role may update nothing else, so the request names only
 * attributes of `verificationAttributes` (table.ts), in keys, values and condition alike, and asks for no row back.
 */
import { HoldfastError } from '../../core/errors.ts';
import type { Catalog, VerificationState } from '../../core/ports/catalog.ts';
import { all, atMost, type Change, exists } from './expression.ts';
import { guardAttribute } from './guard.ts';
import { instant } from './items.ts';
import type { Store } from './store.ts';
import { backupKey } from './table.ts';

export function dynamoVerifications(
  store: Store,
): Pick<Catalog, 'recordVerification' | 'claimVerification' | 'noteStored'> {
  return {
    claimVerification: (planId, backupId, listedAt, now) =>
      store.updateSilently(
        backupKey(planId, backupId),
        { set: { unverifiedSince: instant(now) } },
        all(exists('unverified'), atMost('unverifiedSince', instant(listedAt))),
      ),

    async noteStored(planId, backupId, at) {
      const change = { set: { storedAt: instant(at) } };
      await store.updateSilently(backupKey(planId, backupId), change, exists('verifiable'));
    },

    async recordVerification(planId, backupId, state) {
      const written = await store.updateSilently(
        backupKey(planId, backupId),
        verificationChange(state),
        exists('verifiable'),
      );
      if (written) return;
      throw new HoldfastError(
        'CONFLICT',
        `Backup ${backupId} of plan ${planId} is not completed: nothing to verify`,
      );
    },
  };
}

/** One that found a backup good or bad; one that could not be made leaves it waiting. */
export function isDecided(state: Pick<VerificationState, 'status'> | undefined): boolean {
  return state !== undefined && state.status !== 'error';
}

/** Verify's columns, top-level attributes, so that IAM can name them. */
export function verificationColumns(state: VerificationState): Readonly<Record<string, unknown>> {
  return {
    verificationStatus: state.status,
    verificationLevel: state.level,
    verifiedAt: instant(state.verifiedAt),
    verificationReport: state.reportKey,
    verificationDetail: state.detail,
    // Named even when absent: those of an earlier one must not stay.
    verificationFigures: figuresOf(state),
    // A later check at a lower level, or one that could not be made, takes no earlier proof away.
    ...(state.provenAt !== undefined && { provenAt: instant(state.provenAt) }),
  };
}

function figuresOf({ seconds, counted, differences }: VerificationState): object | undefined {
  const isKnown = seconds !== undefined || counted !== undefined || differences !== undefined;
  return isKnown ? { seconds, counted, differences } : undefined;
}

function verificationChange(state: VerificationState): Change {
  const set = verificationColumns(state);
  // An error proves nothing: the backup stays on the list, behind those that have waited longer.
  if (!isDecided(state)) {
    return { set: { ...set, unverifiedSince: instant(state.verifiedAt) }, increment: guardAttribute };
  }
  return { set, remove: ['unverified', 'unverifiedSince'], increment: guardAttribute };
}

/** Restores: created once, started once, ended once; cancelled by a flag that the running restore reads. */
import { randomUUID } from 'node:crypto';
import { HoldfastError } from '../../core/errors.ts';
import type { Catalog } from '../../core/ports/catalog.ts';
import { absent, any, type Condition, equals } from './expression.ts';
import { instant, toRestoreRow } from './items.ts';
import type { Item, Store } from './store.ts';
import { restoreKey } from './table.ts';

type Restores = Pick<
  Catalog,
  'createRestore' | 'getRestore' | 'startRestore' | 'progressRestore' | 'finishRestore' | 'requestCancel'
>;

const isRunning: Condition = equals('status', 'running');
const hasNotEnded: Condition = any(equals('status', 'pending'), isRunning);

/** What stands in the way of a write, or RESTORE_NOT_FOUND when nothing does. */
function stored(restoreId: string, refused: Item | undefined): Item {
  if (refused) return refused;
  throw new HoldfastError('RESTORE_NOT_FOUND', `There is no restore ${restoreId}`);
}

export function dynamoRestores(store: Store): Restores {
  return {
    async createRestore({ restoreId, ...row }) {
      // Tells our own write from another's when its reply was lost and the SDK sent it again.
      const createToken = randomUUID();
      const written = await store.update(
        restoreKey(restoreId),
        { set: { restoreId, ...row, createToken } },
        absent('pk'),
      );
      if ('row' in written || written.refused?.createToken === createToken) return;
      throw new HoldfastError('CONFLICT', `There is a restore ${restoreId} already`);
    },

    async getRestore(restoreId) {
      const item = await store.get(restoreKey(restoreId));
      return item && toRestoreRow(item);
    },

    async startRestore(restoreId, at) {
      const startToken = randomUUID();
      const written = await store.update(
        restoreKey(restoreId),
        { set: { status: 'running', startedAt: instant(at), startToken } },
        equals('status', 'pending'),
      );
      return 'row' in written || stored(restoreId, written.refused).startToken === startToken;
    },

    async progressRestore(restoreId, progress) {
      const written = await store.update(restoreKey(restoreId), { set: { progress } }, isRunning);
      const item = 'row' in written ? written.row : stored(restoreId, written.refused);
      return { cancelRequested: item.cancelRequested === true };
    },

    async finishRestore(restoreId, { status, result, error, completedAt }) {
      const written = await store.update(
        restoreKey(restoreId),
        { set: { status, result, error, completedAt: completedAt && instant(completedAt) } },
        hasNotEnded,
      );
      if ('refused' in written) stored(restoreId, written.refused);
    },

    async requestCancel(restoreId) {
      const written = await store.update(
        restoreKey(restoreId),
        { set: { cancelRequested: true } },
        hasNotEnded,
      );
      if ('row' in written) return;
      const { status } = stored(restoreId, written.refused);
      throw new HoldfastError(
        'CONFLICT',
        `Restore ${restoreId} is ${String(status)}: there is nothing to cancel`,
      );
    },
  };
}

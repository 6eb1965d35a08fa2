/** Restores: created once, started once, ended once; cancelled by a flag that the running restore reads. */
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { HoldfastError } from '../../core/errors.ts';
import type { Catalog } from '../../core/ports/catalog.ts';
import { absent, all, any, atMost, type Condition, equals, moreThan } from './expression.ts';
import { guardAttribute, isCompleted } from './guard.ts';
import { instant, toRestoreRow } from './items.ts';
import { readList } from './paging.ts';
import type { Item, Store, TransactionPart } from './store.ts';
import { backupKey, indexes, listNames, restoreKey } from './table.ts';
import { timelineAttributes } from './timeline-attributes.ts';

type Restores = Pick<
  Catalog,
  | 'createRestore'
  | 'getRestore'
  | 'startRestore'
  | 'waitRestore'
  | 'listWaitingRestores'
  | 'progressRestore'
  | 'finishRestore'
  | 'requestCancel'
>;

const isRunning: Condition = equals('status', 'running');
const mayStart: Condition = any(equals('status', 'pending'), equals('status', 'waiting'));
const hasNotEnded: Condition = any(mayStart, isRunning);
/** Off the list of those that wait. */
const waitsNoLonger = { listName: undefined, waitingFor: undefined };

/** Holds a completed backup for a restore; a hold that is longer already stays as it is. */
function holds(planId: string, backupId: string, until: string): readonly TransactionPart[] {
  const key = backupKey(planId, backupId);
  return [
    {
      key,
      change: { set: { heldUntil: until }, increment: guardAttribute },
      condition: all(isCompleted, any(absent('heldUntil'), atMost('heldUntil', until))),
    },
    {
      key,
      change: { increment: guardAttribute },
      condition: all(isCompleted, moreThan('heldUntil', until)),
    },
  ];
}

/** What stands in the way of a write, or RESTORE_NOT_FOUND when nothing does. */
function stored(restoreId: string, refused: Item | undefined): Item {
  if (refused) return refused;
  throw new HoldfastError('RESTORE_NOT_FOUND', `There is no restore ${restoreId}`);
}

export function dynamoRestores(store: Store): Restores {
  return {
    async createRestore({ restoreId, planId, backupId, ...row }, holdUntil) {
      // Tells our own write from another's when its reply was lost and the SDK sent it again.
      const createToken = randomUUID();
      const create: TransactionPart = {
        key: restoreKey(restoreId),
        change: {
          set: {
            restoreId,
            planId,
            backupId,
            ...row,
            createToken,
            ...timelineAttributes('RESTORE', { at: row.createdAt, planId, id: restoreId }),
          },
        },
        condition: absent('pk'),
      };
      let backup: Item | undefined;
      for (const hold of holds(planId, backupId, instant(holdUntil))) {
        const refused = await store.transact([create, hold]);
        if (refused.length === 0) return;
        const taken = refused.find(({ part }) => part === 0);
        if (taken?.item?.createToken === createToken) return;
        if (taken) throw new HoldfastError('CONFLICT', `There is a restore ${restoreId} already`);
        backup = refused[0]?.item;
        if (backup?.status !== 'completed') break;
      }
      throw new HoldfastError(
        'BACKUP_NOT_RESTORABLE',
        `Backup ${backupId} of plan ${planId} ${backup ? `is ${String(backup.status)}` : 'has no row'}`,
      );
    },

    async getRestore(restoreId) {
      const item = await store.get(restoreKey(restoreId));
      return item && toRestoreRow(item);
    },

    async startRestore(restoreId, at) {
      const startToken = randomUUID();
      const written = await store.update(
        restoreKey(restoreId),
        { set: { status: 'running', startedAt: instant(at), startToken, ...waitsNoLonger } },
        mayStart,
      );
      return 'row' in written || stored(restoreId, written.refused).startToken === startToken;
    },

    async waitRestore(restoreId, wait) {
      const waitingFor = {
        ...wait,
        requestedAt: instant(wait.requestedAt),
        expectedAt: instant(wait.expectedAt),
      };
      const written = await store.update(
        restoreKey(restoreId),
        { set: { status: 'waiting', waitingFor, listName: listNames.waitingRestores } },
        all(isRunning, absent('cancelRequested')),
      );
      if ('row' in written) return;
      const { status, waitingFor: found } = stored(restoreId, written.refused);
      // Our own write, whose reply was lost and which the SDK sent again.
      if (status === 'waiting' && isDeepStrictEqual(found, waitingFor)) return;
      throw new HoldfastError(
        'CONFLICT',
        status === 'running'
          ? `Restore ${restoreId} is to be cancelled`
          : `Restore ${restoreId} is ${String(status)}, not running`,
      );
    },

    async listWaitingRestores() {
      return readList(
        store,
        { index: indexes.lists, key: equals('listName', listNames.waitingRestores) },
        toRestoreRow,
      );
    },

    async progressRestore(restoreId, progress, steps) {
      const written = await store.update(
        restoreKey(restoreId),
        { set: { progress, ...(steps && { steps }) } },
        isRunning,
      );
      const item = 'row' in written ? written.row : stored(restoreId, written.refused);
      return { cancelRequested: item.cancelRequested === true };
    },

    async finishRestore(restoreId, { status, result, error, completedAt, steps }) {
      const written = await store.update(
        restoreKey(restoreId),
        {
          set: {
            status,
            result,
            error,
            completedAt: completedAt && instant(completedAt),
            ...waitsNoLonger,
            ...(steps && { steps }),
          },
        },
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

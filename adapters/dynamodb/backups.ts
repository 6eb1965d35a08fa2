/** Reading backups: by key, by id, by plan, by what is still to be verified, and what the choice of a tier needs. */
import { compactTime, slotOf } from '../../core/format/layout.ts';
import type { BackupRow, Catalog, RunTimes } from '../../core/ports/catalog.ts';
import { scheduledTiers } from '../../core/retention.ts';
import { mostRunsRead, runTimesLimit } from '../../core/usual-times.ts';
import { all, between, equals, startsWith } from './expression.ts';
import { runTimesColumns, toBackupRow, toRunTimes } from './items.ts';
import { pageLimit, readPage } from './paging.ts';
import type { Item, Store } from './store.ts';
import {
  backupKey,
  backupSkPrefix,
  completedTierKey,
  indexes,
  type Key,
  lastBackupSk,
  planPk,
  unverifiedMark,
} from './table.ts';

type Backups = Pick<
  Catalog,
  'getBackup' | 'findBackup' | 'listBackups' | 'listRunTimes' | 'listUnverified' | 'newestOfEachTier'
>;

/** Rows fetched at a time after an index gave their keys. */
const fetchAtOnce = 10;

export function dynamoBackups(store: Store): Backups {
  const fetch = async (key: Key): Promise<Item | undefined> => store.get(key);

  return {
    async getBackup(planId, backupId) {
      const item = await fetch(backupKey(planId, backupId));
      return item && toBackupRow(item);
    },

    async findBackup(backupId) {
      const { items } = await store.query({
        index: indexes.byId,
        key: equals('lookupId', backupId),
        limit: 1,
      });
      const item = items[0] && (await fetch(keyOf(items[0])));
      return item && toBackupRow(item);
    },

    listBackups(planId, { status, since, ...options } = {}) {
      const pk = planPk(planId);
      const filter = status && equals('status', status);
      const ids =
        since === undefined
          ? startsWith('sk', backupSkPrefix)
          : between('sk', `${backupSkPrefix}${compactTime(since)}`, lastBackupSk);
      const key = all(equals('pk', pk), ids);
      return readPage(store, { key, filter, newestFirst: true }, options, { pk }, toBackupRow);
    },

    async listRunTimes(planId, limit) {
      const pk = planPk(planId);
      const most = runTimesLimit(limit);
      const times: RunTimes[] = [];
      let read = 0;
      let startAfter: Item | undefined;
      do {
        const { items, last } = await store.query({
          key: all(equals('pk', pk), startsWith('sk', backupSkPrefix)),
          columns: ['pk', 'sk', 'status', ...runTimesColumns],
          newestFirst: true,
          limit: Math.min(most, mostRunsRead - read),
          ...(startAfter && { startAfter }),
        });
        const completed = items.filter(({ status, startedAt }) => status === 'completed' && startedAt);
        times.push(...completed.map(toRunTimes));
        read += items.length;
        startAfter = last;
      } while (startAfter && times.length < most && read < mostRunsRead);
      return times.slice(0, most);
    },

    async listUnverified(limit) {
      const { items } = await store.query({
        index: indexes.unverified,
        key: equals('unverified', unverifiedMark),
        limit: pageLimit(limit),
      });
      const rows: BackupRow[] = [];
      for (let from = 0; from < items.length; from += fetchAtOnce) {
        const found = await Promise.all(
          items.slice(from, from + fetchAtOnce).map((item) => fetch(keyOf(item))),
        );
        // The index runs a little behind the table: what was verified meanwhile is not work any more.
        for (const item of found) if (item?.unverified !== undefined) rows.push(toBackupRow(item));
      }
      return rows;
    },

    /** From an index: eventually consistent, well under a second. */
    async newestOfEachTier(planId) {
      const newest = await Promise.all(
        scheduledTiers.map(async (tier) => {
          const { items } = await store.query({
            index: indexes.completedTiers,
            key: equals('completedTier', completedTierKey(planId, tier)),
            newestFirst: true,
            limit: 1,
          });
          return items.map((item) => ({ tier, slot: slotOf(keyOf(item).sk.slice(backupSkPrefix.length)) }));
        }),
      );
      return newest.flat();
    },
  };
}

function keyOf(item: Item): Key {
  return { pk: String(item.pk), sk: String(item.sk) };
}

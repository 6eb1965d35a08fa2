/** Which objects a waiting restore waits for, and when it goes on without looking. */
import { expect, test } from 'vitest';
import { canGoOn, type WaitingDeps } from '../../../core/health/waiting.ts';
import type { BackupRow, RestoreRow } from '../../../core/ports/catalog.ts';
import { aBackup } from './world.ts';

const now = new Date('2026-11-21T10:00:00Z');
const slot = '2026-11-20T02:00:00Z';
const folder = `plans/shop/${aBackup(slot).backupId}`;
const keys = [
  `${folder}/a01/main/0000-old.0001`,
  `${folder}/a02/main/0000-data.0001`,
  `${folder}/a02/other/0000-data.0001`,
];

function row(request: Record<string, unknown> = {}): RestoreRow {
  return {
    restoreId: 'r-00000001',
    planId: 'shop',
    backupId: aBackup(slot).backupId,
    status: 'waiting',
    createdBy: 'ada',
    createdAt: '2026-11-21T01:00:00Z',
    request,
    correlationId: 'c',
    waitingFor: {
      objects: 2,
      bytes: 10,
      requestedAt: '2026-11-21T01:00:00Z',
      expectedAt: '2026-11-21T13:00:00Z',
      estimatedCostUsd: 0.01,
    },
  };
}

/** A vault where these are still away; what was looked at is kept. */
function world(away: readonly string[], backup: Partial<BackupRow> = {}) {
  const looked: string[] = [];
  const vault: WaitingDeps['vault'] = {
    async *list(prefix) {
      for (const key of [...keys, `${folder}/manifest`, `${folder}/pins/x`].sort())
        if (key.startsWith(prefix)) yield { key, lengthBytes: 1, lastModifiedAt: '' };
    },
    async head(key, { versionId } = {}) {
      looked.push(versionId ? `${key} ${versionId}` : key);
      const state = {
        key,
        lengthBytes: 1,
        storageClass: 'DEEP_ARCHIVE',
        tags: {},
        lastModifiedAt: '',
      } as const;
      return { ...state, archive: { state: away.includes(key) ? 'returning' : 'returned' } };
    },
  };
  return { looked, vault, catalog: { getBackup: async () => aBackup(slot, { madeBy: 2, ...backup }) } };
}

test('all objects of the attempt that made the backup, and no other, must be back', async () => {
  const some = world([keys[2] as string]);
  expect(await canGoOn(row(), some, now)).toBe(false);
  const none = world([keys[0] as string]);
  expect(await canGoOn(row(), none, now)).toBe(true);
  expect(none.looked).toEqual([keys[1], keys[2]]);
});

test('of one component only its own', async () => {
  const made = world([keys[2] as string]);
  expect(await canGoOn(row({ component: 'main' }), made, now)).toBe(true);
});

test('the very versions that were written are looked at, in the vault but not in its copy', async () => {
  const versions = { [keys[1] as string]: 'v1', [`${folder}/manifest`]: 'v9' };
  const made = world([], { versions });
  await canGoOn(row(), made, now);
  expect(made.looked).toEqual([`${keys[1]} v1`]);
  const copy = world([], { versions });
  await canGoOn(row({ from: 'replica' }), { ...made, replica: copy.vault }, now);
  expect(copy.looked).toEqual([keys[1]]);
});

test('a copy that may not be looked at is waited for until it is expected', async () => {
  const made = world([]);
  expect(await canGoOn(row({ from: 'replica' }), made, now)).toBe(false);
  expect(await canGoOn(row({ from: 'replica' }), made, new Date('2026-11-21T13:00:00Z'))).toBe(true);
});

test('hours after it was expected the restore looks for itself', async () => {
  const made = world(keys);
  expect(await canGoOn(row(), made, new Date('2026-11-21T18:59:00Z'))).toBe(false);
  expect(await canGoOn(row(), made, new Date('2026-11-21T19:01:00Z'))).toBe(true);
});

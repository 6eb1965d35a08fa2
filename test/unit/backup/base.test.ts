/** How much of a plan's history a run reads to find what it may build upon. */
import { expect, test } from 'vitest';
import { silentLog } from '../../../adapters/log/quiet.ts';
import { memoryCatalog } from '../../../adapters/memory/catalog.ts';
import { holdBases } from '../../../core/backup/base.ts';
import type { Attempt } from '../../../core/backup/context.ts';
import { backupIdFor } from '../../../core/format/layout.ts';
import type { Catalog } from '../../../core/ports/catalog.ts';
import { noteSteps } from '../../../core/steps.ts';

const nowMs = Date.UTC(2026, 10, 21, 2);
const hourMs = 3_600_000;
const slotAgo = (hours: number) => new Date(nowMs - hours * hourMs).toISOString();
const keys = [{}] as unknown as Parameters<typeof holdBases>[1];

/** Two years of an hourly plan; what is older than two days has expired, and nothing has an index. */
async function hourlyPlan(hours: number, isIndexed = false) {
  const inner = memoryCatalog();
  for (let ago = 1; ago <= hours; ago += 1) {
    const slot = slotAgo(ago);
    const backupId = backupIdFor('site', slot);
    const index = {
      attempt: 1,
      segment: { index: 0, name: 'index' },
      plainBytes: 1,
      parts: [],
      fullBackupId: backupId,
    };
    await inner.adoptBackup(
      {
        planId: 'site',
        backupId,
        source: 'uploads',
        kind: 'files',
        trigger: 'schedule',
        createdBy: 'scheduler',
        slot,
        correlationId: 'c',
        status: 'completed',
        attempt: 1,
        tier: 'hourly',
        guard: 0,
        ...(isIndexed && { indexes: { uploads: index } }),
      },
      slot,
    );
    if (ago > 48 && !isIndexed)
      await inner.expireBackups({
        planId: 'site',
        victims: [{ backupId, guard: 0 }],
        keepers: [],
        expiry: { reason: 'policy', decidedAt: slotAgo(0), by: 'x' },
      });
  }
  let read = 0;
  const held: string[] = [];
  const catalog: Catalog = {
    ...inner,
    async listBackups(planId, { status, ...options } = {}) {
      // As a store reads: what a filter passes over is read as well.
      const { rows, cursor } = await inner.listBackups(planId, options);
      read += rows.length;
      return { rows: rows.filter((row) => row.status === status), cursor };
    },
    async holdBases(_, bases, __, until) {
      held.push(...bases, until);
      return true;
    },
  };
  const attempt = {
    owner: { planId: 'site', backupId: backupIdFor('site', slotAgo(0)), attempt: 1 },
    deps: {
      catalog,
      clock: { now: () => new Date(nowMs) },
      vault: {},
    },
    row: {},
    log: silentLog,
    track: noteSteps({ now: () => new Date(nowMs) }),
    signal: new AbortController().signal,
  } as unknown as Attempt;
  const basis = { mode: 'incremental', fullEveryDays: 5 } as const;
  return { attempt, components: [{ component: 'uploads', basis }], held, read: () => read };
}

test('a plan without a base is looked through no further back than a base may lie', async () => {
  const { attempt, components, read } = await hourlyPlan(400);
  expect(await holdBases(components, keys, attempt)).toMatchObject({ needs: [] });
  expect(read()).toBe(5 * 24);
});

test('a plan whose newest backup is the base is read for one page, and the base is held for a day', async () => {
  const { attempt, components, read, held } = await hourlyPlan(100, true);
  await holdBases(components, keys, attempt);
  expect(read()).toBe(20);
  expect(held).toEqual([backupIdFor('site', slotAgo(1)), slotAgo(-24)]);
});

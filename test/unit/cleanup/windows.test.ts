/** Rows and folders side by side, in windows. */
import { expect, it } from 'vitest';
import { newTally, type Run } from '../../../core/cleanup/context.ts';
import { windowsOf } from '../../../core/cleanup/windows.ts';
import { backupPrefix } from '../../../core/format/layout.ts';
import type { BackupRow } from '../../../core/ports/catalog.ts';
import { cleanupWorld } from './cleanup-world.ts';

it('meets every row with its folder, every stranger once, and lists no name much more than once', async () => {
  const world = cleanupWorld();
  await world.addPlan();
  const rows: BackupRow[] = [];
  for (let hours = 1; hours <= 1100; hours += 1)
    rows.push(await world.addBackup({ days: hours / 24, end: 'failed', parts: hours === 7 ? 0 : 1 }));
  // Beside the edges of windows: ids of the same second, just below and just above those of rows.
  const strangers = [0, 499, 500, 999, 1000, 1099].flatMap((at) => {
    const id = rows[at]?.backupId ?? '';
    return [
      `${id.slice(0, -8)}00000000`,
      `${id.slice(0, -8)}ffffffff`,
      `${id.slice(0, -1)}0`,
      `${id.slice(0, -1)}f`,
    ];
  });
  const real = new Set(rows.map(({ backupId }) => backupId));
  const unknown = [...new Set(strangers)].filter((id) => !real.has(id));
  for (const id of unknown) await world.put(`${backupPrefix('shop', id)}a01/x`);
  await world.put('plans/shop/not-a-backup/x');

  let named = 0;
  const vault: typeof world.vault = Object.create(world.vault);
  vault.folders = async function* (prefix, options) {
    for await (const name of world.vault.folders(prefix, options)) {
      named += 1;
      yield name;
    }
  };
  const now = world.clock.now().toISOString();
  const run: Run = {
    deps: { ...world.deps, vault },
    options: world.options,
    now,
    tally: newTally(),
    roundStartedAt: now,
  };
  const met: string[] = [];
  const seen: string[] = [];
  const stored: string[] = [];
  let windows = 0;
  for await (const window of windowsOf('shop', run, async (id) => void met.push(id))) {
    windows += 1;
    seen.push(...window.rows.map(({ backupId }) => backupId));
    stored.push(...window.stored);
  }
  expect(windows).toBe(3);
  expect(seen).toEqual(rows.map(({ backupId }) => backupId));
  expect(stored.toSorted()).toEqual(seen.filter((_, at) => at !== 6).toSorted());
  expect(met.toSorted()).toEqual(unknown.toSorted());
  // A few names at the edge of each window are read again; none else is.
  expect(named).toBeLessThan(1100 + unknown.length + 3 * 10);
});

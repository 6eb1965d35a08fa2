import { describe, expect, it } from 'vitest';
import { cleanUp } from '../../../core/cleanup/round.ts';
import { HoldfastError } from '../../../core/errors.ts';
import { cleanupEventSchema } from '../../../core/events.ts';
import { cleanupWorld } from '../cleanup/cleanup-world.ts';
import { ada, harness } from './fixtures.ts';

/** The cleanup function, in memory: what it returns goes through JSON, into the task. */
async function stack() {
  const world = cleanupWorld();
  await world.addPlan();
  const old = await world.addBackup({ days: 40 });
  await world.addBackup({ days: 10 });
  const h = harness({
    context: { catalog: world.catalog },
    async onInvoke({ event }) {
      const asked = cleanupEventSchema.parse(event);
      if (asked.task !== 'cleanup') throw new Error('another task');
      const { planId, dryRun, by = 'schedule' } = asked;
      const result = await cleanUp(world.deps, { ...world.options, planId, dryRun, by });
      return JSON.parse(JSON.stringify(result));
    },
  });
  return { world, old, h };
}

describe('cleanup', () => {
  it('has the function mark what has expired and says what it marked', async () => {
    const { h, world, old } = await stack();
    const ran = await h.run('cleanup');
    expect(ran.code).toBe(0);
    expect(ran.stdout).toMatch(/Marked: +1 backups, 4 objects, 32 B/);
    expect(ran.stdout).toMatch(/Kept: +1 policy/);
    expect(await world.marks(old)).toBe('4/4');
    expect(h.invocations).toMatchObject([{ how: 'start', functionName: 'f-cleanup', event: { by: ada } }]);
    expect((await world.catalog.getBackup('shop', old.backupId))?.expiry?.by).toBe(ada);
  });

  it('shows as a table what would be marked with --dry-run, and changes nothing', async () => {
    const { h, world, old } = await stack();
    const ran = await h.run('cleanup', 'shop', '--dry-run');
    expect(ran.stdout).toMatch(
      new RegExp(`shop +${old.backupId} +daily +25 B +expire +policy ended 2026-11-11`),
    );
    expect(ran.stdout).toContain('Nothing was changed.');
    expect(await world.allMarked()).toEqual([]);
    expect((await h.run('--json', 'cleanup', '--dry-run')).json()).toMatchObject({
      dryRun: true,
      planned: [{ backupId: old.backupId, action: 'expire' }],
    });
  });

  it('ends with the exit code of the failure when a plan could not be cleaned up', async () => {
    const { h, world } = await stack();
    world.catalog.listBackups = async () => {
      throw new HoldfastError('CATALOG_UNAVAILABLE', 'no answer');
    };
    const ran = await h.run('cleanup');
    expect(ran.code).toBe(6);
    expect(ran.stderr).toContain('Cleanup of shop failed: no answer (CATALOG_UNAVAILABLE)');
  });

  it('refuses what is no plan id before anything is called', async () => {
    const { h } = await stack();
    expect((await h.run('cleanup', 'Shop!')).code).toBe(2);
    expect(h.invocations).toEqual([]);
  });
});

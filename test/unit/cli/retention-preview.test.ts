import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { backupIdFor } from '../../../core/format/layout.ts';
import { type Harness, harness, plan, startIso } from './fixtures.ts';

const dayMs = 86_400_000;
let world: Harness;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-preview-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A daily backup so many days old. */
async function backup(daysOld: number, planId = 'shop'): Promise<string> {
  const at = new Date(Date.parse(startIso) - daysOld * dayMs).toISOString();
  const backupId = backupIdFor(planId, at);
  await world.catalog.claimRun({
    planId,
    backupId,
    source: 'main',
    kind: 'database',
    trigger: 'schedule',
    createdBy: 'schedule',
    slot: at,
    correlationId: 'c',
    tier: 'daily',
    now: at,
    leaseUntil: new Date(Date.parse(at) + 60_000).toISOString(),
  });
  const owner = { planId, backupId, attempt: 1 };
  await world.catalog.prepareCompletion(owner, {
    sourceBytes: 4096,
    storedBytes: 1024,
    compressionRatio: 4,
    expiresAt: new Date(Date.parse(at) + 30 * dayMs).toISOString(),
    locations: ['memory:'],
    tools: {},
    manifest: { lengthBytes: 1, sha256: 'a'.repeat(64) },
  });
  await world.catalog.completeRun(owner, at);
  return backupId;
}

beforeEach(async () => {
  world = harness();
  await world.catalog.putPlan(plan, 0, 'ada', startIso);
});

describe('holdfast retention preview', () => {
  it('shows what the policy of the plan keeps, and changes nothing', async () => {
    const newest = await backup(1);
    const oldest = await backup(40);
    const { code, stdout } = await world.run('retention', 'preview', 'shop');
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`${newest} +daily +1\\.0 KiB +2026-12-20 +2026-12-20 +keep +policy`));
    expect(stdout).toMatch(new RegExp(`${oldest} +daily +1\\.0 KiB +2026-11-11 +2026-11-11 +expire`));
    expect(stdout).toMatch(/Kept: +1, 1\.0 KiB/);
    expect((await world.catalog.getBackup('shop', oldest))?.status).toBe('completed');
  });

  it('tries other numbers without touching the others', async () => {
    await backup(1);
    await backup(10);
    const { json } = await world.run(
      'retention',
      'preview',
      'shop',
      '--daily',
      '7',
      '--hourly',
      '0',
      '--json',
    );
    expect(json()).toMatchObject({
      planId: 'shop',
      policy: { daily: 7, hourly: 0, weekly: 12, days: 0 },
      lines: [{ verdict: 'keep' }, { verdict: 'expire', expiresThen: expect.stringMatching(/^2026-11-18/) }],
      totals: { kept: 1, expired: 1, expiredBytes: 1024 },
    });
  });

  it('tries the policy of a file, and numbers beside it win', async () => {
    await backup(10);
    const file = join(folder, 'plan.json');
    await writeFile(file, JSON.stringify({ ...plan, retention: { daily: 5, days: 20 } }));
    const { json } = await world.run('retention', 'preview', 'shop', '-f', file, '--days', '21', '--json');
    expect(json()).toMatchObject({ policy: { daily: 5, days: 21 }, lines: [{ verdict: 'keep' }] });
  });

  it('refuses a file without the plan, a number that is none, and a policy that keeps nothing', async () => {
    const file = join(folder, 'other.json');
    await writeFile(file, JSON.stringify({ ...plan, id: 'other' }));
    const refused = [
      ['-f', file],
      ['--daily', 'many'],
      ['--daily', '10001'],
      ['--hourly=0', '--daily=0', '--weekly=0', '--monthly=0', '--yearly=0'],
    ];
    for (const options of refused) {
      const { code, stdout } = await world.run('retention', 'preview', 'shop', ...options);
      expect([options, code, stdout]).toEqual([options, 2, '']);
    }
  });

  it('keeps everything while everything is paused', async () => {
    await backup(1);
    await backup(40);
    await world.catalog.putState('pause', { at: startIso, by: 'ada', reason: 'move' }, 0);
    const { stdout } = await world.run('retention', 'preview', 'shop');
    expect(stdout).toMatch(/keep +paused/);
  });

  it('works for the backups of a plan that is gone, and says when there is neither', async () => {
    await backup(40, 'old');
    expect((await world.run('retention', 'preview', 'old')).stdout).toContain('each as it was made');
    const none = await world.run('retention', 'preview', 'none');
    expect([none.code, none.stderr]).toEqual([3, expect.stringContaining('there is no plan none')]);
    expect((await world.run('retention', 'preview', 'shop')).stdout).toContain(
      'No completed backups of plan shop',
    );
  });
});

import { describe, expect, it } from 'vitest';
import { manualBackupOf } from './backup-world.ts';
import { ada, addBackup, harness, plan, startIso } from './fixtures.ts';

describe('backup', () => {
  it('asks for the backup under the name that the function will give it, and waits for its end', async () => {
    const world = manualBackupOf(['claim', 'progress', 'complete']);
    const h = harness(world);
    await h.catalog.putPlan(plan, 0, 'ada', startIso);
    const ran = await h.run('--json', 'backup', 'shop');
    expect(ran.stderr).toContain('dump shop');
    expect(ran.code).toBe(0);
    expect(ran.json()).toMatchObject({ status: 'completed', planId: 'shop', trigger: 'manual' });
    expect(h.invocations).toMatchObject([
      {
        how: 'start',
        functionName: 'f-backup',
        event: {
          task: 'backup-now',
          createdBy: ada,
          correlationId: 'cli-test',
        },
      },
    ]);
  });

  it('fails as the run failed: code, exit code and the id of the backup', async () => {
    const h = harness(manualBackupOf(['claim', 'fail:SOURCE_AUTH']));
    await h.catalog.putPlan(plan, 0, 'ada', startIso);
    const ran = await h.run('--json', 'backup', 'shop');
    expect(ran.code).toBe(5);
    expect(ran.json()).toMatchObject({
      error: { code: 'SOURCE_AUTH', details: { planId: 'shop' }, correlationId: 'cli-test' },
    });
    expect(ran.stderr).toContain('Next step:');
  });

  it('does not give up on a passing failure that the run repeats by itself', async () => {
    const h = harness(manualBackupOf(['claim', 'fail:SOURCE_LOST', 'wait', 'claim', 'complete']));
    await h.catalog.putPlan(plan, 0, 'ada', startIso);
    const ran = await h.run('--json', 'backup', 'shop');
    expect(ran.code).toBe(0);
    expect(ran.json()).toMatchObject({ status: 'completed', attempt: 2 });
  });

  it('ends when a passing failure is not repeated', async () => {
    const h = harness(manualBackupOf(['claim', 'fail:SOURCE_LOST']));
    await h.catalog.putPlan(plan, 0, 'ada', startIso);
    expect((await h.run('backup', 'shop')).code).toBe(5);
  });

  it('says so when the function never starts', async () => {
    const h = harness();
    await h.catalog.putPlan(plan, 0, 'ada', startIso);
    const ran = await h.run('--json', 'backup', 'shop');
    expect(ran.json()).toMatchObject({
      error: { code: 'CRASHED', message: expect.stringContaining('was not started') },
    });
  });

  it('gives a run up of which nothing was heard for longer than a function can run', async () => {
    const h = harness(manualBackupOf(['claim']));
    await h.catalog.putPlan(plan, 0, 'ada', startIso);
    const ran = await h.run('--json', 'backup', 'shop');
    expect(ran.json()).toMatchObject({
      error: { code: 'CRASHED', message: expect.stringContaining('nothing was heard') },
    });
  });

  it('stops watching on ctrl-C, and the backup goes on', async () => {
    const h = harness({ onSleep: (self) => self.interrupt() });
    await h.catalog.putPlan(plan, 0, 'ada', startIso);
    expect((await h.run('backup', 'shop')).code).toBe(130);
  });

  it('returns at once with --no-wait', async () => {
    const h = harness();
    await h.catalog.putPlan(plan, 0, 'ada', startIso);
    const ran = await h.run('--json', 'backup', 'shop', '--no-wait');
    expect(ran.json()).toMatchObject({
      status: 'started',
      backupId: expect.stringMatching(/^20261121T100000Z-/),
    });
  });

  it('starts nothing for a plan that is not there', async () => {
    const h = harness();
    expect((await h.run('backup', 'nope')).code).toBe(3);
    expect(h.invocations).toEqual([]);
  });
});

describe('list and show', () => {
  it('lists newest first over all plans, at most as many as asked for', async () => {
    const h = harness();
    await h.catalog.putPlan(plan, 0, 'ada', startIso);
    await h.catalog.putPlan({ ...plan, id: 'blog' }, 0, 'ada', startIso);
    await addBackup(h, { slot: '2026-11-19T02:00:00Z' });
    await addBackup(h, { slot: '2026-11-21T02:00:00Z' });
    await addBackup(h, { planId: 'blog', slot: '2026-11-20T02:00:00Z', end: 'failed' });
    const all = (await h.run('--json', 'list', '--limit', '2')).json() as { slot: string }[];
    expect(all.map(({ slot }) => slot.slice(0, 10))).toEqual(['2026-11-21', '2026-11-20']);
    const table = (await h.run('list')).stdout;
    expect(table).toMatch(/BACKUP +PLAN +STATUS/);
    expect(table).toMatch(/shop +completed +daily +8 h +954 MiB +4\.00× +not yet/);
    expect(table).toMatch(/blog +failed/);
  });
  it('lists the backups of a plan that was deleted', async () => {
    const h = harness();
    await addBackup(h);
    expect((await h.run('--json', 'list', 'shop')).json()).toHaveLength(1);
  });
  it('narrows and sorts the list as the API does', async () => {
    const h = harness();
    await addBackup(h, { slot: '2026-11-19T02:00:00Z' });
    await addBackup(h, { slot: '2026-11-20T02:00:00Z', end: 'failed' });
    const failed = await h.run(
      '--json',
      'list',
      'shop',
      '--status',
      'failed',
      '--from',
      '7d',
      '--to',
      '2026-11-21',
    );
    expect(failed.json()).toMatchObject([{ status: 'failed' }]);
    expect((await h.run('--json', 'list', 'shop', '--sort', 'size', '--order', 'asc')).json()).toHaveLength(
      2,
    );
    expect((await h.run('list', 'shop', '--tier', 'yearly')).stdout).toContain('No backups like that.');
    for (const wrong of [
      ['--status', 'good'],
      ['--from', 'yesterday'],
      ['--sort', 'name'],
    ]) {
      expect([wrong, (await h.run('list', ...wrong)).code]).toEqual([wrong, 2]);
    }
  });
  it('says how to make a first one when there is none', async () => {
    expect((await harness().run('list', 'shop')).stdout).toContain('holdfast backup shop');
  });
  it('refuses a limit that is none', async () => {
    const ran = await harness().run('list', '--limit', '0');
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain('--limit is "0": a whole number from 1 to 1000');
  });
  it('shows why a backup failed', async () => {
    const h = harness();
    const row = await addBackup(h, { end: 'failed' });
    const ran = await h.run('show', row.backupId);
    expect(ran.stdout).toContain('failed: no such password (SOURCE_AUTH)');
  });
  it('shows why a backup is kept, and why one goes', async () => {
    const h = harness();
    const { planId, backupId } = await addBackup(h);
    const at = '2026-11-21T09:00:00.000Z';
    const { guard } = await h.catalog.setPin(planId, backupId, { at, by: 'ada', reason: 'the audit' });
    expect((await h.run('show', backupId)).stdout).toMatch(/Pinned: +since .+ by ada: the audit/);
    await h.catalog.setPin(planId, backupId, undefined);
    await h.catalog.expireBackups({
      planId,
      victims: [{ backupId, guard: guard + 1 }],
      keepers: [],
      expiry: { reason: 'policy', decidedAt: at, by: 'schedule' },
    });
    expect((await h.run('show', backupId)).stdout).toMatch(
      /Gone: +decided .+ by schedule \(policy\); not all marked yet/,
    );
  });
  it('refuses an id that is none before asking anybody', async () => {
    const ran = await harness().run('show', 'yesterday');
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain('a backup id like');
  });
});

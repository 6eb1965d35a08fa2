/** Backups with a name: made before something is changed, found again by it, and made by a restore that replaces. */
import { describe, expect, it } from 'vitest';
import { parsePlan } from '../../../adapters/kinds.ts';
import { backupIdFor } from '../../../core/format/layout.ts';
import type { BackupRow } from '../../../core/ports/catalog.ts';
import { manualBackupOf } from './backup-world.ts';
import { addBackup, claimFor, complete, type Harness, harness, plan, startIso } from './fixtures.ts';

async function labelled(
  h: Pick<Harness, 'catalog'>,
  label: string,
  slot: string,
  more: { planId?: string; only?: string[]; fail?: boolean } = {},
): Promise<BackupRow> {
  const { planId = 'shop', only, fail } = more;
  const backupId = backupIdFor(planId, slot);
  await h.catalog.claimRun({ ...claimFor(planId, backupId, slot), trigger: 'restore-point', label, only });
  const owner = { planId, backupId, attempt: 1 };
  if (fail) return h.catalog.failRun(owner, { code: 'SOURCE_AUTH', message: 'no' }, slot);
  return complete(h.catalog, owner, slot);
}

const two = {
  ...plan,
  sources: [...plan.sources, { ...plan.sources[0], name: 'uploads' }] as typeof plan.sources,
};

describe('restore-point', () => {
  it('makes a labelled backup of the only plan, waits for it and says how to go back', async () => {
    const h = harness(manualBackupOf(['claim', 'progress', 'complete']));
    await h.catalog.putPlan(plan, 0, 'ada', startIso);
    const ran = await h.run('restore-point', 'before 4.2', '--keep-days', '400');
    expect(ran.code).toBe(0);
    expect(ran.stdout).toContain('holdfast restore shop@"before 4.2"');
    expect(h.invocations).toMatchObject([
      { event: { task: 'backup-now', trigger: 'restore-point', label: 'before 4.2', keepDays: 400 } },
    ]);
    const { rows } = await h.catalog.listBackups('shop');
    expect(rows).toMatchObject([{ label: 'before 4.2', trigger: 'restore-point', keepDays: 400 }]);
  });

  it('wants the plan when there are several, and names them', async () => {
    const h = harness(manualBackupOf(['claim', 'complete']));
    await h.catalog.putPlan(plan, 0, 'ada', startIso);
    await h.catalog.putPlan({ ...plan, id: 'blog' }, 0, 'ada', startIso);
    const refused = await h.run('restore-point', 'before 4.2');
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('one of blog, shop');
    expect(h.invocations).toEqual([]);
    expect((await h.run('restore-point', 'shop', 'before 4.2')).code).toBe(0);
  });

  it('of a source that is not there is refused before anything starts', async () => {
    const h = harness();
    await h.catalog.putPlan(two, 0, 'ada', startIso);
    const ran = await h.run('backup', 'shop', '--only', 'upload');
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain('of main, uploads');
    expect(h.invocations).toEqual([]);
  });

  it.each([
    ['a label of two lines', ['restore-point', 'a\nb']],
    ['a label that is too long', ['backup', 'shop', '--label', 'x'.repeat(101)]],
    ['no days', ['backup', 'shop', '--keep-days', '0']],
    ['--here and --no-wait', ['backup', 'shop', '--here', '--no-wait']],
  ])('%s is refused', async (_, args) => {
    const h = harness();
    await h.catalog.putPlan(plan, 0, 'ada', startIso);
    expect((await h.run(...args)).code).toBe(2);
    expect(h.invocations).toEqual([]);
  });
});

describe('a backup is found by its label', () => {
  it('as PLAN@LABEL, by show, pin, verify and restore', async () => {
    const h = harness();
    await h.catalog.putPlan(plan, 0, 'ada', startIso);
    const { backupId } = await labelled(h, 'before 4.2', '2026-11-20T02:00:00Z', { only: ['main'] });
    await addBackup(h);
    const shown = (await h.run('show', 'shop@before 4.2')).stdout;
    expect(shown).toContain(backupId);
    expect(shown).toMatch(/Label: +before 4.2/);
    expect(shown).toMatch(/Holds: +only main/);
    const restored = await h.run('--json', 'restore', 'shop@before 4.2', '--no-wait');
    const { restoreId } = restored.json() as { restoreId: string };
    expect(await h.catalog.getRestore(restoreId)).toMatchObject({ backupId });
    await h.run('verify', 'shop@before 4.2', '--no-wait');
    expect(h.invocations.at(-1)?.event).toMatchObject({ task: 'verify', backupId });
    const byPoint = await h.run('--json', 'restore', '--point', 'before 4.2', '--no-wait');
    expect(byPoint.code).toBe(0);
    expect((await h.run('list', 'shop')).stdout).toMatch(/before 4.2 \(only main\)/);
  });

  it('a completed one goes before one that failed; two completed ones are told apart by the person', async () => {
    const h = harness();
    await h.catalog.putPlan(plan, 0, 'ada', startIso);
    const one = await labelled(h, 'before 4.2', '2026-11-20T02:00:00Z');
    const failed = await labelled(h, 'before 4.2', '2026-11-21T02:00:00Z', { fail: true });
    expect((await h.run('show', 'shop@before 4.2')).stdout).toContain(one.backupId);
    for (const chosen of [['shop@before 4.2'], ['--point', 'before 4.2']]) {
      const { stderr } = await h.run('restore', ...chosen, '--no-wait');
      expect(stderr).toContain(`a newer one of that label, ${failed.backupId} of 2026-11-21 02:00`);
    }
    const other = await labelled(h, 'before 4.2', '2026-11-19T02:00:00Z');
    const ran = await h.run('show', 'shop@before 4.2');
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain(one.backupId);
    expect(ran.stderr).toContain(other.backupId);
    expect(ran.stderr).toContain('2026-11-19 02:00');
  });

  it('one that is not there names the labels that are', async () => {
    const h = harness();
    await labelled(h, 'before 4.2', '2026-11-20T02:00:00Z');
    const ran = await h.run('show', 'shop@before 4.3');
    expect(ran.code).toBe(3);
    expect(ran.stderr).toContain('shop@"before 4.2"');
  });

  it('one that may be older than what was looked at is not said to be not there', async () => {
    const h = harness();
    const { backupId } = await addBackup(h);
    const row = await h.catalog.getBackup('shop', backupId);
    const asked: unknown[] = [];
    const catalog = {
      ...h.catalog,
      listBackups: async (_: string, options: unknown) => {
        asked.push(options);
        return { rows: [row as BackupRow], cursor: 'more' };
      },
    };
    const ran = await harness({ context: { catalog } }).run('show', 'shop@before 4.3');
    expect(ran.code).toBe(3);
    expect(ran.stderr).toContain(
      'only the newest 5000 backups were looked at, which go back to 2026-11-21 02:00',
    );
    // Those of that label first, and then what the server has to say.
    expect(asked).toHaveLength(100);
  });

  it('the newest of a plan is never one of some sources only', async () => {
    const h = harness();
    await h.catalog.putPlan(two, 0, 'ada', startIso);
    const whole = await addBackup(h, { slot: '2026-11-20T02:00:00Z' });
    await labelled(h, 'x', '2026-11-21T02:00:00Z', { only: ['uploads'] });
    const ran = await h.run('--json', 'restore', '--latest', 'shop', '--no-wait');
    const { restoreId } = ran.json() as { restoreId: string };
    expect(await h.catalog.getRestore(restoreId)).toMatchObject({ backupId: whole.backupId });
  });
});

describe('a restore that replaces', () => {
  const replace = ['--replace', '--database', 'shop', '--yes', '--no-wait'];

  it('makes a restore point of the source first, and goes on when it is whole', async () => {
    const h = harness(manualBackupOf(['claim', 'complete']));
    await h.catalog.putPlan(two, 0, 'ada', startIso);
    const { backupId } = await addBackup(h);
    const ran = await h.run('restore', backupId, ...replace, '--component', 'main');
    expect(ran.code).toBe(0);
    expect(ran.stderr).toContain(`a restore point of main is made: "before restoring ${backupId}"`);
    expect(h.invocations.map(({ event }) => event.task)).toEqual(['backup-now', 'restore']);
    expect(h.invocations[0]?.event).toMatchObject({
      trigger: 'restore-point',
      only: ['main'],
      label: `before restoring ${backupId}`,
    });
  });

  it('does not begin when the restore point fails, and says what to do when there is nothing left to save', async () => {
    const h = harness(manualBackupOf(['claim', 'fail:SOURCE_AUTH']));
    await h.catalog.putPlan(plan, 0, 'ada', startIso);
    const { backupId } = await addBackup(h);
    const ran = await h.run('restore', backupId, ...replace);
    expect(ran.code).toBe(5);
    expect(ran.stderr).toContain('the restore was not started');
    expect(ran.stderr).toContain('--without-restore-point');
    expect(h.invocations.map(({ event }) => event.task)).toEqual(['backup-now']);
  });

  it('of a plan that is gone needs to be told to go without', async () => {
    const h = harness();
    const { backupId } = await addBackup(h);
    const refused = await h.run('restore', backupId, ...replace);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('--without-restore-point');
    expect((await h.run('restore', backupId, ...replace, '--without-restore-point')).code).toBe(0);
    expect(h.invocations.map(({ event }) => event.task)).toEqual(['restore']);
  });

  it('says that what is no source of the plan is not backed up', async () => {
    const h = harness();
    await h.catalog.putPlan(plan, 0, 'ada', startIso);
    const { backupId } = await addBackup(h);
    const ran = await h.run('restore', backupId, ...replace, '--secret', 'holdfast/sources/other');
    expect(ran.code).toBe(0);
    expect(ran.stderr).toContain(
      'no source of plan shop holds the server in secret holdfast/sources/other, database shop. What is replaced stays',
    );
    expect(h.invocations.map(({ event }) => event.task)).toEqual(['restore']);
  });

  describe('of MongoDB, which keeps nothing', () => {
    const mongodb = (name: string, secret: string, databases?: string[]) => ({
      ...{ kind: 'mongodb', name, secret },
      ...(databases && { databases }),
    });
    const planOf = (...sources: unknown[]) => parsePlan({ id: 'shop', sources });
    async function made(...sources: unknown[]) {
      const h = harness(manualBackupOf(['claim', 'complete']));
      await h.catalog.putPlan(planOf(...sources), 0, 'ada', startIso);
      const { backupId } = await addBackup(h);
      return {
        h,
        restore: (...flags: string[]) => h.run('restore', backupId, '--yes', '--no-wait', ...flags),
      };
    }

    it.each([
      [
        'is no source',
        [['shop']],
        'no source of plan shop holds the server in secret s/shop, database billing',
      ],
      ['only the server knows', [undefined], 'only the server can tell whether a backup of main holds'],
    ] as const)('does not begin where the database that goes %s', async (_, [databases], why) => {
      const { h, restore } = await made(mongodb('main', 's/shop', databases && [...databases]));
      const ran = await restore('--drop', '--database', 'billing');
      expect(ran.code).toBe(2);
      expect(ran.stderr).toContain(why);
      expect(ran.stderr).toContain('--without-restore-point');
      expect(h.invocations).toEqual([]);
    });

    it('makes it of the source that is replaced, not of the one that is restored', async () => {
      const { h, restore } = await made(
        mongodb('shop', 's/shop', ['shop']),
        mongodb('crm', 'holdfast/sources/crm', ['crm', 'tickets']),
      );
      const ran = await restore(
        '--component',
        'shop',
        '--secret',
        'holdfast/sources/crm',
        '--database',
        'crm',
        '--replace',
      );
      expect(ran.code).toBe(0);
      expect(h.invocations[0]?.event).toMatchObject({ task: 'backup-now', only: ['crm'] });
    });

    it('does not begin when the source is not in the plan any more', async () => {
      const { h, restore } = await made(mongodb('crm', 's/crm'));
      const ran = await restore('--component', 'shop', '--replace');
      expect(ran.code).toBe(2);
      expect(ran.stderr).toContain('no source any more that this component came from');
      expect(h.invocations).toEqual([]);
    });

    it('wants the component where it could be of several sources', async () => {
      const { h, restore } = await made(mongodb('shop', 's/shop'), mongodb('crm', 's/crm'));
      const ran = await restore('--replace');
      expect(ran.code).toBe(2);
      expect(ran.stderr).toContain('--component: one of shop, crm');
      expect(h.invocations).toEqual([]);
    });
  });

  it('of files over a place of somebody else does not begin without being told to', async () => {
    const h = harness(manualBackupOf(['claim', 'complete']));
    const files = { kind: 'files', name: 'uploads', path: '/srv/uploads' };
    await h.catalog.putPlan(parsePlan({ id: 'shop', sources: [files] }), 0, 'ada', startIso);
    const { backupId } = await addBackup(h);
    const over = ['restore', backupId, '--overwrite', '--yes', '--no-wait', '--to'];
    const refused = await h.run(...over, '/srv/uploads-of-ada');
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('no source of plan shop holds /srv/uploads-of-ada/');
    expect((await h.run(...over, '/srv/uploads/2026')).code).toBe(0);
    expect(h.invocations[0]?.event).toMatchObject({ task: 'backup-now', only: ['uploads'] });
  });

  it('and one that does not makes none', async () => {
    const h = harness();
    await h.catalog.putPlan(plan, 0, 'ada', startIso);
    const { backupId } = await addBackup(h);
    await h.run('restore', backupId, '--no-wait');
    expect(h.invocations.map(({ event }) => event.task)).toEqual(['restore']);
  });
});

/** `restore` of each kind of source: which flags it takes, what it asks before it destroys, what it says. */
import { describe, expect, it } from 'vitest';
import { recoveryDrivers } from '../../../adapters/registry.ts';
import { kindOf } from '../../../cli/restore-kind.ts';
import { planSchema } from '../../../core/plan.ts';
import { addBackup, type Harness, type HarnessOptions, harness, startIso } from './fixtures.ts';

const postgres = { kind: 'postgres', name: 'main', secret: 'holdfast/sources/shop' };
const mongodb = { kind: 'mongodb', name: 'orders', secret: 'holdfast/sources/orders' };
const files = { kind: 'files', name: 'uploads', bucket: 'uploads' };

const planOf = (...sources: { kind: string; name: string }[]) => planSchema.parse({ id: 'shop', sources });

/** A stack with a plan of these sources, as the catalog has it, and a backup of it. */
async function made(sources: { kind: string; name: string }[], options: HarnessOptions = {}) {
  const h: Harness = harness(options);
  await h.catalog.putPlan(planOf(...sources), 0, 'test', startIso);
  const { backupId } = await addBackup(h);
  const restore = (...flags: string[]) => h.run('restore', backupId, '--no-wait', ...flags);
  return { h, restore };
}

describe('a flag that the kind does not take', () => {
  it('is refused before anything starts, with those that it takes', async () => {
    const { h, restore } = await made([postgres]);
    const ran = await restore('--to', 's3://other/place', '--drop', '--yes');
    expect(ran.code).toBe(2);
    const takes = '--secret, --database, --schema, --table, --role-map, --create-roles, --no-owner';
    expect(ran.stderr).toContain(`--drop: is not for postgres, which takes ${takes}`);
    expect(ran.stderr).toContain(`--to: is not for postgres, which takes ${takes}`);
    expect(h.invocations).toEqual([]);
  });

  it('is refused by its value too, in the words of the command line', async () => {
    const { h, restore } = await made([postgres]);
    const ran = await restore('--database', 'x'.repeat(64));
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain('--database');
    expect(ran.stderr).toContain('a name of 1 to 63 bytes');
    expect(h.invocations).toEqual([]);
  });
});

describe('a restore that destroys what is there', () => {
  it.each([
    ['--drop', ['--database', 'orders'], 'the database', mongodb],
    ['--overwrite', ['--to', '/srv/elsewhere'], 'the place', files],
    ['--replace', [], 'the plan', files],
  ])('with %s needs a terminal or --yes', async (flag, more, what, source) => {
    const { h, restore } = await made([source]);
    const refused = await restore(flag, ...more, '--without-restore-point');
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain(`${flag}: a terminal to ask for the name of ${what}, or --yes`);
    expect(h.invocations).toEqual([]);
    expect((await restore(flag, ...more, '--without-restore-point', '--yes')).code).toBe(0);
    expect(h.invocations).toHaveLength(1);
  });

  it('asks for the name of what is replaced, and does nothing at another one', async () => {
    const { h, restore } = await made([mongodb], { interactive: true, answers: ['orders', 'shop'] });
    expect((await restore('--replace', '--without-restore-point')).code).toBe(4);
    expect(h.invocations).toEqual([]);
    expect((await restore('--replace', '--without-restore-point')).code).toBe(0);
    expect(h.asked[0]).toContain('(shop)');
  });
});

describe('what MongoDB loses', () => {
  it('is nothing, with --drop into a database that the restore makes', async () => {
    const { h, restore } = await made([mongodb]);
    const ran = await restore('--drop');
    expect(ran.code).toBe(0);
    expect(ran.stderr).not.toContain('DROPPED');
    expect(h.invocations).toHaveLength(1);
  });

  it('is told for each database that a replace goes into', async () => {
    const { restore } = await made([mongodb]);
    const ran = await restore('--replace', '--without-restore-point', '--yes');
    expect(ran.stderr).toContain('Restored into every database that the backup holds, under its own name');
    expect(ran.stderr).not.toContain('<name>');
    const listed = await made([{ ...mongodb, databases: ['shop', 'crm'] } as never]);
    const second = await listed.restore('--replace', '--without-restore-point', '--yes');
    expect(second.stderr).toContain('Restored into databases shop, crm');
    expect(second.stderr).toContain('in databases shop, crm, are DROPPED');
  });

  it('are users and roles of the whole server, when they are asked for', async () => {
    const { h, restore } = await made([mongodb]);
    const refused = await restore('--users-and-roles', '--without-restore-point');
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('--users-and-roles: a terminal');
    const ran = await restore('--users-and-roles', '--replace', '--without-restore-point', '--yes');
    expect(ran.stderr).toContain('ALL users and roles of the server are REPLACED');
    expect(await orderOf(h)).toMatchObject({
      options: { usersAndRoles: true },
      confirmed: expect.arrayContaining([
        'the server in secret holdfast/sources/orders, its users and roles',
      ]),
    });
  });
});

/** The order of the restore that was started last. */
async function orderOf(h: Harness): Promise<unknown> {
  return (await h.catalog.getRestore(String(h.invocations.at(-1)?.event.restoreId)))?.request;
}

describe('an order that destroys', () => {
  it.each([
    [
      ...[mongodb, ['--replace'], { secret: mongodb.secret }],
      ['the server in secret holdfast/sources/orders, every database that the backup holds'],
    ],
    [
      ...[
        mongodb,
        ['--drop', '--database', 'crm', '--secret', 'holdfast/sources/other'],
        { secret: 'holdfast/sources/other' },
      ],
      ['the server in secret holdfast/sources/other, database crm'],
    ],
    [
      ...[postgres, ['--replace', '--database', 'shop'], { secret: postgres.secret }],
      ['the server in secret holdfast/sources/shop, database shop'],
    ],
    [files, ['--replace'], {}, ['s3://uploads/']],
    [files, ['--overwrite', '--to', '/srv/a'], { to: '/srv/a' }, ['/srv/a/']],
  ] as const)('of %o with %o carries the place that was shown', async (source, flags, options, confirmed) => {
    const { h, restore } = await made([source]);
    expect((await restore(...flags, '--without-restore-point', '--yes')).code).toBe(0);
    expect(await orderOf(h)).toMatchObject({ options, confirmed });
  });

  it('and one that does not carries none', async () => {
    const { h, restore } = await made([postgres]);
    await restore();
    expect(await orderOf(h)).toMatchObject({ options: {} });
    const { confirmed = [] } = (await orderOf(h)) as { confirmed?: string[] };
    expect(confirmed).toEqual([]);
  });
});

describe('flags of the other mode', () => {
  it.each([
    ['--target-env', 'STAGING'],
    ['--target-file', 'staging.url'],
    ['--key', 'key.json'],
    ['--passphrase-file', 'words'],
    ['--signers', 'signers.json'],
  ])('with a stack %s is refused, not ignored', async (flag, value) => {
    const { h, restore } = await made([postgres]);
    const ran = await restore(flag, value, '--yes');
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain(`${flag}: only with a folder or bucket in --from`);
    expect((await restore(flag, value, '--from', 'replica', '--yes')).code).toBe(2);
    expect(h.invocations).toEqual([]);
  });

  it.each([
    ['--point', 'before 4.2'],
    ['--secret', 'holdfast/sources/other'],
    ['--without-restore-point'],
    ['--no-wait'],
  ])('without one %s is refused, not ignored', async (...flag) => {
    const ran = await harness().run('restore', '--from', '/nowhere', '--key', 'key.json', ...flag);
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain(`${flag[0]}: not with a folder or bucket in --from`);
  });
});

describe('what kind a component is', () => {
  it('is told by its name, and by the plan where there is only one kind', () => {
    const plan = planOf(postgres, { ...postgres, name: 'archive' });
    expect(kindOf(plan, {}, 'main-02')).toMatchObject({ kind: 'postgres', source: { name: 'main' } });
    expect(kindOf(plan, {}, undefined)).toMatchObject({ kind: 'postgres', source: undefined });
    expect(kindOf(plan, { only: ['archive'] }, undefined)).toMatchObject({ source: { name: 'archive' } });
  });

  it('is not known without the plan, or of what the plan does not have any more', () => {
    expect(kindOf(undefined, {}, 'main')).toBeUndefined();
    expect(kindOf(planOf(postgres), {}, 'other')).toBeUndefined();
    expect(kindOf(planOf({ kind: 'tape', name: 'main' }), {}, 'main')).toBeUndefined();
  });

  it('has to be chosen where the plan has several', () => {
    const plan = planOf(postgres, files);
    expect(() => kindOf(plan, {}, undefined)).toThrow(
      '--component: one of main (postgres), uploads (files), since the plan has sources of several kinds',
    );
    expect(kindOf(plan, {}, 'main')?.kind).toBe('postgres');
    expect(kindOf(plan, { only: ['main'] }, undefined)?.kind).toBe('postgres');
  });
});

describe('what a restore says it will do', () => {
  it('names the database that will be made', async () => {
    const { restore } = await made([postgres]);
    expect((await restore()).stderr).toContain('A new database <name>_restored_<time> is created');
    expect((await restore('--database', 'copy')).stderr).toContain('A new database copy is created');
  });

  it('names the copy that is read', async () => {
    const { h, restore } = await made([postgres]);
    const ran = await restore('--from', 'vault:disk');
    expect(ran.stderr).toContain('It is read from the further vault disk of the plan.');
    expect((await h.catalog.getRestore(String(h.invocations[0]?.event.restoreId)))?.request).toMatchObject({
      from: 'vault:disk',
      options: {},
    });
  });
});

it('what PostgreSQL takes is what the command line has flags for', () => {
  const { restoreOptions } = recoveryDrivers({ allowLoopback: true })(postgres);
  expect(restoreOptions.parse({})).toEqual({ roleMap: {}, createRoles: false, noOwner: false });
});

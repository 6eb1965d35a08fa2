import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parsePlanText, readPlans } from '../../../cli/plan-files.ts';
import { ada, addBackup, harness, plan, startIso } from './fixtures.ts';

const shop = `
id: shop
sources:
  - { kind: postgres, name: main, secret: holdfast/sources/shop }
`;

async function file(text: string, name = 'plan.yaml'): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-plans-'));
  await writeFile(join(folder, name), text);
  return join(folder, name);
}

describe('plan apply', () => {
  it('creates the plan and its schedule, shows them first, and a second time changes nothing', async () => {
    const h = harness();
    const path = await file(shop);
    const first = await h.run('--json', 'plan', 'apply', '-f', path);
    expect(first.code).toBe(0);
    expect(first.json()).toMatchObject([
      {
        planId: 'shop',
        action: 'create',
        applied: true,
        revision: 1,
        scheduleChanged: true,
        nextRunAt: '2026-11-22T02:00:00Z',
      },
    ]);
    expect(first.stderr).toContain('+ shop: new plan with main');
    expect((await h.catalog.getPlan('shop'))?.updatedBy).toBe(ada);
    expect(await h.context.scheduler.get('shop')).toEqual({
      expression: 'cron(0 2 * * ? *)',
      timeZone: 'UTC',
      enabled: true,
    });

    const second = await h.run('--json', 'plan', 'apply', '-f', path);
    expect(second.json()).toMatchObject([{ action: 'unchanged', revision: 1, scheduleChanged: false }]);
    expect((await h.catalog.getPlan('shop'))?.revision).toBe(1);
  });

  it('shows each field that changes', async () => {
    const h = harness();
    await h.run('plan', 'apply', '-f', await file(shop));
    const ran = await h.run(
      'plan',
      'apply',
      '-f',
      await file(
        `${shop}schedule: { cron: '30 4 * * *', timeZone: Europe/Berlin }\nretention: { daily: 7 }\n`,
      ),
    );
    expect(ran.stderr).toContain('~ shop: revision 1 → 2');
    expect(ran.stderr).toContain('retention.daily: 30 → 7');
    expect(ran.stderr).toContain('its schedule: cron(0 2 * * ? *) UTC → cron(30 4 * * ? *) Europe/Berlin');
    expect((await h.catalog.getPlan('shop'))?.revision).toBe(2);
  });

  it('writes nothing in a dry run', async () => {
    const h = harness();
    const ran = await h.run('plan', 'apply', '--dry-run', '-f', await file(shop));
    expect(ran.stdout).toContain('1 to apply');
    expect(await h.catalog.getPlan('shop')).toBeUndefined();
    expect(await h.context.scheduler.get('shop')).toBeUndefined();
  });

  it('mends a schedule that is gone although the plan is as it was', async () => {
    const h = harness();
    const path = await file(shop);
    await h.run('plan', 'apply', '-f', path);
    await h.context.scheduler.remove('shop');
    const ran = await h.run('--json', 'plan', 'apply', '-f', path);
    expect(ran.json()).toMatchObject([{ action: 'unchanged', scheduleChanged: true }]);
    expect(await h.context.scheduler.get('shop')).toBeDefined();
  });

  it('changes nothing at all when one of several documents is wrong, and names it and its field', async () => {
    const h = harness();
    const ran = await h.run('plan', 'apply', '-f', await file(`${shop}---\nid: Wrong Id\nsources: []\n`));
    expect(ran.code).toBe(2);
    expect(ran.stderr).toMatch(/plan\.yaml, document 2.*id is "Wrong Id"/);
    expect(ran.stderr).toContain('INVALID_INPUT');
    expect(await h.catalog.getPlan('shop')).toBeUndefined();
  });

  describe('--prune', () => {
    const others = async (h: ReturnType<typeof harness>) => {
      await h.run('plan', 'apply', '-f', await file(shop));
      await h.catalog.putPlan({ ...plan, id: 'blog' }, 0, 'ada', startIso);
    };
    const isThere = async (h: ReturnType<typeof harness>) => {
      const row = await h.catalog.getPlan('blog');
      return row !== undefined && row.deleted === undefined;
    };

    it('deletes the plans that are in no file, once somebody said yes, and without it none', async () => {
      const h = harness({ interactive: true, answers: [false, true] });
      await others(h);
      const no = await h.run('plan', 'apply', '-f', await file(shop), '--prune');
      expect([no.code, await isThere(h)]).toEqual([4, true]);
      expect(no.stderr).toContain('- blog: deleted, its backups stay');
      expect(h.asked[0]).toContain('Delete 1 plan that the files do not have (blog)?');
      const yes = await h.run('--json', 'plan', 'apply', '-f', await file(shop), '--prune');
      expect(yes.json()).toMatchObject([
        { action: 'unchanged' },
        { planId: 'blog', action: 'delete', applied: true },
      ]);
      expect(await isThere(h)).toBe(false);
    });
    it('is never meant where it was not said, and never done in a dry run', async () => {
      const h = harness();
      await others(h);
      await h.run('plan', 'apply', '-f', await file(shop));
      expect(await isThere(h)).toBe(true);
      const dry = await h.run('--json', 'plan', 'apply', '-f', await file(shop), '--prune', '--dry-run');
      expect(dry.json()).toMatchObject([{}, { planId: 'blog', action: 'delete', applied: false }]);
      expect(await isThere(h)).toBe(true);
    });
    it('needs --yes where nobody can be asked, and changes nothing before', async () => {
      const h = harness();
      await others(h);
      const changed = await file(`${shop}retention: { daily: 7 }\n`);
      const refused = await h.run('plan', 'apply', '-f', changed, '--prune');
      expect(refused.code).toBe(2);
      expect(refused.stderr).toContain('--yes');
      expect((await h.catalog.getPlan('shop'))?.revision).toBe(1);
      expect((await h.run('plan', 'apply', '-f', changed, '--prune', '--yes')).code).toBe(0);
      expect(await isThere(h)).toBe(false);
      expect((await h.run('plan', 'apply', '-f', changed, '--yes')).code).toBe(2);
    });
  });

  it('refuses two plans of one id', async () => {
    const ran = await harness().run('plan', 'apply', '-f', await file(`${shop}---${shop}`));
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain('has the plan id shop');
  });

  it('does not overwrite a change that someone made meanwhile', async () => {
    const h = harness();
    await h.catalog.putPlan(plan, 0, 'eve', startIso);
    // Between the look and the change: the look says that there is none.
    const racing = { ...h.context.catalog, getPlan: async () => undefined };
    const racer = harness({ context: { catalog: racing as never } });
    const ran = await racer.run('--json', 'plan', 'apply', '-f', await file(shop));
    expect(ran.code).toBe(4);
    expect(ran.json()).toMatchObject({ error: { code: 'PRECONDITION_FAILED' } });
  });
});

describe('plan enable, disable, delete and next', () => {
  it('switch a plan and its schedule off and on', async () => {
    const h = harness();
    await h.run('plan', 'apply', '-f', await file(shop));
    expect((await h.run('plan', 'disable', 'shop')).stdout).toContain('Plan shop is off');
    expect(await h.context.scheduler.get('shop')).toMatchObject({ enabled: false });
    expect((await h.run('plan', 'next', 'shop')).stdout).toContain('does not run by itself');
    expect((await h.run('plan', 'enable', 'shop')).stdout).toContain('next run is 2026-11-22 02:00:00 UTC');
    expect((await h.run('plan', 'next', 'shop')).stdout.split('\n')).toHaveLength(7);
  });
  it('delete asks, takes the schedule along, and leaves the backups', async () => {
    const h = harness({ interactive: true, answers: [false, true] });
    await h.run('plan', 'apply', '-f', await file(shop));
    await addBackup(h);
    expect((await h.run('plan', 'delete', 'shop')).code).toBe(4);
    expect((await h.run('plan', 'delete', 'shop')).stdout).toContain('Its backups stay');
    expect(await h.context.scheduler.get('shop')).toBeUndefined();
    expect((await h.run('--json', 'list', 'shop')).json()).toHaveLength(1);
    expect((await h.run('plan', 'show', 'shop')).code).toBe(3);
  });
  it('are for administrators: the API says so, and the exit code is that of access', async () => {
    const h = harness({ role: 'operator' });
    await h.catalog.putPlan(plan, 0, 'ada', startIso);
    const ran = await h.run('plan', 'disable', 'shop');
    expect(ran.code).toBe(8);
    expect(ran.stderr).toContain('holdfast-admin');
  });
});

describe('plan files', () => {
  it('are all read from a folder, in order, YAML and JSON', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-plans-'));
    await writeFile(join(folder, 'b.yaml'), shop.replace('id: shop', 'id: b'));
    await writeFile(join(folder, 'a.json'), JSON.stringify({ ...plan, id: 'a' }));
    await writeFile(join(folder, 'notes.txt'), 'not a plan');
    expect((await readPlans(folder)).map((one) => one.plan.id)).toEqual(['a', 'b']);
  });
  it('say line and column where they are not YAML', () => {
    expect(() => parsePlanText('id: shop\nsources: [', 'x.yaml')).toThrow(/x\.yaml is not YAML: line 2/);
  });
  it('refuse a field twice and an unknown one', () => {
    expect(() => parsePlanText('id: a\nid: b\n', 'x.yaml')).toThrow(/not YAML/);
    expect(() => parsePlanText(`${shop}shedule: {}\n`, 'x.yaml')).toThrow(/shedule/);
  });
  it('refuse aliases that stand for millions of values', () => {
    const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]'];
    for (const [name, of] of ['ba', 'cb', 'dc', 'ed', 'fe', 'gf'].map((pair) => [...pair]))
      bomb.push(`${name}: &${name} [${Array(9).fill(`*${of}`).join(',')}]`);
    expect(() => parsePlanText(bomb.join('\n'), 'x.yaml')).toThrow();
  });
  it('that are empty or missing are named', async () => {
    await expect(readPlans(await file('# nothing\n'))).rejects.toThrow(/holds no plan/);
    await expect(readPlans('/no/such/plan.yaml')).rejects.toThrow(/cannot be read/);
  });
});

describe('plan list, show and test', () => {
  it('list says when each plan runs next, and that a plan is off', async () => {
    const h = harness();
    await h.catalog.putPlan(plan, 0, 'ada', startIso);
    await h.catalog.putPlan({ ...plan, id: 'old', enabled: false }, 0, 'ada', startIso);
    const ran = await h.run('plan', 'list');
    expect(ran.stdout).toMatch(/shop .*2026-11-22 02:00:00 UTC/);
    expect(ran.stdout).toMatch(/old .*\(off\) +- /);
  });
  it('show prints what apply takes', async () => {
    const h = harness();
    await h.catalog.putPlan(plan, 0, 'ada', startIso);
    const ran = await h.run('plan', 'show', 'shop');
    expect(ran.stdout).toContain('# schedule: cron(0 2 * * ? *) UTC');
    expect(parsePlanText(ran.stdout, 'shown')[0]?.plan).toEqual(plan);
  });
  it('an unknown plan ends with the exit code of what is missing', async () => {
    const ran = await harness().run('--json', 'plan', 'show', 'nope');
    expect(ran.code).toBe(3);
    expect(ran.json()).toMatchObject({ error: { code: 'PLAN_NOT_FOUND' } });
  });

  const reply = (ok: boolean) => ({
    ok,
    sources: [
      {
        source: 'main',
        checks: [
          {
            name: 'login',
            ok,
            detail: ok ? 'as holdfast' : 'refused',
            next: ok ? undefined : 'Check the password.',
          },
        ],
      },
    ],
  });
  it('test asks the backup function with the whole plan and shows every check', async () => {
    const h = harness({ onInvoke: () => reply(true) });
    const ran = await h.run('plan', 'test', '-f', await file(shop));
    expect(ran.code).toBe(0);
    expect(ran.stdout).toMatch(/main +login +ok +as holdfast/);
    expect(h.invocations).toMatchObject([
      { how: 'start', functionName: 'f-backup', event: { task: 'plan-test', plan: { id: 'shop' }, by: ada } },
    ]);
  });
  it('test ends with the exit code of a source when a check fails, with the next step', async () => {
    const h = harness({ onInvoke: () => reply(false) });
    await h.catalog.putPlan(plan, 0, 'ada', startIso);
    const ran = await h.run('plan', 'test', 'shop');
    expect(ran.code).toBe(5);
    expect(ran.stdout).toContain('Check the password.');
  });
  it('test that made no check has not passed', async () => {
    const h = harness({ onInvoke: () => ({ ok: true, sources: [{ source: 'main', checks: [] }] }) });
    await h.catalog.putPlan(plan, 0, 'ada', startIso);
    expect((await h.run('plan', 'test', 'shop')).code).toBe(5);
  });
  it('test wants either a plan or a file', async () => {
    expect((await harness().run('plan', 'test')).code).toBe(2);
  });
});

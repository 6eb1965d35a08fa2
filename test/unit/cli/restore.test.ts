import { describe, expect, it } from 'vitest';
import { parseTableName } from '../../../cli/restore-flags.ts';
import type { BackupRow, RestoreRow } from '../../../core/ports/catalog.ts';
import {
  ada,
  addBackup as addRow,
  type BackupSpec,
  type Harness,
  type HarnessOptions,
  harness,
  plan,
  startIso,
} from './fixtures.ts';

/** A backup, and the plan that it was made of. */
async function addBackup(h: Harness, spec?: BackupSpec): Promise<BackupRow> {
  await h.catalog.putPlan(plan, 0, 'test', startIso);
  return addRow(h, spec);
}

/** Plays the restore function: takes the row up, then ends it. A cancel that is asked for meanwhile is honoured. */
function functionThat(
  end: Pick<RestoreRow, 'status' | 'result' | 'error'>,
  options: HarnessOptions = {},
): HarnessOptions {
  let restoreId = '';
  let looks = 0;
  return {
    onInvoke(invocation) {
      restoreId = String(invocation.event.restoreId);
    },
    async onSleep(h: Harness) {
      looks += 1;
      const { catalog, clock } = h;
      if (looks === 1) await catalog.startRestore(restoreId, clock.now().toISOString());
      const { cancelRequested } = await catalog.progressRestore(restoreId, {
        plainBytes: 10,
        totalBytes: 100,
        step: 'orders',
      });
      const completedAt = clock.now().toISOString();
      if (cancelRequested) await catalog.finishRestore(restoreId, { status: 'cancelled', completedAt });
      else if (looks === 4) await catalog.finishRestore(restoreId, { ...end, completedAt });
      await options.onSleep?.(h);
    },
    ...Object.fromEntries(Object.entries(options).filter(([name]) => name !== 'onSleep')),
  };
}

const completed = {
  status: 'completed',
  result: {
    target: 'shop_restored',
    comparison: { compared: { tables: 12 }, differences: [], notProven: [{ what: 'view v', why: 'stale' }] },
    skipped: ['event trigger audit'],
    nextSteps: ['Drop it when done: DROP DATABASE shop_restored'],
  },
} as const;

describe('restore', () => {
  it('says what will happen, has it done and shows what came of it', async () => {
    const h = harness(functionThat(completed));
    const { backupId } = await addBackup(h);
    const ran = await h.run('restore', backupId, '--database', 'copy', '--role-map', 'old=new');
    expect(ran.code).toBe(0);
    expect(ran.stderr).toContain('A new database copy is created with everything in the backup');
    expect(ran.stderr).toContain('Roles: old becomes new.');
    expect(ran.stdout).toMatch(/Restored to: +shop_restored/);
    expect(ran.stdout).toMatch(/Compared: +12 tables/);
    expect(ran.stdout).toMatch(/Left out: +event trigger audit/);
    expect(ran.stdout).toMatch(/Not proven: +view v: stale/);
    expect(h.invocations).toMatchObject([
      { how: 'start', functionName: 'f-restore', event: { task: 'restore' } },
    ]);
  });

  it('only looks with --preflight, and ends with the code of a conflict where something would be refused', async () => {
    const check = { name: 'space', title: 'Room at the target', detail: '7 bytes are free' };
    for (const [state, code] of [
      ['ok', 0],
      ['unknown', 0],
      ['failed', 4],
    ] as const) {
      const next = state === 'ok' ? {} : { next: 'Make room, or use options.database.' };
      const result = {
        ok: code === 0,
        target: 'database copy',
        needsBytes: 2048,
        checks: [{ ...check, state, ...next }],
      };
      const h = harness({ onInvoke: async () => result });
      const { backupId } = await addBackup(h);
      const ran = await h.run('restore', backupId, '--database', 'copy', '--preflight');
      expect(ran.code).toBe(code);
      expect(ran.stdout).toContain('It would go to database copy, and would take about 2.0 KiB there.');
      if (code === 4)
        expect(ran.stdout).toMatch(/WRONG.*7 bytes are free[\s\S]*Next step: Make room, or use --database/);
      expect(h.invocations).toMatchObject([
        { functionName: 'f-restore', event: { task: 'preflight', order: { options: { database: 'copy' } } } },
      ]);
      expect((await h.catalog.listRestores({}, { limit: 10 })).rows).toEqual([]);
    }
  });

  it('keeps the whole order in the row', async () => {
    const h = harness();
    const { backupId } = await addBackup(h);
    const ran = await h.run(
      ...['--json', 'restore', backupId, '--no-wait', '--schema', 'a', '--schema', 'b', '--table', '"c.d".e'],
      ...[
        '--component',
        'main-02',
        '--secret',
        'holdfast/sources/other',
        '--create-roles',
        '--no-owner',
        '--no-compare',
      ],
    );
    const { restoreId } = ran.json() as { restoreId: string };
    expect(restoreId).toMatch(/^r-20261121t100000z-[0-9a-f]{8}$/);
    expect(await h.catalog.getRestore(restoreId)).toMatchObject({
      status: 'pending',
      createdBy: ada,
      correlationId: 'cli-test',
      request: {
        planId: 'shop',
        backupId,
        component: 'main-02',
        replace: false,
        compare: false,
        options: {
          secret: 'holdfast/sources/other',
          only: { schemas: ['a', 'b'], tables: [{ schema: 'c.d', table: 'e' }] },
          createRoles: true,
          noOwner: true,
        },
      },
    });
  });

  it('fails with the code of the row', async () => {
    const h = harness(
      functionThat({
        status: 'failed',
        error: { code: 'TARGET_ROLES_MISSING', message: 'roles are missing: ada' },
      }),
    );
    const { backupId } = await addBackup(h);
    const ran = await h.run('--json', 'restore', backupId);
    expect(ran.code).toBe(4);
    expect(ran.json()).toMatchObject({ error: { code: 'TARGET_ROLES_MISSING', details: { backupId } } });
  });

  it('that ended and differs from the evidence is no success', async () => {
    const result = {
      ...completed.result,
      comparison: {
        ...{ compared: {}, differences: ['orders: 2 rows, not 3'] },
        items: [
          { name: 'orders', type: 'table', source: { rows: 3 }, restored: { rows: 2 }, same: false },
          { name: 'customers', type: 'table', source: { rows: 9 }, restored: { rows: 9 }, same: true },
        ],
        itemsLeft: 40,
      },
    };
    const h = harness(functionThat({ status: 'completed', result }));
    const { backupId } = await addBackup(h);
    const ran = await h.run('restore', backupId);
    expect(ran.code).toBe(7);
    expect(ran.stdout).toContain('DIFFERS: restored backup');
    expect(ran.stdout).toMatch(/Differs: +orders: 2 rows, not 3/);
    expect(ran.stdout).toMatch(/Side by side: +table orders +source 3 +restored 2 +DIFFERS\n/);
    expect(ran.stdout).toMatch(/ table customers +source 9 +restored 9\n +… and 40 more\n/);
    const restoreId = String(h.invocations[0]?.event.restoreId);
    const shown = await h.run('restore', 'show', restoreId);
    expect(shown.stdout).toContain('completed, but what was restored DIFFERS');
  });

  it('tells the next step of the row, which knows better than the code', async () => {
    const error = { code: 'RESTORE_FAILED', message: 'mongorestore ended', next: 'Drop shop_x.' };
    const h = harness(functionThat({ status: 'failed', error }));
    const { backupId } = await addBackup(h);
    expect((await h.run('--json', 'restore', backupId)).json()).toMatchObject({ error });
    const restoreId = String(h.invocations[0]?.event.restoreId);
    expect((await h.run('restore', 'show', restoreId)).stdout).toMatch(/Next step: +Drop shop_x\./);
  });

  it('gives a restore up that runs longer than a function can', async () => {
    const h = harness({
      onInvoke: ({ event }, { catalog, clock }) =>
        catalog.startRestore(String(event.restoreId), clock.now().toISOString()),
    });
    const { backupId } = await addBackup(h);
    expect((await h.run('--json', 'restore', backupId)).json()).toMatchObject({ error: { code: 'CRASHED' } });
  });

  it('refuses a backup that did not complete', async () => {
    const h = harness();
    const { backupId } = await addBackup(h, { end: 'failed' });
    const ran = await h.run('--json', 'restore', backupId);
    expect(ran.code).toBe(4);
    expect(ran.json()).toMatchObject({ error: { code: 'BACKUP_NOT_RESTORABLE' } });
    expect(h.invocations).toEqual([]);
  });
});

/** What is made before it: restore-point.test.ts. */
const replacing = ['--replace', '--without-restore-point'];

describe('restore --replace', () => {
  it('starts only when the name of the database is typed', async () => {
    const h = harness({ ...functionThat(completed), interactive: true, answers: ['shop', 'shop2'] });
    const { backupId } = await addBackup(h);
    expect((await h.run('restore', backupId, ...replacing, '--database', 'shop2')).code).toBe(4);
    expect(h.invocations).toEqual([]);
    const ran = await h.run('restore', backupId, ...replacing, '--database', 'shop2');
    expect(ran.code).toBe(0);
    expect(ran.stderr).toContain('shop2_before_<time>');
    expect(h.asked[0]).toContain('shop2');
  });
  it('is refused without a terminal, unless --yes', async () => {
    const h = harness(functionThat(completed));
    const { backupId } = await addBackup(h);
    const refused = await h.run('restore', backupId, ...replacing, '--database', 'shop');
    expect(refused.code).toBe(2);
    expect(h.invocations).toEqual([]);
    expect((await h.run('restore', backupId, ...replacing, '--database', 'shop', '--yes')).code).toBe(0);
  });
  it('needs the name of the database, and no part of it', async () => {
    const h = harness();
    const { backupId } = await addBackup(h);
    expect((await h.run('restore', backupId, '--replace', '--yes')).stderr).toContain('--database');
    expect(
      (await h.run('restore', backupId, '--replace', '--database', 'x', '--schema', 'a', '--yes')).code,
    ).toBe(2);
    expect(h.invocations).toEqual([]);
  });
});

describe('ctrl-C during a restore', () => {
  const once = () => {
    let pressed = false;
    return (h: Harness) => {
      if (pressed) return;
      pressed = true;
      h.interrupt();
    };
  };
  it('asks whether to cancel, and a yes cancels it', async () => {
    const h = harness(functionThat(completed, { onSleep: once(), interactive: true, answers: [true, true] }));
    const { backupId } = await addBackup(h);
    const ran = await h.run('--json', 'restore', backupId);
    expect(h.asked[1]).toContain('Cancel the restore?');
    expect(ran.code).toBe(4);
    expect(ran.json()).toMatchObject({ error: { code: 'CANCELLED' } });
  });
  it('watches on after a no', async () => {
    const h = harness(
      functionThat(completed, { onSleep: once(), interactive: true, answers: [true, false] }),
    );
    const { backupId } = await addBackup(h);
    expect((await h.run('restore', backupId)).code).toBe(0);
  });
  it('without a terminal leaves the restore alone and says how to cancel it', async () => {
    const h = harness(functionThat(completed, { onSleep: once() }));
    const { backupId } = await addBackup(h);
    const ran = await h.run('restore', backupId);
    expect(ran.code).toBe(130);
    expect(ran.stderr).toContain('holdfast restore cancel r-');
  });
});

describe('restore show and cancel', () => {
  it('cancel is noted in the row, and an unknown restore is missing', async () => {
    const h = harness();
    const { backupId } = await addBackup(h);
    const { restoreId } = (await h.run('--json', 'restore', backupId, '--no-wait')).json() as {
      restoreId: string;
    };
    expect((await h.run('restore', 'cancel', restoreId)).code).toBe(0);
    expect((await h.run('restore', 'show', restoreId)).stdout).toMatch(/Cancel: +asked for/);
    expect((await h.run('restore', 'cancel', 'r-00000000')).code).toBe(3);
  });
});

describe('names of tables', () => {
  it.each([
    ['public.orders', 'public', 'orders'],
    ['"my.schema"."a ""b"""', 'my.schema', 'a "b"'],
    ['Public.Orders', 'Public', 'Orders'],
    ['a."x\ny"', 'a', 'x\ny'],
  ])('%j is understood', (text, schema, table) => {
    expect(parseTableName(text)).toEqual({ schema, table });
  });
  it.each(['orders', 'a.b.c', '.b', 'a.', '"a"b.c'])('%j is refused', (text) => {
    expect(() => parseTableName(text)).toThrow(/SCHEMA\.TABLE/);
  });
  it('a role is mapped once, from a name to a name', async () => {
    const h = harness();
    const { backupId } = await addBackup(h);
    expect((await h.run('restore', backupId, '--role-map', 'a')).code).toBe(2);
    expect((await h.run('restore', backupId, '--role-map', 'a=b', '--role-map', 'a=c')).code).toBe(2);
  });
});

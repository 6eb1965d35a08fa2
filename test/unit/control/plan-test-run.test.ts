/** `plan test`: every part is tried and says what it found; what is wrong with one hides nothing about the others. */
import { describe, expect, test } from 'vitest';
import { memoryScheduler } from '../../../adapters/memory/scheduler.ts';
import { memorySecrets } from '../../../adapters/memory/secrets.ts';
import { memoryVault } from '../../../adapters/memory/vault.ts';
import { HoldfastError } from '../../../core/errors.ts';
import { lookAtEverybody } from '../../../core/notify/look-at-everybody.ts';
import { probeFolder } from '../../../core/plan-test/probe.ts';
import { type PlanTestDeps, testPlan } from '../../../core/plan-test/run.ts';
import type { Vault } from '../../../core/ports/vault.ts';
import { fakeDriver, fakePlan } from '../../support/fake-source.ts';
import { tamperWith } from '../../support/tampering-vault.ts';
import { memoryWorld } from '../../support/world.ts';

const good = [{ name: 'login', ok: true, detail: 'accepted' }];

function aWorld(change: Partial<PlanTestDeps> = {}) {
  const world = memoryWorld();
  const scheduler = memoryScheduler();
  const called: unknown[] = [];
  const deps: PlanTestDeps = {
    ...world,
    scheduler,
    driverFor: () => ({ ...fakeDriver(), test: async () => good }),
    openFurther: async () => memoryVault(),
    caller: {
      async call(target, event) {
        called.push({ target, event });
        return {
          ok: true,
          results: [{ kind: 'email', name: 'ann@example.org', ok: true, detail: 'handed over' }],
        };
      },
    },
    ...change,
  };
  const signal = new AbortController().signal;
  return {
    world,
    deps,
    scheduler,
    called,
    async run(plan = fakePlan(), notify = false) {
      const result = await testPlan({ plan, notify, by: 'ann', correlationId: 'c-1' }, deps, signal);
      return { ...result, check: (name: string) => result.checks.find((one) => one.name === name) };
    },
    async save(plan = fakePlan()) {
      await world.catalog.putPlan(plan, 0, 'ann', '2026-11-21T00:00:00.000Z');
      await scheduler.put(plan);
    },
  };
}

describe('a plan test', () => {
  test('of a plan that is well passes every check and says when it runs next', async () => {
    const { run, save } = aWorld();
    await save();
    const result = await run();
    expect(result).toMatchObject({ ok: true, sources: [{ source: 'main', checks: good }] });
    expect(result.checks.map(({ name }) => name)).toEqual(['keys', 'vault', 'schedule', 'notifications']);
    expect(result.nextRuns).toEqual([22, 23, 24, 25, 26].map((day) => `2026-11-${day}T02:00:00Z`));
  });

  test('works the same for a plan that is not saved: its schedule is to come', async () => {
    const { run, world } = aWorld();
    const result = await run();
    expect(result.ok).toBe(true);
    expect(result.check('schedule')?.detail).toContain('once the plan is saved');
    expect(await world.catalog.getPlan('fake')).toBeUndefined();
  });

  test('says all that is wrong at once, each with its code and what to do', async () => {
    const broken = {
      ...fakeDriver(),
      test: async () => {
        throw new HoldfastError('SOURCE_UNREACHABLE', 'no route to host');
      },
    };
    const keyRing = {
      ...memoryWorld().keyRing,
      signingKey: async () => {
        throw new HoldfastError('KEY_INVALID', 'the secret is empty');
      },
    };
    const vault: Vault = {
      ...memoryVault(),
      write: async () => {
        throw new HoldfastError('VAULT_REFUSED', 's3:PutObject was refused');
      },
    };
    const { run } = aWorld({ driverFor: () => broken, keyRing, vault });
    const result = await run();
    expect(result.ok).toBe(false);
    expect(result.sources[0]?.checks).toMatchObject([
      { ok: false, detail: 'no route to host (SOURCE_UNREACHABLE)' },
    ]);
    expect(result.check('keys')).toMatchObject({ ok: false, detail: 'the secret is empty (KEY_INVALID)' });
    expect(result.check('vault')).toMatchObject({
      ok: false,
      detail: 's3:PutObject was refused (VAULT_REFUSED)',
    });
    for (const { ok, next } of result.checks) expect(ok || (next ?? '') !== '').toBe(true);
    expect(result.check('schedule')?.ok).toBe(true);
  });

  test('of a source that could not be checked at all is not ok', async () => {
    const { run } = aWorld({ driverFor: () => fakeDriver() });
    expect(await run()).toMatchObject({ ok: false, sources: [{ checks: [{ ok: false }] }] });
  });
});

describe('the object that it writes', () => {
  test('has the tags and the lock of the next run, and lies where cleanup looks for no backup', async () => {
    const vault = memoryVault({ objectLock: { mode: 'COMPLIANCE' } });
    const { run, world } = aWorld({ vault, lockDays: 30 });
    const { check } = await run();
    const keys = [];
    for await (const { key } of vault.list('')) keys.push(key);
    expect(keys).toHaveLength(1);
    const [key = ''] = keys;
    expect(key.startsWith(probeFolder)).toBe(true);
    expect(key.slice(probeFolder.length)).not.toContain('/');
    expect(check('vault')?.detail).toContain(key);
    const state = await vault.head(key);
    // The first run of a plan is the yearly one.
    expect(state?.tags).toMatchObject({ role: 'probe', tier: 'yearly', plan: 'fake' });
    expect(state?.lock?.until).toBe(new Date(world.clock.now().getTime() + 30 * 86_400_000).toISOString());
  });

  test.each([
    ['other bytes', { bytes: () => Buffer.from('other') }, 'other bytes'],
    ['no tags', { tags: {} }, 'other tags'],
  ])('that comes back with %s is a failure', async (_, change, said) => {
    const { run } = aWorld({ vault: tamperWith(memoryVault(), { of: () => true, ...change }) });
    expect((await run()).check('vault')).toMatchObject({ ok: false, detail: expect.stringContaining(said) });
  });

  test('that comes back without the lock that the stack asks for is one too', async () => {
    const { run } = aWorld({ lockDays: 30 });
    expect((await run()).check('vault')).toMatchObject({
      ok: false,
      detail: expect.stringContaining('no lock'),
    });
  });

  test('is not all: further vaults are opened and listed', async () => {
    const plan = fakePlan('fake', { vaults: [{ name: 'disk', folder: '/mnt/disk' }] });
    const openFurther = async () => {
      throw new HoldfastError('VAULT_REFUSED', 'the folder /mnt/disk of vault disk is not there');
    };
    expect((await aWorld({ openFurther }).run(plan)).check('vault disk')).toMatchObject({ ok: false });
    expect((await aWorld().run(plan)).check('vault disk')).toMatchObject({ ok: true });
  });
});

describe('the schedule of a saved plan', () => {
  test('that is gone, or another one, is a failure', async () => {
    const { run, save, scheduler } = aWorld();
    await save();
    await scheduler.remove('fake');
    expect((await run()).check('schedule')).toMatchObject({
      ok: false,
      detail: expect.stringContaining('there is none'),
    });
    await scheduler.put(fakePlan('fake', { enabled: false }));
    expect((await run()).check('schedule')).toMatchObject({
      ok: false,
      detail: expect.stringContaining('(off)'),
    });
  });

  test('is that of what is saved; a draft says what it will be', async () => {
    const { run, save } = aWorld();
    await save();
    const draft = await run(fakePlan('fake', { schedule: { cron: '30 4 * * *' } }));
    expect(draft.check('schedule')).toMatchObject({
      ok: true,
      detail: expect.stringContaining('cron(30 4 * * ? *)'),
    });
    expect(draft.nextRuns[0]).toBe('2026-11-21T04:30:00Z');
  });

  test('is not spoken of where schedules cannot be seen', async () => {
    const { run, save } = aWorld({ scheduler: undefined });
    await save();
    expect((await run()).check('schedule')).toBeUndefined();
  });

  test('of a plan that is paused says so', async () => {
    const { run, save, world } = aWorld();
    await save();
    await world.catalog.setPaused('fake', { at: '2026-11-21T01:00:00.000Z', by: 'bob', reason: 'moving' });
    expect((await run()).check('schedule')?.detail).toContain('paused by bob: moving');
  });
});

describe('notifications', () => {
  const plan = fakePlan('fake', { notifications: { recipients: ['ann@example.org'] } });

  test('are looked at, and sent only when asked for', async () => {
    const { run, called } = aWorld();
    const looked = await run(plan);
    expect(looked).toMatchObject({ ok: true });
    expect(looked.notifications).toBeUndefined();
    const sent = await run(plan, true);
    expect(sent.notifications).toMatchObject({ ok: true, results: [{ name: 'ann@example.org' }] });
    expect(called).toMatchObject([
      { target: 'notify', event: { task: 'test', send: false, by: 'ann', correlationId: 'c-1' } },
      { target: 'notify', event: { task: 'test', send: true, plan: { id: 'fake' } } },
    ]);
  });

  test('of a plan that names nobody call nobody', async () => {
    const { run, called } = aWorld();
    expect((await run(fakePlan(), true)).check('notifications')?.detail).toContain('names nobody');
    expect(called).toEqual([]);
  });

  test('that do not arrive, or cannot be sent at all, are failures', async () => {
    const results = [
      {
        kind: 'channel',
        name: 'ops',
        ok: false,
        detail: 'answered 404',
        code: 'NOTIFY_FAILED',
        next: 'Check the URL.',
      },
    ];
    const refused = await aWorld({ caller: { call: async () => ({ ok: false, results }) } }).run(plan, true);
    expect(refused).toMatchObject({ ok: false, notifications: { ok: false } });
    expect(refused.check('notifications')).toMatchObject({
      detail: 'a notification was not delivered to channel ops: answered 404 (NOTIFY_FAILED)',
      next: 'Check the URL.',
    });
    expect((await aWorld({ caller: undefined }).run(plan)).check('notifications')).toMatchObject({
      ok: false,
    });
  });

  test('of which nothing is sent: the sender and the shape of each secret are looked at', async () => {
    const channel = (name: string, secret: string) => ({ name, secret: `holdfast/channels/${secret}` });
    const named = fakePlan('fake', {
      notifications: {
        recipients: ['ann@example.org'],
        channels: [
          channel('ops', 'slack'),
          channel('broken', 'broken'),
          channel('none', 'none'),
          { name: 'foreign', secret: 'somebody/elses' },
        ],
      },
    });
    const secrets = memorySecrets({
      'holdfast/channels/slack': JSON.stringify({
        kind: 'slack',
        url: 'https://hooks.example.org/T/B/secret-part',
      }),
      'holdfast/channels/broken': '{"url": "https://hooks.example.org/secret-part"}',
      'somebody/elses': '{}',
    });
    const reply = await lookAtEverybody(named, { secrets, secretPrefix: 'holdfast/channels/' });
    expect(reply.results.map(({ name, ok, code }) => [name, ok, code])).toEqual([
      ['ann@example.org', false, 'NOTIFY_FAILED'],
      ['ops', true, undefined],
      ['broken', false, 'SECRET_INVALID'],
      ['none', false, 'SECRET_NOT_FOUND'],
      ['foreign', false, 'ACCESS_DENIED'],
    ]);
    expect(JSON.stringify(reply)).not.toContain('secret-part');
    const mailer = { send: async () => {} };
    const [mail] = (await lookAtEverybody(named, { secrets, secretPrefix: 'holdfast/channels/', mailer }))
      .results;
    expect(mail).toMatchObject({ ok: true });
  });
});

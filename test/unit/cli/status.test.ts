/** `holdfast status`: green or red in one screen, and its exit code. */
import { describe, expect, test } from 'vitest';
import { parsePlan } from '../../../adapters/kinds.ts';
import { memoryVault } from '../../../adapters/memory/vault.ts';
import { HoldfastError } from '../../../core/errors.ts';
import type { KeyRing } from '../../../core/ports/keys.ts';
import { testKeyRing } from '../../support/world.ts';
import { addBackup, type Harness, type HarnessOptions, harness, plan, startIso } from './fixtures.ts';

const keyId = 'wk-20261101-3f9a1c22';
/** Its current key has that id; it seals and signs as any other. */
const ring = testKeyRing();
const keys: KeyRing = {
  ...ring,
  publicKeys: async () => {
    const { recipients, signers } = await ring.publicKeys();
    return { recipients: recipients.map((each) => ({ ...each, id: keyId })), signers };
  },
};

/** A stack where all is well at `startIso`, 10:00. */
async function wellStack(options: HarnessOptions['context'] = {}): Promise<Harness> {
  const made = harness({ context: { keys, ...options } });
  const { catalog, context } = made;
  await catalog.putPlan(plan, 0, 'ada', '2026-11-20T00:00:00.000Z');
  await context.scheduler.put(plan);
  const { backupId } = await addBackup({ catalog });
  await catalog.recordVerification('shop', backupId, {
    status: 'passed',
    level: 'restored',
    verifiedAt: '2026-11-21T02:20:00.000Z',
    provenAt: '2026-11-21T02:20:00.000Z',
    reportKey: 'reports/r',
    detail: 'as it was',
  });
  const proven = { exportedAt: startIso, provenAt: startIso };
  await catalog.putState('keys', { keys: { [keyId]: proven } }, 0);
  await catalog.putState('watch', { completedAt: '2026-11-21T09:30:00.000Z', pinged: {} }, 0);
  await catalog.putState(
    'cleanup',
    { completedAt: '2026-11-20T23:20:00.000Z', lastRunAt: '2026-11-20T23:10:00.000Z' },
    0,
  );
  return made;
}

test('a stack where all is well is green, with the age of what is good and proven, and exit code 0', async () => {
  const { run } = await wellStack();
  const ran = await run('status');
  expect(ran.code).toBe(0);
  expect(ran.stdout).toMatch(/^GREEN {2}1 plan, 0 wrong\n/);
  expect(ran.stdout).toMatch(/shop +well +8 h +8 h +in 16 h +8 h 00 min +1 d 0 h/);
  for (const part of ['vault', 'catalog', 'keys', 'scheduler', 'alerts', 'cleanup', 'watch', 'second copy']) {
    expect(ran.stdout).toMatch(new RegExp(`^${part} +ok`, 'm'));
  }
});

describe('what is wrong is red, exit code 9, and says how to mend it', () => {
  const breaks: [string, (made: Harness) => Promise<unknown>, string][] = [
    ['the schedule is gone', ({ context }) => context.scheduler.remove('shop'), 'holdfast plan apply'],
    [
      'watch has been silent for four hours',
      ({ catalog }) => catalog.putState('watch', { completedAt: '2026-11-21T06:00:00.000Z', pinged: {} }, 1),
      'watch',
    ],
    [
      'the newest run failed',
      ({ catalog }) => addBackup({ catalog }, { slot: '2026-11-21T09:00:00Z', end: 'failed' }),
      'SOURCE_AUTH',
    ],
    [
      'watch found the quota exceeded, which only it can know',
      ({ catalog }) =>
        catalog.saveAlert({
          conditionId: 'quota-near/-',
          kind: 'quota-near',
          severity: 'critical',
          subject: 's',
          text: '2.0 TiB of 1.0 TiB are stored',
          since: startIso,
          lastToldAt: startIso,
          timesTold: 1,
        }),
      '2.0 TiB of 1.0 TiB',
    ],
  ];
  test.each(breaks)('%s', async (_, breakIt, said) => {
    const made = await wellStack();
    await breakIt(made);
    const ran = await made.run('status');
    expect(ran.code).toBe(9);
    expect(ran.stdout).toMatch(/^RED /);
    expect(ran.stdout).toContain(said);
    expect(ran.stdout).toContain('Next step:');
  });

  test('nobody hears alerts', async () => {
    const { run } = await wellStack({ recipients: { list: async () => [] } });
    const ran = await run('status');
    expect([ran.code, /^alerts +WRONG/m.test(ran.stdout)]).toEqual([9, true]);
  });

  test('a part cannot be looked at', async () => {
    const list = async () => {
      throw new HoldfastError('ALERT_FAILED', 'no such topic');
    };
    const ran = await (await wellStack({ recipients: { list } })).run('status');
    expect([ran.code, ran.stdout.includes('no such topic')]).toEqual([9, true]);
  });
});

test('a warning is shown and leaves the stack green: a paused plan, a key that was never exported', async () => {
  const { run, catalog } = await wellStack();
  await run('pause', 'shop', '--reason', 'moving');
  await catalog.putState('keys', { keys: {} }, 1);
  const ran = await run('status');
  expect(ran.code).toBe(0);
  expect(ran.stdout).toMatch(/shop +paused/);
  expect(ran.stdout).toMatch(/^keys +warning/m);
  expect(ran.stdout).toContain('holdfast resume shop');
});

describe('a pause of everything', () => {
  test('is a warning, and no plan says that it runs', async () => {
    const { run } = await wellStack();
    await run('pause', '--reason', 'moving');
    const ran = await run('status');
    expect(ran.code).toBe(0);
    expect(ran.stdout).toMatch(/^GREEN {2}1 plan, 0 wrong, 1 paused, 1 warning\n/);
    expect(ran.stdout).toMatch(/^pause +warning +everything is paused by .*: moving/m);
    expect(ran.stdout).toMatch(/^shop +paused +8 h +8 h +paused /m);
  });

  test('is red once a backup is older than interval and grace', async () => {
    const { run, clock } = await wellStack();
    await run('pause', '--reason', 'moving');
    await clock.sleep(18 * 3_600_000);
    const ran = await run('--json', 'status');
    expect(ran.code).toBe(9);
    expect(ran.json()).toMatchObject({
      plans: [{ state: 'WRONG', paused: true, overdue: true }],
      conditions: expect.arrayContaining([expect.objectContaining({ kind: 'paused', severity: 'critical' })]),
    });
  });
});

test('plans that are off are counted in the headline', async () => {
  const { run, catalog } = await wellStack();
  const off = parsePlan({ ...plan, id: 'blog', enabled: false });
  await catalog.putPlan(off, 0, 'ada', '2026-11-20T00:00:00.000Z');
  expect((await run('status')).stdout).toMatch(/^GREEN {2}2 plans, 0 wrong, 1 off\n/);
});

test('unusual marking is seen at once, without watch', async () => {
  const { run, catalog } = await wellStack();
  const unusual = [
    {
      planId: 'shop',
      expired: 18,
      kept: 2,
      at: '2026-11-20T23:10:00.000Z',
      until: '2026-12-04T23:10:00.000Z',
    },
  ];
  const lastRunAt = '2026-11-20T23:10:00.000Z';
  await catalog.putState('cleanup', { lastRunAt, completedAt: lastRunAt, unusual }, 1);
  const ran = await run('status');
  expect(ran.code).toBe(9);
  expect(ran.stdout).toMatch(/^cleanup +WRONG +shop: 18 of 20 backups expired/m);
  expect(ran.stdout).toContain('holdfast undelete BACKUP');
});

describe('what the caller has no right to see is not seen, and not wrong', () => {
  const denied = (code: 'ACCESS_DENIED' | 'VAULT_REFUSED') => async () => {
    throw new HoldfastError(code, 'not for you');
  };
  test('who hears alerts, and a plan of a schedule that must be asked for', async () => {
    const made = await wellStack({ recipients: { list: denied('ACCESS_DENIED') } });
    const { context } = made;
    Object.assign(context.scheduler, { get: denied('ACCESS_DENIED') });
    const ran = await made.run('status', '--plan', 'shop');
    expect([ran.code, ran.stdout.split('\n')[0]]).toEqual([0, 'GREEN  1 plan, 0 wrong, 2 warnings']);
    expect(ran.stdout).toMatch(/^alerts +warning/m);
    expect(ran.stdout).toMatch(/^scheduler +warning/m);
    expect(ran.stdout).toMatch(/^watch +ok/m);
    expect(ran.stdout).not.toContain('nothing that goes wrong there is told');
    expect(ran.stdout).toContain('What the caller may do');
  });

  test('the second copies', async () => {
    const vault = memoryVault();
    const made = await wellStack({
      replica: vault,
      vault: { ...vault, head: denied('VAULT_REFUSED') },
    });
    const ran = await made.run('status');
    expect(ran.code).toBe(0);
    expect(ran.stdout).toMatch(/^second copy +warning +.*not for you/m);
    expect(ran.stdout).toMatch(/^shop +well/m);
  });
});

test('of many plans the worst are shown, and the rest is counted; --plan shows one', async () => {
  const { run, catalog, context } = await wellStack();
  for (let i = 0; i < 120; i += 1) {
    const made = parsePlan({ ...plan, id: `p-${i}` });
    await catalog.putPlan(made, 0, 'ada', '2026-11-19T00:00:00.000Z');
    if (i >= 60) await context.scheduler.put(made);
  }
  const ran = await run('status');
  expect(ran.stdout).toMatch(/and 71 more plans, 70 of them wrong/);
  expect(ran.stdout).not.toMatch(/^shop /m);
  expect(ran.stdout.split('\n').length).toBeLessThan(220);
  const one = await run('status', '--plan', 'shop');
  expect(one.code).toBe(0);
  expect(one.stdout).toContain('1 plan, 0 wrong');
  expect((await run('status', '--plan', 'nope')).code).toBe(3);
});

test('--json is one value with the parts, the plans and what is wrong, and no dead-man URL', async () => {
  const { run, catalog } = await wellStack();
  const deadManUrl = 'https://ping.example.org/secret-uuid';
  await catalog.putPlan(parsePlan({ ...plan, deadManUrl }), 1, 'ada', startIso);
  const ran = await run('--json', 'status');
  expect(ran.json()).toMatchObject({
    ok: true,
    at: startIso,
    plans: [{ planId: 'shop', state: 'well', intervalSeconds: 86_400, exposedSeconds: 28_800 }],
    conditions: [],
  });
  expect(ran.stdout).not.toContain('secret-uuid');
});

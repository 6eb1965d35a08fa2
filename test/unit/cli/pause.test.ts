/** `holdfast pause` and `holdfast resume`. */
import { describe, expect, test } from 'vitest';
import { pauseOf } from '../../../core/pause.ts';
import { ada, harness, plan, startIso } from './fixtures.ts';

async function world() {
  const made = harness();
  await made.catalog.putPlan(plan, 0, 'ada', startIso);
  const paused = async () => {
    const row = await made.catalog.getPlan('shop');
    return pauseOf({ paused: row?.paused }, made.catalog);
  };
  const audit = async () => (await made.catalog.listAudit('2026-11')).rows;
  return { ...made, paused, audit };
}

describe('a plan', () => {
  test('is paused and resumed, with who and why in the audit', async () => {
    const { run, paused, audit } = await world();
    expect((await run('pause', 'shop', '--reason', 'the server moves')).code).toBe(0);
    expect(await paused()).toMatchObject({
      what: 'plan',
      reason: 'the server moves',
      by: ada,
      at: startIso,
    });
    const ran = await run('resume', 'shop');
    expect(ran.stdout).toContain('runs again');
    expect(await paused()).toBeUndefined();
    const reason = 'the server moves';
    const entries = (await audit()).map(({ action, target, by, before, after }) => ({
      action,
      target,
      by,
      before,
      after,
    }));
    expect(entries.sort((a, b) => (a.action < b.action ? -1 : 1))).toMatchObject([
      { action: 'plan.pause', target: 'plan/shop', by: ada, after: { reason } },
      { action: 'plan.resume', target: 'plan/shop', by: ada, before: { reason } },
    ]);
  });

  test('paused again keeps its beginning and has the new reason', async () => {
    const { run, paused, clock } = await world();
    await run('pause', 'shop', '--reason', 'first');
    await clock.sleep(3_600_000);
    await run('pause', 'shop', '--reason', 'second');
    expect(await paused()).toMatchObject({ at: startIso, reason: 'second' });
  });

  test('that does not exist is not paused', async () => {
    const { run } = await world();
    const ran = await run('pause', 'blog', '--reason', 'why not');
    expect([ran.code, ran.stderr.includes('PLAN_NOT_FOUND')]).toEqual([3, true]);
  });

  test('that was not paused is said not to be', async () => {
    const { run } = await world();
    expect((await run('resume', 'shop')).stdout).toContain('was not paused');
  });
});

test('everything is paused and resumed; a plan paused by itself stays so', async () => {
  const { run, paused } = await world();
  await run('pause', 'shop', '--reason', 'this one');
  await run('pause', '--reason', 'the whole account');
  await run('resume');
  expect(await paused()).toMatchObject({ what: 'plan' });
  await run('resume', 'shop');
  await run('pause', '--reason', 'the whole account');
  expect(await paused()).toMatchObject({ what: 'everything', reason: 'the whole account' });
  expect((await run('--json', 'resume')).json()).toMatchObject({ was: { reason: 'the whole account' } });
  expect(await paused()).toBeUndefined();
});

test('a pause without a reason worth the name is refused', async () => {
  const { run, paused } = await world();
  expect((await run('pause', 'shop', '--reason', ' ')).code).toBe(2);
  expect(await paused()).toBeUndefined();
});

import { describe, expect, it } from 'vitest';
import { functionFailure } from '../../../adapters/lambda/failure.ts';
import { subscriptionFindings, tableFindings } from '../../../cli/aws/inspector.ts';
import { parseStackOutputs } from '../../../cli/stack.ts';
import { HoldfastError } from '../../../core/errors.ts';
import { harness, plan, stackOutputs, startIso } from './fixtures.ts';

const wellKeys = {
  publicKeys: async () => ({
    recipients: [{ id: 'wk-20261121-00000000', publicKeyPem: '' }],
    signers: (['backup', 'verify', 'operator'] as const).map((role) => ({
      id: `sk-${role}`,
      role,
      publicKeyPem: '',
    })),
  }),
  privateKeys: async () => [],
  signingKey: async () => Promise.reject(new Error('never asked for')),
  indexKeys: async () => Promise.reject(new Error('never asked for')),
};
const well = {
  onInvoke: () => ({ ok: true, checks: [{ name: 'tools', ok: true, detail: 'pg_dump 18.1' }] }),
};

describe('doctor', () => {
  it('finds nothing wrong with a stack that is well, and asks each function', async () => {
    const h = harness({ ...well, context: { keys: wellKeys } });
    const ran = await h.run('doctor');
    expect(ran.code).toBe(0);
    expect(ran.stdout).toContain('Nothing is wrong.');
    expect(h.invocations.map(({ functionName }) => functionName)).toEqual([
      'f-backup',
      'f-verify',
      'f-restore',
      'f-cleanup',
      'f-watch',
      'f-adopt',
    ]);
  });

  it('finds a plan without its schedule and one whose schedule says something else', async () => {
    const h = harness({ ...well, context: { keys: wellKeys } });
    await h.catalog.putPlan(plan, 0, 'ada', startIso);
    await h.catalog.putPlan({ ...plan, id: 'other' }, 0, 'ada', startIso);
    await h.context.scheduler.put({ ...plan, id: 'other', enabled: false });
    const ran = await h.run('doctor');
    expect(ran.code).toBe(1);
    expect(ran.stdout).toContain('shop: has no schedule: it never runs');
    expect(ran.stdout).toContain(
      'other: is cron(0 2 * * ? *) UTC (off), the plan says cron(0 2 * * ? *) UTC',
    );
    expect(ran.stdout).toContain('Next step:');
  });

  it('goes on when one part cannot be looked at, and does not call that well', async () => {
    const refused = async () =>
      Promise.reject(new HoldfastError('ACCESS_DENIED', 'sns:ListSubscriptionsByTopic was refused'));
    const base = harness();
    const h = harness({
      ...well,
      context: { keys: wellKeys, inspector: { ...base.context.inspector, alerts: refused } },
    });
    const ran = await h.run('--json', 'doctor');
    const { ok, checks } = ran.json() as { ok: boolean; checks: { group: string; ok: boolean | null }[] };
    expect(ok).toBe(true);
    expect(checks.find(({ group }) => group === 'alerts')?.ok).toBeNull();
    expect((await h.run('doctor')).stdout).toContain('1 could not be looked at');
  });

  it('is red when a function crashes, answers nonsense, or is not ok without saying why', async () => {
    for (const onInvoke of [
      () => Promise.reject(new HoldfastError('CRASHED', 'f-backup: out of memory')),
      () => 'hello',
      () => ({ ok: false, checks: [] }),
    ]) {
      expect((await harness({ onInvoke, context: { keys: wellKeys } }).run('doctor')).code).toBe(1);
    }
  });
});

describe('what is looked at', () => {
  it('alerts that nobody confirmed reach nobody', () => {
    const waiting = { protocol: 'email', endpoint: 'a@example.com', confirmed: false };
    expect(subscriptionFindings([])).toMatchObject([{ ok: false }]);
    expect(subscriptionFindings([waiting])).toMatchObject([{ ok: false }]);
    const both = subscriptionFindings([waiting, { ...waiting, confirmed: true }]);
    expect(both.map(({ ok }) => ok)).toEqual([undefined, true]);
  });
  it('a table without recovery and protection is wrong', () => {
    expect(tableFindings({ TableStatus: 'ACTIVE' }, undefined).map(({ ok }) => ok)).toEqual([
      true,
      false,
      false,
    ]);
  });
  it('a stack that is not one of ours is named with what it lacks', () => {
    const { CatalogTable: _, ...rest } = stackOutputs;
    expect(() => parseStackOutputs('Other', rest)).toThrow(/Other .* lack CatalogTable/);
    expect(parseStackOutputs('Holdfast', { ...stackOutputs, Unknown: 'x' }).VaultPrefix).toBe('');
  });
  it('a function that names a code failed with it, any other message is a crash', () => {
    expect(functionFailure('f', { errorMessage: 'PLAN_NOT_FOUND: no plan x' })).toMatchObject({
      code: 'PLAN_NOT_FOUND',
      message: 'no plan x',
    });
    expect(functionFailure('f', { errorMessage: 'WHO_KNOWS: x' })).toMatchObject({
      code: 'CRASHED',
      message: 'f: WHO_KNOWS: x',
    });
    expect(functionFailure('f', { errorType: 'Runtime.ExitError' })).toMatchObject({ code: 'CRASHED' });
    expect(functionFailure('f', undefined)).toMatchObject({ code: 'CRASHED' });
  });
});

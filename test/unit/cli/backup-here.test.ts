/** `holdfast backup PLAN --here`: the same backup, made by the process of the person who asks for it. */
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { parsePlan } from '../../../adapters/kinds.ts';
import type { BackupParts } from '../../../cli/context.ts';
import { HoldfastError } from '../../../core/errors.ts';
import { fetchManifest } from '../../../core/verification/integrity.ts';
import { type FakeFaults, fakeDriver } from '../../support/fake-source.ts';
import { testKeyRing } from '../../support/world.ts';
import { harness, plan, startIso } from './fixtures.ts';

function parts(change: Partial<BackupParts> = {}, faults: FakeFaults = {}): BackupParts {
  const driver = fakeDriver(faults);
  return {
    keyRing: testKeyRing(),
    secrets: { get: async () => 'postgres://…' },
    driverFor: () => driver,
    categoryOf: () => 'database',
    defaultParallelism: 2,
    holdfastVersion: 'test',
    ...change,
  };
}

async function world(made: BackupParts) {
  // The lease is renewed beside the work: a clock that only jumped would leave it no turn.
  const h = harness({ context: { backupParts: async () => made }, onSleep: () => pause(5) });
  await h.catalog.putPlan(plan, 0, 'ada', startIso);
  return h;
}

describe('backup --here', () => {
  it('makes a backup like any other, by the person, without a function', async () => {
    const made = parts();
    const h = await world(made);
    const ran = await h.run('--json', 'backup', 'shop', '--here', '--label', 'from my desk');
    expect(ran.code).toBe(0);
    const row = ran.json() as { backupId: string };
    expect(row).toMatchObject({
      status: 'completed',
      trigger: 'manual',
      label: 'from my desk',
      createdBy: 'arn:aws:iam::123456789012:user/ada',
    });
    expect(h.invocations).toEqual([]);
    const { manifest } = await fetchManifest('shop', row.backupId, h.context.vault, made.keyRing);
    expect(manifest).toMatchObject({
      label: 'from my desk',
      createdBy: 'arn:aws:iam::123456789012:user/ada',
    });
  });

  it.each<[string, Partial<BackupParts>]>([
    [
      'the signing key of backups',
      {
        keyRing: {
          ...testKeyRing(),
          signingKey: async () => {
            throw new HoldfastError('ACCESS_DENIED', 'secretsmanager:GetSecretValue');
          },
        },
      },
    ],
    [
      'the secret holdfast/sources/shop of source main',
      {
        secrets: {
          get: async () => {
            throw new HoldfastError('ACCESS_DENIED', 'secretsmanager:GetSecretValue');
          },
        },
      },
    ],
  ])('begins nothing when %s cannot be read, and says so', async (what, change) => {
    const h = await world(parts(change));
    const ran = await h.run('backup', 'shop', '--here');
    expect(ran.code).toBe(8);
    expect(ran.stderr).toContain(what);
    expect((await h.catalog.listBackups('shop')).rows).toEqual([]);
  });

  it('warns of a further vault that did not get it', async () => {
    const h = harness({ context: { backupParts: async () => parts() }, onSleep: () => pause(5) });
    const vaults = [{ name: 'disk', folder: '/nowhere/at/all' }];
    await h.catalog.putPlan(parsePlan({ ...plan, vaults }), 0, 'ada', startIso);
    const ran = await h.run('backup', 'shop', '--here');
    expect(ran.code).toBe(0);
    expect(ran.stderr).toContain('Copy to a further vault failed - plan shop');
  });

  it('fails the run on ctrl-C, and its row says so', async () => {
    let press = () => {};
    const h = await world(
      parts(
        {},
        {
          onChunk: (_, __, signal) =>
            new Promise((_resolve, reject) => {
              signal.addEventListener('abort', () => reject(signal.reason));
              setImmediate(press);
            }),
        },
      ),
    );
    press = h.interrupt;
    const ran = await h.run('--json', 'backup', 'shop', '--here');
    expect(ran.json()).toMatchObject({ error: { code: 'CANCELLED' } });
    const { rows } = await h.catalog.listBackups('shop');
    expect(rows).toMatchObject([{ status: 'failed', error: { code: 'CANCELLED' } }]);
  });
});

/** Every drill that was tried has a row of its own, whatever a later verification of the same backup says. */
import { expect, test } from 'vitest';
import { runBackup } from '../../../core/backup/run.ts';
import { HoldfastError } from '../../../core/errors.ts';
import { backupIdFor } from '../../../core/format/layout.ts';
import type { VerificationLevel } from '../../../core/ports/catalog.ts';
import type { RecoveryDriver } from '../../../core/ports/recovery.ts';
import { type VerifyDeps, verifyBackup } from '../../../core/verification/verify.ts';
import { fakeRecovery } from '../../support/fake-recovery.ts';
import { fakePlan } from '../../support/fake-source.ts';
import { fakeRequest, memoryWorld } from '../../support/world.ts';

const live = () => new AbortController().signal;
const backupId = backupIdFor('fake', fakeRequest.slot);
const comparison = {
  compared: { tables: 2, rows: 30 },
  differences: [] as readonly string[],
  notProven: [],
  facts: {},
};

async function backedUp(drill: RecoveryDriver['drill'], freeBytes = 1_000_000_000) {
  const world = memoryWorld();
  await world.catalog.putPlan(fakePlan(), 0, 'test', '2026-11-21T00:00:00.000Z');
  await runBackup(fakeRequest, world, live());
  let nowMs = world.clock.now().getTime();
  const now = () => {
    nowMs += 1000;
    return new Date(nowMs);
  };
  const deps: VerifyDeps = {
    ...world,
    clock: { now, sleep: async () => {} },
    recoveryFor: () => ({ ...fakeRecovery(), drill }),
    parallelism: 2,
    workDir: '/nowhere',
    freeBytes: async () => freeBytes,
  };
  const verify = (level: VerificationLevel) =>
    verifyBackup({ planId: 'fake', backupId, level, correlationId: 'c' }, deps, live());
  const drills = async () => (await world.catalog.listDrills({ planId: 'fake' })).rows;
  return { world, verify, drills };
}

test('one that passed says what was compared and how long it took; reading the backup later takes nothing of it away', async () => {
  const { world, verify, drills } = await backedUp(async () => comparison);
  const report = await verify('restored');
  const state = (await world.catalog.getBackup('fake', backupId))?.verification;
  expect(state).toMatchObject({ seconds: report.seconds, counted: { tables: 2, rows: 30 }, differences: 0 });
  await verify('readable');
  expect((await world.catalog.getBackup('fake', backupId))?.verification?.level).toBe('readable');
  expect(await drills()).toEqual([
    {
      ...{ planId: 'fake', backupId, slot: fakeRequest.slot, at: report.completedAt },
      ...{ status: 'passed', level: 'restored', seconds: report.seconds, detail: '' },
      ...{ counted: { tables: 2, rows: 30 }, differences: 0, reportKey: state?.reportKey },
    },
  ]);
});

test('one that failed says how much differs, one that gave way what it reached instead', async () => {
  const differences = ['table a: 3 rows, not 4', 'table b: its checksum differs'];
  const failed = await backedUp(async () => ({ ...comparison, differences }));
  await failed.verify('restored');
  expect(await failed.drills()).toMatchObject([
    { status: 'failed', level: 'restored', differences: 2, detail: differences.join('; ') },
  ]);
  const gaveWay = await backedUp(async () => comparison, 0);
  await gaveWay.verify('restored');
  expect(await gaveWay.drills()).toMatchObject([{ status: 'passed', level: 'readable' }]);
});

test('one that could not be carried out is told too, though the backup keeps what was found before', async () => {
  let isBroken = false;
  const { world, verify, drills } = await backedUp(async () => {
    if (isBroken) throw new HoldfastError('TOOLS_MISSING', 'no server here');
    return comparison;
  });
  await verify('restored');
  isBroken = true;
  await expect(verify('restored')).rejects.toMatchObject({ code: 'TOOLS_MISSING' });
  expect((await world.catalog.getBackup('fake', backupId))?.verification?.status).toBe('passed');
  const [error, passed] = await drills();
  expect(passed?.status).toBe('passed');
  expect(error).toMatchObject({
    status: 'error',
    level: 'restored',
    detail: 'TOOLS_MISSING: no server here',
  });
  expect(error).not.toHaveProperty('seconds');
});

/** Good news of a drill comes when it is recorded, from a drill that passed, and from nothing else. */
import { expect, test } from 'vitest';
import { runBackup } from '../../../core/backup/run.ts';
import { backupIdFor } from '../../../core/format/layout.ts';
import type { VerificationLevel } from '../../../core/ports/catalog.ts';
import type { Report } from '../../../core/report.ts';
import { type VerifyDeps, verifyBackup } from '../../../core/verification/verify.ts';
import { fakeRecovery } from '../../support/fake-recovery.ts';
import { fakeRequest, memoryWorld } from '../../support/world.ts';

const backupId = backupIdFor('fake', fakeRequest.slot);
const { signal } = new AbortController();

async function told(level: VerificationLevel, differences: readonly string[] = []) {
  const world = memoryWorld();
  await world.catalog.putPlan(fakeRequest.plan, 0, 'test', '2026-11-21T00:00:00.000Z');
  await runBackup(fakeRequest, world, signal);
  const heard: (readonly [Report, string | undefined])[] = [];
  const recovery = fakeRecovery({ differences });
  const deps: VerifyDeps = {
    ...world,
    recoveryFor: () => recovery,
    parallelism: 2,
    workDir: '/nowhere',
    freeBytes: async () => 1_000_000,
    async onProven(report) {
      heard.push([report, (await world.catalog.getBackup('fake', backupId))?.verification?.provenAt]);
    },
  };
  await verifyBackup({ planId: 'fake', backupId, level, correlationId: 'c-2' }, deps, signal);
  return heard;
}

test('a drill that passed', async () => {
  const [[report, provenAt] = []] = await told('restored');
  expect([report?.backupId, report?.correlationId]).toEqual([backupId, 'c-2']);
  expect(provenAt).toBe(report?.completedAt);
});

test('not one that found something, and no lesser proof', async () => {
  expect(await told('restored', ['a row is missing'])).toEqual([]);
  expect(await told('readable')).toEqual([]);
});

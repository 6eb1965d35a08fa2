/** Facts and a stack in memory, for tests of watch. */

import { parsePlan } from '../../../adapters/kinds.ts';
import { memoryAlerts } from '../../../adapters/memory/alerts.ts';
import { memoryCatalog } from '../../../adapters/memory/catalog.ts';
import { memoryClock } from '../../../adapters/memory/clock.ts';
import { memoryScheduler } from '../../../adapters/memory/scheduler.ts';
import { memorySurroundings } from '../../../adapters/memory/surroundings.ts';
import { memoryVault } from '../../../adapters/memory/vault.ts';
import { backupIdFor } from '../../../core/format/layout.ts';
import type { PlanFacts } from '../../../core/health/facts.ts';
import { watchRound } from '../../../core/health/watch.ts';
import type { BackupRow, PlanRow } from '../../../core/ports/catalog.ts';
import { silentLog, testKeyRing } from '../../support/world.ts';

export const hourMs = 3_600_000;

export function aPlanRow(change: Record<string, unknown> = {}, row: Partial<PlanRow> = {}): PlanRow {
  const plan = parsePlan({
    id: 'shop',
    sources: [{ kind: 'postgres', name: 'shop', secret: 'holdfast/shop' }],
    ...change,
  });
  return {
    plan,
    revision: 1,
    createdAt: '2026-01-01T00:00:00.000Z',
    updatedAt: '2026-01-01T00:00:00.000Z',
    updatedBy: 'ada',
    ...row,
  };
}

export function aBackup(slot: string, change: Partial<BackupRow> = {}): BackupRow {
  return {
    planId: 'shop',
    backupId: backupIdFor('shop', slot),
    source: 'shop',
    kind: 'database',
    trigger: 'schedule',
    createdBy: 'scheduler',
    slot,
    correlationId: 'c-1',
    status: 'completed',
    attempt: 1,
    tier: 'daily',
    guard: 0,
    storedBytes: 1000,
    completedAt: new Date(Date.parse(slot) + 120_000).toISOString(),
    verification: {
      status: 'passed',
      level: 'restored',
      verifiedAt: new Date(Date.parse(slot) + 900_000).toISOString(),
      provenAt: new Date(Date.parse(slot) + 900_000).toISOString(),
      detail: 'as it was',
    },
    ...change,
  };
}

/** A plan whose newest backup is well. */
export function wellFacts(row = aPlanRow(), slot = '2026-11-21T02:00:00Z'): PlanFacts {
  const backup = aBackup(slot);
  return {
    row,
    schedule: 'enabled',
    lastEnded: backup,
    lastMade: backup,
    lastGood: backup,
    lastVerified: backup,
    lastProvenAt: backup.verification?.provenAt,
    unfinished: [],
    bytesSinceCounted: 0,
  };
}

export function watchWorld(startIso = '2026-11-21T10:00:00.000Z') {
  const clock = memoryClock(startIso);
  const catalog = memoryCatalog();
  const scheduler = memoryScheduler();
  const alerts = memoryAlerts();
  const surroundings = memorySurroundings();
  const vault = memoryVault();
  const deps = {
    clock,
    catalog,
    scheduler,
    alerts,
    vault,
    keyRing: { publicKeys: testKeyRing().publicKeys },
    log: silentLog,
    settings: { undeleteDays: 14 },
    starter: surroundings.starter,
    recipients: surroundings.recipients,
    heartbeat: surroundings.heartbeat,
    pinger: surroundings.pinger,
  };
  let rounds = 0;
  return {
    ...deps,
    deps,
    surroundings,
    /** What a round says, as `kind state`. */
    async round(change: Partial<typeof deps> & Record<string, unknown> = {}, secondsLeft = 800) {
      rounds += 1;
      const before = alerts.published.length;
      const options = { roundId: `r-${rounds}`, secondsLeft: () => secondsLeft };
      const result = await watchRound({ ...deps, ...change }, options);
      const told = alerts.published.slice(before).map(({ kind, state }) => `${kind} ${state}`);
      return { result, told: told.sort() };
    },
    async apply(change: Record<string, unknown> = {}, createdAt = '2026-11-20T00:00:00.000Z') {
      // Nobody is there to prove anything by the calendar.
      const { plan } = aPlanRow({ verification: { drill: 'never', stored: 'never' }, ...change });
      await catalog.putPlan(plan, 0, 'ada', createdAt);
      await scheduler.put(plan);
      return plan;
    },
    /** A run of that slot, as a run makes it. */
    async backup(slot: string, end: 'completed' | 'failed' | 'running' = 'completed', planId = 'shop') {
      const backupId = backupIdFor(planId, slot);
      const at = (seconds: number) => new Date(Date.parse(slot) + seconds * 1000).toISOString();
      const claim = await catalog.claimRun({
        planId,
        backupId,
        source: 'shop',
        kind: 'database',
        trigger: 'schedule',
        createdBy: 'scheduler',
        slot,
        correlationId: 'c-1',
        tier: 'daily',
        now: at(5),
        leaseUntil: at(300),
      });
      const owner = { planId, backupId, attempt: claim.row.attempt };
      if (end === 'failed') {
        await catalog.failRun(owner, { code: 'SOURCE_AUTH', message: 'wrong password' }, at(10));
      }
      if (end === 'completed') {
        await catalog.prepareCompletion(owner, {
          sourceBytes: 4000,
          storedBytes: 1000,
          compressionRatio: 4,
          expiresAt: '2027-12-21T02:00:00Z',
          locations: ['memory:'],
          tools: { pg_dump: '18.1' },
          manifest: { lengthBytes: 10, sha256: 'ab'.repeat(32) },
          madeBy: claim.row.attempt,
        });
        await catalog.completeRun(owner, at(120));
      }
      return backupId;
    },
    async verify(slot: string, status: 'passed' | 'failed' = 'passed', planId = 'shop') {
      const verifiedAt = new Date(Date.parse(slot) + 900_000).toISOString();
      await catalog.recordVerification(planId, backupIdFor(planId, slot), {
        status,
        level: 'restored',
        verifiedAt,
        reportKey: 'reports/r',
        detail: status === 'passed' ? 'as it was' : 'orders: 3 rows differ',
        ...(status === 'passed' ? { provenAt: verifiedAt } : {}),
      });
    },
  };
}

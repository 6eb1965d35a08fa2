/**
 * One side of the bench in a process of its own: the real core and the real adapters, against a stand-in for S3 and a
 * catalog in memory. Reads its job as JSON from the first argument, prints one JSON line.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { systemClock } from '../adapters/clock.ts';
import { categoryOf, parsePlan, parseSource } from '../adapters/kinds.ts';
import { memoryAlerts } from '../adapters/memory/alerts.ts';
import { memoryCatalog } from '../adapters/memory/catalog.ts';
import { memorySecrets } from '../adapters/memory/secrets.ts';
import { recoveryDrivers, sourceDrivers } from '../adapters/registry.ts';
import { s3Client } from '../adapters/s3/client.ts';
import { s3Vault } from '../adapters/s3/vault.ts';
import { runBackup } from '../core/backup/run.ts';
import { backupIdFor } from '../core/format/layout.ts';
import { keyRing } from '../core/keys/ring.ts';
import type { Claim } from '../core/ports/catalog.ts';
import type { Log } from '../core/ports/index.ts';
import { runRestore } from '../core/restore/run.ts';
import { verifyBackup } from '../core/verification/verify.ts';

export interface Job {
  readonly task: 'backup' | 'readable' | 'restored' | 'restore';
  readonly endpoint: string;
  /** URL of the source and of the target. */
  readonly url: string;
  /** As in a plan, without its name, secret and parallelism. */
  readonly source: { readonly kind: string; readonly [field: string]: unknown };
  readonly parallelism: number;
  /** Four key documents as JSON, by name. */
  readonly keysFile: string;
  /** Names the backup: the same slot is the same backup. */
  readonly slot: string;
  readonly database?: string;
}

const silent: Log = { info() {}, warn() {}, error() {}, with: () => silent };

const job = JSON.parse(process.argv[2] ?? '{}') as Job;
const keys = JSON.parse(await readFile(job.keysFile, 'utf8')) as Record<string, string>;
const secrets = memorySecrets({ ...keys, source: job.url });
const plan = parsePlan({
  id: 'bench',
  sources: [{ ...job.source, name: 'main', secret: 'source', parallelism: job.parallelism }],
});
const clock = systemClock;
const vault = s3Vault({
  client: s3Client({
    endpoint: job.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
  }),
  bucket: 'bench',
});
const ring = keyRing(secrets, {
  public: 'public',
  private: 'private',
  signing: { backup: 'signing-backup', verify: 'signing-verify' },
});
const catalog = memoryCatalog();
const common = {
  vault,
  catalog,
  keyRing: ring,
  secrets,
  alerts: memoryAlerts(),
  clock,
  log: silent,
  holdfastVersion: 'bench',
};
const signal = new AbortController().signal;
const backupId = backupIdFor('bench', job.slot);
const rowFile = `${job.keysFile}.${backupId}.row.json`;
const registry = { allowLoopback: true };
await catalog.putPlan(plan, 0, 'bench', clock.now().toISOString());

async function backup(): Promise<Record<string, unknown>> {
  const row = await runBackup(
    { plan, slot: job.slot, trigger: 'schedule', createdBy: 'bench', correlationId: 'bench' },
    { ...common, categoryOf, driverFor: sourceDrivers(registry), defaultParallelism: job.parallelism },
    signal,
  );
  if (row.status !== 'completed') throw new Error(`backup ${row.status}: ${row.error?.message}`);
  await writeFile(rowFile, JSON.stringify(row));
  return { sourceBytes: row.sourceBytes, storedBytes: row.storedBytes };
}

/** The row that the backup's process left, in this process's catalog. */
async function adopt(): Promise<void> {
  const row = JSON.parse(await readFile(rowFile, 'utf8'));
  const now = clock.now().toISOString();
  const claim: Claim = await catalog.claimRun({
    ...row,
    now,
    leaseUntil: new Date(clock.now().getTime() + 60_000).toISOString(),
  });
  const owner = { planId: 'bench', backupId, attempt: claim.row.attempt };
  await catalog.prepareCompletion(owner, row);
  await catalog.completeRun(owner, now);
}

async function verify(level: 'readable' | 'restored'): Promise<Record<string, unknown>> {
  const report = await verifyBackup(
    { planId: 'bench', backupId, level, correlationId: 'bench' },
    {
      ...common,
      recoveryFor: recoveryDrivers(registry),
      parallelism: job.parallelism,
      workDir: `${tmpdir()}/holdfast-bench-drill`,
      freeBytes: async () => Number.MAX_SAFE_INTEGER,
    },
    signal,
  );
  if (report.result !== 'passed')
    throw new Error(JSON.stringify([report.remarks, report.stored.differences, report.components]));
  return { compared: report.components[0]?.comparison.compared };
}

async function restore(): Promise<Record<string, unknown>> {
  const createdAt = clock.now().toISOString();
  await catalog.createRestore(
    {
      restoreId: 'r-bench000',
      planId: 'bench',
      backupId,
      status: 'pending',
      createdBy: 'bench',
      createdAt,
      correlationId: 'bench',
      request: { planId: 'bench', backupId, compare: false, options: { database: job.database } },
    },
    new Date(Date.parse(createdAt) + 48 * 3_600_000).toISOString(),
  );
  const row = await runRestore(
    'r-bench000',
    { ...common, parseSource, recoveryFor: recoveryDrivers(registry), parallelism: job.parallelism },
    signal,
  );
  if (row?.status !== 'completed') throw new Error(`restore ${row?.status}: ${row?.error?.message}`);
  return {};
}

if (job.task !== 'backup') await adopt();
const began = performance.now();
const figures =
  job.task === 'backup' ? await backup() : job.task === 'restore' ? await restore() : await verify(job.task);
const seconds = (performance.now() - began) / 1000;
const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
console.log(
  JSON.stringify({
    seconds,
    peakRssMiB: maxRSS / 1024,
    cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
    ...figures,
  }),
);
process.exit(0);

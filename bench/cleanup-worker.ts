/**
 * Plans the cleanup of a million rows, alone in its process, and prints one JSON line. Rows come as the catalog gives
 * them: pages of items, each parsed as adapters/dynamodb/ parses what it has read. What is left out is the network.
 * Each row needs something of three earlier ones. The first argument is how many plans the rows belong to.
 */
import { toBackupRow } from '../adapters/dynamodb/items.ts';
import { type CleanupPlanner, cleanupPlanner } from '../core/cleanup/plan.ts';
import { retentionSchema } from '../core/plan.ts';

const rowsInAll = 1_000_000;
/** As many as one page of the catalog holds at most. */
const pageRows = 1000;
const plans = Number(process.argv[2] ?? 1);
const nowMs = Date.UTC(2026, 10, 21, 23, 10);
const retention = retentionSchema.parse({});
const tiers = ['hourly', 'hourly', 'hourly', 'daily', 'daily', 'weekly', 'monthly', 'yearly'] as const;

function backupIdAt(age: number): string {
  const slot = new Date(nowMs - age * 1_800_000).toISOString();
  const compact = slot.replace(/\.\d+Z$/, 'Z').replaceAll(/[-:]/g, '');
  return `${compact}-${(age % 0x7fffffff).toString(16).padStart(8, '0')}`;
}

/** Each one needs segments of three earlier ones, other ones than its neighbour does. */
const needsOf = (age: number) =>
  [1, 2, 40].map((older, at) => ({
    backupId: backupIdAt(age + older),
    attempt: 1,
    component: 'main',
    segments: `0-${3 + ((age + at) % 7)},${12 + (age % 5)}`,
  }));

/** The row as an item, `age` places behind the plan's newest: one every half hour. */
function itemOf(planId: string, age: number): Record<string, unknown> {
  const slotMs = nowMs - age * 1_800_000;
  const slot = new Date(slotMs).toISOString();
  const backupId = backupIdAt(age);
  const verified = age % 10 !== 0;
  return {
    pk: `PLAN#${planId}`,
    sk: `BACKUP#${backupId}`,
    planId,
    backupId,
    source: 'main',
    kind: 'database',
    trigger: 'schedule',
    createdBy: 'schedule',
    slot,
    correlationId: `run-${age}`,
    status: age % 50 === 49 ? 'failed' : 'completed',
    attempt: 1,
    startedAt: slot,
    completedAt: slot,
    sourceBytes: 1_000_000_000,
    storedBytes: 130_000_000,
    compressionRatio: 7.69,
    tier: tiers[age % tiers.length],
    expiresAt: new Date(slotMs + 30 * 86_400_000).toISOString(),
    locations: ['s3://vault/'],
    tools: { holdfast: '0.2.0', node: '24.21.0', pg_dump: '18.6' },
    warnings: [],
    manifest: { lengthBytes: 9000, sha256: 'ab'.repeat(32) },
    versions: {
      [`plans/${planId}/${backupId}/manifest`]: '3sL4kqtJlcpXroDTDmJ',
      [`plans/${planId}/${backupId}/a01/main/0000-data.0001`]: '3sL4kqtJlcpXroDTDmK',
    },
    madeBy: 1,
    guard: verified ? 1 : 0,
    needs: needsOf(age),
    ...(verified && {
      verificationStatus: age % 97 === 0 ? 'failed' : 'passed',
      verificationLevel: 'restored',
      verifiedAt: slot,
      verificationReport: `reports/${planId}/${backupId}/r1`,
      verificationDetail: 'restored and compared',
      ...(age % 97 !== 0 && { provenAt: slot }),
    }),
  };
}

const spent = { makingMs: 0, parsingMs: 0, decidingMs: 0 };

function timed<T>(kind: keyof typeof spent, work: () => T): T {
  const began = performance.now();
  const result = work();
  spent[kind] += performance.now() - began;
  return result;
}

function decidePage(planner: CleanupPlanner, planId: string, from: number, to: number): void {
  const items = timed('makingMs', () =>
    Array.from({ length: to - from }, (_, at) => itemOf(planId, from + at)),
  );
  const rows = timed('parsingMs', () =>
    items.map((item) => toBackupRow(item as Parameters<typeof toBackupRow>[0])),
  );
  timed('decidingMs', () => {
    for (const row of rows) planner.decide(row);
    const last = rows.at(-1);
    if (last) planner.forgetFrom(last.backupId);
  });
}

let expiring = 0;
let kept = 0;
for (let plan = 0; plan < plans; plan += 1) {
  const planId = `p${String(plan).padStart(5, '0')}`;
  const planner = cleanupPlanner({
    planId,
    plan: { retention },
    now: new Date(nowMs).toISOString(),
    undeleteDays: 14,
  });
  const rows = rowsInAll / plans;
  for (let from = 0; from < rows; from += pageRows)
    decidePage(planner, planId, from, Math.min(rows, from + pageRows));
  const counts = planner.counts();
  expiring += counts.expiring;
  kept += counts.kept;
}
console.log(
  JSON.stringify({
    parseSeconds: spent.parsingMs / 1000,
    decideSeconds: spent.decidingMs / 1000,
    // Making up a million items is the bench's own work and not counted.
    madeSeconds: spent.makingMs / 1000,
    peakRssMiB: process.resourceUsage().maxRSS / 1024,
    kept,
    expiring,
  }),
);

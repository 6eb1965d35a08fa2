/** A month in the life of some plans, for pages of the console: well ones, one that fails, one that is missed, one paused. */
import { backupIdFor } from '../../core/format/layout.ts';
import type { Catalog, StepNote } from '../../core/ports/catalog.ts';
import type { ApiWorld } from './api-world.ts';
import { addBackup } from './backups-world.ts';
import { proofResults, seedProofs } from './console-proofs.ts';
import { seedRestores } from './console-restores.ts';

const dayMs = 86_400_000;
const slotOf = (now: Date, daysAgo: number, hour = '02') =>
  `${new Date(now.getTime() - daysAgo * dayMs).toISOString().slice(0, 10)}T${hour}:00:00Z`;

interface Seeded {
  readonly id: string;
  readonly name: string;
  readonly kind: 'postgres' | 'mongodb' | 'files';
  readonly more?: object;
  /** What became of the run so many days ago. */
  readonly became?: (daysAgo: number) => 'completed' | 'failed' | 'none' | 'running';
  /** So many days ago was the last that was proven by a restore. */
  readonly provenDaysAgo?: number;
}

const plans: readonly Seeded[] = [
  {
    id: 'shop',
    name: 'Shop',
    kind: 'postgres',
    provenDaysAgo: 1,
    more: { targets: { recoveryTimeMinutes: 5 } },
  },
  {
    id: 'ledger',
    name: 'Ledger',
    kind: 'postgres',
    provenDaysAgo: 3,
    more: { targets: { recoveryTimeMinutes: 10 } },
    became: (ago) => (ago === 0 || ago === 9 ? 'failed' : 'completed'),
  },
  {
    id: 'events',
    name: 'Events',
    kind: 'mongodb',
    provenDaysAgo: 5,
    became: (ago) => (ago < 2 ? 'none' : 'completed'),
  },
  {
    id: 'uploads',
    name: 'Uploads',
    kind: 'files',
    provenDaysAgo: 2,
    became: (ago) => (ago === 14 ? 'none' : 'completed'),
  },
  {
    id: 'legacy',
    name: 'Legacy (off)',
    kind: 'postgres',
    more: { enabled: false },
    became: (ago) => (ago > 20 ? 'completed' : 'none'),
  },
];

function sourceOf({ id, kind }: Seeded): object {
  if (kind === 'files') return { kind, name: 'main', bucket: `${id}-bucket` };
  return {
    kind,
    name: 'main',
    secret: `holdfast/sources/${id}`,
    ...(kind === 'postgres' && { databases: [id] }),
  };
}

export async function seedConsole(world: ApiWorld): Promise<void> {
  const { catalog, clock, parsePlan } = world.deps;
  const now = clock.now();
  for (const seeded of plans) {
    const { id, name, more } = seeded;
    const body = {
      id,
      name,
      sources: [sourceOf(seeded)],
      schedule: { cron: '0 2 * * *' },
      ...more,
    };
    await catalog.putPlan(parsePlan(body), 0, 'ada', new Date(now.getTime() - 40 * dayMs).toISOString());
    await seedRuns(catalog, seeded, now);
    await catalog.saveProof(id, { storedAt: minutesAgo(now, 45) });
  }
  await openAlert(catalog, now);
  await seedRestores(catalog, now);
  await seedProofs(catalog, now);
  await closedAlert(catalog, now);
  await watchLooked(catalog, now);
}

const minutesAgo = (now: Date, minutes: number) => new Date(now.getTime() - minutes * 60_000).toISOString();

async function watchLooked(catalog: Catalog, now: Date): Promise<void> {
  const lookedAt = minutesAgo(now, 20);
  const found = {
    state: 'trouble',
    since: slotOf(now, 0),
    lastBackupAt: slotOf(now, 0),
    lastProvenAt: slotOf(now, 1),
  };
  await catalog.putState('watch', { completedAt: lookedAt, pinged: {}, found }, 0);
}

/** Of uploads, which was missed a fortnight ago and well again the day after. */
async function closedAlert(catalog: Catalog, now: Date): Promise<void> {
  const since = slotOf(now, 14, '03');
  await catalog.saveAlert({
    conditionId: 'backup-missed/uploads',
    kind: 'backup-missed',
    severity: 'critical',
    planId: 'uploads',
    subject: '[Holdfast] Backup missed - plan uploads',
    text: `there is no backup for ${slotOf(now, 14)}, which was due an hour before`,
    since,
    lastToldAt: since,
    timesTold: 1,
    closedAt: slotOf(now, 13),
  });
  await catalog.noteDelivery('backup-missed/uploads', 'email', { at: since });
}

async function seedRuns(
  catalog: Catalog,
  { id, kind, became = () => 'completed', provenDaysAgo }: Seeded,
  now: Date,
): Promise<void> {
  const kept = {
    daily: { backups: 0, storedBytes: 0 },
    weekly: { backups: 0, storedBytes: 0 },
  };
  for (let ago = 30; ago >= 0; ago -= 1) {
    const end = became(ago);
    const slot = slotOf(now, ago);
    const completed = end === 'completed' ? 1 : 0;
    const isProven =
      provenDaysAgo !== undefined &&
      ago >= provenDaysAgo &&
      (ago - provenDaysAgo) % 7 === 0 &&
      completed === 1;
    const sourceBytes = 4_000_000_000 + (30 - ago) * 40_000_000;
    const storedBytes = Math.round(sourceBytes / 4);
    const seconds = 90 + ((ago * 37) % 25);
    const tier = ago % 7 === 0 ? 'weekly' : 'daily';
    kept[tier].backups += completed;
    kept[tier].storedBytes += completed * storedBytes;
    await catalog.putDay({
      ...{
        planId: id,
        day: slot.slice(0, 10),
        completed,
        failed: end === 'failed' ? 1 : 0,
        missed: end === 'none' ? 1 : 0,
      },
      ...{
        sourceBytes,
        storedBytes,
        seconds: seconds * completed,
        longestSeconds: seconds * completed,
        verified: completed,
        verifyFailed: 0,
        proven: isProven ? 1 : 0,
      },
      keptBytes: kept.daily.storedBytes + kept.weekly.storedBytes,
    });
    if (end === 'none') continue;
    await addBackup(catalog, {
      ...{
        planId: id,
        slot,
        end,
        seconds: end === 'failed' ? 4 : seconds,
        steps: stepsOf(slot, end, seconds),
      },
      claim: { kind: kind === 'files' ? 'files' : 'database', tier },
      completion: {
        sourceBytes,
        storedBytes,
        expiresAt: new Date(now.getTime() + (14 - (ago % 14)) * dayMs).toISOString(),
      },
    });
    if (end !== 'completed') continue;
    const backupId = backupIdFor(id, slot);
    const verifiedAt = new Date(Date.parse(slot) + 3_600_000).toISOString();
    await catalog.recordVerification(id, backupId, {
      ...{
        status: 'passed',
        level: isProven ? 'restored' : 'readable',
        verifiedAt,
        detail: '12 tables, 1,204,518 rows compared',
      },
      ...{
        reportKey: `plans/${id}/${backupId}/reports/r`,
        seconds: 40 + (ago % 9),
        counted: { tables: 12, rows: 1_204_518 },
        differences: 0,
      },
      ...(isProven && { provenAt: verifiedAt }),
    });
  }
  await catalog.saveUsage(id, {
    countedAt: now.toISOString(),
    backups: kept.daily.backups + kept.weekly.backups,
    storedBytes: kept.daily.storedBytes + kept.weekly.storedBytes,
    byTier: kept,
  });
}

/** Of a run that took so long; one that failed got no further than the source. */
function stepsOf(slot: string, end: string, seconds: number): readonly StepNote[] {
  const shares = [
    ['claim', 0.4],
    ['open', 3],
    ['dump main', seconds - 9],
    ['manifest', 2],
    ['complete', 0.5],
  ] as const;
  let at = Date.parse(slot);
  const all = shares.map(([name, took]) => {
    const startedAt = new Date(at).toISOString();
    at += took * 1000;
    return { name, startedAt, seconds: took };
  });
  if (end === 'completed') return all;
  return all
    .slice(0, 2)
    .map(({ seconds: took, ...step }, index) => (index === 1 ? step : { ...step, seconds: took }));
}

async function openAlert(catalog: Catalog, now: Date): Promise<void> {
  const at = slotOf(now, 0);
  await catalog.saveAlert({
    conditionId: 'backup-failed/ledger',
    kind: 'backup-failed',
    severity: 'critical',
    planId: 'ledger',
    backupId: backupIdFor('ledger', at),
    subject: '[Holdfast] Backup failed - plan ledger',
    text: 'The newest run failed: no such password. The last good backup is of yesterday.',
    since: at,
    lastToldAt: at,
    timesTold: 1,
  });
  await catalog.noteDelivery('backup-failed/ledger', 'email', { at });
  await catalog.noteDelivery('backup-failed/ledger', 'ops-chat', {
    at,
    error: {
      code: 'NOTIFY_REFUSED',
      message: 'hooks.example.org answered 404',
      next: 'See whether the webhook is still there.',
    },
  });
}

/** What the functions would answer, for tasks that pages wait for. */
export async function finishTasks(world: ApiWorld, event: unknown): Promise<void> {
  const { task, taskId } = event as { task?: string; taskId?: string };
  if (taskId === undefined) return;
  const result = task === undefined ? undefined : results[task];
  if (result === undefined) return;
  const completedAt = world.deps.clock.now().toISOString();
  await world.catalog.finishTask(taskId, { status: 'completed', completedAt, result });
}

const results: Readonly<Record<string, unknown>> = {
  'plan-test': {
    ok: false,
    sources: [
      {
        source: 'main',
        checks: [
          { name: 'reach', ok: true, detail: 'db.example.org:5432 answers, TLS verify-full' },
          {
            name: 'login',
            ok: false,
            detail: 'the server refuses the password of role backup (SOURCE_ACCESS)',
            next: 'Put the password that the server has into the secret.',
          },
        ],
      },
    ],
    checks: [
      { name: 'keys', ok: true, detail: 'sealed for k1, signed by s1' },
      { name: 'vault', ok: true, detail: 'a probe was written and read back, tier daily, without a lock' },
      {
        name: 'schedule',
        ok: true,
        detail: 'cron(0 2 * * ? *) Europe/Berlin; next run 2026-11-22T01:00:00Z',
      },
      {
        name: 'notifications',
        ok: true,
        detail: 'the plan names nobody: only those who are subscribed to all alerts are told',
      },
    ],
    nextRuns: [],
  },
  ...proofResults,
  preflight: {
    ok: true,
    target: 'database shop_restored_20261121t100000z on db.example.org',
    needsBytes: 6_000_000_000,
    checks: [
      {
        name: 'reach',
        state: 'ok',
        title: 'The server answers',
        detail: 'PostgreSQL 18.1 on db.example.org',
      },
      {
        name: 'permission',
        state: 'ok',
        title: 'It may create databases',
        detail: 'role restorer has CREATEDB',
      },
      {
        name: 'extensions',
        state: 'warning',
        title: 'Extensions',
        detail: 'pg_trgm is 1.5 there, 1.6 was backed up',
        next: 'Nothing must be done; update it afterwards.',
      },
      {
        name: 'space',
        state: 'unknown',
        title: 'Space',
        detail: '5.6 GiB are needed; the server does not tell how much is free',
      },
    ],
  },
  contents: {
    components: [
      {
        name: 'main',
        source: 'main',
        kind: 'postgres',
        title: 'database shop',
        segments: 5,
        plainBytes: 4_000_000_000,
        items: 3,
      },
    ],
    items: [
      { component: 'main', name: 'public.customers', type: 'table', rows: 120_034, bytes: 24_000_000 },
      { component: 'main', name: 'public.orders', type: 'table', rows: 984_120, bytes: 310_000_000 },
      { component: 'main', name: 'public.order_lines', type: 'table', rows: 3_120_443, bytes: 900_000_000 },
    ],
    whole: true,
  },
};

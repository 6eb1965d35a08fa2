/** One plan of the overview: what was seen of it, and what is wrong with it → one line with one word. Pure. */
import type { Condition } from '../alerts.ts';
import { isWhole } from '../good.ts';
import type { PlanHealth, SeenPlan } from '../health/survey.ts';
import type { Plan } from '../plan.ts';
import type { BackupRow, RowError, Trigger, VerificationLevel, VerificationState } from '../ports/catalog.ts';
import type { OverviewDay } from './overview-days.ts';

/** From what hides behind no other word, to what is well. */
export const overviewStates = [
  'well',
  'running',
  'late',
  'missed',
  'failed',
  'unverified',
  'unproven',
  'damaged',
  'paused',
  'off',
  'new',
  'unseen',
] as const;
export type OverviewState = (typeof overviewStates)[number];

export interface OverviewPlan {
  readonly planId: string;
  readonly name?: string;
  /** Of its sources, each once. */
  readonly kinds: readonly string[];
  readonly enabled: boolean;
  readonly paused: boolean;
  readonly state: OverviewState;
  readonly severity: 'none' | 'warning' | 'critical';
  /** Of the worst. */
  readonly why?: string;
  /** Ids, the worst first. */
  readonly conditions: readonly string[];
  readonly lastGood?: PlanHealth['lastGood'];
  /** How old the newest good backup may be: as the plan says, or its interval and grace. */
  readonly targetSeconds: number;
  readonly proven?: { readonly at: string; readonly backupId?: string; readonly level: 'restored' };
  readonly verified?: {
    readonly at: string;
    readonly level: VerificationLevel;
    readonly status: VerificationState['status'];
    readonly backupId: string;
  };
  /** The newest attempt of the whole plan, whatever came of it. */
  readonly latest?: {
    readonly backupId: string;
    readonly slot: string;
    readonly status: BackupRow['status'];
    readonly at?: string;
    readonly trigger: Trigger;
    readonly error?: RowError;
  };
  readonly running?: {
    readonly backupId: string;
    readonly startedAt?: string;
    readonly plainBytes?: number;
    readonly estimatedBytes?: number;
    readonly step?: string;
  };
  readonly nextRunAt?: string;
  readonly storedBytes?: number;
  readonly days: readonly OverviewDay[];
}

/** `found`: what is wrong with it, as seen now and as watch found it. */
export function overviewPlan(
  { facts, health }: Pick<SeenPlan, 'facts' | 'health'>,
  found: readonly Condition[],
  days: readonly OverviewDay[],
  now: Date,
): OverviewPlan {
  const { row, newest, bytesSinceCounted, lastProvenAt } = facts;
  const { plan, usage } = row;
  const conditions = worstFirst(found);
  const [worst] = conditions;
  const { rows } = newest;
  const latest = rows.find(isWhole);
  const running = rows.find((each) => isAlive(each, now));
  const verified = rows.find(({ status, verification }) => status === 'completed' && verification);
  const proven = rows.find(({ verification }) => verification?.provenAt === lastProvenAt);
  return {
    planId: plan.id,
    name: plan.name,
    kinds: [...new Set(plan.sources.map(({ kind }) => kind))].sort(),
    enabled: health.enabled,
    paused: health.paused,
    state: stateOf({ facts, health }, conditions, running !== undefined),
    severity: worst?.severity ?? 'none',
    why: worst?.why,
    conditions: conditions.map(({ id }) => id),
    lastGood: health.lastGood,
    targetSeconds: targetSecondsOf(plan, health.intervalSeconds),
    proven:
      lastProvenAt === undefined
        ? undefined
        : { at: lastProvenAt, backupId: proven?.backupId, level: 'restored' },
    verified: verified?.verification && {
      at: verified.verification.verifiedAt,
      level: verified.verification.level,
      status: verified.verification.status,
      backupId: verified.backupId,
    },
    latest: latest && {
      backupId: latest.backupId,
      slot: latest.slot,
      status: latest.status,
      at: latest.completedAt ?? latest.failedAt ?? latest.startedAt,
      trigger: latest.trigger,
      error: latest.status === 'failed' ? latest.error : undefined,
    },
    running: running && {
      backupId: running.backupId,
      startedAt: running.startedAt,
      plainBytes: running.progress?.plainBytes,
      estimatedBytes: running.progress?.estimatedBytes,
      step: running.progress?.step,
    },
    nextRunAt: health.nextRunAt,
    storedBytes: (usage?.storedBytes ?? 0) + bytesSinceCounted,
    days,
  };
}

/** One that could not be looked at: nothing is said of it but that. */
export function unseenPlan(health: PlanHealth, found: readonly Condition[]): OverviewPlan {
  const conditions = worstFirst(found);
  const [worst] = conditions;
  return {
    planId: health.planId,
    kinds: [],
    enabled: health.enabled,
    paused: health.paused,
    state: 'unseen',
    severity: worst?.severity ?? 'warning',
    why: worst?.why ?? 'it could not be looked at',
    conditions: conditions.map(({ id }) => id),
    targetSeconds: health.intervalSeconds,
    days: [],
  };
}

/** Critical before warnings; of these the newest, which is what people come for. */
export function worstFirst(conditions: readonly Condition[]): Condition[] {
  const rank = ({ severity }: Condition) => (severity === 'critical' ? 0 : 1);
  return conditions.toSorted(
    (a, b) => rank(a) - rank(b) || descending(a.since, b.since) || (a.id < b.id ? -1 : 1),
  );
}

const descending = (one: string, other: string) => (one === other ? 0 : one > other ? -1 : 1);

/** Somebody is at it: a run whose lease has ended has nobody behind it. */
function isAlive({ status, leaseUntil }: BackupRow, now: Date): boolean {
  return (status === 'running' || status === 'pending') && Date.parse(leaseUntil ?? '') > now.getTime();
}

function targetSecondsOf({ targets, graceMinutes }: Plan, intervalSeconds: number): number {
  const promised = targets?.recoveryPointMinutes;
  return promised === undefined ? intervalSeconds + graceMinutes * 60 : promised * 60;
}

/** What is there is in doubt; then what is not made; then what is not proven. A plan that rests makes nothing. */
const wordsOf: readonly (readonly [OverviewState, ReadonlySet<string>])[] = [
  ['damaged', new Set(['verification-failed', 'no-good-backup', 'last-good-marked', 'vault-incomplete'])],
  ['failed', new Set(['backup-failed', 'backup-crashed', 'run-stuck'])],
  ['missed', new Set(['backup-missed', 'schedule-undelivered'])],
  ['late', new Set(['recovery-point-late'])],
];
const unverifiedKinds = new Set(['verification-error', 'verification-crashed', 'verification-overdue']);

function stateOf(
  { facts, health }: Pick<SeenPlan, 'facts' | 'health'>,
  conditions: readonly Condition[],
  isRunning: boolean,
): OverviewState {
  const found = wordsOf.find(([, kinds]) => conditions.some(({ kind }) => kinds.has(kind)))?.[0];
  if (found === 'damaged') return found;
  if (!health.enabled) return 'off';
  if (health.paused) return 'paused';
  if (found) return found;
  if (isRunning) return 'running';
  if (health.overdue && facts.lastMade) return 'late';
  const unproven = conditions.filter(({ kind }) => unverifiedKinds.has(kind));
  if (unproven.some((each) => isDrillOverdue(each, facts))) return 'unproven';
  if (unproven.length > 0) return 'unverified';
  return facts.lastMade ? 'well' : 'new';
}

/** What is overdue is said in one kind; a drill by when the last one was. */
function isDrillOverdue(
  { kind, backupId, since }: Condition,
  { lastProvenAt, oldestUnprovenAt }: SeenPlan['facts'],
): boolean {
  return (
    kind === 'verification-overdue' && backupId === undefined && since === (lastProvenAt ?? oldestUnprovenAt)
  );
}

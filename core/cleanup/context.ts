/** What cleanup works with, what it was asked for, and what it counts on the way. */
import { HoldfastError } from '../errors.ts';
import type { Catalog } from '../ports/catalog.ts';
import type { Alerts, Clock, Log } from '../ports/index.ts';
import type { Keeping } from '../ports/keeping.ts';
import type { FunctionStarter } from '../ports/surroundings.ts';
import type { Vault } from '../ports/vault.ts';
import type { State } from '../state.ts';
import type { Decision } from './plan.ts';
import type { PlannedLine } from './render.ts';

export interface CleanupDeps {
  readonly catalog: Catalog;
  readonly vault: Vault;
  readonly keeping: Keeping;
  readonly alerts: Alerts;
  readonly starter: FunctionStarter;
  readonly clock: Clock;
  readonly log: Log;
  /** Days that noncurrent versions live: so long an expired backup can be brought back. */
  readonly undeleteDays: number;
  /** Called before each step that changes something; tests stop cleanup there. */
  readonly onStep?: (step: CleanupStep) => Promise<void>;
}

export const cleanupSteps = [
  'note-missing',
  'expire',
  'mark-objects',
  'mark-manifest',
  'note-marked',
  'mark-leftovers',
  'adopt',
  'abort-upload',
  'save-usage',
  'unmark',
  'revive',
  'save-state',
] as const;
export type CleanupStep = (typeof cleanupSteps)[number];

export interface CleanupOptions {
  /** Names this run, and owns the lease. */
  readonly correlationId: string;
  /** Who decided: `schedule`, or a person. */
  readonly by: string;
  /** Only this plan; default: all. */
  readonly planId?: string;
  /** Backups of that plan which a person asked to let go; only with `planId`. */
  readonly wishes?: ReadonlySet<string>;
  /** Changes nothing, and lists what would be done. */
  readonly dryRun?: boolean;
  /** How often in a row it has started itself already; 0 for what a schedule or a person started. */
  readonly restarts?: number;
  readonly secondsLeft: () => number;
  readonly signal: AbortSignal;
}

export interface Marked {
  backups: number;
  objects: number;
  bytes: number;
}

/** What one run did; plain data, returned by the function and logged. */
export interface CleanupResult {
  readonly dryRun: boolean;
  /** Plans that were gone through to their end. */
  readonly plans: number;
  /** Backups whose every object carries the mark now; with leftovers and orphans among objects and bytes. */
  readonly marked: Readonly<Marked>;
  /** Objects of runs that failed, of losing attempts, and of folders that no row knows. */
  readonly leftovers: { readonly objects: number; readonly bytes: number };
  /** Objects of the backups that were gone through for marking which carry no mark, since other backups need them. */
  readonly needed: { readonly objects: number; readonly bytes: number };
  /** Completed backups that stay, by the first reason. */
  readonly kept: Readonly<Record<string, number>>;
  readonly missing: number;
  /** Handed to adopt. */
  readonly adopted: number;
  readonly reprieved: readonly string[];
  readonly uploadsAborted: number;
  /** What was left for another time, and why. */
  readonly skipped: readonly { readonly what: string; readonly why: string }[];
  readonly failed: readonly { readonly planId?: string; readonly code: string; readonly message: string }[];
  /** Every plan is done; false: stopped for time, and goes on by itself or next time. */
  readonly complete: boolean;
  /** Why backups that a person asked to let go stay, by id. */
  readonly wishesRefused?: Readonly<Record<string, string>>;
  /** Of a dry run: what would be done, at most `mostLines`. */
  readonly planned?: readonly PlannedLine[];
}

/** Lines of a dry run; a reply of a function holds 6 MB. */
export const mostLines = 1000;

/** Things named one by one in a result or in the state. */
export const mostNamed = 100;

/** One run, as it goes: the options, and what has been counted. */
export interface Run {
  readonly deps: CleanupDeps;
  readonly options: CleanupOptions;
  /** Decides what has expired; the same for the whole run. */
  readonly now: string;
  readonly tally: Tally;
  /** Sees that the lease is still this run's own; absent on a dry run. CLEANUP_RUNNING. */
  readonly keepLease?: () => Promise<void>;
  /** When the round began that this run is a part of. */
  readonly roundStartedAt: string;
  /** Of a round over all plans: when the one before it was. What people let go since then is part of how much went. */
  readonly requestsSince?: string | undefined;
}

export interface Tally {
  plans: number;
  readonly marked: Marked;
  readonly leftovers: { objects: number; bytes: number };
  readonly needed: { objects: number; bytes: number };
  readonly kept: Record<string, number>;
  missing: number;
  /** Some of them, for the state. */
  readonly missingNamed: { planId: string; backupId: string; since: string }[];
  readonly unlisted: { planId: string; backupId: string }[];
  readonly reprieved: string[];
  /** No good backup is left, and the newest that could be brought back lies behind delete markers. */
  readonly beyondReprieve: { planId: string; backupId: string }[];
  /** Where unusually much expired, as the state remembers it. */
  readonly unusual: State<'cleanup'>['unusual'];
  adopted: number;
  uploadsAborted: number;
  readonly skipped: { what: string; why: string }[];
  readonly failed: { planId?: string; code: string; message: string }[];
  readonly planned: PlannedLine[];
  /** Completed backups that carried marks. */
  keptMarked: number;
  /** Objects that the vault refuses to mark. */
  readonly refused: string[];
  /** What was decided last about each backup that a person asked to let go. */
  readonly wishes: Map<string, Decision>;
  /** Backups expired by policy in this run, of all plans. */
  expired: number;
}

export function newTally(): Tally {
  return {
    plans: 0,
    marked: { backups: 0, objects: 0, bytes: 0 },
    leftovers: { objects: 0, bytes: 0 },
    needed: { objects: 0, bytes: 0 },
    kept: {},
    missing: 0,
    missingNamed: [],
    unlisted: [],
    reprieved: [],
    beyondReprieve: [],
    unusual: [],
    adopted: 0,
    uploadsAborted: 0,
    skipped: [],
    failed: [],
    planned: [],
    keptMarked: 0,
    refused: [],
    wishes: new Map(),
    expired: 0,
  };
}

/** Says that a step begins, unless time is up: DEADLINE then, and what is not done goes on next time. */
export async function beginStep({ deps, options }: Run, step: CleanupStep): Promise<void> {
  checkTime(options);
  await deps.onStep?.(step);
}

/** Left for saving what was done, seconds. */
const leastSeconds = 10;

export function checkTime({ secondsLeft, signal }: Pick<CleanupOptions, 'secondsLeft' | 'signal'>): void {
  signal.throwIfAborted();
  if (secondsLeft() >= leastSeconds) return;
  throw new HoldfastError('DEADLINE', 'Cleanup stopped for time; what is left is done by the next run');
}

export function skip({ tally, deps }: Run, what: string, why: string): void {
  deps.log.info('cleanup left something alone', { what, why });
  if (tally.skipped.length < mostNamed) tally.skipped.push({ what, why });
}

export function plan({ tally }: Run, line: PlannedLine): void {
  if (tally.planned.length < mostLines) tally.planned.push(line);
}

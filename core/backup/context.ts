/** What a run works with, and what one attempt at it carries from step to step. */
import type { Plan, Source } from '../plan.ts';
import type { BackupRow, Catalog, Owner, Trigger } from '../ports/catalog.ts';
import type { Alerts, Clock, Log, Secrets } from '../ports/index.ts';
import type { KeyRing } from '../ports/keys.ts';
import type { SourceCategory } from '../ports/kind.ts';
import type { ComponentTarget, SourceDriver } from '../ports/source.ts';
import type { Vault } from '../ports/vault.ts';
import type { Segments } from '../segment-progress.ts';
import type { Steps, Track } from '../steps.ts';

export interface BackupDeps {
  readonly vault: Vault;
  readonly catalog: Catalog;
  readonly keyRing: KeyRing;
  readonly secrets: Secrets;
  readonly alerts: Alerts;
  readonly clock: Clock;
  readonly log: Log;
  readonly driverFor: (source: Source) => SourceDriver;
  readonly categoryOf: (source: Source) => SourceCategory;
  /** Segments at a time where the plan says nothing: one a core, at most 8; sources that run together share it. */
  readonly defaultParallelism: number;
  readonly holdfastVersion: string;
  /** Days of Object Lock on what is written, when the vault has it. */
  readonly lockDays?: number;
  /** Plain bytes of one part; the format's maximum unless a test wants many. */
  readonly partPlainBytes?: number;
  /** Called before each step; tests stop the run there. */
  readonly onStep?: (step: BackupStep) => Promise<void>;
}

export const backupSteps = [
  'claim',
  'adopt',
  'hold-source',
  'open',
  'hold-bases',
  'dump',
  'confirm',
  'prepare',
  'write-manifest',
  'complete',
] as const;
export type BackupStep = (typeof backupSteps)[number];

export interface BackupRequest {
  readonly plan: Plan;
  /** ISO 8601 UTC: the scheduled slot, or the instant of a manual request. */
  readonly slot: string;
  /** Makes manual requests of the same second differ. */
  readonly token?: string;
  readonly trigger: Trigger;
  /** What a person calls it. */
  readonly label?: string;
  /** Only these sources of the plan, by name. */
  readonly only?: readonly string[];
  /** Days from the slot that it is kept, instead of what the plan says. */
  readonly keepDays?: number;
  readonly createdBy: string;
  readonly correlationId: string;
}

/** One attempt: who owns the row, what was asked for, and when to stop. */
export interface Attempt {
  readonly request: BackupRequest;
  /** As it was claimed. */
  readonly row: BackupRow;
  readonly owner: Owner;
  readonly deps: BackupDeps;
  readonly signal: AbortSignal;
  readonly log: Log;
  /** What it has gone through, for the row. */
  readonly steps: Steps;
  /** Of the part that is at it: components have one each. */
  readonly track: Track;
  /** How far its segments are, for the row. */
  readonly segments: Segments;
  /** The attempt before met damage in what it had built upon: this one reads everything. */
  readonly withoutBase?: boolean;
}

/** Notes that a step begins, of a component if need be; tests stop the run there. */
export async function beginStep(
  { deps, track }: Pick<Attempt, 'deps' | 'track'>,
  step: BackupStep,
  of?: ComponentTarget,
): Promise<void> {
  track.begin(of ? `${step} ${of.component}` : step, of?.title);
  await deps.onStep?.(step);
}

/** What a rebuild did, counted as it goes: bounded, whatever the number of backups. */
import type { Unreadable } from './unreadable.ts';

/** So many problems and plans are named; all are counted. */
export const mostNamed = 1000;

export interface PlanNotice {
  readonly planId: string;
  readonly enabled: boolean;
}

export interface Recovered {
  readonly plans: {
    readonly adopted: number;
    readonly present: number;
    /** Those that were adopted: their schedules are not there. */
    readonly named: readonly PlanNotice[];
  };
  readonly backups: {
    readonly adopted: number;
    /** The catalog knew them. */
    readonly present: number;
    /** Marked for expiry: adopted as expired, `holdfast undelete` brings them back. */
    readonly marked: number;
    readonly markedNamed: readonly string[];
    /** Folders without a manifest: leftovers of runs that failed, or backups behind a delete marker. */
    readonly withoutManifest: number;
    /** Adopted, but as failed in verification: parts of them are missing. */
    readonly lackingParts: number;
  };
  /** Adopted backups with a verification from their reports. */
  readonly reports: number;
  readonly pins: number;
  /** Entries of the audit trail; `present`: the catalog knew them. */
  readonly audit: { readonly adopted: number; readonly present: number };
  readonly unreadable: { readonly count: number; readonly named: readonly Unreadable[] };
}

export interface Tally {
  plan(notice: PlanNotice | undefined): void;
  backup(
    outcome: 'adopted' | 'present' | 'withoutManifest' | 'lackingParts' | { readonly marked: string },
  ): void;
  report(): void;
  pin(): void;
  entry(outcome: 'adopted' | 'present'): void;
  problem(problem: Unreadable): void;
  result(): Recovered;
}

export function tally(): Tally {
  const named: PlanNotice[] = [];
  const markedNamed: string[] = [];
  const problems: Unreadable[] = [];
  const plans = { adopted: 0, present: 0 };
  const backups = { adopted: 0, present: 0, marked: 0, withoutManifest: 0, lackingParts: 0 };
  const audit = { adopted: 0, present: 0 };
  const counts = { reports: 0, pins: 0, unreadable: 0 };
  return {
    plan(notice) {
      if (!notice) plans.present += 1;
      else {
        plans.adopted += 1;
        if (named.length < mostNamed) named.push(notice);
      }
    },
    backup(outcome) {
      if (typeof outcome === 'string') backups[outcome] += 1;
      else {
        backups.marked += 1;
        if (markedNamed.length < mostNamed) markedNamed.push(outcome.marked);
      }
    },
    report() {
      counts.reports += 1;
    },
    pin() {
      counts.pins += 1;
    },
    entry(outcome) {
      audit[outcome] += 1;
    },
    problem(problem) {
      counts.unreadable += 1;
      if (problems.length < mostNamed) problems.push(problem);
    },
    result: () => ({
      plans: { ...plans, named },
      backups: { ...backups, markedNamed },
      reports: counts.reports,
      pins: counts.pins,
      audit: { ...audit },
      unreadable: { count: counts.unreadable, named: problems },
    }),
  };
}

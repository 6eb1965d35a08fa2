/**
 * What a policy would keep of a plan's real history. Decided by the planner that cleanup uses, so what it shows is
 * what the next round would do, but for two things: a round looks whether the manifests of those it is about to keep
 * are really there, and what changes in between is decided anew.
 */
import { type CleanupPlanner, cleanupPlanner, type Decision, policyEnd } from './cleanup/plan.ts';
import type { Retention } from './plan.ts';
import type { BackupRow } from './ports/catalog.ts';
import type { Tier } from './ports/vault.ts';
import { scheduledTiers } from './retention.ts';

/** Lines that are held for the table; totals count the rest too. */
export const mostPreviewLines = 10_000;

export interface PreviewInput {
  readonly planId: string;
  /** The plan as it is; absent when it has no row any more: each backup then goes when it was made to go. */
  readonly plan?: { readonly retention: Retention; readonly paused?: unknown; readonly deleted?: unknown };
  readonly pausedAll?: boolean;
  /** The policy that is tried; default: the plan's own. */
  readonly retention?: Retention;
  /** ISO 8601 UTC. */
  readonly now: string;
}

/** A completed backup under both policies. */
export interface PreviewLine {
  readonly backupId: string;
  /** ISO 8601 UTC. */
  readonly slot: string;
  readonly tier: Tier;
  readonly storedBytes?: number;
  /** Under the plan's policy as it is; absent when nothing says so. */
  readonly expiresNow?: string;
  /** Under the policy that is tried. */
  readonly expiresThen?: string;
  readonly verdict: 'keep' | 'expire';
  /** `policy`, `last good`, `last proven`, `pinned` … */
  readonly why: string;
}

export interface PreviewCount {
  readonly kept: number;
  readonly keptBytes: number;
  readonly expired: number;
  readonly expiredBytes: number;
}

export interface RetentionPreview {
  readonly planId: string;
  /** Newest first, at most `mostPreviewLines`. */
  readonly lines: readonly PreviewLine[];
  readonly totals: PreviewCount;
  /** Those that have a backup, highest tier first. */
  readonly tiers: readonly (PreviewCount & { readonly tier: Tier })[];
}

export interface Preview {
  /** Every row of the plan, newest first; those that are no completed backup count for nothing. */
  add(row: BackupRow): void;
  result(): RetentionPreview;
}

const nothing: PreviewCount = { kept: 0, keptBytes: 0, expired: 0, expiredBytes: 0 };
const shownTiers: readonly Tier[] = [...scheduledTiers, 'manual'];

export function retentionPreview(input: PreviewInput): Preview {
  const tried = input.retention ? { ...input.plan, retention: input.retention } : input.plan;
  // How long a removed object can be brought back says nothing about what is kept.
  const planner: CleanupPlanner = cleanupPlanner({ ...input, plan: tried, undeleteDays: 0 });
  const lines: PreviewLine[] = [];
  const tiers = new Map<Tier, PreviewCount>();
  let totals = nothing;

  return {
    add(row) {
      const decision = planner.decide(row);
      if (row.status !== 'completed') return;
      const goes = decision.action === 'expire';
      totals = counted(totals, row, goes);
      tiers.set(row.tier, counted(tiers.get(row.tier) ?? nothing, row, goes));
      if (lines.length >= mostPreviewLines) return;
      lines.push({
        backupId: row.backupId,
        slot: row.slot,
        tier: row.tier,
        storedBytes: row.storedBytes,
        expiresNow: policyEnd(row, input.plan),
        expiresThen: policyEnd(row, tried),
        verdict: goes ? 'expire' : 'keep',
        why: why(decision),
      });
    },
    result: () => ({
      planId: input.planId,
      lines: [...lines],
      totals,
      tiers: shownTiers.flatMap((tier) => {
        const count = tiers.get(tier);
        return count ? [{ tier, ...count }] : [];
      }),
    }),
  };
}

function counted(before: PreviewCount, { storedBytes = 0 }: BackupRow, goes: boolean): PreviewCount {
  return goes
    ? { ...before, expired: before.expired + 1, expiredBytes: before.expiredBytes + storedBytes }
    : { ...before, kept: before.kept + 1, keptBytes: before.keptBytes + storedBytes };
}

function why(decision: Decision): string {
  if (decision.action === 'expire') return 'policy ended';
  if (decision.action !== 'keep') return decision.action;
  // The date of `policy` stands in a column of its own.
  return decision.why === 'held' && decision.until
    ? `held until ${decision.until.slice(0, 10)}`
    : decision.why;
}

/** Small named values in the catalog: what cleanup and watch remember between rounds, pauses, what is known of keys. */
import { z } from 'zod';
import { HoldfastError } from './errors.ts';
import { backupIdSchema, planIdSchema } from './format/layout.ts';
import type { Catalog } from './ports/catalog.ts';

const isoTime = z.iso.datetime();
const count = z.int().min(0);

/** The last rounds of cleanup. */
const cleanupState = z.object({
  /** When a round over all plans last reached its end, policy and leftovers of every plan decided and marked. */
  completedAt: isoTime.optional(),
  lastRunAt: isoTime,
  lastError: z.string().optional(),
  /** Where an unfinished round goes on: the plans up to this one are done. */
  doneUpTo: planIdSchema.optional(),
  /** When the unfinished round began. */
  roundStartedAt: isoTime.optional(),
  /** What runs of the unfinished round have done so far. */
  round: z
    .object({
      backups: count,
      objects: count,
      bytes: count,
      /** Plans that could not be cleaned up. */
      failures: count,
      /** How often it started itself again for want of time. */
      restarts: count,
      /** What expired by policy, and what stayed, of the plans that the round has been through. */
      expired: count.default(0),
      kept: count.default(0),
    })
    .default({ backups: 0, objects: 0, bytes: 0, failures: 0, restarts: 0, expired: 0, kept: 0 }),
  /** The plan whose turn it is; one that is found here by the next run has killed its function. */
  inProgress: planIdSchema.optional(),
  /** What the last rounds that ended marked, newest first, at most 30. */
  rounds: z
    .array(z.object({ at: isoTime, backups: count, objects: count, bytes: count }))
    .max(30)
    .default([]),
  /** Completed backups whose manifest the vault lacked when it was last looked at, at most 100. */
  missing: z
    .array(z.object({ planId: planIdSchema, backupId: backupIdSchema, since: isoTime }))
    .max(100)
    .default([]),
  /** Plans without a good backup, whose newest expired one needs `holdfast undelete`, and when that was last told. */
  beyondReprieve: z
    .array(z.object({ planId: planIdSchema, backupId: backupIdSchema, toldAt: isoTime }))
    .max(100)
    .default([]),
  /** Rounds in which unusually much of a plan, or of all, expired; each stays until what it marked is gone for good. */
  unusual: z
    .array(
      z.object({
        planId: planIdSchema.optional(),
        expired: count,
        kept: count,
        at: isoTime,
        until: isoTime,
        /** Absent when it could not be told: watch does. */
        toldAt: isoTime.optional(),
      }),
    )
    .max(100)
    .default([]),
  /** Manifests in the vault that no row knew and that were handed to adopt, at most 100. */
  unlisted: z
    .array(z.object({ planId: planIdSchema, backupId: backupIdSchema }))
    .max(100)
    .default([]),
});

const watchState = z.object({
  completedAt: isoTime,
  /** The newest backup of each plan for which its dead-man URL was pinged. */
  pinged: z.record(z.string(), backupIdSchema).default({}),
  /** What the last whole round found, in what everybody may know; absent before the first round of a release that notes it. */
  found: z
    .object({
      state: z.enum(['well', 'trouble']),
      /** Since when it has been so. */
      since: isoTime,
      /** Of any plan: when a good backup was last completed, and one last passed a restore drill. */
      lastBackupAt: isoTime.optional(),
      lastProvenAt: isoTime.optional(),
    })
    .optional(),
});

/** How far the round of verify over all plans is: what is proven by the calendar (core/verification/round.ts). */
const verificationState = z.object({
  /** When a round over all plans last reached its end. */
  completedAt: isoTime.optional(),
  /** Until then a sweep is at it; one that died is over by then. */
  busyUntil: isoTime.optional(),
  /** The list that is gone through: plans, then those that were deleted. */
  deleted: z.boolean().default(false),
  /** The page of that list, and the plan on it up to which everything is done. */
  page: z.string().max(4096).optional(),
  doneUpTo: planIdSchema.optional(),
  /** The kept backups of the plan after that: since when they are looked at, and at which page. */
  look: z
    .object({
      planId: planIdSchema,
      startedAt: isoTime,
      page: z.string().max(4096).optional(),
      /** How often that page was begun without an end in order. */
      tries: count,
      /** Of that page, so many that are not seen yet are left out: each was begun too often. */
      leftOut: count.optional(),
    })
    .optional(),
});

/** Everything is paused. */
const pauseState = z.object({ at: isoTime, by: z.string(), reason: z.string() }).nullable();

/** What was done with wrapping keys, by id. */
const keysState = z.object({
  keys: z.record(
    z.string(),
    z.object({
      exportedAt: isoTime.optional(),
      provenAt: isoTime.optional(),
      provenBackup: z.string().optional(),
    }),
  ),
});

const stored = z.object({ backups: count, storedBytes: count });

/** Figures over all plans, counted by watch (core/control/stats.ts has their meaning and bounds). */
const statsState = z.object({
  asOf: isoTime,
  plans: z.object({ total: count, enabled: count }),
  days: z
    .array(
      z.object({
        day: z.string(),
        completed: count,
        failed: count,
        missed: count,
        sourceBytes: count,
        storedBytes: count,
        seconds: count,
        longestSeconds: count,
        verified: count,
        verifyFailed: count,
        proven: count,
        keptBytes: count.optional(),
      }),
    )
    .max(400),
  byTier: z.record(z.string(), stored),
  byKind: z.record(z.string(), stored),
  named: z
    .array(
      z.object({
        planId: z.string(),
        name: z.string().optional(),
        kind: z.enum(['database', 'files', 'full']).optional(),
        backups: count,
        storedBytes: count,
        completed: count,
        failed: count,
        missed: count,
        lastBackup: z
          .object({
            backupId: z.string(),
            slot: z.string(),
            status: z.enum(['pending', 'running', 'completed', 'failed', 'expired']),
            endedAt: z.string().optional(),
            seconds: count.optional(),
            sourceBytes: count.optional(),
            storedBytes: count.optional(),
            verified: z.enum(['passed', 'failed', 'error']).optional(),
            provenAt: z.string().optional(),
          })
          .optional(),
      }),
    )
    .max(100),
  upcoming: z.array(z.object({ planId: z.string(), at: z.string() })).max(100),
});

export const stateSchemas = {
  cleanup: cleanupState,
  watch: watchState,
  verification: verificationState,
  pause: pauseState,
  keys: keysState,
  stats: statsState,
} as const;
export type StateName = keyof typeof stateSchemas;
export type State<N extends StateName> = z.output<(typeof stateSchemas)[N]>;

/** The value and its revision (0 when there is none). INTERNAL when what is stored is not of its schema. */
export async function readState<N extends StateName>(
  catalog: Pick<Catalog, 'getState'>,
  name: N,
): Promise<{ readonly value: State<N> | undefined; readonly revision: number }> {
  const row = await catalog.getState(name);
  if (!row) return { value: undefined, revision: 0 };
  const result = stateSchemas[name].safeParse(row.value);
  if (result.success) return { value: result.data as State<N>, revision: row.revision };
  throw new HoldfastError(
    'INTERNAL',
    `the state "${name}" in the catalog is damaged: ${result.error.message}`,
  );
}

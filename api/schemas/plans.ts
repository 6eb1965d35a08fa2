/**
 * Plans as the API takes and shows them. What goes in is core's own schema; the sources are parsed once more, by their
 * kinds (deps.parsePlan). What comes out has every field, with its default; secrets are names, and the path of a
 * dead-man URL is for administrators only.
 */
import { z } from 'zod';
import { wantedSchedule } from '../../core/control/plan-change.ts';
import { runsOf } from '../../core/control/plans.ts';
import { secondsOf } from '../../core/control/stats-day.ts';
import {
  channelSchema,
  notificationsSchema,
  type Plan,
  planSchema,
  retentionSchema,
  targetsSchema,
  verificationSchema,
} from '../../core/plan.ts';
import type { BackupRow, PlanRow } from '../../core/ports/catalog.ts';
import { rowErrorSchema, timeSchema } from './common.ts';

/** In a request. */
export const planBodySchema = planSchema.meta({
  id: 'PlanInput',
  description:
    'A plan (docs/plans.md has every field; what a source takes depends on its kind). Unknown fields are refused.',
});

const scheduleSchema = z.object({
  cron: z.string().optional(),
  rate: z.string().optional(),
  aws: z.string().optional(),
  timeZone: z.string(),
});

const shownPlanSchema = z
  .object({
    id: z.string(),
    name: z.string().optional(),
    enabled: z.boolean(),
    sources: z.array(z.looseObject({ kind: z.string(), name: z.string() })),
    schedule: scheduleSchema,
    retention: z.object(retentionSchema.shape),
    vaults: z.array(z.looseObject({ name: z.string() })),
    graceMinutes: z.int(),
    targets: z
      .object(targetsSchema.shape)
      .optional()
      .meta({ description: 'What is promised: a warning while it is not kept.' }),
    quotaBytes: z.int().optional(),
    deadManUrl: z
      .string()
      .optional()
      .meta({ description: 'Its path is a secret: only administrators see it.' }),
    verification: z.object(verificationSchema.shape),
    notifications: z.object({
      ...notificationsSchema.shape,
      channels: z.array(z.object(channelSchema.shape)),
    }),
    maxSourceBytes: z.int().optional(),
  })
  .meta({ id: 'PlanFields' });

const lastBackupSchema = z
  .object({
    backupId: z.string(),
    slot: timeSchema,
    status: z.enum(['pending', 'running', 'completed', 'failed', 'expired']),
    trigger: z.enum(['schedule', 'manual', 'restore-point']),
    startedAt: timeSchema.optional(),
    completedAt: timeSchema.optional(),
    failedAt: timeSchema.optional(),
    seconds: z.int().optional(),
    sourceBytes: z.int().optional(),
    storedBytes: z.int().optional(),
    verified: z.enum(['passed', 'failed', 'error']).optional(),
    provenAt: timeSchema.optional(),
    error: rowErrorSchema.optional(),
  })
  .meta({ id: 'LastBackup' });

const storedSchema = z.object({ backups: z.int(), storedBytes: z.int() });

export const planRowSchema = z
  .object({
    plan: shownPlanSchema,
    revision: z.int().meta({ description: 'Grows with each change; the ETag is this number in quotes.' }),
    createdAt: timeSchema,
    updatedAt: timeSchema,
    updatedBy: z.string(),
    paused: z.object({ at: timeSchema, by: z.string(), reason: z.string() }).optional(),
    usage: z
      .object({
        countedAt: timeSchema,
        ...storedSchema.shape,
        byTier: z.record(z.string(), storedSchema).optional(),
      })
      .optional()
      .meta({ description: 'What its backups take up, as cleanup counted last.' }),
    schedule: z
      .object({ expression: z.string(), timeZone: z.string(), enabled: z.boolean() })
      .meta({ description: 'As EventBridge Scheduler has it.' }),
    nextRuns: z
      .array(timeSchema)
      .meta({ description: 'None while it is off, or it or everything is paused.' }),
    lastBackup: lastBackupSchema.optional(),
  })
  .meta({ id: 'Plan' });

export const fieldChangeSchema = z.object({
  field: z.string().meta({ example: 'retention.daily' }),
  before: z.string().optional().meta({ description: 'JSON; absent when there was none.' }),
  after: z.string().optional(),
});

const scheduleStateSchema = z.object({ expression: z.string(), timeZone: z.string(), enabled: z.boolean() });

export const planPreviewSchema = z
  .object({
    plan: shownPlanSchema,
    action: z.enum(['create', 'change', 'unchanged']),
    revision: z.int().meta({ description: 'What there is now; 0: nothing.' }),
    fields: z.array(fieldChangeSchema),
    schedule: z.object({
      wanted: scheduleStateSchema,
      found: scheduleStateSchema.optional(),
      differs: z.boolean(),
    }),
    nextRuns: z.array(timeSchema),
  })
  .meta({ id: 'PlanPreview', description: 'What a change would come to; nothing was changed.' });

/** `seesAll`: administrators. */
export function planJson(row: PlanRow, { now, runs, last, seesAll, pausedAll }: PlanView) {
  const { plan, revision, createdAt, updatedAt, updatedBy, paused, usage } = row;
  return {
    plan: shownPlan(plan, seesAll),
    revision,
    createdAt,
    updatedAt,
    updatedBy,
    paused,
    usage,
    schedule: wantedSchedule(plan),
    nextRuns: pausedAll ? [] : [...runsOf(row, now, runs)],
    lastBackup: last && lastJson(last),
  };
}

export interface PlanView {
  readonly now: Date;
  readonly runs: number;
  /** Everything is paused. */
  readonly pausedAll: boolean;
  readonly last: BackupRow | undefined;
  readonly seesAll: boolean;
}

export function shownPlan(plan: Plan, seesAll: boolean): Plan {
  if (plan.deadManUrl === undefined || seesAll) return plan;
  return { ...plan, deadManUrl: `${new URL(plan.deadManUrl).origin}/…` };
}

function lastJson(row: BackupRow) {
  const { backupId, slot, status, trigger, startedAt, completedAt, failedAt, verification } = row;
  const { sourceBytes, storedBytes, error } = row;
  return {
    backupId,
    slot,
    status,
    trigger,
    startedAt,
    completedAt,
    failedAt,
    seconds: completedAt === undefined ? undefined : secondsOf(row),
    sourceBytes,
    storedBytes,
    verified: verification?.status,
    provenAt: verification?.provenAt,
    error,
  };
}

/** Backups as the API shows them: rows of the catalog without what only the functions need. */
import { z } from 'zod';
import { labelSchema } from '../../core/events.ts';
import { planIdSchema } from '../../core/format/layout.ts';
import { pinReasonSchema } from '../../core/pin-reason.ts';
import { sourceNameSchema } from '../../core/plan.ts';
import { instantSchema, pagingQuery, rowErrorSchema, timeSchema } from './common.ts';
import { progressFigures, stepsSchema } from './steps.ts';

const kinds = ['database', 'files', 'full'] as const;
const statuses = ['pending', 'running', 'completed', 'failed', 'expired'] as const;
const tiers = ['hourly', 'daily', 'weekly', 'monthly', 'yearly', 'manual'] as const;
export const levels = ['stored', 'readable', 'restored'] as const;

const verificationSchema = z
  .object({
    status: z.enum(['passed', 'failed', 'error']).meta({
      description: '`error`: it could not be carried out, which says nothing about the backup.',
    }),
    level: z.enum(levels),
    verifiedAt: timeSchema,
    detail: z.string().meta({ description: 'What was found, shortened; the whole is in the sealed report.' }),
    provenAt: timeSchema.optional().meta({ description: 'When it last passed a restore drill.' }),
    reportKey: z.string().optional().meta({ description: 'Of the sealed report in the vault.' }),
    seconds: z
      .number()
      .optional()
      .meta({ description: 'How long it took. Lists leave this out, and what was compared: see drills.' }),
    counted: z
      .record(z.string(), z.number())
      .optional()
      .meta({ description: 'What was compared, by what it is.' }),
    differences: z.int().optional().meta({ description: 'How many were found.' }),
  })
  .meta({ id: 'Verification' });

const pinSchema = z.object({ at: timeSchema, by: z.string(), reason: z.string() });

const listed = {
  planId: z.string(),
  backupId: z.string(),
  source: z.string().meta({ description: 'Names of the plan’s sources.' }),
  kind: z.enum(kinds),
  trigger: z.enum(['schedule', 'manual', 'restore-point']),
  createdBy: z.string(),
  slot: timeSchema,
  status: z.enum(statuses),
  attempt: z.int(),
  startedAt: timeSchema.optional(),
  completedAt: timeSchema.optional(),
  failedAt: timeSchema.optional(),
  sourceBytes: z.int().optional(),
  storedBytes: z.int().optional(),
  tier: z.enum(tiers),
  expiresAt: timeSchema.optional(),
  label: z.string().optional(),
  only: z
    .array(z.string())
    .optional()
    .meta({ description: 'Names of the sources, where it holds some only.' }),
  keepDays: z.int().optional(),
  pin: pinSchema.optional().meta({ description: 'Never expires while it is there.' }),
  missingSince: timeSchema.optional().meta({ description: 'The vault lacks its manifest.' }),
  verification: verificationSchema.optional(),
  error: rowErrorSchema.optional(),
  correlationId: z.string(),
};

export const listedBackupSchema = z
  .object(listed)
  .meta({ id: 'ListedBackup', description: 'A backup in a list.' });

export const backupSchema = z
  .object({
    ...listed,
    progress: z
      .object({ plainBytes: z.number(), estimatedBytes: z.number(), step: z.string(), ...progressFigures })
      .optional()
      .meta({ description: 'While it runs; noted every 15 seconds.' }),
    steps: stepsSchema.optional(),
    usualSteps: z
      .array(z.object({ name: z.string(), seconds: z.number() }))
      .optional()
      .meta({ description: 'How long these take in the plan’s last 20 completed runs: medians, by name.' }),
    usualSeconds: z
      .number()
      .optional()
      .meta({ description: 'The median of the plan’s last 20 completed runs.' }),
    compressionRatio: z.number().optional(),
    locations: z.array(z.string()).optional(),
    tools: z.record(z.string(), z.string()).optional(),
    warnings: z.array(z.string()).optional(),
    manifest: z
      .object({
        key: z.string(),
        lengthBytes: z.int(),
        sha256: z.string(),
        objects: z.int().optional().meta({ description: 'Sealed objects of its own; absent above 500.' }),
        needs: z
          .array(z.string())
          .meta({ description: 'Ids of earlier backups that it cannot be restored without.' }),
      })
      .optional()
      .meta({ description: 'What the catalog knows of the sealed manifest; once it was written.' }),
    heldUntil: timeSchema.optional(),
    basedOnUntil: timeSchema.optional(),
    adoptedAt: timeSchema.optional(),
    expiry: z
      .object({
        reason: z.enum(['policy', 'failed', 'request']),
        decidedAt: timeSchema,
        by: z.string(),
        markedAt: timeSchema.optional(),
      })
      .optional()
      .meta({ description: 'Why and when it was decided that it goes.' }),
    copies: z.record(z.string(), z.object({ at: timeSchema, error: rowErrorSchema.optional() })).optional(),
    reports: z
      .array(z.object({ key: z.string(), level: z.enum(levels), at: timeSchema }))
      .optional()
      .meta({
        description:
          'Its verification reports in the vault, the newest first, at most 50. They are sealed: `verification` has what came of the latest. Absent when the vault could not be asked.',
      }),
    reportsError: rowErrorSchema.optional().meta({ description: 'Why there are no reports here.' }),
  })
  .meta({ id: 'Backup', description: 'One recovery point: one run of a plan.' });

/** In paths: the id, or PLAN@LABEL. */
export const backupNameSchema = z.string().min(3).max(200).meta({
  description: 'The id, or `PLAN@LABEL`.',
  example: '20261121T020000Z-3f9a1c22',
  // For the document alone: who finds the backup says what is wrong with its name.
  pattern: '^([0-9]{8}T[0-9]{6}Z-[0-9a-f]{8}|[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?@.+)$',
});

const orderQuery = z.enum(['asc', 'desc']).default('desc');

export const restorePointsQuery = {
  plan: planIdSchema.optional(),
  status: z.enum(statuses).optional(),
  from: instantSchema.optional().meta({ description: 'Slots from here on. ISO 8601 UTC.' }),
  to: instantSchema.optional().meta({ description: 'Slots before that. ISO 8601 UTC.' }),
  order: orderQuery,
  ...pagingQuery,
};

export const backupsQuery = {
  plan: planIdSchema.optional(),
  label: labelSchema.optional().meta({ description: 'Exactly this label; with `plan` only.' }),
  status: z.enum(statuses).optional(),
  kind: z.enum(kinds).optional(),
  tier: z.enum(tiers).optional(),
  verified: z
    .enum(['passed', 'failed', 'none', ...levels])
    .optional()
    .meta({ description: 'What the last verification found; or a level that was passed at least.' }),
  from: restorePointsQuery.from,
  to: restorePointsQuery.to,
  sort: z.enum(['slot', 'storedBytes', 'durationSeconds']).default('slot').meta({
    description:
      'Other than by slot only with `plan`, or `from` and `to` of at most 31 days, and of at most 1,000 backups.',
  }),
  order: orderQuery,
  ...pagingQuery,
};

const wish = {
  plan: planIdSchema,
  only: z
    .array(sourceNameSchema)
    .min(1)
    .max(20)
    .optional()
    .meta({ description: 'Only these sources of the plan.' }),
  keepDays: z
    .int()
    .min(1, '1 to 36500')
    .max(36_500, '1 to 36500')
    .optional()
    .meta({ description: 'Kept so long, instead of as the plan says.' }),
};
export const newBackupSchema = z
  .strictObject({ ...wish, label: labelSchema.optional() })
  .meta({ id: 'NewBackup' });
export const newRestorePointSchema = z
  .strictObject({ ...wish, label: labelSchema })
  .meta({ id: 'NewRestorePoint' });

export const requestedBackupSchema = z
  .object({
    planId: z.string(),
    backupId: z.string(),
    requestedAt: timeSchema,
    status: z.literal('pending'),
    correlationId: z.string(),
  })
  .meta({ id: 'RequestedBackup', description: 'It is going to be made; its row comes with its beginning.' });

export const taskStartedSchema = z
  .object({
    taskId: z.string(),
    kind: z.string(),
    status: z.enum(['pending', 'running', 'completed', 'failed']),
    planId: z.string().optional(),
    backupId: z.string().optional(),
    createdAt: timeSchema,
    createdBy: z.string(),
    correlationId: z.string(),
  })
  .meta({
    id: 'StartedTask',
    description: 'Work that goes on by itself; `GET /v1/runs/{taskId}` tells what came of it.',
  });

export const pinBodySchema = z.strictObject({ reason: pinReasonSchema }).meta({ id: 'PinReason' });

export const verifyBodySchema = z
  .strictObject({ level: z.enum(levels).default('readable') })
  .meta({ id: 'NewVerification' });

export const downloadBodySchema = z
  .strictObject({
    minutes: z
      .int()
      .min(1, '1 to 60')
      .max(60, '1 to 60')
      .default(10)
      .meta({ description: 'How long the links hold.' }),
    limit: z.int().min(1, '1 to 200').max(200, '1 to 200').default(50),
    cursor: z.string().min(1).max(4000).optional().meta({ description: '`nextCursor` of the page before.' }),
  })
  .meta({ id: 'DownloadRequest' });

export const downloadSchema = z
  .object({
    items: z.array(
      z.object({
        key: z
          .string()
          .meta({ description: 'Where it belongs, relative to the folder that holds the copy.' }),
        state: z.enum(['ready', 'archived', 'returning', 'missing']).meta({
          description:
            '`archived`, `returning`: in an archive class, it cannot be read yet; a restore asks for its return.',
        }),
        lengthBytes: z.int().optional(),
        versionId: z.string().optional().meta({ description: 'The version that the link is pinned to.' }),
        storageClass: z.string().optional(),
        url: z
          .string()
          .optional()
          .meta({ description: 'GET it without any further right. Only of what is `ready`.' }),
      }),
    ),
    expiresAt: timeSchema,
    nextCursor: z.string().optional().meta({ description: 'Absent on the last page.' }),
  })
  .meta({
    id: 'Download',
    description: 'Links to the sealed objects of a backup; a private key opens them.',
  });

/** Restores as the API shows and takes them. */
import { z } from 'zod';
import { restoreOrderSchema } from '../../core/events.ts';
import { planIdSchema } from '../../core/format/layout.ts';
import { flagSchema, pagingQuery, rowErrorSchema, timeSchema } from './common.ts';
import { progressFigures, stepsSchema } from './steps.ts';

const statuses = ['pending', 'waiting', 'running', 'completed', 'failed', 'cancelled'] as const;

const archiveWaitSchema = z
  .object({
    objects: z.int(),
    bytes: z.int(),
    requestedAt: timeSchema,
    expectedAt: timeSchema.meta({ description: 'When all can be read, at the latest. ISO 8601 UTC.' }),
    estimatedCostUsd: z
      .number()
      .meta({ description: 'Of asking for their return, list price of us-east-1.' }),
  })
  .meta({ id: 'ArchiveWait', description: 'Objects that must come back from an archive class first.' });

const orderSchema = z
  .object({
    planId: z.string(),
    backupId: z.string(),
    component: z.string().optional(),
    replace: z.boolean(),
    compare: z.boolean(),
    options: z.record(z.string(), z.unknown()),
    confirmed: z.array(z.string()).optional(),
    from: z.string(),
    returnSpeed: z.enum(['standard', 'bulk']),
  })
  .meta({ id: 'RestoreOrder', description: 'What was asked for, with every default.' });

export const restoreSchema = z
  .object({
    restoreId: z.string(),
    planId: z.string(),
    backupId: z.string(),
    status: z.enum(statuses).meta({ description: '`waiting`: for objects from an archive class.' }),
    createdBy: z.string(),
    createdAt: timeSchema,
    startedAt: timeSchema.optional(),
    completedAt: timeSchema.optional(),
    request: orderSchema,
    cancelRequested: z.boolean().optional(),
    progress: z
      .object({ plainBytes: z.number(), totalBytes: z.number(), step: z.string(), ...progressFigures })
      .optional()
      .meta({ description: 'In a list without its segments.' }),
    steps: stepsSchema.optional().meta({ description: 'Not in a list.' }),
    secondsLeft: z.number().optional().meta({
      description:
        'Until all is read, at the rate of the last half minute. Absent where that cannot be said.',
    }),
    waitingFor: archiveWaitSchema.optional(),
    result: z.record(z.string(), z.unknown()).optional().meta({
      description: 'Where it is, what was compared, what differs, what was left out, what to do next.',
    }),
    error: rowErrorSchema.optional(),
    dead: rowErrorSchema.optional().meta({ description: 'It cannot end any more, and why.' }),
    correlationId: z.string(),
  })
  .meta({ id: 'Restore', description: 'Bringing a backup back into a target.' });

export const restoreIdSchema = z
  .string()
  .regex(/^r-[0-9a-z-]{8,60}$/, 'a restore id like r-20261121t020000z-3f9a1c22')
  .meta({ example: 'r-20261121t020000z-3f9a1c22' });

export const restoresQuery = {
  plan: planIdSchema.optional(),
  status: z.enum(statuses).optional(),
  order: z.enum(['asc', 'desc']).default('desc'),
  ...pagingQuery,
};

export const dryRunQuery = {
  dryRun: flagSchema.meta({ description: 'Says what would happen, and does nothing.' }),
};

const { component, options, from, returnSpeed, confirmed } = restoreOrderSchema.shape;

export const newRestoreSchema = z
  .strictObject({
    component: component.meta({ description: 'Which one, when the backup has several.' }),
    replace: z
      .boolean()
      .default(false)
      .meta({ description: 'In the place of what was backed up, as the kind does it safely.' }),
    compare: z.boolean().default(true).meta({ description: 'With the evidence, afterwards.' }),
    options: options.meta({ description: 'What the kind of the source takes: docs/api.md lists it.' }),
    from: from.meta({ description: 'Which copy is read: `vault`, `replica`, or `vault:NAME`.' }),
    returnSpeed: returnSpeed.meta({ description: 'How fast objects in an archive class are asked back.' }),
    confirmed: confirmed.meta({
      description: 'The places whose data goes, exactly as `destruction.places` of a dry run names them.',
    }),
    restorePoint: z
      .string()
      .min(3)
      .max(200)
      .optional()
      .meta({ description: 'The backup that was made of those places before: its id, or `PLAN@LABEL`.' }),
    withoutRestorePoint: z.boolean().default(false).meta({ description: 'What is there today may be lost.' }),
  })
  .meta({ id: 'NewRestore' });

export const restorePreviewSchema = z
  .object({
    dryRun: z.literal(true),
    order: orderSchema,
    head: z.string(),
    steps: z.array(z.string()),
    target: z
      .string()
      .optional()
      .meta({ description: 'Where it goes; `<name>` and `<time>` are not known yet.' }),
    destruction: z
      .object({ words: z.array(z.string()), places: z.array(z.string()), kept: z.boolean() })
      .optional()
      .meta({ description: 'What it takes away of what is there today. Absent: nothing.' }),
    restorePoint: z
      .object({
        needed: z.boolean(),
        plan: z.string().optional(),
        only: z.array(z.string()).optional(),
        label: z.string().optional().meta({ description: 'A name for it.' }),
        doubt: z.string().optional().meta({ description: 'What it may not hold.' }),
        why: z.string().optional().meta({ description: 'Why none is, or can be, made.' }),
      })
      .optional()
      .meta({ description: 'What is backed up before, where something is taken away.' }),
    archive: archiveWaitSchema.optional(),
    archiveWords: z.array(z.string()).optional(),
    warnings: z.array(z.string()),
    role: z.enum(['operator', 'admin']).meta({ description: 'Who may order it.' }),
  })
  .meta({ id: 'RestorePreview', description: 'What a restore would do.' });

export const restoreAnswerSchema = z.union([restoreSchema, restorePreviewSchema]);

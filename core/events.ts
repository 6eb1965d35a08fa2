/** What the functions accept. Parsed strictly once, at the door of each function. */
import { z } from 'zod';
import { backupIdSchema, componentNameSchema, planIdSchema } from './format/layout.ts';
import { planSchema, sourceNameSchema } from './plan.ts';

const correlationId = z.string().min(1).max(100).optional();
const person = z.string().min(1).max(200).optional();

/** For people, one line. */
export const labelSchema = z
  .string()
  .trim()
  .min(1, '1 to 100 characters on one line')
  .max(100, '1 to 100 characters on one line')
  // Unicode's control characters (Cc), in a form that every reader of the OpenAPI document takes.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is about them.
  .regex(/^[^\u0000-\u001f\u007f-\u009f]*$/, '1 to 100 characters on one line');

/** One delivery of a scheduled run: any number of deliveries of the same slot make one backup. */
const scheduledBackup = z.strictObject({
  task: z.literal('backup'),
  planId: planIdSchema,
  /** ISO 8601, or literally `<aws.scheduler.scheduled-time>` where the scheduler does not fill it in. */
  scheduledTime: z.string(),
});

const manualBackup = z.strictObject({
  task: z.literal('backup-now'),
  planId: planIdSchema,
  /** The instant of the request, ISO 8601 UTC; with `token` it names the backup. */
  requestedAt: z.iso.datetime(),
  token: z.string().min(8).max(100),
  /** A restore point: a labelled one, made before something is changed. */
  trigger: z.enum(['manual', 'restore-point']).default('manual'),
  label: labelSchema.optional(),
  /** Only these sources of the plan. */
  only: z.array(sourceNameSchema).min(1).max(20).optional(),
  keepDays: z.int().min(1).max(36_500).optional(),
  createdBy: person,
  correlationId,
});

/** `t-20261121t020000z-3f9a1c22`: the row that the result goes into. */
export const taskIdSchema = z.string().regex(/^t-[0-9a-z-]{8,60}$/, 'a task id');

const planTest = z.strictObject({
  task: z.literal('plan-test'),
  plan: planSchema,
  /** Absent: the result is the reply. */
  taskId: taskIdSchema.optional(),
  /** Also sends a test notification to everybody whom the plan names. */
  notify: z.boolean().default(false),
  by: person,
  correlationId,
});

const selfTest = z.strictObject({ task: z.literal('self-test') });

export const backupEventSchema = z.discriminatedUnion('task', [
  scheduledBackup,
  manualBackup,
  planTest,
  selfTest,
]);
export type BackupEvent = z.infer<typeof backupEventSchema>;

const verifyOne = z.strictObject({
  task: z.literal('verify'),
  planId: planIdSchema,
  backupId: backupIdSchema,
  level: z.enum(['stored', 'readable', 'restored']),
  taskId: taskIdSchema.optional(),
  by: person,
  correlationId,
});

/** The static schedule: verifies what has completed and was not verified yet, oldest first, while time remains. */
const verifyDue = z.strictObject({ task: z.literal('verify-due') });

export const verifyEventSchema = z.discriminatedUnion('task', [verifyOne, verifyDue, selfTest]);
export type VerifyEvent = z.infer<typeof verifyEventSchema>;

/** What a person asked to restore; kept in the catalog row of the restore. */
export const restoreOrderSchema = z.strictObject({
  planId: planIdSchema,
  backupId: backupIdSchema,
  /** Which component, when the backup has several. */
  component: componentNameSchema.optional(),
  replace: z.boolean().default(false),
  compare: z.boolean().default(true),
  /** What the component's kind takes: parsed by it before anything is touched. */
  options: z.record(z.string(), z.unknown()).default({}),
  /**
   * Places whose data goes, as they were shown to who agreed (Destruction). The restore refuses to destroy any other:
   * the plan may have moved since the backup. Absent where nobody could know them.
   */
  confirmed: z.array(z.string().min(1).max(4000)).max(1000).optional(),
  /** Which copy is read: the vault, its replica in another region or account, or a further vault of the plan by name. */
  from: z
    .union([z.enum(['vault', 'replica']), z.templateLiteral(['vault:', sourceNameSchema])])
    .default('vault'),
  /** How fast objects in an archive class are asked back. */
  returnSpeed: z.enum(['standard', 'bulk']).default('standard'),
});
export type RestoreOrder = z.infer<typeof restoreOrderSchema>;

/** What of a backup is listed. */
export const contentsQuestion = z.strictObject({
  /** Only this component; default: all, in the order of the manifest. */
  component: componentNameSchema.optional(),
  /** Names begin with it. */
  prefix: z.string().max(4096, 'at most 4096 characters').optional(),
  /** `COMPONENT/NAME` of the last item that is known already. */
  after: z.string().min(1).max(6000, 'at most 6000 characters').optional(),
  limit: z.int().min(1, '1 to 1000').max(1000, '1 to 1000').default(200),
});
export type ContentsQuestion = z.output<typeof contentsQuestion>;

export const reportQuestion = z.strictObject({
  /** Of the report in the vault; default: the newest. */
  key: z.string().min(1).max(1024).optional(),
});

/** For what is opened of one backup because somebody asked: by the private keys, which the API has not. */
const ofBackup = {
  planId: planIdSchema,
  backupId: backupIdSchema,
  /** Absent: the result is the reply. */
  taskId: taskIdSchema.optional(),
  by: person,
  correlationId,
};

export const restoreEventSchema = z.discriminatedUnion('task', [
  z.strictObject({
    task: z.literal('restore'),
    restoreId: z.string().regex(/^r-[0-9a-z-]{8,60}$/, 'a restore id'),
  }),
  /** Looks whether a restore of that order could be done, and changes nothing. */
  z.strictObject({
    task: z.literal('preflight'),
    order: restoreOrderSchema,
    /** Absent: the result is the reply. */
    taskId: taskIdSchema.optional(),
    by: person,
    correlationId,
  }),
  z.strictObject({ task: z.literal('contents'), ...contentsQuestion.shape, ...ofBackup }),
  z.strictObject({ task: z.literal('report'), ...reportQuestion.shape, ...ofBackup }),
  selfTest,
]);
export type RestoreEvent = z.infer<typeof restoreEventSchema>;

/** Decides what has expired and marks it; also finishes what an earlier one left. */
const cleanUp = z.strictObject({
  task: z.literal('cleanup'),
  /** Only this plan; default: all of them. */
  planId: planIdSchema.optional(),
  /** Says what would be done, changes nothing. */
  dryRun: z.boolean().default(false),
  by: person,
  taskId: taskIdSchema.optional(),
  correlationId,
  /** How often in a row it has started itself again for want of time. */
  restarts: z.int().min(0).max(1000).optional(),
});

/** The newest marked backup of a plan that would be its last good one is taken back. */
const reprieve = z.strictObject({ task: z.literal('reprieve'), planId: planIdSchema, correlationId });

/**
 * A person asked for it: a completed backup is marked (refused for a pinned one, for the last good and the last proven
 * of its plan, and for what others need), or an expired one that S3 has not hidden yet is taken back and pinned.
 */
const oneBackup = {
  planId: planIdSchema,
  backupId: backupIdSchema,
  by: z.string().min(1).max(200),
  taskId: taskIdSchema.optional(),
  correlationId,
};
const expireOne = z.strictObject({ task: z.literal('expire'), ...oneBackup });
const undeleteOne = z.strictObject({ task: z.literal('undelete'), ...oneBackup });

export const cleanupEventSchema = z.discriminatedUnion('task', [
  cleanUp,
  reprieve,
  expireOne,
  undeleteOne,
  selfTest,
]);
export type CleanupEvent = z.infer<typeof cleanupEventSchema>;

export const watchEventSchema = z.discriminatedUnion('task', [
  z.strictObject({ task: z.literal('watch') }),
  selfTest,
]);
export type WatchEvent = z.infer<typeof watchEventSchema>;

/** Makes catalog rows from manifests that cleanup found without one. */
export const adoptEventSchema = z.discriminatedUnion('task', [
  z.strictObject({
    task: z.literal('adopt'),
    backups: z
      .array(z.strictObject({ planId: planIdSchema, backupId: backupIdSchema }))
      .min(1)
      .max(500),
    correlationId,
  }),
  selfTest,
]);
export type AdoptEvent = z.infer<typeof adoptEventSchema>;

/** What every function answers to `self-test`: each check by name. */
export interface SelfTestReply {
  readonly ok: boolean;
  readonly checks: readonly { readonly name: string; readonly ok: boolean; readonly detail: string }[];
}

/** What notify is started with, besides what comes by the topic of the alerts. */
export const noticeEventSchema = z.discriminatedUnion('task', [
  /** A backup completed, or passed a drill: those who asked for it are told. */
  z.strictObject({
    task: z.literal('success'),
    planId: planIdSchema,
    backupId: backupIdSchema,
    what: z.enum(['backup', 'drill']),
    correlationId,
  }),
  /** How the last seven days went: on Mondays, by its schedule. */
  z.strictObject({ task: z.literal('weekly-summary'), scheduledTime: z.string().optional() }),
  /** Tries each recipient and channel of a plan, or only looks whether each could be told; what came of it is the reply. */
  z.strictObject({
    task: z.literal('test'),
    plan: planSchema,
    send: z.boolean().default(true),
    by: person,
    correlationId,
  }),
  selfTest,
]);
export type NoticeEvent = z.infer<typeof noticeEventSchema>;

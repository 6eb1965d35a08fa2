/**
 * Items as they lie in the table, and rows as core knows them. Every item is parsed when it is read: attributes that
 * a later release added are passed over, those we know must be of their type.
 */
import { z } from 'zod';
import { HoldfastError } from '../../core/errors.ts';
import {
  attemptSchema,
  backupIdSchema,
  componentNameSchema,
  planIdSchema,
} from '../../core/format/layout.ts';
import { parse } from '../../core/parse.ts';
import { planSchema, sourceNameSchema } from '../../core/plan.ts';
import type {
  AlertRow,
  AuditEntry,
  BackupRow,
  CopyNote,
  DayRow,
  DrillRow,
  ListedBackup,
  Needed,
  PlanRow,
  RestoreRow,
  RunTimes,
  StateRow,
  TaskRow,
  VerificationState,
} from '../../core/ports/catalog.ts';
import { mostSegments } from '../../core/segment-progress.ts';
import { mostSteps } from '../../core/steps.ts';
import { asListed } from '../../core/timeline.ts';
import type { Item } from './store.ts';

const isoTime = z.iso.datetime({ offset: false });
const count = z.int().min(0);
const rowError = z.object({ code: z.string(), message: z.string(), next: z.string().optional() });

/** Who did it, when and why: a pause, a pin. */
const remark = z.object({ at: isoTime, by: z.string(), reason: z.string() });

const tier = z.enum(['hourly', 'daily', 'weekly', 'monthly', 'yearly', 'manual']);

const planItem = z.object({
  plan: planSchema,
  revision: z.int().min(1),
  createdAt: isoTime,
  updatedAt: isoTime,
  updatedBy: z.string(),
  paused: remark.optional(),
  usage: z
    .object({
      countedAt: isoTime,
      backups: count,
      storedBytes: count,
      byTier: z.partialRecord(tier, z.object({ backups: count, storedBytes: count })).optional(),
    })
    .optional(),
  proof: z
    .object({
      drill: z
        .object({ at: isoTime, result: z.enum(['begun', 'proven', 'failed', 'less', 'error']) })
        .optional(),
      storedAt: isoTime.optional(),
      storedError: rowError.extend({ at: isoTime, backupId: backupIdSchema }).optional(),
    })
    .optional(),
  deleted: z.object({ at: isoTime, by: z.string() }).optional(),
});

/** Checked by hand: cleanup reads some of them with each of a million rows, and four schemas for each cost it seconds. */
const neededList = z.unknown().transform((value, context): readonly Needed[] => {
  const list = Array.isArray(value) ? value.map(toNeeded) : undefined;
  if (list?.every((each) => each !== undefined)) return list;
  context.addIssue({
    code: 'custom',
    message: 'a list of backupId, attempt, component and segments',
    input: value,
  });
  return z.NEVER;
});

/** Names and texts, up to 500 of them a row. */
const texts = z.custom<Record<string, string>>((value) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  for (const name in value) if (typeof (value as Record<string, unknown>)[name] !== 'string') return false;
  return true;
}, 'texts by name');

const backupIdPattern = /^\d{8}T\d{6}Z-[0-9a-f]{8}$/;

function toNeeded(value: unknown): Needed | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { backupId, attempt, component, segments } = value as Partial<Record<keyof Needed, unknown>>;
  const isBackup = typeof backupId === 'string' && backupIdPattern.test(backupId);
  const isAttempt = Number.isInteger(attempt) && (attempt as number) >= 1 && (attempt as number) <= 999;
  // `*` for all components, or all segments.
  if (!isBackup || !isAttempt || typeof component !== 'string' || typeof segments !== 'string')
    return undefined;
  return { backupId, attempt: attempt as number, component, segments };
}

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const indexNote = z.object({
  attempt: attemptSchema,
  segment: z.object({ index: count, name: z.string() }),
  plainBytes: count,
  parts: z.array(z.object({ key: z.string(), lengthBytes: count, sha256 })),
  fullBackupId: backupIdSchema,
});

const stepNotes = z
  .array(
    z.object({
      name: z.string(),
      title: z.string().optional(),
      startedAt: isoTime,
      seconds: z.number().min(0).optional(),
    }),
  )
  .max(mostSteps)
  .optional()
  // A comfort: what is wrong with it makes no row unreadable.
  .catch(undefined);

/** Of progress, besides its bytes. */
const progressFigures = {
  updatedAt: isoTime.optional(),
  bytesPerSecond: count.optional(),
  segments: z
    .array(
      z.object({
        name: z.string(),
        component: z.string().optional(),
        plainBytes: count,
        totalBytes: count,
        state: z.enum(['waiting', 'running', 'done']),
      }),
    )
    .max(mostSegments)
    .optional()
    .catch(undefined),
};

const backupItem = z.object({
  planId: planIdSchema,
  backupId: backupIdSchema,
  source: z.string(),
  kind: z.enum(['database', 'files', 'full']),
  trigger: z.enum(['schedule', 'manual', 'restore-point']),
  createdBy: z.string(),
  slot: isoTime,
  correlationId: z.string(),
  status: z.enum(['pending', 'running', 'completed', 'failed', 'expired']),
  attempt: z.int().min(1),
  startedAt: isoTime.optional(),
  completedAt: isoTime.optional(),
  leaseUntil: isoTime.optional(),
  progress: z
    .object({ plainBytes: count, estimatedBytes: count, step: z.string(), ...progressFigures })
    .optional(),
  steps: stepNotes,
  sourceBytes: count.optional(),
  storedBytes: count.optional(),
  compressionRatio: z.number().min(0).optional(),
  tier,
  expiresAt: isoTime.optional(),
  locations: z.array(z.string()).optional(),
  tools: texts.optional(),
  error: rowError.optional(),
  failedAt: isoTime.optional(),
  warnings: z.array(z.string()).optional(),
  manifest: z.object({ lengthBytes: count, sha256 }).optional(),
  versions: texts.optional(),
  storedAt: isoTime.optional(),
  madeBy: attemptSchema.optional(),
  guard: count.default(0),
  pin: remark.optional(),
  heldUntil: isoTime.optional(),
  basedOnUntil: isoTime.optional(),
  missingSince: isoTime.optional(),
  expiry: z
    .object({
      reason: z.enum(['policy', 'failed', 'request']),
      decidedAt: isoTime,
      by: z.string(),
      markedAt: isoTime.optional(),
      objects: count.optional(),
      bytes: count.optional(),
      kept: neededList.optional(),
    })
    .optional(),
  adoptedAt: isoTime.optional(),
  label: z.string().optional(),
  only: z.array(z.string()).optional(),
  keepDays: z.int().min(1).optional(),
  needs: neededList.optional(),
  indexes: z.record(componentNameSchema, indexNote).optional(),
});

/** A top-level attribute for each further vault, so that two that are noted at once do not meet. */
const copyPrefix = 'copy-';
const copyItem = z.object({ at: isoTime, error: rowError.optional() });

/** The attribute that says how the copy in that vault is. */
export function copyAttribute(vault: string): string {
  return `${copyPrefix}${parse(sourceNameSchema, vault, 'name of a vault')}`;
}

/** One attribute, as an index takes few of them. */
const figures = z.object({
  seconds: z.number().min(0).optional(),
  counted: z.record(z.string(), z.number().min(0)).optional(),
  differences: count.optional(),
});

/** Top-level attributes, so that IAM can name them (`verificationAttributes` in table.ts). */
const verificationItem = z.object({
  verificationStatus: z.enum(['passed', 'failed', 'error']),
  verificationLevel: z.enum(['stored', 'readable', 'restored']),
  verifiedAt: isoTime,
  verificationReport: z.string().optional(),
  verificationDetail: z.string(),
  provenAt: isoTime.optional(),
  verificationFigures: figures.optional(),
});

const drillItem = z.object({
  planId: planIdSchema,
  backupId: backupIdSchema,
  slot: isoTime,
  at: isoTime,
  status: z.enum(['passed', 'failed', 'error']),
  level: z.enum(['stored', 'readable', 'restored']),
  ...figures.shape,
  detail: z.string(),
  reportKey: z.string().optional(),
});

const restoreItem = z.object({
  restoreId: z.string(),
  planId: planIdSchema,
  backupId: backupIdSchema,
  status: z.enum(['pending', 'waiting', 'running', 'completed', 'failed', 'cancelled']),
  createdBy: z.string(),
  createdAt: isoTime,
  startedAt: isoTime.optional(),
  completedAt: isoTime.optional(),
  request: z.record(z.string(), z.unknown()),
  cancelRequested: z.boolean().optional(),
  progress: z
    .object({ plainBytes: count, totalBytes: count, step: z.string(), ...progressFigures })
    .optional(),
  steps: stepNotes,
  waitingFor: z
    .object({
      objects: count,
      bytes: count,
      requestedAt: isoTime,
      expectedAt: isoTime,
      estimatedCostUsd: z.number().min(0),
    })
    .optional(),
  result: z.record(z.string(), z.unknown()).optional(),
  error: rowError.optional(),
  correlationId: z.string(),
});

const alertItem = z.object({
  conditionId: z.string(),
  kind: z.string(),
  severity: z.enum(['critical', 'warning']),
  planId: planIdSchema.optional(),
  backupId: backupIdSchema.optional(),
  subject: z.string(),
  text: z.string(),
  since: isoTime,
  lastToldAt: isoTime,
  timesTold: count,
  closedAt: isoTime.optional(),
  acknowledged: z.object({ at: isoTime, by: z.string() }).optional(),
  deliveries: z.record(z.string(), z.object({ at: isoTime, error: rowError.optional() })).optional(),
});

const auditItem = z.object({
  at: isoTime,
  id: z.string(),
  by: z.string(),
  action: z.string(),
  target: z.string(),
  detail: z.string(),
  correlationId: z.string(),
  via: z.enum(['api', 'cli', 'schedule']).optional(),
  subject: z.string().optional(),
  groups: z.array(z.string()).optional(),
  address: z.string().optional(),
  requestId: z.string().optional(),
  before: z.unknown().optional(),
  after: z.unknown().optional(),
  result: z.enum(['ok', 'refused', 'failed']).optional(),
  error: rowError.optional(),
  objects: z.array(z.string()).optional(),
});

const taskItem = z.object({
  taskId: z.string(),
  kind: z.enum(['plan-test', 'verify', 'cleanup', 'expire', 'undelete', 'preflight', 'contents', 'report']),
  status: z.enum(['pending', 'running', 'completed', 'failed']),
  planId: planIdSchema.optional(),
  backupId: backupIdSchema.optional(),
  createdAt: isoTime,
  createdBy: z.string(),
  correlationId: z.string(),
  completedAt: isoTime.optional(),
  result: z.unknown().optional(),
  error: rowError.optional(),
});

const dayItem = z.object({
  planId: planIdSchema,
  day: z.iso.date(),
  completed: count,
  failed: count,
  missed: count,
  sourceBytes: count,
  storedBytes: count,
  seconds: z.number().min(0),
  longestSeconds: z.number().min(0),
  verified: count,
  verifyFailed: count,
  proven: count,
  keptBytes: count.optional(),
});

const onceItem = z.object({
  fingerprint: z.string(),
  until: isoTime,
  claimToken: z.string(),
  response: z.object({ status: z.int(), body: z.string(), headers: texts }).optional(),
});

const counterItem = z.object({ count, countToken: z.string().optional() });

/** What the value must be is for whoever asked for it to say (core/state.ts). */
const stateItem = z.object({ value: z.unknown(), revision: z.int().min(1) });

/** A row that does not parse is damage or a newer release's, never the caller's input. */
function parseItem<T extends z.ZodType>(schema: T, item: Item): z.output<T> {
  try {
    return parse(schema, item, `catalog row ${String(item.pk)} ${String(item.sk)}`);
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    throw new HoldfastError('INTERNAL', message, {
      cause: thrown,
      next: 'The row was damaged or written by a newer release: deploy the newest release, then report it.',
    });
  }
}

export function toPlanRow(item: Item): PlanRow {
  return parseItem(planItem, item);
}

export function toBackupRow(item: Item): BackupRow {
  // Nobody else has it yet: it is filled in, since copying thirty columns of a million rows costs seconds.
  const row: { -readonly [Column in keyof BackupRow]: BackupRow[Column] } = parseItem(backupItem, item);
  const copies = toCopies(item);
  if (item.verificationStatus !== undefined) row.verification = toVerification(item);
  if (copies) row.copies = copies;
  return row;
}

/** An item of the index `timeline`: what does not change of it is in `origin`, and its ids in the keys of its row. */
export function toListedBackup(item: Item): ListedBackup {
  const planId = String(item.pk).replace(/^PLAN#/, '');
  const backupId = String(item.sk).replace(/^BACKUP#/, '');
  return asListed(toBackupRow({ ...item, ...(item.origin as Item), planId, backupId }));
}

function toCopies(item: Item): BackupRow['copies'] {
  let copies: Record<string, CopyNote> | undefined;
  for (const name in item) {
    if (!name.startsWith(copyPrefix)) continue;
    copies ??= {};
    copies[name.slice(copyPrefix.length)] = parseItem(copyItem, item[name] as Item);
  }
  return copies;
}

function toVerification(item: Item): VerificationState {
  const found = parseItem(verificationItem, item);
  return {
    status: found.verificationStatus,
    level: found.verificationLevel,
    verifiedAt: found.verifiedAt,
    ...(found.verificationReport !== undefined && { reportKey: found.verificationReport }),
    detail: found.verificationDetail,
    ...(found.provenAt !== undefined && { provenAt: found.provenAt }),
    ...found.verificationFigures,
  };
}

/** What listRunTimes asks for; of a completed backup both times are there. */
export const runTimesColumns = ['startedAt', 'completedAt', 'steps'] as const;
const runTimesItem = z.object({ startedAt: isoTime, completedAt: isoTime, steps: stepNotes });

export function toRunTimes(item: Item): RunTimes {
  return parseItem(runTimesItem, item);
}

export function toRestoreRow(item: Item): RestoreRow {
  return parseItem(restoreItem, item);
}

export function toAlertRow(item: Item): AlertRow {
  const { deliveries, ...row } = parseItem(alertItem, item);
  return deliveries && Object.keys(deliveries).length > 0 ? { ...row, deliveries } : row;
}

export function toTaskRow(item: Item): TaskRow {
  return parseItem(taskItem, item);
}

export function toDayRow(item: Item): DayRow {
  return parseItem(dayItem, item);
}

/** Also of the index `timeline`. */
export function toDrillRow({ pk, sk, origin }: Item): DrillRow {
  return parseItem(drillItem, { pk, sk, ...(origin as Item) });
}

export function toOnce(item: Item): z.output<typeof onceItem> {
  return parseItem(onceItem, item);
}

export function toCounter(item: Item): z.output<typeof counterItem> {
  return parseItem(counterItem, item);
}

export function toAuditEntry(item: Item): AuditEntry {
  return parseItem(auditItem, item);
}

export function toStateRow(item: Item): StateRow {
  return parseItem(stateItem, item);
}

/** When DynamoDB may remove a row, epoch seconds; it does so within two days of that. */
export function removalOf(isoTimeText: string): number {
  return Math.ceil(Date.parse(isoTimeText) / 1000);
}

/** With milliseconds always, so that times compare as text. */
export function instant(isoTimeText: string): string {
  return new Date(isoTimeText).toISOString();
}

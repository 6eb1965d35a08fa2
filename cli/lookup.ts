/** Names given on the command line, parsed and found, or the error that says where to look instead. */
import { z } from 'zod';
import { findLabelled } from '../core/control/labels.ts';
import { HoldfastError, InvalidInput } from '../core/errors.ts';
import { backupIdSchema, planIdSchema } from '../core/format/layout.ts';
import type { BackupRow, Catalog, PlanRow, RestoreRow, RowError } from '../core/ports/catalog.ts';
import { knownCode } from './failure.ts';

/** Parses one argument or option; the error names it as the user typed it. */
export function argument<T extends z.ZodType>(schema: T, value: unknown, name: string): z.output<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const allowed = result.error.issues[0]?.message ?? 'another value';
  throw new InvalidInput('command line', [
    { field: name, value: JSON.stringify(value)?.slice(0, 100), allowed },
  ]);
}

/** A whole number between two bounds, from text. */
export function wholeNumber(from: number, to: number) {
  const allowed = `a whole number from ${from} to ${to}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, allowed)
    .transform(Number)
    .refine((number) => number >= from && number <= to, allowed);
}

export async function findPlan(catalog: Catalog, planId: string): Promise<PlanRow> {
  const row = await catalog.getPlan(argument(planIdSchema, planId, 'PLAN'));
  if (!row) throw new HoldfastError('PLAN_NOT_FOUND', `there is no plan ${planId}`, { details: { planId } });
  return row;
}

/** By its id, or as `PLAN@LABEL`. */
export async function findBackup(
  catalog: Catalog,
  backupId: string,
  note?: (text: string) => void,
): Promise<BackupRow> {
  const [, planId, label] = /^([^@]+)@(.+)$/s.exec(backupId) ?? [];
  if (planId !== undefined && label !== undefined) {
    return findLabelled(catalog, label, argument(planIdSchema, planId, 'BACKUP'), note);
  }
  const row = await catalog.findBackup(argument(backupIdSchema, backupId, 'BACKUP'));
  if (!row)
    throw new HoldfastError('BACKUP_NOT_FOUND', `there is no backup ${backupId}`, { details: { backupId } });
  return row;
}

/** Refuses anything but a completed backup, and says what it is instead. */
export function requireCompleted(row: BackupRow): BackupRow {
  if (row.status === 'completed') return row;
  const why = row.error ? `: ${row.error.message} (${row.error.code})` : '';
  throw new HoldfastError('BACKUP_NOT_RESTORABLE', `backup ${row.backupId} is ${row.status}${why}`, {
    details: { backupId: row.backupId, status: row.status },
    next: `Choose a completed backup with \`holdfast list ${row.planId}\`.`,
  });
}

export async function findRestore(catalog: Catalog, restoreId: string): Promise<RestoreRow> {
  const row = await catalog.getRestore(restoreId);
  if (!row)
    throw new HoldfastError('RESTORE_NOT_FOUND', `there is no restore ${restoreId}`, {
      details: { restoreId },
    });
  return row;
}

/** The failure that a row recorded, as this command's own. */
export function rowFailure(
  error: RowError | undefined,
  details: Readonly<Record<string, unknown>>,
): HoldfastError {
  const { code, message, next }: RowError = error ?? {
    code: 'INTERNAL',
    message: 'it failed and recorded no reason',
  };
  return new HoldfastError(knownCode(code), message, { details, ...(next !== undefined && { next }) });
}

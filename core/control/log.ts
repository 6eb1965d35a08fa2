/** The log of one backup, restore or task: which lines are its, and when they can have been written. */
import { HoldfastError, InvalidInput } from '../errors.ts';
import type { BackupRow, Catalog, RestoreRow, TaskRow } from '../ports/catalog.ts';
import type { Clock } from '../ports/index.ts';
import type { LogLevel, LogLine, LogPage, LogReader } from '../ports/log-reader.ts';
import { findBackup } from './find-backup.ts';
import { findRestore } from './restores.ts';

/** Clocks of different functions are not the same. */
const beforeMs = 60_000;
/** Copies, alerts and an answer that was late: a function lives 15 minutes. */
const afterMs = 15 * 60_000;
/** An attempt that Lambda began before this one; a slot may be longer ago, where nothing ran meanwhile. */
const attemptsMs = 24 * 3_600_000;
/** Without an end it died: nothing is looked for later. */
const taskMs = 60 * 60_000;

export interface LogDeps {
  readonly catalog: Catalog;
  readonly clock: Clock;
  readonly logReader: LogReader;
}

/** Exactly one of these. */
export interface LogOf {
  readonly backup?: string | undefined;
  readonly restore?: string | undefined;
  readonly task?: string | undefined;
}

export interface LogWish extends LogOf {
  readonly level: LogLevel;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export interface FoundLog extends LogPage {
  readonly from: string;
  readonly to: string;
}

/** BACKUP_NOT_FOUND, RESTORE_NOT_FOUND, TASK_NOT_FOUND; INVALID_INPUT unless one thing is named. */
export async function logOf(deps: LogDeps, { level, limit, cursor, ...of }: LogWish): Promise<FoundLog> {
  const now = deps.clock.now().getTime();
  const { correlationId, fromMs, toMs } = await spanOf(deps, of, now);
  const from = new Date(fromMs).toISOString();
  // A cursor is good for one span, and the next page of what still runs is asked for later.
  const to = new Date(toMs).toISOString();
  const page = await deps.logReader.read({ correlationId, from, to, level, limit, cursor });
  return { ...page, lines: page.lines.map(withoutAddress), from, to };
}

/** From where somebody called stands in the trail, which is for fewer people than the log. */
function withoutAddress(line: LogLine): LogLine {
  const { address: _, ...fields } = line.fields;
  return { ...line, fields };
}

interface Span {
  readonly correlationId: string;
  readonly fromMs: number;
  readonly toMs: number;
}

async function spanOf({ catalog }: LogDeps, of: LogOf, now: number): Promise<Span> {
  const { backup, restore, task } = of;
  const named = Object.values(of).filter((name) => name !== undefined);
  if (named.length !== 1) {
    const fields = ['backup', 'restore', 'task'] as const;
    const [field] = named.length === 0 ? fields : fields.filter((each) => of[each] !== undefined).slice(1);
    throw new InvalidInput('query', [
      { field: field ?? 'backup', allowed: 'exactly one of backup, restore and task' },
    ]);
  }
  if (backup !== undefined) return ofBackup(await findBackup(catalog, backup), now);
  if (restore !== undefined) return ofRestore(await findRestore(catalog, restore), now);
  return ofTask(await taskOf(catalog, task ?? ''), now);
}

function ofBackup({ correlationId, slot, startedAt = slot, ...row }: BackupRow, now: number): Span {
  const began = Math.max(Date.parse(slot), Date.parse(startedAt) - attemptsMs);
  return { correlationId, ...around(began, endOf(row.completedAt ?? row.failedAt, now)) };
}

function ofRestore({ correlationId, createdAt, completedAt }: RestoreRow, now: number): Span {
  return { correlationId, ...around(Date.parse(createdAt), endOf(completedAt, now)) };
}

function ofTask({ correlationId, createdAt, completedAt }: TaskRow, now: number): Span {
  const began = Date.parse(createdAt);
  return { correlationId, ...around(began, Math.min(endOf(completedAt, now), began + taskMs)) };
}

const endOf = (ended: string | undefined, now: number) => (ended === undefined ? now : Date.parse(ended));

const around = (beganMs: number, endedMs: number) => ({
  fromMs: beganMs - beforeMs,
  toMs: Math.max(beganMs, endedMs) + afterMs,
});

async function taskOf(catalog: Pick<Catalog, 'getTask'>, taskId: string): Promise<TaskRow> {
  const row = await catalog.getTask(taskId);
  if (row) return row;
  throw new HoldfastError('TASK_NOT_FOUND', `There is no task ${taskId}`, { details: { taskId } });
}

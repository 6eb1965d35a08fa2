/** A restore in words: how it is, what it waits for, what came of it. */

import { z } from 'zod';
import { comparedItemSchema, sideBySide } from '../core/report.ts';
import { differencesOf } from '../core/restore/differences.ts';
import type { Restore, RowError } from './api/rows.ts';
import { exitCodes } from './failure.ts';
import type { Output } from './output.ts';
import { stepsText } from './steps-view.ts';
import { printable, renderFacts } from './table.ts';
import { formatBytes, formatDuration, formatTime } from './units.ts';

/** Also of one that this process carries out by itself. */
type Shown = Omit<Restore, 'request' | 'error' | 'progress' | 'steps'> & {
  readonly error?: Readonly<RowError>;
  readonly progress?: Readonly<Pick<NonNullable<Restore['progress']>, 'step' | 'plainBytes' | 'totalBytes'>>;
};

export function waiting(row: Shown): string {
  const { waitingFor } = row;
  const until = waitingFor ? `, by ${formatTime(waitingFor.expectedAt)} at the latest` : '';
  return printable(
    [
      `Restore ${row.restoreId} waits for ${waitingFor?.objects ?? 'its'} archived objects${until}.`,
      `It goes on by itself. \`holdfast restore show ${row.restoreId}\` tells how it is, \`holdfast restore cancel ${row.restoreId}\` stops it.`,
    ].join('\n'),
  );
}

export function facts(row: Shown & Pick<Restore, 'steps'>, now: Date): string {
  return renderFacts([
    ['Restore', row.restoreId],
    ['Backup', `${row.backupId} of plan ${row.planId}`],
    ['Status', statusFact(row)],
    ['Dead', row.dead && `${row.dead.message} (${row.dead.code})`],
    ['Next step', row.error?.next ?? row.dead?.next],
    ['Waits for', row.status === 'waiting' ? waitFact(row) : undefined],
    ['Step', row.status === 'running' ? stepFact(row) : undefined],
    ['Left', row.secondsLeft === undefined ? undefined : `about ${formatDuration(row.secondsLeft * 1000)}`],
    ['Steps', stepsText(row.steps, now)],
    ['Cancel', row.cancelRequested ? 'asked for' : undefined],
    ['Created', `${row.createdAt} by ${row.createdBy}`],
    ['Started', row.startedAt],
    ['Completed', row.completedAt],
    ...resultFacts(row),
    ['Correlation id', row.correlationId],
  ]);
}

function stepFact({ progress }: Shown): string | undefined {
  if (!progress) return undefined;
  const { step, plainBytes, totalBytes } = progress;
  return totalBytes > 0 ? `${step}, ${formatBytes(plainBytes)} of ${formatBytes(totalBytes)}` : step;
}

function waitFact({ waitingFor }: Shown): string | undefined {
  if (!waitingFor) return undefined;
  const { objects, bytes, expectedAt, estimatedCostUsd } = waitingFor;
  return `${objects} archived objects (${formatBytes(bytes)}), expected by ${formatTime(expectedAt)}, about $${estimatedCostUsd.toFixed(2)}`;
}

/** The function's RestoreOutcome, as far as this release knows its fields. */
function resultFacts({ result = {} }: Shown): readonly (readonly [string, string | undefined])[] {
  const list = (value: unknown) =>
    Array.isArray(value) && value.length > 0 ? value.map(String).join('\n') : undefined;
  const comparison = result.comparison as
    | {
        compared?: Record<string, number>;
        notProven?: { what: string; why: string }[];
      }
    | undefined;
  const compared = Object.entries(comparison?.compared ?? {}).map(([what, count]) => `${count} ${what}`);
  return [
    ['Restored to', targetOf(result)],
    ['Compared', compared.length > 0 ? compared.join(', ') : undefined],
    ['Differs', list(differencesOf(result))],
    ['Side by side', list(sidesOf(comparison))],
    ['Not proven', list(comparison?.notProven?.map(({ what, why }) => `${what}: ${why}`))],
    ['Left out', list(result.skipped)],
    ['Next steps', list(result.nextSteps)],
  ];
}

const sidesSchema = z.object({
  items: z.array(comparedItemSchema).optional(),
  itemsLeft: z.number().optional(),
});

/** Nothing where another release wrote it differently. */
function sidesOf(comparison: unknown): readonly string[] {
  const { data } = sidesSchema.safeParse(comparison);
  return data ? sideBySide(data) : [];
}

/** Older releases wrote `database`. */
export function targetOf({ target, database }: Readonly<Record<string, unknown>>): string | undefined {
  const found = target ?? database;
  return typeof found === 'string' ? found : undefined;
}

export function summary(out: Output, row: Shown): string {
  const took = formatDuration(
    Date.parse(row.completedAt ?? row.createdAt) - Date.parse(row.startedAt ?? row.createdAt),
  );
  const what = `backup ${row.backupId} in ${took}`;
  const head =
    differencesOf(row.result).length === 0
      ? `Restored ${what}.`
      : out.paint('bad', `DIFFERS: restored ${what}, but it is not what was backed up. Do not rely on it.`);
  return `${head}\n${printable(renderFacts(resultFacts(row)))}`;
}

/** What differs from the evidence is there, and is not what was asked for: a script must not go on with it. */
export function exitCodeOfEnd(row: Shown): number {
  return differencesOf(row.result).length === 0 ? 0 : exitCodes.integrity;
}

function statusFact({ status, error, result }: Shown): string {
  if (error) return `${status}: ${error.message} (${error.code})`;
  return differencesOf(result).length === 0 ? status : `${status}, but what was restored DIFFERS`;
}

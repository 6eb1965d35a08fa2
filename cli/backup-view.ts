/** Backups as people read them: one line of a table, or a page of facts. */
import type { Backup, ListedBackup } from './api/rows.ts';
import { rowErrorText } from './failure.ts';
import type { Output, Tone } from './output.ts';
import { stepsText } from './steps-view.ts';
import { type Column, renderFacts } from './table.ts';
import { formatAge, formatBytes, formatDuration, formatRatio, formatTime } from './units.ts';

/** Columns that would say the same of every row, or nothing, are left out. */
export function backupColumns(
  out: Output,
  now: Date,
  withPlan: boolean,
  rows: readonly ListedBackup[],
): readonly Column<ListedBackup>[] {
  const plan: Column<ListedBackup> = { title: 'PLAN', value: (row) => row.planId, flexible: true };
  const kind: Column<ListedBackup> = { title: 'KIND', value: (row) => row.kind };
  const label: Column<ListedBackup> = { title: 'LABEL', value: labelText, flexible: true };
  return [
    { title: 'BACKUP', value: (row) => row.backupId },
    ...(withPlan ? [plan] : []),
    { title: 'STATUS', value: (row) => row.status, paint: (cell, row) => out.paint(statusTone(row), cell) },
    ...(rows.some((row) => row.kind !== 'database') ? [kind] : []),
    { title: 'TIER', value: (row) => row.tier },
    { title: 'AGE', value: (row) => formatAge(row.slot, now), align: 'right' },
    { title: 'SIZE', value: (row) => maybe(row.storedBytes, formatBytes), align: 'right' },
    { title: 'RATIO', value: (row) => maybe(ratioOf(row), formatRatio), align: 'right' },
    {
      title: 'VERIFIED',
      value: (row) => verificationText(row, now),
      flexible: true,
      paint: (cell, row) => out.paint(verificationTone(row), cell),
    },
    ...(rows.some((row) => labelText(row) !== '') ? [label] : []),
  ];
}

export function backupFacts(row: Backup, now: Date): string {
  const took =
    row.startedAt && row.completedAt
      ? formatDuration(Date.parse(row.completedAt) - Date.parse(row.startedAt))
      : undefined;
  return renderFacts([
    ['Backup', row.backupId],
    ['Plan', row.planId],
    ['Status', row.error ? `${row.status}: ${rowErrorText(row.error)}` : row.status],
    ['Next step', row.error?.next],
    ['Label', row.label],
    ['Kind', `${row.kind} (${row.source})`],
    ['Holds', row.only && `only ${row.only.join(', ')}: it is no recovery point of the whole plan`],
    ['Trigger', `${row.trigger}, by ${row.createdBy}`],
    ['Slot', `${formatTime(row.slot)} (${formatAge(row.slot, now)})`],
    ['Started', row.startedAt && formatTime(row.startedAt)],
    ['Completed', row.completedAt && `${formatTime(row.completedAt)}${took ? `, took ${took}` : ''}`],
    [
      'Usually',
      row.usualSeconds === undefined ? undefined : `takes ${formatDuration(row.usualSeconds * 1000)}`,
    ],
    ['Attempt', String(row.attempt)],
    ['Progress', row.status === 'running' && row.progress ? progressText(row.progress) : undefined],
    ['Steps', stepsText(row.steps, now, row.usualSteps)],
    ['Source size', row.sourceBytes === undefined ? undefined : formatBytes(row.sourceBytes)],
    [
      'Stored size',
      row.storedBytes === undefined
        ? undefined
        : `${formatBytes(row.storedBytes)}${row.compressionRatio ? ` (${formatRatio(row.compressionRatio)})` : ''}`,
    ],
    ['Tier', row.tier],
    ['Expires', row.expiresAt && `${formatTime(row.expiresAt)} (${formatAge(row.expiresAt, now)})`],
    ['Kept', row.keepDays === undefined ? undefined : `${row.keepDays} days, as was asked for`],
    ['Needs', needsText(row)],
    ['Pinned', row.pin && `since ${formatTime(row.pin.at)} by ${row.pin.by}: ${row.pin.reason}`],
    ['Held', heldText(row, now)],
    ['Gone', row.expiry && expiryText(row.expiry)],
    [
      'Missing',
      row.missingSince &&
        `the vault lacks its manifest, seen ${formatTime(row.missingSince)}: \`holdfast undelete ${row.backupId}\``,
    ],
    [
      'Where',
      row.locations?.map((location) => `${location}, plans/${row.planId}/${row.backupId}/`).join('\n'),
    ],
    ['Copies', copiesText(row)],
    [
      'Tools',
      row.tools &&
        Object.entries(row.tools)
          .map(([tool, version]) => `${tool} ${version}`)
          .join(', '),
    ],
    ['Verified', verificationText(row, now)],
    ['Found', row.verification?.detail || undefined],
    ['Report', row.verification?.reportKey],
    ['Reports', reportsText(row)],
    ['Last proven', row.verification?.provenAt && formatTime(row.verification.provenAt)],
    ['Warnings', row.warnings && row.warnings.length > 0 ? row.warnings.join('\n') : undefined],
    ['Correlation id', row.correlationId],
  ]);
}

/** Of what a size is. */
export function kindText(kind: Backup['kind']): string {
  return kind === 'full' ? 'databases and files' : kind;
}

/** What a person called it, and which sources it holds where these are not all. */
function labelText({ label = '', only }: ListedBackup): string {
  return only ? `${label} (only ${only.join(', ')})`.trim() : label;
}

function needsText({ manifest }: Backup): string | undefined {
  const backups = manifest?.needs.length ?? 0;
  if (backups === 0) return undefined;
  return `packs of ${backups} earlier ${backups === 1 ? 'backup' : 'backups'}`;
}

function copiesText({ copies = {} }: Backup): string | undefined {
  const lines = Object.entries(copies).map(([vault, { at, error }]) =>
    error ? `${vault}: NOT there (${formatTime(at)}): ${rowErrorText(error)}` : `${vault}: ${formatTime(at)}`,
  );
  return lines.length > 0 ? lines.join('\n') : undefined;
}

/** Only while it still holds. */
function heldText({ heldUntil }: Backup, now: Date): string | undefined {
  if (heldUntil === undefined || Date.parse(heldUntil) <= now.getTime()) return undefined;
  return `for a restore, until ${formatTime(heldUntil)}`;
}

function expiryText({ reason, decidedAt, by, markedAt }: NonNullable<Backup['expiry']>): string {
  const marked = markedAt ? `marked ${formatTime(markedAt)}` : 'not all marked yet';
  return `decided ${formatTime(decidedAt)} by ${by} (${reason}); ${marked}`;
}

/** Beside the latest, which has a line of its own. */
function reportsText({ reports = [], reportsError }: Backup): string | undefined {
  if (reportsError) return `not listed: ${rowErrorText(reportsError)}`;
  if (reports.length < 2) return undefined;
  return reports.map(({ at, level }) => `${formatTime(at)} ${level}`).join('\n');
}

function ratioOf({ sourceBytes, storedBytes }: ListedBackup): number | undefined {
  return sourceBytes === undefined || !storedBytes ? undefined : sourceBytes / storedBytes;
}

/** `restored 3 h`, `FAILED readable 2 d`, `not yet`. */
export function verificationText(row: ListedBackup, now: Date): string {
  const { verification } = row;
  if (!verification) return row.status === 'completed' ? 'not yet' : '-';
  const age = formatAge(verification.verifiedAt, now);
  if (verification.status === 'passed') return `${verification.level} ${age}`;
  return `${verification.status === 'failed' ? 'FAILED' : 'not done:'} ${verification.level} ${age}`;
}

function progressText({ plainBytes, estimatedBytes, step }: NonNullable<Backup['progress']>): string {
  return `${step}, ${formatBytes(plainBytes)} of about ${formatBytes(estimatedBytes)}`;
}

function statusTone(row: ListedBackup): Tone {
  if (row.status === 'completed') return 'good';
  if (row.status === 'failed') return 'bad';
  return row.status === 'expired' ? 'dim' : 'warn';
}

function verificationTone(row: ListedBackup): Tone {
  if (!row.verification) return 'dim';
  if (row.verification.status === 'passed') return 'good';
  return row.verification.status === 'failed' ? 'bad' : 'warn';
}

function maybe(value: number | undefined, format: (value: number) => string): string {
  return value === undefined ? '-' : format(value);
}

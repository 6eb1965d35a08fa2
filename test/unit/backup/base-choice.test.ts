/** Which earlier backup a run builds upon, as tables and as a property. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  baseChooser,
  chooseBase,
  mostBackupsOfBase,
  neededThrough,
} from '../../../core/backup/base-choice.ts';
import { backupIdFor } from '../../../core/format/layout.ts';
import type { BackupRow, IndexNote } from '../../../core/ports/catalog.ts';

const slotOfDay = (day: number) => new Date(Date.UTC(2026, 0, day, 2)).toISOString();
const idOf = (day: number) => backupIdFor('site', slotOfDay(day));

function index(fullDay: number): IndexNote {
  return {
    attempt: 1,
    segment: { index: 0, name: 'index' },
    plainBytes: 10,
    parts: [{ key: 'k', lengthBytes: 10, sha256: 'ab'.repeat(32) }],
    fullBackupId: idOf(fullDay),
  };
}

function row(day: number, fullDay: number | undefined, change: Partial<BackupRow> = {}): BackupRow {
  return {
    planId: 'site',
    backupId: idOf(day),
    source: 'uploads',
    kind: 'files',
    trigger: 'schedule',
    createdBy: 'scheduler',
    slot: slotOfDay(day),
    correlationId: 'c',
    status: 'completed',
    attempt: 1,
    tier: 'daily',
    guard: 0,
    ...(fullDay !== undefined && { indexes: { uploads: index(fullDay) } }),
    ...change,
  };
}

const failed = { status: 'failed', level: 'stored', verifiedAt: slotOfDay(9), detail: 'x' } as const;
const passed = { ...failed, status: 'passed' } as const;
const needsOf = (count: number) =>
  Array.from({ length: count }, (_, day) => ({
    backupId: idOf(-day),
    attempt: 1,
    component: 'uploads',
    segments: '1',
  }));

const ask = (mode: 'incremental' | 'differential', rows: readonly BackupRow[], fullEveryDays = 30) => {
  const question = { backupId: idOf(10), component: 'uploads', basis: { mode, fullEveryDays } };
  const choice = chooseBase(question, rows);
  return 'base' in choice ? choice.base.row.backupId : choice.full;
};

describe('the base of an incremental run', () => {
  it.each<[string, readonly BackupRow[], string | RegExp]>([
    ['the newest one with an index', [row(9, 7), row(8, 7), row(7, 7)], idOf(9)],
    ['never one of the same or a later slot', [row(11, 7), row(10, 7), row(8, 7)], idOf(8)],
    ['never one without an index of the component', [row(9, undefined), row(8, 7)], idOf(8)],
    ['never one that was found damaged', [row(9, 9, { verification: failed }), row(8, 7)], idOf(8)],
    [
      'none that shares its packs with one that was found damaged',
      [row(9, 7, { verification: failed }), row(8, 7)],
      /shares packs/,
    ],
    ['one that was proven', [row(9, 7, { verification: passed })], idOf(9)],
    ['never one whose manifest is missing', [row(9, 7, { missingSince: slotOfDay(9) }), row(8, 7)], idOf(8)],
    ['never one that is not completed', [row(9, 7, { status: 'expired' }), row(8, 7)], idOf(8)],
    ['one that holds this source only', [row(9, 7, { only: ['uploads'] }), row(8, 7)], idOf(9)],
    ['none where there is nothing', [], /no earlier backup/],
    ['none when everything was read too long ago', [row(9, -20)], /30 days ago/],
    ['one whose everything was read a day less ago', [row(9, -19)], idOf(9)],
    ['none when it lies in too many backups', [row(9, 7, { needs: needsOf(mostBackupsOfBase) })], /lie in/],
    ['one at that limit', [row(9, 7, { needs: needsOf(mostBackupsOfBase - 1) })], idOf(9)],
  ])('is %s', (_, rows, expected) => {
    const chosen = ask('incremental', rows);
    if (typeof expected === 'string') expect(chosen).toBe(expected);
    else expect(chosen).toMatch(expected);
  });
});

describe('the base of a differential run', () => {
  it.each<[string, readonly BackupRow[], string | RegExp]>([
    ['the one that the newest goes back to', [row(9, 7), row(8, 7), row(7, 7)], idOf(7)],
    ['none when that one has expired', [row(9, 7), row(8, 7), row(7, 7, { status: 'expired' })], /cannot be/],
    ['none when that one was found damaged', [row(9, 7), row(7, 7, { verification: failed })], /cannot be/],
    ['none when that one is not among the rows', [row(9, 7), row(8, 7)], /cannot be/],
    ['the newest itself when it read everything', [row(9, 9), row(7, 7)], idOf(9)],
  ])('is %s', (_, rows, expected) => {
    const chosen = ask('differential', rows);
    if (typeof expected === 'string') expect(chosen).toBe(expected);
    else expect(chosen).toMatch(expected);
  });
});

describe('how far is looked', () => {
  const lookedAt = (mode: 'incremental' | 'differential', rows: readonly BackupRow[]) => {
    const question = { backupId: idOf(10), component: 'uploads', basis: { mode, fullEveryDays: 30 } };
    const chooser = baseChooser(question);
    const at = rows.findIndex((each) => chooser.offer(each));
    return at < 0 ? 'all' : at + 1;
  };

  it.each<[string, 'incremental' | 'differential', readonly BackupRow[], number | 'all']>([
    ['to the newest that it can build upon', 'incremental', [row(9, 7), row(8, 7), row(7, 7)], 1],
    ['past what it cannot build upon', 'incremental', [row(9, undefined), row(8, 7), row(7, 7)], 2],
    ['to the one that read everything', 'differential', [row(9, 7), row(8, 7), row(7, 7), row(6, 6)], 3],
    ['no further than that one would be', 'differential', [row(9, 7), row(6, 6), row(5, 5)], 2],
    ['no further once it is too old', 'differential', [row(9, -21), row(8, -21), row(7, -21)], 1],
    ['to the end where there is nothing', 'incremental', [row(9, undefined), row(8, undefined)], 'all'],
  ])('is %s', (_, mode, rows, expected) => {
    expect(lookedAt(mode, rows)).toBe(expected);
  });
});

describe('whatever the history', () => {
  const day = fc.integer({ min: -60, max: 20 });
  const anyRow = fc
    .record({
      day,
      full: fc.option(day, { nil: undefined }),
      status: fc.constantFrom<BackupRow['status']>('completed', 'failed', 'expired', 'running'),
      damaged: fc.boolean(),
      missing: fc.boolean(),
    })
    .map(({ day: at, full, status, damaged, missing }) =>
      row(at, full === undefined ? undefined : Math.min(full, at), {
        status,
        ...(damaged && { verification: failed }),
        ...(missing && { missingSince: slotOfDay(at) }),
      }),
    );

  it('a base is sound, smaller, young enough, and needs itself', () => {
    fc.assert(
      fc.property(
        fc.array(anyRow, { maxLength: 30 }),
        fc.constantFrom('incremental' as const, 'differential' as const),
        fc.integer({ min: 1, max: 60 }),
        (rows, mode, fullEveryDays) => {
          const sorted = [...rows].sort((a, b) => (a.backupId < b.backupId ? 1 : -1));
          const question = { backupId: idOf(10), component: 'uploads', basis: { mode, fullEveryDays } };
          const choice = chooseBase(question, sorted);
          if ('full' in choice) return choice.full.length > 0;
          const { base } = choice;
          const needs = neededThrough('uploads', base);
          return (
            base.row.backupId < idOf(10) &&
            base.row.status === 'completed' &&
            base.row.verification?.status !== 'failed' &&
            base.row.missingSince === undefined &&
            base.index.fullBackupId > idOf(10 - fullEveryDays) &&
            needs.some(({ backupId, segments }) => backupId === base.row.backupId && segments === '*')
          );
        },
      ),
      { numRuns: 300 },
    );
  });
});

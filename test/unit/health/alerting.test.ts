/** When conditions are told: at their beginning, once a day, at their end; and never in between. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Condition } from '../../../core/alerts.ts';
import { planAlerting } from '../../../core/health/alerting.ts';
import type { AlertRow } from '../../../core/ports/catalog.ts';
import { hourMs } from './world.ts';

const start = Date.parse('2026-11-21T10:00:00Z');
const at = (hours: number) => new Date(start + hours * hourMs);
const missed: Condition = {
  id: 'backup-missed/shop',
  kind: 'backup-missed',
  severity: 'critical',
  planId: 'shop',
  why: 'there is no backup',
  next: 'Make one.',
  since: at(0).toISOString(),
};

/** A catalog's part in it: what is open. */
function memory() {
  const rows = new Map<string, AlertRow>();
  return {
    rows,
    round(
      conditions: readonly Condition[],
      hours: number,
      change: { unseen?: boolean; gone?: boolean } = {},
    ) {
      const plan = planAlerting({
        open: [...rows.values()].filter(({ closedAt }) => !closedAt),
        conditions,
        isUnseen: () => change.unseen ?? false,
        isPlan: () => !change.gone,
        now: at(hours),
      });
      for (const row of [...plan.tell.flatMap((telling) => telling.rows), ...plan.note])
        rows.set(row.conditionId, row);
      return plan.tell.map(({ alert }) => `${alert.kind} ${alert.state}`);
    },
  };
}

test('a condition is told when it breaks, once a day, and when it is well again', () => {
  const { round, rows } = memory();
  expect(round([missed], 0)).toEqual(['backup-missed broken']);
  for (let hour = 1; hour < 24; hour += 1) expect(round([missed], hour)).toEqual([]);
  expect(round([missed], 24)).toEqual(['backup-missed reminder']);
  expect(round([missed], 47)).toEqual([]);
  expect(round([missed], 48)).toEqual(['backup-missed reminder']);
  expect(rows.get(missed.id)).toMatchObject({ timesTold: 3, since: missed.since });
  expect(round([], 50)).toEqual(['backup-missed recovered']);
  expect(round([], 51)).toEqual([]);
});

test('what the run told itself is not told at once, but a day later, and its end is', () => {
  const failed: Condition = {
    ...missed,
    id: 'backup-failed/shop',
    kind: 'backup-failed',
    toldAt: at(-1).toISOString(),
  };
  const { round } = memory();
  expect(round([failed], 0)).toEqual([]);
  expect(round([failed], 22)).toEqual([]);
  expect(round([failed], 23)).toEqual(['backup-failed reminder']);
  expect(round([], 24)).toEqual(['backup-failed recovered']);
});

test('what becomes worse is told at once, unless whoever found it has told it', () => {
  const unusual = (severity: 'warning' | 'critical', hour: number): Condition => ({
    ...missed,
    severity,
    toldAt: at(hour).toISOString(),
  });
  const { round } = memory();
  round([unusual('warning', 0)], 0);
  expect(round([unusual('critical', 20)], 21)).toEqual([]);
  expect(round([unusual('critical', 20)], 43)).toEqual([]);
  expect(round([unusual('critical', 20)], 44)).toEqual(['backup-missed reminder']);
});

test('each failed run that told itself puts the reminder off by a day', () => {
  const failed = (hour: number): Condition => ({ ...missed, toldAt: at(hour).toISOString() });
  const { round } = memory();
  round([failed(0)], 0);
  expect(round([failed(20)], 30)).toEqual([]);
  expect(round([failed(20)], 44)).toEqual(['backup-missed reminder']);
});

test('what was told so long ago that nobody remembers is told', () => {
  expect(memory().round([{ ...missed, toldAt: at(-30).toISOString() }], 0)).toEqual(['backup-missed broken']);
});

test('a warning that becomes critical is told at once; one that becomes milder is not', () => {
  const { round } = memory();
  const near: Condition = { ...missed, severity: 'warning' };
  expect(round([near], 0)).toEqual(['backup-missed broken']);
  expect(round([missed], 1)).toEqual(['backup-missed broken']);
  expect(round([near], 2)).toEqual([]);
  expect(round([missed], 3)).toEqual(['backup-missed broken']);
});

test('what is for information is told at its beginning and its end only', () => {
  const { round } = memory();
  const waiting: Condition = { ...missed, once: true };
  expect([round([waiting], 0), round([waiting], 30), round([], 60)].flat()).toEqual([
    'backup-missed broken',
    'backup-missed recovered',
  ]);
});

test('the conditions of a plan that was deleted end silently', () => {
  const { round, rows } = memory();
  round([missed], 0);
  expect(round([], 1, { gone: true })).toEqual([]);
  expect(rows.get(missed.id)?.closedAt).toBe(at(1).toISOString());
});

test('what could not be looked at is neither well again nor told', () => {
  const { round } = memory();
  round([missed], 0);
  expect(round([], 1, { unseen: true })).toEqual([]);
  expect(round([], 2)).toEqual(['backup-missed recovered']);
});

test('an outage of 3,000 plans is one message, and so is its end', () => {
  const { round, rows } = memory();
  const all = Array.from({ length: 3000 }, (_, i) => ({
    ...missed,
    id: `backup-missed/p-${i}`,
    planId: `p-${i}`,
  }));
  expect(round(all, 0)).toEqual(['backup-missed broken']);
  expect(rows.size).toBe(3000);
  expect(round(all, 1)).toEqual([]);
  expect(round(all, 24)).toEqual(['backup-missed reminder']);
  expect(round([], 25)).toEqual(['backup-missed recovered']);
});

test('the end says what it was, since when, and of which plan', () => {
  const [first] = planAlerting({
    open: [],
    conditions: [missed],
    isUnseen: () => false,
    isPlan: () => true,
    now: at(0),
  }).tell;
  const [end] = planAlerting({
    open: first?.rows ?? [],
    conditions: [],
    isUnseen: () => false,
    isPlan: () => true,
    now: at(5),
  }).tell;
  expect(end?.alert.subject).toBe('[Holdfast] Well again: Backup missed - plan shop');
  for (const said of ['there is no backup', missed.since, 'shop']) expect(end?.alert.text).toContain(said);
});

describe('whatever happens in whatever order', () => {
  const ids = ['a', 'b', 'c'];
  const rounds = fc.array(
    fc.record({
      hours: fc.integer({ min: 1, max: 30 }),
      broken: fc.subarray(ids),
    }),
    { minLength: 1, maxLength: 40 },
  );
  test('the same is not told twice within a day, and the end of what was told is told', () => {
    fc.assert(
      fc.property(rounds, (history) => {
        const open = new Map<string, AlertRow>();
        const toldAt = new Map<string, number>();
        let hour = 0;
        for (const { hours, broken } of history) {
          hour += hours;
          const conditions = broken.map((id) => ({ ...missed, id, planId: id }));
          const before = new Set(open.keys());
          const { tell, note } = planAlerting({
            open: [...open.values()],
            conditions,
            isUnseen: () => false,
            isPlan: () => true,
            now: at(hour),
          });
          const ended: string[] = [];
          for (const { alert, rows } of tell) {
            for (const row of rows) {
              const id = row.conditionId;
              if (alert.state === 'recovered') ended.push(id);
              else {
                if (before.has(id)) expect(hour - (toldAt.get(id) ?? -99)).toBeGreaterThanOrEqual(24);
                toldAt.set(id, hour);
              }
            }
          }
          // Exactly what was told and is not broken any more has ended.
          expect(ended.sort()).toEqual([...before].filter((id) => !broken.includes(id)).sort());
          for (const row of [...tell.flatMap(({ rows }) => rows), ...note]) {
            if (row.closedAt) open.delete(row.conditionId);
            else open.set(row.conditionId, row);
          }
          expect([...open.keys()].sort()).toEqual([...broken].sort());
          // Nothing that lasts is older than a day without a word.
          for (const id of broken) expect(hour - (toldAt.get(id) ?? -99)).toBeLessThan(24);
        }
      }),
    );
  });
});

test('what a run told and the next one ended before anybody looked is told to be well again, once', () => {
  const failed: Condition = {
    ...missed,
    id: 'backup-failed/shop',
    kind: 'backup-failed',
    toldAt: at(0).toISOString(),
  };
  const request = { open: [], conditions: [], isUnseen: () => false, isPlan: () => true, now: at(1) };
  const { tell } = planAlerting({ ...request, over: [failed] });
  expect(tell.map(({ alert }) => `${alert.kind} ${alert.state}`)).toEqual(['backup-failed recovered']);
  expect(tell[0]?.rows[0]).toMatchObject({ conditionId: failed.id, closedAt: at(1).toISOString() });
  // One that is wrong again, or that is open, follows the usual rules.
  const again = planAlerting({ ...request, conditions: [failed], over: [failed] });
  expect(again.tell).toEqual([]);
  const [open] = again.note;
  expect(planAlerting({ ...request, open: open ? [open] : [], over: [failed] }).tell).toHaveLength(1);
});

/** Runs and recovery points: steps beside their usual times, lines of the log, what a sorted list is of. */
import { describe, expect, test } from 'vitest';
import { sortedSpan } from '../../../dashboard/pages/points/sorted-span.ts';
import { comparedSteps } from '../../../dashboard/pages/run/compared-steps.ts';
import { lineText } from '../../../dashboard/pages/run/line-text.ts';
import { tenthOf } from '../../../dashboard/pages/run/tenth.ts';
import { secondsOf } from '../../../dashboard/pages/runs/seconds.ts';
import { ownAddress } from '../../../dashboard/session/session.ts';

const now = new Date('2026-11-21T10:00:00Z');
const startedAt = '2026-11-21T09:59:00Z';

describe('steps', () => {
  test('one that goes on has taken what it has taken so far', () => {
    const [step] = comparedSteps({ steps: [{ name: 'dump main', startedAt, state: 'running' }] }, now);
    expect(step).toMatchObject({ title: 'dump main', seconds: 60, isSlow: false });
  });

  test('the one that failed says why, and ended when the run did', () => {
    const run = {
      steps: [
        { name: 'claim', startedAt, seconds: 1, state: 'done' as const },
        { name: 'open', title: 'Reaching the source', startedAt, state: 'failed' as const },
      ],
      error: { code: 'SOURCE_AUTH', message: 'no such password' },
      failedAt: '2026-11-21T09:59:04Z',
    };
    expect(comparedSteps(run, now)[1]).toMatchObject({
      title: 'Reaching the source',
      seconds: 4,
      error: 'no such password',
    });
    expect(comparedSteps(run, now)[0]?.error).toBeUndefined();
  });

  test.each([
    ['twice as long and by seconds', 30, 10, true],
    ['twice as long, but of a blink', 0.4, 0.1, false],
    ['somewhat longer', 18, 10, false],
  ])('slower than usual: %s', (_, seconds, usual, isSlow) => {
    const run = {
      steps: [{ name: 'open', startedAt, seconds, state: 'done' as const }],
      usualSteps: [{ name: 'open', seconds: usual }],
    };
    expect(comparedSteps(run, now)[0]).toMatchObject({ usual, isSlow });
  });
});

test('a line of the log says what it was about, without what is the same in every line', () => {
  const fields = {
    planId: 'shop',
    correlationId: 'c-1',
    segment: 'orders',
    plainBytes: 12,
    error: { code: 'X' },
  };
  expect(lineText({ function: 'backup', message: 'segment stored', fields })).toBe(
    '[backup] segment stored segment=orders plainBytes=12 error={"code":"X"}',
  );
});

describe('the span of a list', () => {
  test('by time it is what was asked for, its last day included', () => {
    expect(sortedSpan({ sort: 'slot' }, now)).toEqual({});
    expect(sortedSpan({ sort: 'slot', from: '2026-11-01', to: '2026-11-02' }, now)).toEqual({
      from: '2026-11-01T00:00:00.000Z',
      to: '2026-11-03T00:00:00.000Z',
    });
  });

  test('sorted otherwise over all plans it is of 31 days at most', () => {
    expect(sortedSpan({ sort: 'storedBytes' }, now)).toEqual({
      from: '2026-10-22T00:00:00.000Z',
      to: '2026-11-22T00:00:00.000Z',
    });
    expect(sortedSpan({ sort: 'storedBytes', from: '2020-01-01', to: '2026-01-31' }, now).from).toBe(
      '2026-01-01T00:00:00.000Z',
    );
    expect(sortedSpan({ sort: 'storedBytes', plan: 'shop' }, now)).toEqual({});
  });
});

test('how long a run took, and how far one is', () => {
  expect(secondsOf({ startedAt, completedAt: '2026-11-21T10:00:30Z' })).toBe(90);
  expect(secondsOf({ startedAt, failedAt: '2026-11-21T09:59:01Z' })).toBe(1);
  expect(secondsOf({ startedAt })).toBeUndefined();
  expect([tenthOf(0, 10), tenthOf(3.99, 10), tenthOf(20, 10), tenthOf(5, undefined)]).toEqual([
    0,
    30,
    100,
    undefined,
  ]);
});

test.each([
  ['/runs/x?tab=log', '/runs/x?tab=log'],
  ['//evil.example', '/'],
  ['/\\evil.example', '/'],
  ['https://evil.example', '/'],
  ['/signed-in?code=1', '/'],
  [undefined, '/'],
])('after signing in %s leads to %s', (asked, address) => {
  expect(ownAddress(asked)).toBe(address);
});

import { expect, test } from 'vitest';
import { listed, matches, type PlanRow } from '../../../dashboard/pages/plans/listed.ts';

const row = (plan: object, more: object = {}) =>
  ({
    plan: { id: 'shop', name: 'Shop', enabled: true, sources: [{ kind: 'postgres', name: 'main' }], ...plan },
    nextRuns: [],
    ...more,
  }) as unknown as PlanRow;

const only = (found: PlanRow, overview: object[] = []) => {
  const [line] = listed([found], overview as never);
  if (!line) throw new Error('nothing listed');
  return line;
};

test('a plan has the state that the overview says; without it what the plan itself says', () => {
  expect(only(row({}), [{ planId: 'shop', state: 'missed', severity: 'critical' }])).toMatchObject({
    state: 'missed',
    severity: 'critical',
  });
  expect(only(row({ enabled: false })).state).toBe('off');
  expect(only(row({}, { paused: { by: 'ada' } })).state).toBe('paused');
  expect(only(row({})).state).toBeUndefined();
});

test('a plan is found by its name, its id, its secret and its bucket', () => {
  const sources = [
    { kind: 'postgres', name: 'main', secret: 'holdfast/sources/till' },
    { kind: 'files', name: 'files', bucket: 'pictures' },
  ];
  const line = only(row({ sources }));
  for (const q of ['SHOP', 'till', 'pict']) expect(matches(line, { q })).toBe(true);
  expect(matches(line, { q: 'ledger' })).toBe(false);
  expect(matches(line, { kind: 'files' })).toBe(true);
  expect(matches(line, { kind: 'mongodb' })).toBe(false);
});

test('what needs attention is not resting, even when it is off', () => {
  const off = only(row({ enabled: false }), [{ planId: 'shop', state: 'off', severity: 'warning' }]);
  expect(matches(off, { show: 'trouble' })).toBe(true);
  expect(matches(off, { show: 'resting' })).toBe(false);
  expect(matches(only(row({ enabled: false })), { show: 'resting' })).toBe(true);
});

import { expect, test } from 'vitest';
import { ComparisonBuilder } from '../../../adapters/comparison.ts';
import { compareSequences, type SequenceState } from '../../../adapters/postgres/compare.ts';

const sequence = { schema: 's', name: 'q', lastValue: '100', isCalled: true };
const state: SequenceState = { ...sequence, increment: '1', cycles: false };

function compared(actual: Partial<SequenceState>) {
  const result = new ComparisonBuilder();
  compareSequences(result, [sequence], [{ ...state, ...actual }], new Map());
  return result.build();
}

test.each([
  ['the same', {}],
  ['later', { lastValue: '101' }],
  ['later, counting down', { lastValue: '99', increment: '-1' }],
  ['at its column', { columnReaches: '100' }],
  ['a value beyond 2^53', { lastValue: '9223372036854775806' }],
])('a sequence may be %s', (_, actual) => {
  expect(compared(actual).differences).toEqual([]);
});

test.each([
  ['behind', { lastValue: '99' }],
  ['behind by one that was not given out', { isCalled: false }],
  ['behind, counting down', { lastValue: '101', increment: '-1' }],
])('a sequence may not be %s', (_, actual) => {
  expect(compared(actual).differences).toHaveLength(1);
});

test('a sequence that was behind its column at the source is said to be', () => {
  const result = compared({ columnReaches: '500' });
  expect(result.differences).toEqual([]);
  expect(result.notProven).toHaveLength(1);
});

test('lists of differences are cut, and say by how much', () => {
  const result = new ComparisonBuilder();
  for (let i = 0; i < 250; i++) result.difference(`d${i}`);
  expect(result.build().differences).toHaveLength(201);
  expect(result.build().differences.at(-1)).toBe('… and 50 more');
});

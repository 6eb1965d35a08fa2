import { expect, test } from 'vitest';
import { boundedLines } from '../../../adapters/postgres/restore-lines.ts';

test('a list for the catalog has at most 200 lines, then one that counts the others', () => {
  expect(boundedLines(['a', 'b'])).toEqual(['a', 'b']);
  const many = boundedLines(Array.from({ length: 5000 }, (_, n) => `${n}`.padEnd(3000, 'x')));
  expect(many).toHaveLength(201);
  expect(many.at(-1)).toBe('… and 4800 more');
  expect(JSON.stringify(many).length).toBeLessThan(150_000);
});

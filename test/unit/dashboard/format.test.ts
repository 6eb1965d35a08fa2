/** Times, sizes and numbers as people read them. */
import { expect, test } from 'vitest';
import { formatOf } from '../../../dashboard/format.ts';

const english = formatOf('en-GB', 'Europe/Berlin');
const german = formatOf('de-DE', 'Europe/Berlin');

test('times carry their zone, and another one where it is asked for', () => {
  expect(english.dateTime('2026-11-21T02:00:00Z')).toBe('21 Nov 2026, 03:00 CET');
  expect(english.dateTime('2026-07-01T02:00:00Z')).toBe('1 Jul 2026, 04:00 CEST');
  expect(english.dateTime('2026-11-21T02:00:00Z', 'UTC')).toBe('21 Nov 2026, 02:00 UTC');
});

test('a day is what it says, wherever one is', () => {
  expect(formatOf('en-GB', 'America/Los_Angeles').day('2026-11-21')).toBe('21 Nov');
});

test.each([
  [-20, '20 seconds ago'],
  [-60 * 60, '1 hour ago'],
  [-35 * 3_600, '35 hours ago'],
  [-40 * 3_600, '2 days ago'],
  [3 * 3_600, 'in 3 hours'],
  [400 * 86_400, 'in 13 months'],
])('%i s from now is "%s"', (seconds, words) => {
  const now = new Date('2026-11-21T10:00:00Z');
  expect(english.relative(new Date(now.getTime() + seconds * 1000).toISOString(), now)).toBe(words);
});

test.each([
  [0.25, '250 ms'],
  [4.24, '4.2 secs'],
  [59, '59 secs'],
  [60, '1 min'],
  [4_335, '1 hr 12 mins'],
  [90_000, '1 day 1 hr'],
  [86_400 + 30, '1 day 30 secs'],
])('%f s lasts "%s"', (seconds, words) => {
  expect(english.duration(seconds)).toBe(words);
});

test.each([
  [0, '0 B'],
  [1023, '1,023 B'],
  [1536, '1.5 KiB'],
  [1024 ** 3 * 100, '100 GiB'],
  [1024 ** 6 * 3, '3,072 PiB'],
])('%i bytes are "%s"', (bytes, words) => {
  expect(english.bytes(bytes)).toBe(words);
});

test('a success rate that is not whole never rounds to a whole one', () => {
  expect(english.percent(0.9996)).toBe('99.96%');
  expect(english.percent(0.999999)).toBe('99.99%');
  expect(english.percent(1)).toBe('100%');
  expect(english.percent(0.805)).toBe('80.5%');
});

test('numbers are written as the language writes them', () => {
  expect(german.bytes(1536)).toBe('1,5 KiB');
  expect(german.number(1_204_518)).toBe('1.204.518');
});

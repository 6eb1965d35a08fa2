import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NewlineCounter, RowCounter } from '../../../adapters/postgres/rows.ts';
import { compileNewlines } from '../../../adapters/postgres/rows-newlines.build.ts';

const counter = new NewlineCounter();

test('the committed module is what the source beside it compiles to', async () => {
  const committed = await readFile('adapters/postgres/rows-newlines.ts', 'utf8');
  const base64 = (text: string) =>
    [...text.matchAll(/'([A-Za-z0-9+/=]{4,})'/g)].map((match) => match[1]).join('');
  expect(base64(committed)).toBe(base64(await compileNewlines()));
});

test('line feeds are counted in any bytes of any length', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 20_000 }), fc.nat(31), (bytes, mask) => {
      const dense = bytes.map((byte) => (byte % 32 <= mask ? 10 : byte));
      expect(counter.count(dense)).toBe(dense.filter((byte) => byte === 10).length);
    }),
  );
});

test('line feeds are counted where the lanes would overflow, and beyond the memory', () => {
  expect(counter.count(Buffer.alloc(5_000_003, '\n'))).toBe(5_000_003);
});

test('rows are counted whatever the pieces are', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ maxLength: 30 }), { maxLength: 50 }),
      fc.integer({ min: 1, max: 40 }),
      (values, size) => {
        const rows = values.map((value) => `${value.replaceAll(/[\\\n]/g, '')}\n`);
        const bytes = Buffer.from(`${rows.join('')}\\.\n\n\n`);
        const counting = new RowCounter(counter);
        for (let at = 0; at < bytes.length; at += size) counting.push(bytes.subarray(at, at + size));
        expect(counting.rows()).toBe(rows.length);
      },
    ),
  );
});

test('data that does not end as pg_dump ends it has no number of rows', () => {
  const counting = new RowCounter(counter);
  counting.push(Buffer.from('1\n2\n3\n4\n'));
  expect(counting.rows()).toBeUndefined();
});

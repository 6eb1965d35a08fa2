/** From the order in which S3 lists folders to that of their names. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inNameOrder } from '../../../adapters/s3/listing.ts';

const names = fc.uniqueArray(
  fc.string({ unit: fc.constantFrom('a', 'b', 'c', '-', '.', '0', '9', '_'), minLength: 1, maxLength: 6 }),
  { maxLength: 30 },
);

test('whatever the folders are called, they come in the order of their names', async () => {
  await fc.assert(
    fc.asyncProperty(names, async (given) => {
      expect(await ordered(given)).toEqual(given.toSorted());
    }),
  );
});

test('a backup waits for no other one than those of its own second', async () => {
  const given = ['20261121T020000Z-0a', '20261121T020000Z-0b', '20261121T030000Z-0a', '20261121T040000Z-0a'];
  let taken = 0;
  const source = (async function* () {
    for (const name of given) {
      taken += 1;
      yield name;
    }
  })();
  const takenAt: number[] = [];
  for await (const _ of inNameOrder(source)) takenAt.push(taken);
  expect(takenAt).toEqual([3, 3, 4, 4]);
});

async function ordered(given: readonly string[]): Promise<string[]> {
  const asListed = given.map((name) => `${name}/`).toSorted();
  const source = (async function* () {
    for (const prefix of asListed) yield prefix.slice(0, -1);
  })();
  const found: string[] = [];
  for await (const name of inNameOrder(source)) found.push(name);
  return found;
}

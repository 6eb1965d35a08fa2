/** A cursor comes from outside: what DynamoDB does not take of it is the caller's mistake, and nobody's defect. */
import { expect, test } from 'vitest';
import { readPage } from '../../adapters/dynamodb/paging.ts';
import type { Store } from '../../adapters/dynamodb/store.ts';
import { HoldfastError } from '../../core/errors.ts';

const store = {
  query: async () => {
    throw new HoldfastError(
      'INTERNAL',
      'dynamodb:Query failed: ValidationException: the starting key is invalid',
      {
        details: { name: 'ValidationException' },
      },
    );
  },
} as unknown as Store;
const page = (cursor?: string) =>
  readPage(store, { key: {} as never }, { ...(cursor && { cursor }) }, { pk: 'A' }, (item) => item);

test('a key that is none of the list is INVALID_INPUT, naming the cursor', async () => {
  const forged = Buffer.from(JSON.stringify({ pk: 'A', other: 'x' })).toString('base64url');
  await expect(page(forged)).rejects.toMatchObject({ code: 'INVALID_INPUT', issues: [{ field: 'cursor' }] });
});

test('without a cursor it is a defect, and stays one', async () => {
  await expect(page()).rejects.toMatchObject({ code: 'INTERNAL' });
});

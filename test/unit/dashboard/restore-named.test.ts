/** What the API cannot know of a restore beforehand, filled in where the page does. */
import { expect, test } from 'vitest';
import { named } from '../../../dashboard/pages/restore/named.ts';

test('the name of the database stands where it is known, whatever it is', () => {
  const words = 'database <name>_restored_<time>, beside <name>';
  expect(named(words, 'shop')).toBe('database shop_restored_<time>, beside shop');
  expect(named(words, '$& shop')).toBe('database $& shop_restored_<time>, beside $& shop');
  expect(named(words, undefined)).toBe(words);
});

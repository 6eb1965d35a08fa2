/** One order for every door: the same rules, each in the words of its own. */
import { describe, expect, test } from 'vitest';
import { parsePlan, restoreFactsOf } from '../../../adapters/kinds.ts';
import { memoryCatalog } from '../../../adapters/memory/catalog.ts';
import { inBody } from '../../../api/called.ts';
import { flagOf } from '../../../cli/restore-flags.ts';
import type { Called } from '../../../core/control/called.ts';
import { firstAsked } from '../../../core/control/first-asked.ts';
import { guardOf } from '../../../core/control/restore-guard.ts';
import { kindOf } from '../../../core/control/restore-kind.ts';
import { destructionOf, orderOf, type RestoreWish } from '../../../core/control/restore-order.ts';
import { holdMsOf } from '../../../core/control/restores.ts';
import { InvalidInput } from '../../../core/errors.ts';

const row = { planId: 'shop', backupId: '20261121T020000Z-3f9a1c22' };
const mongodb = (databases?: string[]) =>
  parsePlan({
    id: 'shop',
    sources: [{ kind: 'mongodb', name: 'main', secret: 's/shop', ...(databases && { databases }) }],
  });

function guarded(plan: ReturnType<typeof mongodb>, wish: RestoreWish, called: Called) {
  const kind = kindOf(plan, {}, wish.component, restoreFactsOf);
  const order = orderOf(row, wish, kind, called);
  return guardOf({ order, destruction: destructionOf(order, kind), plan, kind, without: false }, called);
}

describe('a restore that cannot be protected', () => {
  const wish = { options: { drop: true, database: 'billing' } };
  test.each([
    ['the API', inBody, 'Leave options.database out', 'withoutRestorePoint: true'],
    ['the command line', flagOf, 'Leave --database out', '--without-restore-point'],
  ] as const)('is refused by %s in its own words', (_, called, leave, without) => {
    const guard = guarded(mongodb(), wish, called);
    expect(guard).toMatchObject({ outcome: 'impossible', issue: { field: 'restorePoint' } });
    expect(JSON.stringify(guard)).toContain(leave);
    expect(JSON.stringify(guard)).toContain(without);
  });
});

test('a source that the plan lists is backed up before, and the order says where it goes', () => {
  const plan = mongodb(['shop', 'billing']);
  expect(guarded(plan, { options: { drop: true, database: 'billing' } }, inBody)).toMatchObject({
    outcome: 'point',
    only: ['main'],
    label: `before restoring ${row.backupId}`,
  });
});

test('a restore that takes nothing away needs none, and carries no place', () => {
  const plan = mongodb();
  expect(guarded(plan, {}, inBody)).toBeUndefined();
  expect(orderOf(row, {}, kindOf(plan, {}, undefined, restoreFactsOf), inBody)).toEqual({
    ...row,
    ...{ replace: false, compare: true, options: {}, from: 'vault', returnSpeed: 'standard' },
  });
});

test('an option that the kind does not take is named with its field, and those that it takes in the words of the door', () => {
  const kind = kindOf(mongodb(), {}, undefined, restoreFactsOf);
  const refused = (called: Called): InvalidInput => {
    try {
      orderOf(row, { options: { noOwner: true } }, kind, called);
    } catch (thrown) {
      if (thrown instanceof InvalidInput) return thrown;
    }
    throw new Error('it was taken');
  };
  expect(refused(inBody).issues).toMatchObject([
    { field: 'options.noOwner', allowed: expect.stringContaining('takes options.secret, options.database') },
  ]);
  expect(refused(flagOf).issues[0]?.allowed).toContain('takes --secret, --database');
});

test('a backup that may have to come back from an archive class is held a week, another two days', () => {
  const days = (ms: number) => ms / 86_400_000;
  expect(days(holdMsOf({ tier: 'daily' }, false))).toBe(2);
  expect(days(holdMsOf({ tier: 'daily' }, true))).toBe(7);
  expect(days(holdMsOf({ tier: 'yearly' }, false))).toBe(7);
});

describe('the instant of a request', () => {
  const at = (text: string) => new Date(text);
  test('is the first one’s, for a day; of another token it is another', async () => {
    const catalog = memoryCatalog();
    const first = await firstAsked(catalog, 'a', at('2026-11-21T10:00:00.000Z'));
    expect(await firstAsked(catalog, 'a', at('2026-11-22T09:59:00.000Z'))).toBe(first);
    expect(await firstAsked(catalog, 'b', at('2026-11-21T11:00:00.000Z'))).toBe('2026-11-21T11:00:00.000Z');
    expect(await firstAsked(catalog, 'a', at('2026-11-22T10:00:01.000Z'))).toBe('2026-11-22T10:00:01.000Z');
  });

  test('is one for all who come at once, whoever notes it first', async () => {
    const catalog = memoryCatalog();
    let first = () => {};
    const noted = new Promise<void>((done) => {
      first = done;
    });
    // Has claimed, and is slow to note.
    const slow: typeof catalog.noteOnce = async (...note) => noted.then(() => catalog.noteOnce(...note));
    const one = firstAsked({ ...catalog, noteOnce: slow }, 'a', at('2026-11-21T10:00:00.000Z'));
    const two = await firstAsked(catalog, 'a', at('2026-11-21T10:00:01.000Z'));
    first();
    expect(await one).toBe(two);
  });

  test('that died before it was noted begins anew: nothing was done with it', async () => {
    const catalog = memoryCatalog();
    const dying = { ...catalog, noteOnce: async () => Promise.reject(new Error('died')) };
    await expect(firstAsked(dying, 'a', at('2026-11-21T10:00:00.000Z'))).rejects.toThrow('died');
    expect(await firstAsked(catalog, 'a', at('2026-11-21T10:00:05.000Z'))).toBe('2026-11-21T10:00:05.000Z');
    expect(await firstAsked(catalog, 'a', at('2026-11-21T10:00:09.000Z'))).toBe('2026-11-21T10:00:05.000Z');
  });
});

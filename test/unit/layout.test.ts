/** Names and keys: safe wherever they go, unique, sorted by time, and the same for a retry. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  attemptSchema,
  backupIdFor,
  backupIdSchema,
  backupPrefix,
  compactTime,
  manifestKey,
  partKey,
  planIdSchema,
  reportKey,
  type SegmentAddress,
  safeName,
  slotOf,
} from '../../core/format/layout.ts';

const planIds = fc
  .stringMatching(/^[a-z0-9][a-z0-9-]{0,38}[a-z0-9]$/)
  .filter((id) => planIdSchema.safeParse(id).success);
const slots = fc
  .date({ min: new Date('2000-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
  .map((date) => `${date.toISOString().slice(0, 19)}Z`);
const names = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.constantFrom('', '..', '/', 'a/../b', '\0'),
);
const addresses: fc.Arbitrary<SegmentAddress> = fc.record({
  planId: planIds,
  backupId: fc.tuple(planIds, slots).map(([planId, slot]) => backupIdFor(planId, slot)),
  attempt: fc.integer({ min: 1, max: 999 }),
  component: fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?$/),
  index: fc.integer({ min: 0, max: 9_999 }),
  name: names,
});

describe('plan ids', () => {
  test.each(['a', '0', 'shop', 'shop-2', 'a'.repeat(40)])('"%s" is one', (id) => {
    expect(planIdSchema.parse(id)).toBe(id);
  });
  test.each(['', '-', '-a', 'a-', 'A', 'a_b', 'a/b', 'a b', 'ä', 'a\n', '..', 'a'.repeat(41)])(
    '"%s" is none',
    (id) => {
      expect(planIdSchema.safeParse(id).success).toBe(false);
    },
  );
});

describe('backup ids', () => {
  test('an id is named after the slot and a hash of plan and slot, and never changes', () => {
    // From `printf 'shop\n20261121T020000Z\n' | sha256sum`: ids in the vault must be found by every later release.
    expect(backupIdFor('shop', '2026-11-21T02:00:00Z')).toBe('20261121T020000Z-6fb80b81');
    expect(backupIdFor('shop', '2026-11-21T02:00:00Z', 'token-1234')).toBe('20261121T020000Z-3c67fded');
  });

  test('the same slot, however it is written, has the same id', () => {
    for (const same of ['2026-11-21T02:00:00Z', '2026-11-21T02:00:00.000Z', '2026-11-21T03:00:00+01:00']) {
      expect(backupIdFor('shop', same)).toBe(backupIdFor('shop', '2026-11-21T02:00:00Z'));
    }
  });

  test('an id can be parsed and gives its slot back', () => {
    fc.assert(
      fc.property(planIds, slots, fc.option(fc.string(), { nil: undefined }), (planId, slot, token) => {
        const id = backupIdFor(planId, slot, token);
        expect(backupIdSchema.parse(id)).toBe(id);
        expect(slotOf(id)).toBe(slot);
      }),
    );
  });

  test('ids sort as their slots do', () => {
    fc.assert(
      fc.property(planIds, slots, slots, (planId, one, other) => {
        const byTime = Math.sign(Date.parse(one) - Date.parse(other));
        const [a, b] = [backupIdFor(planId, one), backupIdFor(planId, other)];
        expect(a < b ? -1 : a > b ? 1 : 0).toBe(byTime);
      }),
    );
  });

  test('plan, slot and token each make another id', () => {
    const slot = '2026-11-21T02:00:00Z';
    const ids = [
      backupIdFor('shop', slot),
      backupIdFor('shop2', slot),
      backupIdFor('shop', '2026-11-21T02:00:01Z'),
      backupIdFor('shop', slot, 'one'),
      backupIdFor('shop', slot, 'two'),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });

  test.each([
    '',
    '20261121T020000Z',
    '20261121T020000Z-3F9A1C22',
    '2026-11-21T02:00:00Z-3f9a1c22',
    'x/20261121T020000Z-3f9a1c22',
  ])('"%s" is no backup id', (id) => {
    expect(backupIdSchema.safeParse(id).success).toBe(false);
  });
});

describe('keys', () => {
  test('are as docs/format.md says', () => {
    const backupId = '20261121T020000Z-3f9a1c22';
    expect(manifestKey('shop', backupId)).toBe(`plans/shop/${backupId}/manifest`);
    const address = {
      planId: 'shop',
      backupId,
      attempt: 1,
      component: 'main',
      index: 3,
      name: 'public.Orders',
    };
    expect(partKey(address, 1)).toBe(`plans/shop/${backupId}/a01/main/0003-public.Orders.0001`);
    expect(reportKey('shop', backupId, 'x-1')).toBe(`reports/shop/${backupId}/x-1`);
  });

  test('are safe in S3, a URL, a file name and a log, whatever the name of a table', () => {
    fc.assert(
      fc.property(addresses, fc.integer({ min: 1, max: 9_999 }), (address, part) => {
        const key = partKey(address, part);
        expect(key).toMatch(/^[A-Za-z0-9._/-]+$/);
        expect(Buffer.byteLength(key)).toBeLessThanOrEqual(1024);
        expect(key.startsWith(backupPrefix(address.planId, address.backupId))).toBe(true);
        expect(key.split('/').every((step) => step !== '' && step !== '.' && step !== '..')).toBe(true);
      }),
    );
  });

  test('differ when plan, slot, attempt, component, index or part do', () => {
    const numbered = fc.tuple(addresses, fc.integer({ min: 1, max: 9_999 }));
    const identity = ([{ name: _, ...address }, part]: [SegmentAddress, number]) =>
      JSON.stringify([address, part]);
    fc.assert(
      fc.property(numbered, numbered, (one, other) => {
        if (identity(one) === identity(other)) return;
        expect(partKey(...one)).not.toBe(partKey(...other));
      }),
    );
  });

  test('sort by segment, then by part', () => {
    const small = fc.integer({ min: 1, max: 9_999 });
    fc.assert(
      fc.property(addresses, small, small, small, small, (address, index, part, otherIndex, otherPart) => {
        const key = partKey({ ...address, index }, part);
        const other = partKey({ ...address, index: otherIndex }, otherPart);
        const byNumber = Math.sign(index - otherIndex || part - otherPart);
        expect(key < other ? -1 : key > other ? 1 : 0).toBe(byNumber);
      }),
    );
  });

  test('the manifest never has the key of a part, nor a part that of another attempt', () => {
    fc.assert(
      fc.property(addresses, (address) => {
        const key = partKey(address, 1);
        expect(key).not.toBe(manifestKey(address.planId, address.backupId));
        expect(key).not.toBe(partKey({ ...address, attempt: (address.attempt % 999) + 1 }, 1));
      }),
    );
  });
});

test('a safe name is never empty and never longer than 60 characters', () => {
  fc.assert(
    fc.property(names, (name) => {
      expect(safeName(name)).toMatch(/^[A-Za-z0-9._-]{1,60}$/);
    }),
  );
});

test('a time is compacted to the second, in UTC', () => {
  expect(compactTime('2026-11-21T03:04:05.999+01:00')).toBe('20261121T020405Z');
});

test.each([0, 1000, 1.5, -1])('an attempt is a whole number from 1 to 999, not %d', (attempt) => {
  expect(attemptSchema.safeParse(attempt).success).toBe(false);
});

/** The context of an object follows from its key, and no two keys share one. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  contextOfKey,
  contextPairs,
  manifestContext,
  reportContext,
  segmentContext,
} from '../../../core/format/context.ts';
import { partKey } from '../../../core/format/layout.ts';

const planId = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?$/);
const backupId = fc.stringMatching(/^2026112[0-9]T0[0-9]0000Z-[0-9a-f]{8}$/);
const address = fc.record({
  planId,
  backupId,
  attempt: fc.integer({ min: 1, max: 999 }),
  component: planId,
  index: fc.integer({ min: 0, max: 20_000 }),
  name: fc.string({ maxLength: 80 }),
});

describe('context', () => {
  it('names exactly the key it belongs to', () => {
    fc.assert(
      fc.property(address, fc.integer({ min: 1, max: 20_000 }), (at, part) => {
        const found = segmentContext(at, part);
        const { planId, backupId, attempt, component } = at;
        expect(found).toMatchObject({ planId, backupId, attempt, component, part });
        expect(partKey(at, part)).toContain(`/${found.segment}.`);
      }),
    );
  });

  it('differs wherever keys differ', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(address, fc.integer({ min: 1, max: 3 })), { maxLength: 20 }),
        (all) => {
          const keys = new Set(all.map(([at, part]) => partKey(at, part)));
          const contexts = new Set([...keys].map((key) => JSON.stringify(contextPairs(contextOfKey(key)))));
          expect(contexts.size).toBe(keys.size);
        },
      ),
    );
  });

  it('of a manifest and a report can be no segment', () => {
    expect(manifestContext('p', 'b')).toEqual({
      planId: 'p',
      backupId: 'b',
      attempt: 0,
      component: '-',
      segment: 'manifest',
      part: 1,
    });
    expect(reportContext('p', 'b', 'manifest').segment).toBe('report/manifest');
  });

  it('refuses what is not a key of the layout', () => {
    for (const key of ['', 'plans/p/b', 'plans/p/b/a01/c/0001-x', 'audit/x', '/plans/p/b/manifest']) {
      expect(() => contextOfKey(key)).toThrow(expect.objectContaining({ code: 'INVALID_INPUT' }));
    }
  });
});

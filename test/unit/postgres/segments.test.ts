import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nameKey } from '../../../adapters/postgres/names.ts';
import { filterText, planSegments } from '../../../adapters/postgres/segments.ts';

const MiB = 1024 * 1024;

const tables = fc.uniqueArray(
  fc.record({
    schema: fc.string({ minLength: 1 }),
    name: fc.string({ minLength: 1 }),
    bytes: fc.nat({ max: 400 * MiB }),
  }),
  {
    selector: nameKey,
    maxLength: 60,
  },
);

describe('planning the segments', () => {
  it('puts every table into exactly one segment', () => {
    fc.assert(
      fc.property(tables, fc.integer({ min: 1, max: 8 }), (all, parallelism) => {
        const segments = planSegments({ tables: all, otherBytes: 0, parallelism, globals: true });
        const named = segments.flatMap((segment) =>
          segment.scope.kind === 'tables' ? segment.scope.tables : [],
        );
        const rest = segments.filter((segment) => segment.scope.kind === 'rest');
        expect(new Set(named.map(nameKey)).size).toBe(named.length);
        expect(rest).toHaveLength(1);
        // What `rest` leaves out is exactly what others take.
        const except = rest[0]?.scope.kind === 'rest' ? rest[0].scope.except : [];
        expect(except.map(nameKey).sort()).toEqual(named.map(nameKey).sort());
        const known = new Set(all.map(nameKey));
        expect(named.every((table) => known.has(nameKey(table)))).toBe(true);
      }),
    );
  });

  it('has the definitions once, numbers from 0, and few enough groups', () => {
    fc.assert(
      fc.property(tables, fc.integer({ min: 1, max: 8 }), fc.boolean(), (all, parallelism, globals) => {
        const segments = planSegments({ tables: all, otherBytes: 5, parallelism, globals });
        expect(segments.map((segment) => segment.index)).toEqual(segments.map((_, index) => index));
        const names = segments.map((segment) => segment.name);
        for (const once of ['pre-data', 'rest', 'post-data'])
          expect(names.filter((name) => name === once)).toHaveLength(1);
        expect(names.includes('globals')).toBe(globals);
        expect(names.filter((name) => name.startsWith('data-group-')).length).toBeLessThanOrEqual(
          parallelism * 4,
        );
        const total = all.reduce((sum, table) => sum + table.bytes, 5);
        const data = segments.filter((segment) => segment.section === 'data');
        expect(data.reduce((sum, segment) => sum + segment.estimatedBytes, 0)).toBe(total);
      }),
    );
  });

  it('gives only large tables a segment of their own, and leaves small ones to the rest', () => {
    const segments = planSegments({
      tables: [
        { schema: 'public', name: 'large', bytes: 500 * MiB },
        { schema: 'public', name: 'middle 1', bytes: 20 * MiB },
        { schema: 'public', name: 'middle 2', bytes: 30 * MiB },
        { schema: 'public', name: 'small', bytes: MiB },
      ],
      otherBytes: 0,
      parallelism: 2,
      globals: false,
    });
    expect(segments.map((segment) => segment.name)).toEqual([
      'pre-data',
      'data-public.large',
      'data-group-01',
      'rest',
      'post-data',
    ]);
    expect(segments.filter((segment) => segment.wholeScope).map((segment) => segment.name)).toEqual([
      'pre-data',
      'rest',
      'post-data',
    ]);
  });
});

describe('the filter of pg_dump', () => {
  it('quotes names whole', () => {
    expect(
      filterText(
        { kind: 'tables', tables: [{ schema: 'a.b', name: 'we"ird\n*$' }] },
        { schemas: [], tables: [], tableData: [] },
      ),
    ).toBe('include table "a.b"."we""ird\n*$"\n');
  });

  it('carries the exclusions into every scope but that of named tables', () => {
    const exclusions = {
      schemas: ['s"x'],
      tables: [{ schema: 'a', name: 't' }],
      tableData: [{ schema: 'a', name: 'd' }],
    };
    const lines = ['exclude schema "s""x"', 'exclude table "a"."t"', 'exclude table_data "a"."d"'];
    expect(filterText({ kind: 'section', section: 'pre-data' }, exclusions).trimEnd().split('\n')).toEqual(
      lines,
    );
    expect(
      filterText({ kind: 'rest', except: [{ schema: 'a', name: 'b' }] }, exclusions)
        .trimEnd()
        .split('\n'),
    ).toEqual([...lines, 'exclude table_data "a"."b"']);
  });
});

/** Plans as people write them: what the defaults are, and what is refused with field, value and what is allowed. */
import { describe, expect, test } from 'vitest';
import { parsePlan } from '../../adapters/kinds.ts';
import { InvalidInput } from '../../core/errors.ts';

const source = { kind: 'postgres', name: 'shop', secret: 'holdfast/sources/shop' };
const plan = { id: 'shop', sources: [source] };

function refusal(value: unknown): InvalidInput {
  try {
    parsePlan(value);
  } catch (error) {
    if (error instanceof InvalidInput) return error;
    throw error;
  }
  throw new Error(`accepted: ${JSON.stringify(value)}`);
}

test('a plan needs an id and a source; everything else has a default', () => {
  expect(parsePlan(plan)).toEqual({
    id: 'shop',
    enabled: true,
    sources: [
      {
        ...source,
        mode: 'full',
        exclude: { schemas: [], tables: [], tableData: [] },
        compression: 'zstd',
        evidence: { level: 'checksums', checksumUpToBytes: 50 * 1024 ** 3 },
        auth: 'scram',
        onIncomplete: 'fail',
        lockTimeoutSeconds: 60,
      },
    ],
    schedule: { cron: '0 2 * * *', timeZone: 'UTC' },
    retention: { hourly: 48, daily: 30, weekly: 12, monthly: 12, yearly: 3, manualDays: 30, days: 0 },
    vaults: [],
    graceMinutes: 60,
    verification: { level: 'readable', drill: 'weekly', stored: 'daily' },
    notifications: {
      onFailure: true,
      onSuccess: false,
      weeklySummary: false,
      recipients: [],
      least: 'warning',
      channels: [],
    },
  });
});

test('a parsed plan parses to itself, since that is how it comes back from the catalog', () => {
  const full = parsePlan({
    ...plan,
    name: ' The shop ',
    enabled: false,
    schedule: { rate: '6 hours' },
    retention: { daily: 7 },
    sources: [
      { ...source, databases: 'all', exclude: { tables: [{ schema: 'public', table: 'Log "old"' }] } },
    ],
  });
  expect(full.name).toBe('The shop');
  expect(parsePlan(JSON.parse(JSON.stringify(full)))).toEqual(full);
});

describe('bad input is refused before anything is started', () => {
  const withSource = (change: Record<string, unknown>) => ({ ...plan, sources: [{ ...source, ...change }] });

  test.each<[string, unknown, string, string]>([
    ['nothing', undefined, '(whole)', 'expected object'],
    ['a list', [plan], '(whole)', 'expected object'],
    ['an unknown field', { ...plan, retain: 3 }, '(whole)', '"retain"'],
    ['an unknown field of a source', withSource({ host: 'db' }), 'sources.0', '"host"'],
    ['no id', { sources: [source] }, 'id', 'expected string'],
    ['an id with a capital', { ...plan, id: 'Shop' }, 'id', '1 to 40 characters of a-z, 0-9 and -'],
    ['an id with a slash', { ...plan, id: 'a/b' }, 'id', '1 to 40 characters'],
    ['an id that ends in a dash', { ...plan, id: 'shop-' }, 'id', '1 to 40 characters'],
    ['an id that is too long', { ...plan, id: 'a'.repeat(41) }, 'id', '1 to 40 characters'],
    ['an empty id', { ...plan, id: '' }, 'id', '1 to 40 characters'],
    ['an empty name', { ...plan, name: '  ' }, 'name', 'a name of 1 to 100 characters'],
    ['enabled as text', { ...plan, enabled: 'yes' }, 'enabled', 'expected boolean'],
    ['no sources', { ...plan, sources: [] }, 'sources', 'at least one source'],
    ['too many sources', { ...plan, sources: Array(21).fill(source) }, 'sources', 'at most 20 sources'],
    [
      'two sources of one name',
      { ...plan, sources: [source, source] },
      'sources',
      'names of the sources must differ',
    ],
    [
      'a kind that there is not',
      withSource({ kind: 'mysql' }),
      'sources.0.kind',
      'kind must be one of: postgres',
    ],
    [
      'a mode that a database does not have, with the reason',
      withSource({ mode: 'incremental' }),
      'sources.0.mode',
      'each backup of a PostgreSQL source is a whole pg_dump',
    ],
    [
      'two further vaults of one name',
      {
        ...plan,
        vaults: [
          { name: 'disk', folder: '/a' },
          { name: 'disk', secret: 'b' },
        ],
      },
      'vaults',
      'names of the vaults must differ',
    ],
    ['a source without a name', withSource({ name: '' }), 'sources.0.name', '1 to 30 characters'],
    [
      'a source without a secret',
      withSource({ secret: '' }),
      'sources.0.secret',
      'the name or ARN of a secret',
    ],
    ['no database', withSource({ databases: [] }), 'sources.0.databases', ''],
    ['an empty database', withSource({ databases: [''] }), 'sources.0.databases', ''],
    [
      'an empty schema',
      withSource({ exclude: { schemas: [''] } }),
      'sources.0.exclude.schemas.0',
      '1 to 63 bytes',
    ],
    [
      'a table name of 64 bytes',
      withSource({ exclude: { tables: [{ schema: 'public', table: 'ü'.repeat(32) }] } }),
      'sources.0.exclude.tables.0.table',
      '1 to 63 bytes',
    ],
    ['no parallelism', withSource({ parallelism: 0 }), 'sources.0.parallelism', '>=1'],
    ['too much parallelism', withSource({ parallelism: 9 }), 'sources.0.parallelism', '<=8'],
    [
      'a compression that there is not',
      withSource({ compression: 'brotli' }),
      'sources.0.compression',
      '"zstd"',
    ],
    [
      'a schedule that never fires',
      { ...plan, schedule: { cron: '0 2 31 2 *' } },
      'schedule.cron',
      'never fires',
    ],
    [
      'a schedule for each minute',
      { ...plan, schedule: { cron: '* * * * *' } },
      'schedule.cron',
      'more often than',
    ],
    ['a negative count', { ...plan, retention: { daily: -1 } }, 'retention.daily', '>=0'],
    ['half a day', { ...plan, retention: { daily: 1.5 } }, 'retention.daily', 'int'],
    [
      'a level that there is not',
      { ...plan, verification: { level: 'sure' } },
      'verification.level',
      '"restored"',
    ],
  ])('%s', (_, value, field, allowed) => {
    const { code, issues, message } = refusal(value);
    expect(code).toBe('INVALID_INPUT');
    expect(issues.map((issue) => issue.field)).toContainEqual(
      expect.stringMatching(new RegExp(`^${literally(field)}`)),
    );
    expect(message).toContain(allowed);
  });

  test('a connection URL in place of the name of a secret is refused, and not shown', () => {
    const { message } = refusal({
      ...plan,
      sources: [{ ...plan.sources[0], secret: 'postgres://user:hunter2@host/db' }],
    });
    expect(message).toContain('sources.0.secret: the name or ARN of a secret');
    expect(message).not.toContain('hunter2');
  });

  test('every wrong field is named at once, with its value', () => {
    const { issues } = refusal({ ...plan, id: 'Shop', enabled: 1, retention: { daily: -1 } });
    expect(issues.map(({ field, value }) => [field, value])).toEqual([
      ['id', '"Shop"'],
      ['enabled', '1'],
      ['retention.daily', '-1'],
    ]);
  });
});

function literally(text: string): string {
  return text.replaceAll(/[().]/g, '\\$&');
}

test('a policy that keeps no scheduled backup is refused', () => {
  const retention = { hourly: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0 };
  expect(() => parsePlan({ ...plan, retention })).toThrow('keeps no scheduled backup at all');
});

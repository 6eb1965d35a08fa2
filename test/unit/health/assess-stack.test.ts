/** When something is wrong with the stack itself, and when it ends. */
import { expect, test } from 'vitest';
import { assessStack } from '../../../core/health/assess-stack.ts';
import type { HealthSettings, StackFacts } from '../../../core/health/facts.ts';
import { stateSchemas } from '../../../core/state.ts';
import { aBackup } from './world.ts';

const now = '2026-11-21T10:00:00Z';
const confirmed = { protocol: 'email', endpoint: 'ops@example.org', confirmed: true };
const keyId = 'wk-20261101-3f9a1c22';
const proven = { keys: { [keyId]: { exportedAt: now, provenAt: now } } };
const cleanup = (change: Record<string, unknown> = {}) =>
  stateSchemas.cleanup.parse({
    lastRunAt: '2026-11-20T23:10:00Z',
    completedAt: '2026-11-20T23:20:00Z',
    ...change,
  });
const settings: HealthSettings = { cleanupEveryDays: 1, quotaBytes: 1000, keyAgeDays: 365 };
const well: StackFacts = {
  cleanup: cleanup(),
  keys: proven,
  currentKeyId: keyId,
  recipients: [confirmed],
  waiting: [],
  oldestPlanAt: '2026-01-01T00:00:00.000Z',
  storedBytes: 10,
};
const { backupId } = aBackup('2026-11-20T02:00:00Z');

const table: [string, Partial<StackFacts>, string[]][] = [
  ['all is well', {}, []],
  ['nobody is subscribed', { recipients: [] }, ['alerts-unheard/-']],
  ['nobody has confirmed', { recipients: [{ ...confirmed, confirmed: false }] }, ['alerts-unheard/-']],
  ['who hears alerts could not be seen', { recipients: undefined }, []],
  ['everything is paused', { pause: { at: now, by: 'ada', reason: 'move' } }, ['paused/-']],
  ['cleanup ended 47 hours ago', { cleanup: cleanup({ completedAt: '2026-11-19T11:00:00Z' }) }, []],
  [
    'cleanup ended 49 hours ago',
    { cleanup: cleanup({ completedAt: '2026-11-19T09:00:00Z' }) },
    ['cleanup-stalled/-'],
  ],
  [
    'cleanup ended in a year to come, by a clock that was wrong',
    { cleanup: cleanup({ completedAt: '2027-11-21T10:00:00Z' }) },
    ['cleanup-stalled/-'],
  ],
  ['cleanup never ended a round', { cleanup: undefined }, ['cleanup-stalled/-']],
  ['the stack is new', { cleanup: undefined, oldestPlanAt: '2026-11-20T00:00:00.000Z' }, []],
  ['there are no plans', { cleanup: undefined, oldestPlanAt: undefined }, []],
  [
    'unusually much expired, of which one window is over',
    {
      cleanup: cleanup({
        unusual: [
          { planId: 'shop', expired: 18, kept: 2, at: '2026-11-20T23:10:00Z', until: '2026-12-04T23:10:00Z' },
          { planId: 'blog', expired: 18, kept: 2, at: '2026-11-07T09:00:00Z', until: '2026-11-21T09:00:00Z' },
        ],
      }),
    },
    ['cleanup-unusual/shop'],
  ],
  ['cleanup failed', { cleanup: cleanup({ lastError: 'AccessDenied' }) }, ['cleanup-failed/-']],
  [
    'manifests are missing, of one plan twice',
    {
      cleanup: cleanup({
        missing: [
          { planId: 'shop', backupId, since: now },
          { planId: 'shop', backupId, since: now },
          { planId: 'blog', backupId, since: now },
        ],
      }),
    },
    ['vault-incomplete/shop', 'vault-incomplete/blog'],
  ],
  [
    'the vault has what no row knows',
    { cleanup: cleanup({ unlisted: [{ planId: 'shop', backupId }] }) },
    ['catalog-incomplete/-'],
  ],
  ['80 % of the quota of all', { storedBytes: 800 }, ['quota-near/-']],
  [
    'a key of eight days was never exported',
    { keys: undefined, currentKeyId: 'wk-20261113-3f9a1c22' },
    ['key-unproven/-'],
  ],
  ['a key of seven days', { keys: undefined, currentKeyId: 'wk-20261115-3f9a1c22' }, []],
  ['exported and never proven', { keys: { keys: { [keyId]: { exportedAt: now } } } }, ['key-unproven/-']],
  [
    'another key was proven',
    { keys: { keys: { other: { exportedAt: now, provenAt: now } } } },
    ['key-unproven/-'],
  ],
  [
    'new signing keys of eight days are in no proven export',
    { unprovenSigners: ['sk-backup-20261113-3f9a1c22'] },
    ['key-unproven/-'],
  ],
  ['new signing keys of seven days', { unprovenSigners: ['sk-backup-20261115-3f9a1c22'] }, []],
  [
    'a key older than a year',
    {
      currentKeyId: 'wk-20251120-3f9a1c22',
      keys: { keys: { 'wk-20251120-3f9a1c22': { exportedAt: now, provenAt: now } } },
    },
    ['key-old/-'],
  ],
  [
    'a restore waits',
    {
      waiting: [
        {
          restoreId: 'r-00000001',
          planId: 'shop',
          backupId,
          status: 'waiting',
          createdBy: 'ada',
          createdAt: now,
          request: {},
          correlationId: 'c',
        },
      ],
    },
    ['restore-waiting/shop/r-00000001'],
  ],
];
test.each(table)('%s', (_, change, ids) => {
  expect(assessStack({ ...well, ...change }, settings, new Date(now)).map(({ id }) => id)).toEqual(ids);
});

test('what has no setting is not judged', () => {
  const facts = { ...well, cleanup: undefined, storedBytes: 1e15, currentKeyId: 'wk-20200101-3f9a1c22' };
  expect(assessStack(facts, {}, new Date(now)).map(({ kind }) => kind)).toEqual(['key-unproven']);
});

test('unusual marking is critical for a day, and reminded of no more after three', () => {
  const at = (hours: number) => {
    const unusual = [{ expired: 18, kept: 2, at: '2026-11-01T00:00:00Z', until: '2026-11-15T00:00:00Z' }];
    const then = new Date(Date.parse('2026-11-01T00:00:00Z') + hours * 3_600_000);
    const [found] = assessStack({ ...well, cleanup: cleanup({ unusual }) }, {}, then);
    return `${found?.kind} ${found?.severity} ${found?.once}`;
  };
  expect(at(1)).toBe('cleanup-unusual critical false');
  expect(at(25)).toBe('cleanup-unusual warning false');
  expect(at(73)).toBe('cleanup-unusual warning false');
  expect(at(95)).toBe('cleanup-unusual warning true');
});

test('a pause of everything is critical once a backup is overdue, or after a week', () => {
  const severity = (at: string, change: Partial<StackFacts> = {}) =>
    assessStack({ ...well, pause: { at, by: 'ada', reason: 'move' }, ...change }, {}, new Date(now))[0]
      ?.severity;
  expect(severity('2026-11-20T00:00:00Z')).toBe('warning');
  expect(severity('2026-11-20T00:00:00Z', { overdue: { plans: 1, like: 'shop' } })).toBe('critical');
  expect(severity('2026-11-14T00:00:00Z')).toBe('critical');
});

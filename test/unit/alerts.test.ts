/** What a person reads when something failed. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AlertKind, alertForCondition, alertForFailure, alertTitles } from '../../core/alerts.ts';
import { HoldfastError } from '../../core/errors.ts';

const error = new HoldfastError('SOURCE_AUTH', 'password authentication failed for user "backup"');
const facts = {
  kind: 'backup-failed' as const,
  planId: 'shop',
  backupId: '20261121T020000Z-3f9a1c22',
  error,
  correlationId: 'c-1',
  at: '2026-11-21T02:00:09.000Z',
};

test('an alert says what failed, on what, why, the next step and where to look', () => {
  const alert = alertForFailure({ ...facts, logGroup: '/aws/lambda/holdfast-backup' });
  expect(alert).toMatchObject({
    kind: 'backup-failed',
    severity: 'critical',
    planId: 'shop',
    backupId: facts.backupId,
    subject: '[Holdfast] Backup failed - plan shop',
    code: 'SOURCE_AUTH',
    correlationId: 'c-1',
    at: facts.at,
  });
  for (const said of [
    'shop',
    facts.backupId,
    'password authentication failed for user "backup" (SOURCE_AUTH)',
    'check the user and password in the secret',
    `holdfast show ${facts.backupId}`,
    '/aws/lambda/holdfast-backup',
    'c-1',
    facts.at,
  ]) {
    expect(alert.text).toContain(said);
  }
});

test('what is not known has no line', () => {
  const alert = alertForFailure({ kind: 'verification-crashed', error, at: facts.at });
  expect(alert.subject).toBe('[Holdfast] Verify function crashed');
  expect(alert.text).not.toMatch(/undefined|Plan:|Backup:|Log:|Look:|Correlation/);
});

describe('every kind', () => {
  const kinds = Object.keys(alertTitles) as AlertKind[];
  test.each(kinds)('%s has a title of its own, and is critical unless it is a warning', (kind) => {
    const alert = alertForFailure({ ...facts, kind });
    expect(alert.severity).toBe(kind === 'warning' ? 'warning' : 'critical');
    expect(alert.text.split('\n')[0]).toMatch(/^[A-Z].* - plan shop$/);
  });
  test('no two have the same title', () => {
    expect(new Set(kinds.map((kind) => alertForFailure({ ...facts, kind }).subject)).size).toBe(kinds.length);
  });
});

test('a condition says since when, what to do next, where to read on, and whether it is new', () => {
  const condition = {
    id: 'backup-missed/shop',
    kind: 'backup-missed',
    severity: 'critical',
    planId: 'shop',
    why: 'there is no backup for 2026-11-21T02:00:00Z',
    next: 'Make one now: holdfast backup shop.',
    since: '2026-11-21T02:00:00Z',
  } as const;
  const broken = alertForCondition(condition, 'broken', facts.at);
  expect(broken).toMatchObject({ state: 'broken', subject: '[Holdfast] Backup missed - plan shop' });
  for (const said of [
    condition.why,
    condition.next,
    condition.since,
    'docs/troubleshooting.md#backup-missed',
  ]) {
    expect(broken.text).toContain(said);
  }
  const reminder = alertForCondition(condition, 'reminder', facts.at);
  expect(reminder).toMatchObject({
    state: 'reminder',
    subject: '[Holdfast] Still: Backup missed - plan shop',
  });
});

test('a subject is one that SNS takes, whatever the plan is called: printable ASCII, at most 100 characters', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (planId) => {
      expect(alertForFailure({ ...facts, planId }).subject).toMatch(/^[\x20-\x7e]{1,100}$/);
    }),
  );
});

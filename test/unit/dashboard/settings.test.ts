/** Settings: the nag about keys, commands for a terminal, and what tasks answered. */
import { describe, expect, test } from 'vitest';
import { poolOf, userCommands } from '../../../dashboard/pages/settings/commands.ts';
import { type Key, nagOf } from '../../../dashboard/pages/settings/nag.ts';
import { cleanupOf, toldOf } from '../../../dashboard/pages/settings/results.ts';

describe('the nag about keys', () => {
  const key = (fields: Partial<Key>): Key => ({
    ...{ id: 'wk-1', current: true, use: 'current', algorithm: 'RSA', ...fields },
  });
  const at = '2026-11-20T10:00:00Z';

  test('asks for an export, then for its proof, and then is quiet', () => {
    expect(nagOf([key({})])).toEqual({ keyId: 'wk-1', what: 'export' });
    expect(nagOf([key({ exportedAt: at })])).toEqual({ keyId: 'wk-1', what: 'prove' });
    expect(nagOf([key({ exportedAt: at, provenAt: at })])).toBeUndefined();
  });

  test('is about the current key alone', () => {
    expect(nagOf([key({ current: false, use: 'old' })])).toBeUndefined();
    expect(nagOf([key({ id: 'old', current: false, provenAt: at, exportedAt: at }), key({})])?.keyId).toBe(
      'wk-1',
    );
  });
});

describe('the commands that make somebody', () => {
  const issuer = 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Ab12Cd34E';

  test('name pool and region where the issuer says them', () => {
    expect(poolOf(issuer)).toEqual({ region: 'eu-central-1', id: 'eu-central-1_Ab12Cd34E' });
    const commands = userCommands(issuer, 'holdfast-operator');
    expect(commands).toContain('--user-pool-id eu-central-1_Ab12Cd34E --region eu-central-1');
    expect(commands).toContain('--group-name holdfast-operator');
  });

  test('leave the pool open where it is not known', () => {
    expect(poolOf('https://login.example.org/')).toBeUndefined();
    expect(userCommands(undefined, 'g')).toContain('--user-pool-id <UserPoolId> ');
  });
});

describe('what cleanup answered', () => {
  const line = (action: string, storedBytes: number) => ({
    ...{ planId: 'shop', backupId: `b-${action}`, tier: 'daily', storedBytes, action, why: 'policy ended' },
  });

  test('a dry run marks nothing: what would go is in its lines', () => {
    const found = cleanupOf({
      ...{ dryRun: true, marked: { backups: 0, objects: 0, bytes: 0 }, kept: { policy: 3, pinned: 1 } },
      planned: [line('expire', 10), line('keep', 100), line('adjust', 1000), line('finish', 5)],
    });
    expect(found?.going).toEqual({ backups: 2, bytes: 15 });
    expect(found?.planned.map(({ action }) => action)).toEqual(['expire', 'adjust', 'finish']);
    expect(found?.keptBackups).toBe(4);
  });

  test('a real one says what it marked, left alone and failed at', () => {
    const found = cleanupOf({
      ...{ dryRun: false, marked: { backups: 2, objects: 9, bytes: 7 }, complete: false },
      failed: [{ planId: 'shop', code: 'VAULT_UNAVAILABLE', message: 'no answer' }],
      skipped: [{ what: 'ledger', why: 'paused' }],
    });
    expect(found).toMatchObject({
      ...{ going: { backups: 2, bytes: 7 }, complete: false, planned: [] },
      ...{ failed: ['shop no answer (VAULT_UNAVAILABLE)'], skipped: ['ledger: paused'] },
    });
  });

  test('anything else is nothing', () => {
    expect(cleanupOf(undefined)).toBeUndefined();
    expect(cleanupOf('done')).toBeUndefined();
  });
});

describe('whom a test told', () => {
  test('is read with what to mend', () => {
    const results = [
      { kind: 'channel', name: 'ops', ok: false, detail: 'answered 404', next: 'Make it anew.' },
      { kind: 'email', name: 'ada@example.org', ok: true, detail: 'handed over to SES' },
    ];
    expect(toldOf({ ok: false, notifications: { ok: false, results } })).toEqual(results);
  });

  test('is not known where the plan names nobody', () => {
    expect(toldOf({ ok: true })).toBeUndefined();
    expect(toldOf({ notifications: { ok: true, results: [] } })).toEqual([]);
  });
});

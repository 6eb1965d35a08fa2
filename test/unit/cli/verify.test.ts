import { beforeAll, describe, expect, it } from 'vitest';
import { memorySecrets } from '../../../adapters/memory/secrets.ts';
import { contextOfKey } from '../../../core/format/context.ts';
import { reportKey } from '../../../core/format/layout.ts';
import { sealDocument } from '../../../core/format/sealed-document.ts';
import { keyRing } from '../../../core/keys/ring.ts';
import type { VerificationState } from '../../../core/ports/catalog.ts';
import type { Report } from '../../../core/report.ts';
import { addBackup, type Harness, harness, plan, startIso } from './fixtures.ts';
import { type TestKeys, testKeys } from './test-keys.ts';

const passed: VerificationState = {
  status: 'passed',
  level: 'restored',
  verifiedAt: '2026-11-21T10:01:00.000Z',
  reportKey: 'reports/shop/x/y',
  detail: '',
  provenAt: '2026-11-21T10:01:00.000Z',
};

/** The verify function records this while the command waits, and ends its task. */
function records(state: VerificationState) {
  return {
    async onSleep({ catalog, invocations, clock }: Harness) {
      const { rows } = await catalog.listBackups('shop', { limit: 1 });
      const [row] = rows;
      if (row && row.verification?.verifiedAt !== state.verifiedAt)
        await catalog.recordVerification(row.planId, row.backupId, state);
      const completedAt = clock.now().toISOString();
      for (const { event } of invocations) {
        await catalog.finishTask(String(event.taskId), { status: 'completed', completedAt, result: {} });
      }
    },
  };
}

describe('verify', () => {
  it('has the backup proven at the level asked for and waits for the result', async () => {
    const h = harness(records(passed));
    const { backupId } = await addBackup(h);
    const ran = await h.run('--json', 'verify', backupId);
    expect(ran.code).toBe(0);
    expect(ran.json()).toMatchObject({ backupId, status: 'passed', level: 'restored' });
    expect(h.invocations).toMatchObject([
      {
        how: 'start',
        functionName: 'f-verify',
        event: { task: 'verify', planId: 'shop', backupId, level: 'restored' },
      },
    ]);
  });

  it('takes the newest completed backup of a plan with --latest', async () => {
    const h = harness(records(passed));
    const { backupId } = await addBackup(h);
    await addBackup(h, { slot: '2026-11-21T03:00:00Z', end: 'failed' });
    await h.run('verify', '--latest', 'shop', '--no-wait', '--level', 'stored');
    expect(h.invocations).toMatchObject([{ event: { backupId, level: 'stored' } }]);
  });

  it('ends with the exit code of integrity when the backup is not as it was taken', async () => {
    const h = harness(records({ ...passed, status: 'failed', detail: 'public.orders: 3 rows, not 4' }));
    const { backupId } = await addBackup(h);
    const ran = await h.run('verify', backupId);
    expect(ran.code).toBe(7);
    expect(ran.stdout).toContain('FAILED');
    expect(ran.stdout).toContain('public.orders: 3 rows, not 4');
  });

  it('tells a verification that could not be done from one that failed', async () => {
    const h = harness(
      records({
        ...passed,
        status: 'error',
        reportKey: undefined,
        detail: 'SCRATCH_FAILED: no shared memory',
      }),
    );
    const { backupId } = await addBackup(h);
    const ran = await h.run('--json', 'verify', backupId);
    expect(ran.code).toBe(1);
    expect(ran.json()).toMatchObject({
      error: { code: 'SCRATCH_FAILED', message: expect.stringContaining('says nothing about the backup') },
    });
  });

  it('says that a lower level was reached than asked for', async () => {
    const h = harness(records({ ...passed, level: 'readable' }));
    const { backupId } = await addBackup(h);
    expect((await h.run('verify', backupId)).stdout).toContain(
      'Asked for restored; the report says why it is readable.',
    );
  });

  it('does not take an earlier result for the new one, and gives up after 20 minutes', async () => {
    const h = harness();
    const { backupId } = await addBackup(h);
    await h.catalog.recordVerification('shop', backupId, passed);
    const ran = await h.run('--json', 'verify', backupId);
    expect(ran.json()).toMatchObject({ error: { code: 'CRASHED' } });
    expect(h.clock.now().getTime() - Date.parse(startIso)).toBeGreaterThan(20 * 60_000);
  });

  it('refuses a backup that failed, and a level that is none', async () => {
    const h = harness();
    const { backupId } = await addBackup(h, { end: 'failed' });
    expect((await h.run('verify', backupId)).code).toBe(4);
    expect((await h.run('verify', backupId, '--level', 'good')).code).toBe(2);
    expect((await h.run('verify')).code).toBe(2);
    expect(h.invocations).toEqual([]);
  });
});

describe('flags of the other mode', () => {
  it.each([
    ['--key', 'key.json'],
    ['--passphrase-file', 'words'],
    ['--signers', 'signers.json'],
  ])('with a stack %s is refused, not ignored', async (flag, value) => {
    const h = harness();
    const { backupId } = await addBackup(h);
    const ran = await h.run('verify', backupId, flag, value);
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain(`${flag}: only with a folder or bucket in --from`);
    expect(h.invocations).toEqual([]);
  });

  it.each(['--report', '--no-wait'])('without one %s is refused, not ignored', async (flag) => {
    const ran = await harness().run('verify', '--from', '/nowhere', '--key', 'key.json', flag);
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain(`${flag}: not with a folder or bucket in --from`);
  });
});

describe('verify --report', () => {
  let keys: TestKeys;
  beforeAll(async () => {
    keys = await testKeys();
  });

  it('opens the signed report, and refuses without the right to the private keys', async () => {
    const h = harness({
      secrets: keys.secrets,
      ...records({ ...passed, reportKey: reportKey('shop', '20261121T020000Z-00000000', 'r1') }),
    });
    const row = await addBackup(h);
    const report: Report = {
      format: 'holdfast/report',
      version: 1,
      planId: 'shop',
      backupId: row.backupId,
      attempt: 1,
      correlationId: 'c',
      levelAsked: 'restored',
      level: 'restored',
      result: 'passed',
      startedAt: startIso,
      completedAt: startIso,
      seconds: 1,
      manifestSha256: 'ab',
      tools: {},
      stored: { objects: 3, bytes: 100, hashed: true, differences: [] },
      components: [],
      remarks: [],
    };
    const key = reportKey('shop', '20261121T020000Z-00000000', 'r1');
    const sealed = await sealDocument({
      document: report,
      type: 'report',
      signer: keys.verifySigner,
      recipients: keys.recipients,
      context: contextOfKey(key),
    });
    await h.context.vault.write(key, [sealed], {
      role: 'report',
      tier: 'daily',
      planId: plan.id,
      storageClass: 'STANDARD',
    });
    const ran = await h.run('verify', row.backupId, '--report');
    expect(ran.stdout).toContain('3 objects, 100 bytes, every byte hashed');

    const forbidden = keyRing(memorySecrets(keys.secrets, ['private']), {
      public: 'public',
      private: 'private',
      signing: { operator: 'signing-operator' },
    });
    const poor = harness({ ...records(passed), context: { keys: forbidden } });
    const other = await addBackup(poor);
    expect((await poor.run('verify', other.backupId, '--report')).code).toBe(8);
  });
});

/** `holdfast pin` and `unpin`: into the vault first, then the catalog, and audited. */
import { beforeAll, describe, expect, it } from 'vitest';
import { readPins } from '../../../core/pin.ts';
import { ada, addBackup, harness } from './fixtures.ts';
import { type TestKeys, testKeys } from './test-keys.ts';

let keys: TestKeys;
beforeAll(async () => {
  keys = await testKeys();
});

describe('pin', () => {
  it('pins and unpins a backup in the vault and the catalog', async () => {
    const cli = harness({ secrets: keys.secrets });
    const { backupId, planId } = await addBackup(cli);
    const row = () => cli.catalog.getBackup(planId, backupId);
    const inVault = async () =>
      (await readPins({ planId, backupId, vault: cli.context.vault, ...keys })).newest;

    const pinned = await cli.run('pin', backupId, '--reason', 'before the migration');
    expect(pinned).toMatchObject({ code: 0, stdout: expect.stringContaining('never expires') });
    expect((await row())?.pin).toMatchObject({
      reason: 'before the migration',
      by: expect.stringContaining('ada'),
    });
    expect(await inVault()).toMatchObject({ pinned: true, reason: 'before the migration' });

    await cli.clock.sleep(1000);
    const again = await cli.run('unpin', backupId, '--reason', 'migrated', '--json');
    expect(again.json()).toMatchObject({ pinned: false, changed: true });
    expect((await row())?.pin).toBeUndefined();
    expect(await inVault()).toMatchObject({ pinned: false, reason: 'migrated' });
    const audit = (await cli.catalog.listAudit('2026-11')).rows;
    expect(audit.map(({ action, target, by }) => [action, target, by]).sort()).toEqual([
      ['backup.pin', `backup/${backupId}`, ada],
      ['backup.unpin', `backup/${backupId}`, ada],
    ]);
    expect(audit.find(({ action }) => action === 'backup.pin')).toMatchObject({
      after: { pin: { reason: 'before the migration' } },
    });
  });

  it('does nothing for a backup that is not pinned, and refuses one that is not completed', async () => {
    const cli = harness({ secrets: keys.secrets });
    const { backupId } = await addBackup(cli);
    expect((await cli.run('unpin', backupId, '--reason', 'x', '--json')).json()).toMatchObject({
      changed: false,
    });
    const failed = await addBackup(cli, { slot: '2026-11-20T02:00:00Z', end: 'failed' });
    const ran = await cli.run('pin', failed.backupId, '--reason', 'x');
    expect(ran).toMatchObject({ code: 4, stderr: expect.stringContaining('is failed') });
  });

  it('wants a reason', async () => {
    const cli = harness({ secrets: keys.secrets });
    const { backupId } = await addBackup(cli);
    expect(await cli.run('pin', backupId, '--reason', '  ')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--reason'),
    });
  });
});

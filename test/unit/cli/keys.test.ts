/** `holdfast keys …` as a person types it: what it writes, records and says, and what it never shows. */
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { memoryKeyStore } from '../../../adapters/memory/key-secrets.ts';
import { memoryVault } from '../../../adapters/memory/vault.ts';
import { runBackup } from '../../../core/backup/run.ts';
import { readBundle } from '../../../core/keys/bundle.ts';
import { keyRing } from '../../../core/keys/ring.ts';
import type { KeySecretName } from '../../../core/keys/store.ts';
import { fakeRequest, memoryWorld } from '../../support/world.ts';
import { loadTestKeys } from '../../vectors/load.ts';
import { testDocuments } from '../keys/support.ts';
import { type Harness, harness } from './fixtures.ts';

const passphrase = 'correct horse battery';
const { wrapping } = loadTestKeys();
const current = wrapping[0]?.id ?? '';
let folder: string;
let passphraseFile: string;
let file: string;
let count = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-keys-'));
  passphraseFile = join(folder, 'passphrase');
  await writeFile(passphraseFile, `${passphrase}\n`);
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(() => {
  count += 1;
  file = join(folder, `export-${count}.txt`);
});

/** A stack with a ring made of the test keys, or with an empty one. */
function stack(documents: Partial<Record<KeySecretName, string>> = testDocuments(), options = {}) {
  const keyStore = memoryKeyStore(documents);
  const keys = keyRing(
    { get: async (id) => (await keyStore.read(id as KeySecretName))?.value ?? '' },
    {
      public: 'public',
      private: 'private',
      signing: { backup: 'signing-backup', verify: 'signing-verify', operator: 'signing-operator' },
    },
  );
  const vault = memoryVault();
  const cli = harness({ ...options, context: { keyStore, keys, vault } });
  return {
    cli,
    keyStore,
    async backUp(day = 21) {
      const { catalog } = cli;
      const world = { ...memoryWorld(), keyRing: keys, vault, catalog };
      if (!(await catalog.getPlan('fake')))
        await catalog.putPlan(fakeRequest.plan, 0, 'test', '2026-11-20T00:00:00Z');
      const request = { ...fakeRequest, slot: `2026-11-${day}T02:00:00Z` };
      const row = await runBackup(request, world, new AbortController().signal);
      expect(row.status).toBe('completed');
      return row.backupId;
    },
    known: async () => ((await cli.catalog.getState('keys'))?.value as { keys: object } | undefined)?.keys,
    audited: async (harnessed: Harness = cli) =>
      (await harnessed.catalog.listAudit('2026-11')).rows.map(({ action }) => action),
  };
}

const given = () => ['--passphrase-file', passphraseFile];

describe('keys export and prove', () => {
  it('writes every key into a file of the owner alone, proves it, and both are known', async () => {
    const { cli, backUp, known, audited } = stack();
    const backupId = await backUp();
    const exported = await cli.run('keys', 'export', '--out', file, ...given());
    expect(exported).toMatchObject({ code: 0, stdout: expect.stringContaining('keys prove --key') });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await readBundle(await readFile(file, 'utf8'), passphrase)).keys).toEqual(wrapping.slice(0, 1));

    const proven = await cli.run('keys', 'prove', '--key', file, ...given());
    expect(proven).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`${current} alone opens backup ${backupId}`),
    });
    expect(await known()).toEqual({
      [current]: { exportedAt: expect.any(String), provenAt: expect.any(String), provenBackup: backupId },
    });
    expect(await audited()).toEqual(expect.arrayContaining(['keys.export', 'keys.prove']));
    const list = await cli.run('keys', 'list');
    expect(list.stdout).toContain(backupId);
  });

  it('never writes over a file, and leaves no draft behind', async () => {
    const { cli } = stack();
    await writeFile(file, 'precious');
    const ran = await cli.run('keys', 'export', '--out', file, ...given());
    expect(ran).toMatchObject({ code: 2, stderr: expect.stringContaining('exists already') });
    expect(await readFile(file, 'utf8')).toBe('precious');
    expect((await readdir(folder)).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('asks twice for the passphrase, and refuses two different or short ones before it reads a key', async () => {
    const asks = (...answers: string[]) => stack(testDocuments(), { interactive: true, answers }).cli;
    expect((await asks(passphrase, passphrase).run('keys', 'export', '--out', file)).code).toBe(0);
    const other = join(folder, 'other.txt');
    for (const [answers, why] of [
      [[passphrase, 'correct horse'], 'differ'],
      [['short'], '12 characters or more'],
      [[], 'a passphrase is needed'],
    ] as const) {
      const ran = await asks(...answers).run('keys', 'export', '--out', other);
      expect(ran).toMatchObject({ code: 2, stderr: expect.stringContaining(why) });
      await expect(stat(other)).rejects.toThrow();
    }
  });

  it('tells a wrong passphrase, a changed file and a file of another kind apart', async () => {
    const { cli, backUp } = stack();
    await backUp();
    await cli.run('keys', 'export', '--out', file, ...given());
    const wrong = join(folder, 'wrong');
    await writeFile(wrong, 'not the passphrase\n');
    const prove = (key: string, pass: string) =>
      cli.run('keys', 'prove', '--key', key, '--passphrase-file', pass);
    expect((await prove(file, wrong)).stderr).toContain('PASSPHRASE_WRONG');
    const text = await readFile(file, 'utf8');
    const changed = `${file}.changed`;
    await writeFile(changed, text.replace(/MII./, 'MIIZ'));
    expect((await prove(changed, passphraseFile)).stderr).toContain('KEY_INVALID');
    await writeFile(`${file}.json`, testDocuments().private);
    expect((await prove(`${file}.json`, passphraseFile)).stderr).toContain('is not an export');
  });

  it('does not call a key proven that no backup is sealed for yet', async () => {
    const { cli, backUp, known } = stack();
    const before = await backUp(21);
    await cli.run('keys', 'add-recovery', '--out', file, ...given());
    const early = await cli.run('keys', 'prove', '--key', file, ...given());
    expect(early).toMatchObject({ code: 8, stderr: expect.stringContaining('KEY_UNPROVEN') });
    const after = await backUp(22);
    const ran = await cli.run('keys', 'prove', '--key', file, ...given(), '--json');
    expect(ran.json()).toMatchObject({ backupId: after, notAsked: [] });
    const { proven } = ran.json() as { proven: string[] };
    expect(await known()).toMatchObject({ [proven[0] ?? '']: { provenBackup: after } });
    expect((await cli.run('keys', 'prove', '--key', file, ...given(), '--backup', before)).code).toBe(8);
  });

  it('is proven again for each key after a rotation, each by a backup of its time', async () => {
    const { cli, backUp, known } = stack();
    const before = await backUp(21);
    await cli.run('keys', 'rotate');
    const after = await backUp(22);
    await cli.run('keys', 'export', '--out', file, ...given());
    const newest = await cli.run('keys', 'prove', '--key', file, ...given(), '--json');
    expect(newest.json()).toMatchObject({ backupId: after, notAsked: [current] });
    await cli.run('keys', 'prove', '--key', file, ...given(), '--backup', before);
    expect(await known()).toMatchObject({ [current]: { provenBackup: before } });
  });
});

describe('keys init, rotate and list', () => {
  it('makes the first keys once', async () => {
    const { cli, audited } = stack({});
    const made = await cli.run('keys', 'init', '--json');
    expect(made.json()).toMatchObject({ created: true });
    expect((await cli.run('keys', 'init', '--json')).json()).toEqual({
      ...(made.json() as object),
      created: false,
    });
    expect(await audited()).toEqual(['keys.init']);
  });

  it('lists current, recovery and old keys with their age, and says what is missing', async () => {
    const { cli } = stack();
    expect((await cli.run('keys', 'list')).stdout).toContain('nowhere but in the account');
    await cli.run('keys', 'rotate');
    await cli.run('keys', 'add-recovery', '--out', file, ...given());
    const { keys, sealedFor } = (await cli.run('keys', 'list', '--json')).json() as {
      keys: { id: string; use: string; ageDays: number }[];
      sealedFor: string[];
    };
    expect(keys.map(({ use }) => use)).toEqual(['current', 'recovery', 'old']);
    expect(keys[2]).toMatchObject({ id: current, ageDays: 0 });
    expect(sealedFor).toEqual(keys.slice(0, 2).map(({ id }) => id));
    const removed = await cli.run('keys', 'remove-recovery', sealedFor[1] ?? '');
    expect(removed.code).toBe(0);
    expect((await cli.run('keys', 'remove-recovery', current)).stderr).toContain('KEY_MISSING');
  });

  it('shows no private key anywhere, in the results, the audit or the public secret', async () => {
    const { cli, keyStore } = stack();
    const ran = [
      await cli.run('keys', 'rotate', '--verbose'),
      await cli.run('keys', 'rotate', '--signing', '--json'),
      await cli.run('keys', 'list'),
      await cli.run('keys', 'export', '--out', file, ...given(), '--verbose'),
    ];
    const audit = JSON.stringify((await cli.catalog.listAudit('2026-11')).rows);
    const shown = [...ran.map(({ stdout, stderr }) => stdout + stderr), audit, keyStore.values.public].join(
      '',
    );
    expect(shown).not.toContain('PRIVATE KEY');
    expect(shown).not.toContain(passphrase);
  });
});

describe('keys import', () => {
  it('puts the lost private secret back from an export', async () => {
    const { cli, keyStore, audited } = stack();
    await cli.run('keys', 'export', '--out', file, ...given());
    const lost = keyStore.values.private;
    delete keyStore.values.private;
    const ran = await cli.run('keys', 'import', '--key', file, ...given());
    expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining(`Put back: ${current}`) });
    expect(JSON.parse(keyStore.values.private ?? '')).toEqual(JSON.parse(lost ?? ''));
    expect(await audited()).toContain('keys.import');
    expect((await cli.run('keys', 'import', '--key', file, ...given())).stdout).toContain(
      'Nothing was changed',
    );
  });
});

/** `holdfast keys …` as a person types it: what it writes, records and says, and what it never shows. */
import { createPublicKey } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { memoryKeyStore } from '../../../adapters/memory/key-secrets.ts';
import { memoryVault } from '../../../adapters/memory/vault.ts';
import { readSignersFile } from '../../../cli/key-file.ts';
import { requireSealing } from '../../../cli/keys/recovery.ts';
import { runBackup } from '../../../core/backup/run.ts';
import { HoldfastError } from '../../../core/errors.ts';
import { readBundle } from '../../../core/keys/bundle.ts';
import { addKmsKey } from '../../../core/keys/recipients.ts';
import { keyRing } from '../../../core/keys/ring.ts';
import type { KeySecretName } from '../../../core/keys/store.ts';
import { sealingCheck } from '../../../core/self-test.ts';
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
    const done = { exportedAt: expect.any(String), provenAt: expect.any(String), provenBackup: backupId };
    const ids = [current, ...loadTestKeys().signers.map(({ id }) => id)];
    expect(await known()).toEqual(Object.fromEntries(ids.map((id) => [id, done])));
    expect(await audited()).toEqual(expect.arrayContaining(['keys.export', 'keys.prove']));
    const list = await cli.run('keys', 'list');
    expect(list.stdout).toContain(backupId);
  });

  it('says that new signing keys are in no proven export, until one of now was proven', async () => {
    const { cli, backUp } = stack();
    await backUp(21);
    const exportAndProve = async (path: string) => {
      await cli.run('keys', 'export', '--out', path, ...given());
      expect((await cli.run('keys', 'prove', '--key', path, ...given())).code).toBe(0);
    };
    const says = async () => (await cli.run('keys', 'list')).stdout.includes('No proven export knows');
    await exportAndProve(file);
    expect(await says()).toBe(false);
    await cli.run('keys', 'rotate', '--signing');
    expect(await says()).toBe(true);
    expect((await cli.run('keys', 'prove', '--key', file, ...given())).code).toBe(0);
    expect(await says()).toBe(true);
    await exportAndProve(`${file}.new`);
    expect(await says()).toBe(false);
  });

  it('exports also while the catalog is away, and says what it could not write', async () => {
    const away = () => Promise.reject(new HoldfastError('CATALOG_UNAVAILABLE', 'it is gone'));
    const { cli } = stack();
    Object.assign(cli.context.catalog, { appendAudit: away, getState: away });
    const ran = await cli.run('keys', 'export', '--out', file, ...given());
    expect(ran).toMatchObject({ code: 0, stderr: expect.stringContaining('not in the audit') });
    expect((await readBundle(await readFile(file, 'utf8'), passphrase)).keys).toHaveLength(1);
  });

  it('says when a passphrase that stands in the environment becomes that of a new file', async () => {
    process.env.HOLDFAST_PASSPHRASE = passphrase;
    try {
      const ran = await stack().cli.run('keys', 'export', '--out', file);
      expect(ran).toMatchObject({ code: 0, stderr: expect.stringContaining('HOLDFAST_PASSPHRASE') });
      expect(ran.stderr + ran.stdout).not.toContain(passphrase);
    } finally {
      delete process.env.HOLDFAST_PASSPHRASE;
    }
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

  it('lists the index key, which no rotation changes and no export has', async () => {
    const { cli, keyStore } = stack();
    const [{ id } = { id: '' }] = loadTestKeys().index;
    const before = (await keyStore.read('index'))?.value;
    await cli.run('keys', 'rotate');
    const listed = await cli.run('keys', 'list');
    expect(listed.stdout).toContain(`Index key: ${id}.`);
    expect((await cli.run('keys', 'list', '--json')).json()).toMatchObject({ indexKeys: [id] });
    expect((await keyStore.read('index'))?.value).toBe(before);
    await cli.run('keys', 'export', '--out', file, ...given());
    expect(await readFile(file, 'utf8')).not.toContain('ik-');
  }, 30_000);

  it('lists the rest of the ring for who may not read the index key, and where there is none', async () => {
    const { index: _, ...without } = testDocuments();
    const none = await stack(without).cli.run('keys', 'list');
    expect(none).toMatchObject({ code: 0, stdout: expect.stringContaining('Index key: none') });
    const { keyStore } = stack();
    const refusing = {
      ...keyStore,
      read: async (name: KeySecretName) => {
        if (name === 'index') throw new HoldfastError('ACCESS_DENIED', 'not for you');
        return keyStore.read(name);
      },
    };
    const refused = await harness({ context: { keyStore: refusing } }).run('keys', 'list');
    expect(refused).toMatchObject({ code: 0, stdout: expect.stringContaining(current) });
    expect(refused.stdout).toContain('Index key: you may not read its secret.');
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

describe('keys distrust', () => {
  it('takes a signing key away once another signs, after a yes, and then nothing of it is believed', async () => {
    const { cli, keyStore, backUp, audited } = stack();
    const backupId = await backUp(21);
    const [leaked = ''] = loadTestKeys().signers.map(({ id }) => id);
    const early = await cli.run('keys', 'distrust', leaked, '--yes');
    expect(early.stderr).toContain('is the key that signs now');
    expect((await cli.run('keys', 'rotate', '--signing')).stdout).toContain('THE OLD ONES STAY TRUSTED');
    expect((await cli.run('keys', 'distrust', leaked)).code).toBe(4);
    expect(keyStore.values.public).toContain(leaked);
    expect((await cli.run('keys', 'distrust', leaked, '--yes')).code).toBe(0);
    expect(keyStore.values.public).not.toContain(leaked);
    expect(await audited()).toContain('keys.distrust');
    await cli.run('keys', 'export', '--out', file, ...given());
    const prove = ['keys', 'prove', '--key', file, ...given()];
    expect((await cli.run(...prove, '--backup', backupId)).stderr).toContain('INTEGRITY_SIGNATURE');
    await backUp(22);
    expect((await cli.run(...prove)).code).toBe(0);
  });
});

describe('keys add-recovery --kms', () => {
  it.each([
    ['cannot seal for it', { name: sealingCheck, ok: false, detail: 'AccessDenied' }, false],
    ['can seal for it', { name: sealingCheck, ok: true, detail: 'fine' }, true],
    ['cannot be asked', undefined, true],
  ])('when the backup function %s', async (_name, check, stays) => {
    const { cli, keyStore } = stack(testDocuments(), {
      onInvoke: () => (check ? { ok: check.ok, checks: [check] } : undefined),
    });
    const kmsKeyArn = 'arn:aws:kms:eu-central-1:123456789012:key/00000001-0000-0000-0000-000000000000';
    const { id } = await addKmsKey(keyStore, kmsKeyArn);
    const warnings: string[] = [];
    const asked = requireSealing(
      { out: { warn: (text: string) => warnings.push(text) } } as never,
      { ...cli.context, keyStore },
      id,
    );
    if (stays) await asked;
    else await expect(asked).rejects.toMatchObject({ code: 'KEY_INVALID' });
    expect(keyStore.values.public?.includes(id)).toBe(stays);
    expect(warnings).toHaveLength(check ? 0 : 1);
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
  it('trusts a signing key that it does not know only after a yes, says so and leaves a trace', async () => {
    const old = stack();
    await old.cli.run('keys', 'export', '--out', file, ...given());
    const { cli, keyStore } = stack({});
    await cli.run('keys', 'init');
    const before = keyStore.values.public;
    const refused = await cli.run('keys', 'import', '--key', file, ...given());
    expect(refused.code).toBe(4);
    expect(refused.stderr).toMatch(/is believed from then on.*sk-backup-/);
    expect(keyStore.values.public).toBe(before);
    const ran = await cli.run('keys', 'import', '--key', file, ...given(), '--yes');
    expect(ran.stdout).toMatch(/trusted from now on: .*sk-backup-/);
    const { rows } = await cli.catalog.listAudit('2026-11');
    expect(rows.find(({ action }) => action === 'keys.import')?.detail).toContain('sk-backup-');
  });

  it('takes only the keys that are named, and only the signers of another file', async () => {
    const old = stack();
    await old.cli.run('keys', 'rotate');
    await old.cli.run('keys', 'export', '--out', file, ...given());
    await old.cli.run('keys', 'rotate', '--signing');
    const signers = `${file}.signers`;
    await old.cli.run('keys', 'export', '--signers-only', '--out', signers);
    expect(await readFile(signers, 'utf8')).not.toContain('PRIVATE');
    const { cli, keyStore } = stack({});
    await cli.run('keys', 'init');
    const some = ['keys', 'import', '--key', file, ...given(), '--signers', signers, '--yes'];
    expect((await cli.run(...some, '--only', 'wk-1')).stderr).toContain(current);
    const ran = await cli.run(...some, '--only', current, '--json');
    const { added, addedSigners } = ran.json() as { added: string[]; addedSigners: string[] };
    expect(added).toEqual([current]);
    expect(addedSigners).toHaveLength(6);
    expect(JSON.parse(keyStore.values.private ?? '').keys).toHaveLength(2);
  });

  it('puts the private half of a recovery key into the account only after a yes', async () => {
    const { cli, keyStore } = stack();
    await cli.run('keys', 'add-recovery', '--out', file, ...given());
    const before = keyStore.values.private;
    const refused = await cli.run('keys', 'import', '--key', file, ...given());
    expect(refused).toMatchObject({ code: 4, stderr: expect.stringContaining('RECOVERY KEY') });
    expect(keyStore.values.private).toBe(before);
    expect((await cli.run('keys', 'import', '--key', file, ...given(), '--yes')).code).toBe(0);
    expect(keyStore.values.private).not.toBe(before);
  });
});

describe('--signers', () => {
  it('opens an export with its passphrase, so that nobody slips a signing key in', async () => {
    const { cli } = stack();
    await cli.run('keys', 'export', '--out', file, ...given());
    const text = await readFile(file, 'utf8');
    const stranger = loadTestKeys().signing.stranger;
    const publicKey = createPublicKey(stranger.privateKeyPem).export({ type: 'spki', format: 'pem' });
    const block = `Signer-Id: ${stranger.id}\nRole: ${stranger.role}\n${publicKey}\nMac:`;
    const changed = `${file}.changed`;
    await writeFile(changed, text.replace('Mac:', block));
    const open = (signers: string) => readSignersFile(cli.context as never, signers, { passphraseFile });
    expect(await open(file)).toEqual(loadTestKeys().signers);
    await expect(open(changed)).rejects.toMatchObject({ code: 'KEY_INVALID' });
  });
});

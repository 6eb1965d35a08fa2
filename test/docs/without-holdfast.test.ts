/** docs/without-holdfast.md, followed: its own commands, with nothing of Holdfast's on the path, bring a database back. */
import { execFile } from 'node:child_process';
import { createPublicKey } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folderVault } from '../../adapters/folder/vault.ts';
import { filesProgram } from '../../cli/decrypt/recipe-files.ts';
import { manifestKey } from '../../core/format/layout.ts';
import { writeBundle } from '../../core/keys/bundle.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { flipBit } from '../support/tampering-vault.ts';
import { loadTestKeys } from '../vectors/load.ts';
import { blocksOf } from './commands.ts';
import { backUpShop, backUpUploads, digest, libpq, makeShop } from './sample.ts';
import { pythonEnvironment } from './venv.ts';

const exec = promisify(execFile);
const document = 'without-holdfast.md';
const passphrase = 'correct horse battery staple';

describe('docs/without-holdfast.md', () => {
  let server: PostgresServer;
  let work: string;
  let vault: string;
  let backupId: string;
  let venv: string;
  const [setup] = blocksOf(document, 'without-holdfast-setup');
  const blocks = blocksOf(document, 'without-holdfast');
  const commands = blocks.filter(({ language }) => language === 'sh');
  const scripts = blocks.filter(({ language }) => language === 'python');

  beforeAll(async () => {
    work = await mkdtemp(join(tmpdir(), 'holdfast-docs-'));
    vault = join(work, 'vault');
    await mkdir(vault);
    [server, venv] = await Promise.all([startPostgres(), pythonEnvironment(setup?.text ?? '')]);
    await makeShop(server);
    ({ backupId } = await backUpShop(server, folderVault(vault)));
    const { wrapping, signers } = loadTestKeys();
    // A second key, as after a rotation: the one that is needed is not the first of the file.
    const keys = [...wrapping].reverse();
    await writeFile(
      join(work, 'keys.txt'),
      await writeBundle({ keys, signers }, passphrase, { now: new Date(), purpose: 'test' }),
    );
  });
  afterAll(async () => {
    await server?.stop();
    await rm(work, { recursive: true, force: true });
  });

  const files = blocksOf(document, 'without-holdfast-files');

  /** Runs commands as somebody would type them, in one shell and an empty folder. */
  const follow = async (name: string, steps: readonly string[], from = vault, also = {}) => {
    const folder = join(work, name);
    await mkdir(folder);
    await symlink(venv, join(folder, 'venv'));
    for (const script of [...scripts, ...files.filter(({ language }) => language === 'python')])
      await writeFile(join(folder, script.name), script.text);
    const env = {
      ...libpq(server),
      PATH: `${server.binDir}:/usr/bin:/bin`,
      VAULT: from,
      BACKUP: `plans/shop/${backupId}`,
      EXPORT: join(work, 'keys.txt'),
      HOLDFAST_PASSPHRASE: passphrase,
      DATABASE: name,
    };
    // Without -e: the page does not tell anybody to set it.
    return exec('sh', ['-c', steps.join('\n')], { cwd: folder, env: { ...env, ...also } });
  };

  it('brings the database back as it was', async () => {
    const { stdout } = await follow(
      'shop_by_hand',
      commands.map(({ text }) => text),
    );
    expect(stdout).toContain(`backup ${backupId} of plan shop`);
    expect(stdout).toContain('restored into shop_by_hand');
    expect(stdout).toContain('every table has the rows that it had');
    expect(await digest(server, 'shop_by_hand')).toEqual(await digest(server, 'shop'));
  });

  it.each([
    ['psql', (folder: string) => `mkdir opened && cp ${folder}/opened/manifest.json opened/`],
    ['Python', () => 'true'],
  ])('does not call tables equal when %s failed', async (_name, before) => {
    const comparing = commands.at(-1)?.text ?? '';
    const name = `no_database_${_name}`;
    const { stdout } = await follow(name, [before(join(work, 'shop_by_hand')), comparing]);
    expect(stdout).toContain('NOT COMPARED');
    expect(stdout).not.toContain('every table');
  });

  it('does not say that it restored when a dump is damaged', async () => {
    const [, , restoring = { text: '' }] = commands;
    const dump = 'opened/main/pre-data.dump';
    const before = `cp -r ${join(work, 'shop_by_hand', 'opened')} . && echo noise > ${dump}`;
    const ran = follow('half', [before, restoring.text]);
    await expect(ran).rejects.toMatchObject({ stdout: expect.not.stringContaining('restored into') });
  });

  it('brings files back, of which some lie in an earlier backup, and no others', async () => {
    const source = join(work, 'uploads');
    await mkdir(join(source, 'empty'), { recursive: true });
    await mkdir(join(source, 'photos'));
    await writeFile(join(source, 'photos', 'a photo.jpg'), Buffer.alloc(100_000, 'photo '));
    await writeFile(join(source, 'copy.jpg'), Buffer.alloc(100_000, 'photo '));
    const made = await backUpUploads(source, folderVault(vault));
    expect(made.needs).toHaveLength(1);
    const steps = [...commands.slice(0, 2), ...files.filter(({ language }) => language === 'sh')];
    const { stdout } = await follow(
      'files_by_hand',
      steps.map(({ text }) => text),
      vault,
      { BACKUP: `plans/uploads/${made.backupId}` },
    );
    expect(stdout).toMatch(/restored into .*uploads, 0 told of above/);
    const back = join(work, 'files_by_hand', 'uploads');
    expect((await readdir(back, { recursive: true })).sort()).toEqual(
      (await readdir(source, { recursive: true })).sort(),
    );
    expect(await readFile(join(back, 'changed.txt'), 'utf8')).toBe('as it is now');
    expect(await readFile(join(back, 'photos', 'a photo.jpg'))).toEqual(
      await readFile(join(source, 'copy.jpg')),
    );
  });

  it('has the program that `holdfast decrypt` writes beside the files', () => {
    const [program] = files.filter(({ language }) => language === 'python');
    expect(program?.text).toBe(filesProgram);
  });

  const takingKeys = (name: string, change: (text: string) => string, also = {}) => {
    const path = join(work, `${name}.txt`);
    return readFile(join(work, 'keys.txt'), 'utf8')
      .then((text) => writeFile(path, change(text)))
      .then(() => follow(name, [commands[0]?.text ?? '', 'ls keys'], vault, { EXPORT: path, ...also }));
  };

  it('takes an export with the line ends of Windows', async () => {
    const { stdout } = await takingKeys('crlf', (text) => `\uFEFF${text.replaceAll('\n', '\r\n')}`);
    expect(stdout).toMatch(/^wk-\d{8}-[0-9a-f]{8}\.pem$/m);
  });

  it.each([
    [
      'a signing key slipped in',
      (text: string) => {
        const stranger = loadTestKeys().signing.stranger;
        const pem = createPublicKey(stranger.privateKeyPem).export({ type: 'spki', format: 'pem' });
        return text.replace('Mac:', `Signer-Id: ${stranger.id}\nRole: backup\n${pem}\nMac:`);
      },
      {},
    ],
    ['another passphrase', (text: string) => text, { HOLDFAST_PASSPHRASE: 'not the passphrase' }],
  ])('believes no key of an export with %s', async (name, change, also) => {
    await expect(takingKeys(name, change, also)).rejects.toThrow(
      /wrong passphrase, or the export was changed/,
    );
  });

  it('makes no file outside of its folder, whatever the export names', async () => {
    const name = 'names';
    const change = (text: string) => text.replaceAll(/^Signer-Id: sk-backup/gm, 'Signer-Id: ../sk-backup');
    await expect(takingKeys(name, change)).rejects.toThrow(/the export was changed/);
  });

  const opening = () => commands.slice(0, 2).map(({ text }) => text);

  it.each([
    [
      'an object with one changed bit',
      (bytes: Buffer) => flipBit(bytes, bytes.length >> 1),
      /is not what the manifest says/,
    ],
    [
      'an object that was cut short',
      (bytes: Buffer) => bytes.subarray(0, -1),
      /is not what the manifest says/,
    ],
  ])('stops at %s', async (name, change, said) => {
    const copy = join(work, `copy of ${name}`);
    await cp(vault, copy, { recursive: true });
    const parts: string[] = [];
    for await (const { key } of folderVault(copy).list(`plans/shop/${backupId}/a`)) parts.push(key);
    const victim = join(copy, parts[1] ?? '');
    await writeFile(victim, change(await readFile(victim)));
    await expect(follow(`${name} opened`, opening(), copy)).rejects.toThrow(said);
  });

  it('stops at a manifest that the backup function did not sign', async () => {
    const key = 'rm keys/sk-backup-*.pem';
    await expect(follow('unsigned', [commands[0]?.text ?? '', key, commands[1]?.text ?? ''])).rejects.toThrow(
      /whose public key is not in/,
    );
  });

  it('stops at a manifest that lies in the place of another', async () => {
    const copy = join(work, 'moved');
    const other = '20261120T020000Z-6fb80b81';
    await mkdir(join(copy, 'plans/shop', other), { recursive: true });
    await cp(join(vault, manifestKey('shop', backupId)), join(copy, manifestKey('shop', other)));
    const steps = opening().map((text) => text.replaceAll('"$BACKUP"', `plans/shop/${other}`));
    await expect(follow('moved manifest', steps, copy)).rejects.toThrow(/another object than its name says/);
  });
});

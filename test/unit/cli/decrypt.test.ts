import { createHash, createPrivateKey } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { shellQuote } from '../../../cli/decrypt/recipe.ts';
import { contextOfKey } from '../../../core/format/context.ts';
import { backupIdFor, manifestKey, partKey } from '../../../core/format/layout.ts';
import { sealBytes } from '../../../core/format/seal.ts';
import { sealManifest } from '../../../core/format/sealed-document.ts';
import { writeBundle } from '../../../core/keys/bundle.ts';
import type { Manifest, Segment } from '../../../core/manifest.ts';
import { harness } from './fixtures.ts';
import { type TestKeys, testKeys } from './test-keys.ts';

const planId = 'shop';
const backupId = backupIdFor(planId, '2026-11-21T02:00:00Z');
let keys: TestKeys;
let base: string;
beforeAll(async () => {
  keys = await testKeys();
  base = await mkdtemp(join(tmpdir(), 'holdfast-decrypt-'));
  await writeFile(join(base, 'private.json'), keys.secrets.private ?? '');
  await writeFile(join(base, 'public.json'), JSON.stringify({ ARN: 'x', SecretString: keys.secrets.public }));
});

/** Puts a whole backup below `<root>/<prefix>`, as a download would. */
async function download(root: string, prefix = ''): Promise<void> {
  const put = async (key: string, bytes: Uint8Array) => {
    await mkdir(dirname(join(root, prefix, key)), { recursive: true });
    await writeFile(join(root, prefix, key), bytes);
  };
  const segment = async (
    index: number,
    name: string,
    section: Segment['section'],
    texts: readonly string[],
  ): Promise<Segment> => {
    const parts = [];
    for (const [at, text] of texts.entries()) {
      const key = partKey({ planId, backupId, attempt: 1, component: 'main', index, name }, at + 1);
      const sealed = await sealBytes(Buffer.from(text), keys.recipients, contextOfKey(key));
      await put(key, sealed);
      parts.push({
        key,
        lengthBytes: sealed.length,
        sha256: createHash('sha256').update(sealed).digest('hex'),
      });
    }
    const encoding = section === 'globals' ? 'pg-globals-sql' : 'pg-custom';
    return {
      index,
      name,
      encoding,
      section,
      role: 'segment',
      plainBytes: texts.join('').length,
      parts,
      contents: {},
    };
  };
  const manifest: Manifest = {
    format: 'holdfast/manifest',
    version: 1,
    planId,
    backupId,
    attempt: 1,
    kind: 'database',
    trigger: 'schedule',
    createdBy: 'scheduler',
    correlationId: 'c-1',
    slot: '2026-11-21T02:00:00Z',
    startedAt: '2026-11-21T02:00:01Z',
    completedAt: '2026-11-21T02:01:00Z',
    tier: 'daily',
    expiresAt: '2026-12-21T02:00:00Z',
    plan: {},
    tools: { pg_dump: '18.1' },
    totals: { sourceBytes: 100, plainBytes: 60, storedBytes: 1000, segments: 5, objects: 7 },
    components: [
      {
        name: 'main',
        source: 'main',
        kind: 'postgres',
        consistency: 'snapshot',
        title: "Bob's shop",
        segments: [
          await segment(0, 'pre-data', 'pre-data', ['pre']),
          await segment(1, 'public.orders', 'data', ['orders, part one; ', 'part two']),
          await segment(2, 'rest', 'data', ['rest']),
          await segment(3, 'post-data', 'post-data', ['post']),
          await segment(4, 'globals', 'globals', ['CREATE ROLE ada;']),
        ],
        facts: {},
        evidence: {},
      },
    ],
    warnings: [],
  };
  await put(
    manifestKey(planId, backupId),
    await sealManifest({ manifest, signer: keys.backupSigner, recipients: keys.recipients }),
  );
}

let made = 0;
const fresh = (name: string) => {
  made += 1;
  return join(base, `${name}-${made}`);
};
const part = () =>
  partKey({ planId, backupId, attempt: 1, component: 'main', index: 1, name: 'public.orders' }, 2);
const args = (from: string, to: string, ...more: string[]) => [
  '--json',
  'decrypt',
  '--key',
  join(base, 'private.json'),
  '--in',
  from,
  '--out',
  to,
  ...more,
];
const signers = () => ['--signers', join(base, 'public.json')];

describe('decrypt', () => {
  it('writes every segment of a downloaded backup, and how to restore it', async () => {
    const [from, to] = [fresh('in'), fresh('out')];
    await download(from, 'some/prefix');
    const ran = await harness().run(...args(from, to, ...signers()));
    expect(ran.stderr).toBe(ran.stderr.replace(/Failed/, ''));
    expect(ran.code).toBe(0);
    expect(ran.json()).toMatchObject({ planId, backupId, signatureChecked: true });
    expect((await readdir(join(to, 'main'))).sort()).toEqual([
      'RESTORE.txt',
      'data-0001-public.orders.dump',
      'data-0002-rest.dump',
      'globals.sql',
      'post-data.dump',
      'pre-data.dump',
    ]);
    expect(await readFile(join(to, 'main', 'data-0001-public.orders.dump'), 'utf8')).toBe(
      'orders, part one; part two',
    );
    expect((await stat(join(to, 'main', 'globals.sql'))).mode & 0o777).toBe(0o600);
    expect(JSON.parse(await readFile(join(to, 'manifest.json'), 'utf8'))).toMatchObject({ backupId });
    const recipe = await readFile(join(to, 'main', 'RESTORE.txt'), 'utf8');
    const order = [
      'globals.sql',
      'createdb --',
      'pre-data.dump',
      'data-0001',
      'data-0002',
      'post-data.dump',
      'vacuumdb --',
    ];
    const places = order.map((word) => recipe.indexOf(word));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places).not.toContain(-1);
    expect(recipe).toContain(`'Bob'\\''s shop'`);
    expect(recipe).toContain('the signature of the manifest holds');
  });

  it('finds the backup when only its own folder was downloaded', async () => {
    const [whole, to] = [fresh('in'), fresh('out')];
    await download(whole);
    expect(
      (await harness().run(...args(join(whole, 'plans', planId, backupId), to, ...signers()))).code,
    ).toBe(0);
  });

  it('refuses without signing keys, and says loudly what --allow-unsigned means', async () => {
    const [from, to] = [fresh('in'), fresh('out')];
    await download(from);
    const refused = await harness().run(...args(from, to));
    expect(refused.code).toBe(7);
    const ran = await harness().run(...args(from, to, '--allow-unsigned'));
    expect(ran.code).toBe(0);
    expect(ran.stderr).toContain('NOT CHECKED');
    expect(await readFile(join(to, 'main', 'RESTORE.txt'), 'utf8')).toContain('NOT CHECKED');
  });

  it('refuses a manifest signed by a key that is not known', async () => {
    const from = fresh('in');
    await download(from);
    const strangers = join(base, 'strangers.json');
    await writeFile(strangers, (await testKeys()).secrets.public ?? '');
    const ran = await harness().run(...args(from, fresh('out'), '--signers', strangers));
    expect(ran.json()).toMatchObject({ error: { code: 'INTEGRITY_SIGNATURE' } });
  });

  it.each([
    [
      'one bit is flipped',
      (bytes: Buffer) => bytes.fill((bytes.at(-30) ?? 0) ^ 1, bytes.length - 30, bytes.length - 29),
      'INTEGRITY_SEAL',
    ],
    ['it is cut short', (bytes: Buffer) => bytes.subarray(0, -1), 'INTEGRITY_LENGTH'],
    ['bytes are appended', (bytes: Buffer) => Buffer.concat([bytes, Buffer.from('x')]), 'INTEGRITY_LENGTH'],
  ])('leaves no file behind when of a part %s', async (_, damage, code) => {
    const [from, to] = [fresh('in'), fresh('out')];
    await download(from);
    await writeFile(join(from, part()), damage(await readFile(join(from, part()))));
    const ran = await harness().run(...args(from, to, ...signers()));
    expect(ran.code).toBe(7);
    expect(ran.json()).toMatchObject({ error: { code } });
    expect((await readdir(join(to, 'main'))).filter((name) => name.includes('orders'))).toEqual([]);
  });

  it('names a file that was not downloaded', async () => {
    const from = fresh('in');
    await download(from);
    await rm(join(from, part()));
    const ran = await harness().run(...args(from, fresh('out'), ...signers()));
    expect(ran.json()).toMatchObject({
      error: { code: 'OBJECT_MISSING', message: expect.stringContaining('0001-public.orders.0002') },
    });
  });

  it('opens with the PEM of the key alone, also under a passphrase that is asked for', async () => {
    const from = fresh('in');
    await download(from);
    const key = createPrivateKey(keys.privateKeys[0]?.privateKeyPem ?? '');
    const pem = join(base, 'key.pem');
    await writeFile(
      pem,
      key.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'open sesame' }),
    );
    const withPem = (to: string) => [
      '--json',
      'decrypt',
      '--key',
      pem,
      '--in',
      from,
      '--out',
      to,
      ...signers(),
    ];
    expect(
      (await harness({ interactive: true, answers: ['open sesame'] }).run(...withPem(fresh('out')))).code,
    ).toBe(0);
    const wrong = await harness({ interactive: true, answers: ['wrong'] }).run(...withPem(fresh('out')));
    expect(wrong.code).toBe(8);
    expect(wrong.stdout + wrong.stderr).not.toContain('PRIVATE KEY');
  });

  it('opens with an export alone, which brings the signing keys along', async () => {
    const from = fresh('in');
    await download(from);
    const file = join(base, 'export.txt');
    const text = await writeBundle({ keys: keys.privateKeys, signers: keys.signers }, 'a long passphrase', {
      now: new Date('2026-11-21T10:00:00Z'),
      purpose: 'a test',
    });
    await writeFile(file, text);
    const run = (...answers: string[]) =>
      harness({ interactive: true, answers }).run(
        'decrypt',
        '--json',
        '--key',
        file,
        '--in',
        from,
        '--out',
        fresh('out'),
      );
    expect((await run('a long passphrase')).json()).toMatchObject({ backupId, signatureChecked: true });
    expect((await run('another passphrase')).json()).toMatchObject({ error: { code: 'PASSPHRASE_WRONG' } });
  });

  it('wants a key file or --kms, and says so of an object that no KMS key opens', async () => {
    const from = fresh('in');
    await download(from);
    const run = (...more: string[]) =>
      harness().run('decrypt', '--json', '--in', from, '--out', fresh('out'), '--allow-unsigned', ...more);
    expect((await run()).json()).toMatchObject({ error: { code: 'INVALID_INPUT' } });
    expect((await run('--kms')).json()).toMatchObject({ error: { code: 'KEY_MISSING' } });
  });

  it('names the keys that are needed when the key file has none of them', async () => {
    const from = fresh('in');
    await download(from);
    const other = join(base, 'other.json');
    await writeFile(other, (await testKeys()).secrets.private ?? '');
    const ran = await harness().run(
      '--json',
      'decrypt',
      '--key',
      other,
      '--in',
      from,
      '--out',
      fresh('out'),
      ...signers(),
    );
    expect(ran.code).toBe(8);
    expect(ran.json()).toMatchObject({
      error: { code: 'KEY_MISSING', message: expect.stringContaining(keys.recipients[0]?.id ?? 'none') },
    });
  });

  it('never writes over what is there', async () => {
    const [from, to] = [fresh('in'), fresh('out')];
    await download(from);
    await mkdir(to);
    await writeFile(join(to, 'mine.txt'), 'x');
    expect((await harness().run(...args(from, to, ...signers()))).code).toBe(2);
    expect(await readdir(to)).toEqual(['mine.txt']);
  });

  it('opens one object alone, when its origin does not matter', async () => {
    const [from, to] = [fresh('in'), fresh('one')];
    await download(from);
    expect((await harness().run(...args(join(from, part()), to))).code).toBe(7);
    const ran = await harness().run(...args(join(from, part()), to, '--allow-unsigned'));
    expect(ran.code).toBe(0);
    expect(await readFile(to, 'utf8')).toBe('part two');
    expect(ran.json()).toMatchObject({ context: { planId, backupId, component: 'main', part: 2 } });
  });

  it('says what to download when there is no manifest, and what it is not', async () => {
    const from = fresh('in');
    await mkdir(from);
    expect((await harness().run(...args(from, fresh('out'), ...signers()))).json()).toMatchObject({
      error: { code: 'OBJECT_MISSING' },
    });
    await writeFile(join(from, 'manifest'), 'this is text');
    expect((await harness().run(...args(from, fresh('out'), ...signers()))).json()).toMatchObject({
      error: { code: expect.stringMatching(/INTEGRITY_SEAL|FORMAT_UNKNOWN/) },
    });
  });
});

describe('words for a shell', () => {
  it.each([
    ['shop', 'shop'],
    ['en_US.UTF-8', 'en_US.UTF-8'],
    ['-rf', "'-rf'"],
    ["a'b; rm", "'a'\\''b; rm'"],
    ['', "''"],
  ])('%j becomes %s', (word, quoted) => {
    expect(shellQuote(word)).toBe(quoted);
  });
});

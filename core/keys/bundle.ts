/**
 * The export of a key ring: one text file with every private wrapping key under a passphrase, the current one first,
 * and every public signing key. It is enough to open and check everything; `openssl pkey -in FILE` opens its first key.
 *
 * Lines between the PEM blocks say what each is. A hash of each private block tells damage from a wrong passphrase. A
 * MAC under the passphrase covers what the file names, so that nobody without it can slip in a signing key of theirs;
 * it covers contents, not layout, so line ends and notes may change.
 */
import { createHash, createHmac, createPublicKey, randomBytes, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { HoldfastError, InvalidInput } from '../errors.ts';
import type { SigningPublicKey, WrappingPrivateKey } from '../ports/keys.ts';
import { fingerprint } from './generate.ts';
import { decryptPrivateKey, deriveKey, encryptPrivateKey, PBKDF2_ITERATIONS } from './pbes2.ts';

const title = 'Holdfast key export, version';
const version = 1;

/** Characters of a passphrase, at least. Who has the file can try passphrases for as long as they like. */
export const PASSPHRASE_LIMIT = 12;
const maxKeys = 100;
const maxSigners = 200;

export interface KeyBundle {
  readonly keys: readonly WrappingPrivateKey[];
  readonly signers: readonly SigningPublicKey[];
}

/** INVALID_INPUT when it is too short; never repeats it. */
export function checkPassphrase(passphrase: string): string {
  const characters = [...passphrase].length;
  if (characters >= PASSPHRASE_LIMIT && Buffer.byteLength(passphrase) <= 1000) return passphrase;
  throw new InvalidInput('passphrase', [
    {
      field: 'passphrase',
      value: `${characters} characters`,
      allowed: `${PASSPHRASE_LIMIT} characters or more, at most 1000 bytes`,
    },
  ]);
}

/** The text of the file. `keys` in the order in which they are to stand: the current one first. */
export async function writeBundle(
  { keys, signers }: KeyBundle,
  passphrase: string,
  options: { readonly now: Date; readonly purpose: string },
): Promise<string> {
  checkPassphrase(passphrase);
  const blocks: PrivateBlock[] = [];
  for (const { id, privateKeyPem } of keys) {
    blocks.push({ id, der: await encryptPrivateKey(privateKeyPem, passphrase) });
  }
  const salt = randomBytes(16);
  const mac = await bundleMac({ blocks, signers }, passphrase, salt, PBKDF2_ITERATIONS);
  const lines = [
    `${title} ${version}`,
    `Made: ${options.now.toISOString()}`,
    `What: ${options.purpose}`,
    'Keep this file and its passphrase apart from each other, and outside the AWS account. Whoever has both can open',
    'every backup that was sealed for these keys. `openssl pkey -in FILE` opens the first key; the other blocks are',
    'keys of their own. `holdfast keys prove --key FILE` shows that it opens a backup. docs/format.md has the details.',
    '',
    ...blocks.flatMap(({ id, der }) => [
      `Key-Id: ${id}`,
      `Key-Sha256: ${sha256(der)}`,
      pem('ENCRYPTED PRIVATE KEY', der),
      '',
    ]),
    ...signers.flatMap(({ id, role, publicKeyPem }) => [
      `Signer-Id: ${id}`,
      `Role: ${role}`,
      publicKeyPem.trim(),
      '',
    ]),
    `Mac: hmac-sha256 pbkdf2-sha256 ${PBKDF2_ITERATIONS} ${salt.toString('hex')} ${mac.toString('hex')}`,
  ];
  return `${lines.join('\n')}\n`;
}

/** Whether a text is such an export, of whatever version; a note may stand before its title. */
export function isBundle(text: string): boolean {
  return new RegExp(`^\uFEFF?[ \\t]*${title}`, 'm').test(text);
}

/**
 * The keys of an export. PASSPHRASE_WRONG; KEY_INVALID when it is damaged or was changed; FORMAT_UNKNOWN for an
 * export of a later version.
 */
export async function readBundle(text: string, passphrase: string): Promise<KeyBundle> {
  const parsed = parseBundle(text);
  const keys: WrappingPrivateKey[] = [];
  for (const { id, der } of parsed.blocks) {
    const key = decryptPrivateKey(der, passphrase);
    if (key.asymmetricKeyType !== 'rsa' || !id.endsWith(`-${fingerprint(key)}`)) {
      throw damaged(`the private key under the id ${id} is another key`);
    }
    keys.push({ id, privateKeyPem: key.export({ type: 'pkcs8', format: 'pem' }).toString() });
  }
  const { iterations, salt, mac } = parsed.mac;
  if (!timingSafeEqual(await bundleMac(parsed, passphrase, salt, iterations), mac)) {
    throw damaged('its list of keys was changed after it was made');
  }
  return { keys, signers: parsed.signers };
}

interface PrivateBlock {
  readonly id: string;
  readonly der: Buffer;
}

interface ParsedBundle {
  readonly blocks: readonly PrivateBlock[];
  readonly signers: readonly SigningPublicKey[];
  readonly mac: { readonly iterations: number; readonly salt: Buffer; readonly mac: Buffer };
}

const privateBlock =
  /^Key-Id: (wk-\d{8}-[0-9a-f]{8})\nKey-Sha256: ([0-9a-f]{64})\n-----BEGIN ENCRYPTED PRIVATE KEY-----\n([A-Za-z0-9+/=\n]+)-----END ENCRYPTED PRIVATE KEY-----$/gm;
const signerBlock =
  /^Signer-Id: (sk-(backup|verify|operator)-\d{8}-[0-9a-f]{8})\nRole: (backup|verify|operator)\n(-----BEGIN PUBLIC KEY-----\n[A-Za-z0-9+/=\n]+-----END PUBLIC KEY-----)$/gm;
const macLine = /^Mac: hmac-sha256 pbkdf2-sha256 (\d{1,8}) ([0-9a-f]{32}) ([0-9a-f]{64})$/m;

function parseBundle(raw: string): ParsedBundle {
  const text = raw.replaceAll('\r\n', '\n').replaceAll(/[ \t]+$/gm, '');
  const [, found] = new RegExp(`${title} (\\d+)`).exec(text) ?? [];
  if (found !== String(version)) {
    throw new HoldfastError(
      found === undefined ? 'KEY_INVALID' : 'FORMAT_UNKNOWN',
      found === undefined
        ? 'the file is not a key export'
        : `the key export is of version ${found}; this release knows ${version}`,
    );
  }
  const privates = [...text.matchAll(privateBlock)];
  const publics = [...text.matchAll(signerBlock)];
  const count = (what: RegExp) => [...text.matchAll(what)].length;
  if (privates.length !== count(/^Key-Id:/gm) || publics.length !== count(/^Signer-Id:/gm)) {
    throw damaged('a block is cut short or changed');
  }
  if (privates.length === 0 || privates.length > maxKeys || publics.length > maxSigners) {
    throw damaged(`it holds ${privates.length} private and ${publics.length} signing keys`);
  }
  const blocks = privates.map(([, id = '', hash = '', base64 = '']) => {
    const der = Buffer.from(base64, 'base64');
    if (sha256(der) !== hash) throw damaged(`the block of ${id} is not as it was written`);
    return { id, der };
  });
  const signers = publics.map(([, id = '', inId, role, publicKeyPem = '']): SigningPublicKey => {
    if (inId !== role || !isKeyOf(publicKeyPem, id))
      throw damaged(`the signing key ${id} is not as it was written`);
    return {
      id,
      role: z.enum(['backup', 'verify', 'operator']).parse(role),
      publicKeyPem: `${publicKeyPem}\n`,
    };
  });
  const [, iterations, salt, mac] = macLine.exec(text) ?? [];
  if (!salt || !mac || !(Number(iterations) > 0 && Number(iterations) <= 20_000_000))
    throw damaged('its last line, the MAC, is missing');
  return {
    blocks,
    signers,
    mac: { iterations: Number(iterations), salt: Buffer.from(salt, 'hex'), mac: Buffer.from(mac, 'hex') },
  };
}

function isKeyOf(publicKeyPem: string, id: string): boolean {
  try {
    const key = createPublicKey(publicKeyPem);
    return key.asymmetricKeyType === 'ed25519' && id.endsWith(`-${fingerprint(key)}`);
  } catch {
    return false;
  }
}

/** Over `key <id> <sha256>` and `signer <id> <role> <sha256 of its SPKI>` lines, in the order of the file. */
async function bundleMac(
  { blocks, signers }: Pick<ParsedBundle, 'blocks' | 'signers'>,
  passphrase: string,
  salt: Buffer,
  iterations: number,
): Promise<Buffer> {
  const lines = [
    ...blocks.map(({ id, der }) => `key ${id} ${sha256(der)}\n`),
    ...signers.map(({ id, role, publicKeyPem }) => {
      const spki = createPublicKey(publicKeyPem).export({ type: 'spki', format: 'der' });
      return `signer ${id} ${role} ${sha256(spki)}\n`;
    }),
  ];
  const key = await deriveKey(passphrase, salt, iterations, 32, 'sha256');
  return createHmac('sha256', key).update(lines.join('')).digest();
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function pem(label: string, der: Buffer): string {
  const base64 = der.toString('base64').replaceAll(/(.{64})(?=.)/g, '$1\n');
  return `-----BEGIN ${label}-----\n${base64}\n-----END ${label}-----`;
}

function damaged(why: string): HoldfastError {
  return new HoldfastError('KEY_INVALID', `the key export is damaged: ${why}`, {
    next: 'Use another copy of the export; its passphrase cannot mend it.',
  });
}

/** The export: opened by what other people wrote, and honest about a wrong passphrase, damage and tampering. */
import { createPrivateKey } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkPassphrase, isBundle, readBundle, writeBundle } from '../../../core/keys/bundle.ts';
import { publicPem } from '../../../core/keys/generate.ts';
import { decryptPrivateKey, encryptPrivateKey, pbkdf2Iterations } from '../../../core/keys/pbes2.ts';
import { loadTestKeys } from '../../vectors/load.ts';
import { otherReader } from './other-reader.ts';

const { wrapping, signers, signing } = loadTestKeys();
const passphrase = 'grün wie die Hoffnung 7';
const now = new Date('2026-11-21T02:00:00Z');
const folder = mkdtempSync(join(tmpdir(), 'holdfast-bundle-'));
afterAll(() => rmSync(folder, { recursive: true }));

let text = '';
beforeAll(async () => {
  text = await writeBundle({ keys: wrapping, signers }, passphrase, { now, purpose: 'a test' });
});

const blockOf = (id: string, from = text) =>
  /-----BEGIN ENCRYPTED PRIVATE KEY-----\n([\s\S]+?)-----END/.exec(
    from.slice(from.indexOf(`Key-Id: ${id}`)),
  )?.[1] ?? '';

describe('an export', () => {
  it('of the first release that made any is still read', async () => {
    const released = readFileSync(new URL('../../vectors/export.txt', import.meta.url), 'utf8');
    expect(await readBundle(released, 'for tests only')).toEqual({ keys: wrapping, signers });
  });

  it('gives back its keys in their order, and the signing keys', async () => {
    expect(isBundle(text)).toBe(true);
    expect(await readBundle(text, passphrase)).toEqual({ keys: wrapping, signers });
  });

  it('is opened by a reader that knows nothing of Holdfast, which gets the first key', async () => {
    const file = join(folder, 'export.txt');
    writeFileSync(file, text);
    const reader = await otherReader();
    const pem = reader.open(file, passphrase);
    const opened = createPrivateKey(pem).export({ type: 'pkcs8', format: 'der' });
    const first = createPrivateKey(wrapping[0]?.privateKeyPem ?? '').export({ type: 'pkcs8', format: 'der' });
    expect(opened.equals(first)).toBe(true);
    expect(() => reader.open(file, 'another passphrase')).toThrow();
  });

  it('stretches the passphrase at least 600,000 times, with a new salt each time, into AES-256', async () => {
    const ders = wrapping.map(({ id }) => Buffer.from(blockOf(id), 'base64'));
    for (const der of ders) {
      expect(pbkdf2Iterations(der)).toBeGreaterThanOrEqual(600_000);
      // aes256-CBC and hmacWithSHA256, as they stand in DER.
      expect(der.includes(Buffer.from('060960864801650304012a', 'hex'))).toBe(true);
      expect(der.includes(Buffer.from('06082a864886f70d0209', 'hex'))).toBe(true);
    }
    const again = await encryptPrivateKey(wrapping[0]?.privateKeyPem ?? '', passphrase);
    expect(again.equals(ders[0] ?? again)).toBe(false);
  });

  it('tells a wrong passphrase from damage', async () => {
    await expect(readBundle(text, `${passphrase}!`)).rejects.toMatchObject({ code: 'PASSPHRASE_WRONG' });
    const id = wrapping[1]?.id ?? '';
    const block = blockOf(id);
    const at = text.indexOf(block) + 200;
    const flipped = `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`;
    for (const broken of [
      flipped,
      text.replace(block, block.slice(0, 130)),
      text.slice(0, text.length / 2),
    ]) {
      await expect(readBundle(broken, passphrase)).rejects.toMatchObject({ code: 'KEY_INVALID' });
    }
  });

  it('is read after a mail program or an editor had its way with line ends and notes', async () => {
    const edited = `\uFEFF${text.replaceAll('\n', '  \r\n')}\r\nprinted for the safe, 2nd copy\r\n`;
    expect(await readBundle(edited, passphrase)).toEqual({ keys: wrapping, signers });
    expect(isBundle(`for the safe, 2nd copy\n${text}`)).toBe(true);
    expect(isBundle(`{"note": "Holdfast key export, version 1"}`)).toBe(false);
  });

  it('with a MAC that nothing could have made is damaged, not a fault of the program', async () => {
    const none = text.replace(/pbkdf2-sha256 \d+/, 'pbkdf2-sha256 0');
    await expect(readBundle(none, passphrase)).rejects.toMatchObject({ code: 'KEY_INVALID' });
  });

  it('refuses a signing key that somebody put in, and one that was taken out', async () => {
    const { stranger } = signing;
    const withStranger = await writeBundle(
      {
        keys: wrapping.slice(0, 1),
        signers: [
          { ...signers[0], id: stranger.id, publicKeyPem: publicPem(stranger.privateKeyPem) },
        ] as never,
      },
      'the passphrase of a stranger',
      { now, purpose: 'x' },
    );
    const block = withStranger.slice(withStranger.indexOf('Signer-Id:'), withStranger.indexOf('Mac:'));
    const added = text.replace('Mac:', `${block}Mac:`);
    await expect(readBundle(added, passphrase)).rejects.toMatchObject({ code: 'KEY_INVALID' });
    const removed = text.replace(/Signer-Id: sk-verify[\s\S]+?-----END PUBLIC KEY-----\n/, '');
    await expect(readBundle(removed, passphrase)).rejects.toMatchObject({ code: 'KEY_INVALID' });
  });

  it('refuses a key under the id of another', async () => {
    const [one, other] = wrapping;
    const swapped = await writeBundle(
      { keys: [{ id: one?.id ?? '', privateKeyPem: other?.privateKeyPem ?? '' }], signers },
      passphrase,
      { now, purpose: 'x' },
    );
    await expect(readBundle(swapped, passphrase)).rejects.toMatchObject({ code: 'KEY_INVALID' });
  });

  it('says when it was made by a later release', async () => {
    const later = text.replace('version 1', 'version 2');
    await expect(readBundle(later, passphrase)).rejects.toMatchObject({ code: 'FORMAT_UNKNOWN' });
  });

  it('refuses a passphrase that is short, without repeating it', () => {
    expect(checkPassphrase('twelve chars')).toBe('twelve chars');
    expect(() => checkPassphrase('eleven char')).toThrow(/11 characters.*12 characters or more/);
    expect(() => checkPassphrase('eleven char')).not.toThrow(/eleven char/);
  });

  it('does not compute for hours because a file asks for it', () => {
    // SEQUENCE { SEQUENCE { PBES2, SEQUENCE { SEQUENCE { PBKDF2, SEQUENCE { salt, 2^31 - 1 } } } }, OCTET STRING }
    const forged = `3030302c06092a864886f70d01050d301f301d06092a864886f70d01050c30100408${'00'.repeat(8)}02047fffffff0400`;
    expect(pbkdf2Iterations(Buffer.from(forged, 'hex'))).toBe(2 ** 31 - 1);
    expect(() => decryptPrivateKey(Buffer.from(forged, 'hex'), passphrase)).toThrow(/2147483647 iterations/);
    expect(() => decryptPrivateKey(Buffer.from('3000', 'hex'), passphrase)).toThrow(/PBES2/);
  });
});

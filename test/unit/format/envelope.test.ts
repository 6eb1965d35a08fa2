/** Signatures: DSSE as its specification has it, and each role for its own kind of document only. */
import { verify as verifyBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reportContext } from '../../../core/format/context.ts';
import { preAuthEncoding, sign, verify } from '../../../core/format/envelope.ts';
import { sealBytes } from '../../../core/format/seal.ts';
import { openDocument, sealDocument } from '../../../core/format/sealed-document.ts';
import { loadTestKeys } from '../../vectors/load.ts';

const keys = loadTestKeys();
const { backup, verify: verifier } = keys.signing;
const payload = Buffer.from('{"a":1}');

function changed(envelope: Buffer, change: (envelope: Record<string, unknown>) => void): Buffer {
  const copy = JSON.parse(envelope.toString('utf8'));
  change(copy);
  return Buffer.from(JSON.stringify(copy));
}

describe('envelope', () => {
  it('encodes as the example of the DSSE specification', () => {
    expect(preAuthEncoding('http://example.com/HelloWorld', Buffer.from('hello world')).toString()).toBe(
      'DSSEv1 29 http://example.com/HelloWorld 11 hello world',
    );
    expect(preAuthEncoding('é', Buffer.from([0xff]))).toEqual(
      Buffer.concat([Buffer.from('DSSEv1 2 é 1 '), Buffer.from([0xff])]),
    );
  });

  it('gives back any payload that it signed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(verify(sign('manifest', bytes, backup), 'manifest', keys.signers)).toEqual(Buffer.from(bytes));
      }),
    );
  });

  it('can be checked with the public key alone', () => {
    const envelope = JSON.parse(sign('manifest', payload, backup).toString('utf8'));
    const signed = preAuthEncoding('application/vnd.holdfast.manifest.v1+json', payload);
    const publicKey = keys.signers.find(({ id }) => id === backup.id)?.publicKeyPem ?? '';
    expect(verifyBytes(null, signed, publicKey, Buffer.from(envelope.signatures[0].sig, 'base64'))).toBe(
      true,
    );
  });

  it('holds when a signature of an unknown key stands beside one of a known key', () => {
    const envelope = changed(sign('manifest', payload, backup), (copy) => {
      const signatures = copy.signatures as { keyid: string }[];
      signatures.unshift({ ...signatures[0], keyid: 'sk-backup-20200101-00000000' });
    });
    expect(verify(envelope, 'manifest', keys.signers)).toEqual(payload);
  });

  it.each<[string, Buffer]>([
    ['what is not an envelope', payload],
    [
      'no signature',
      changed(sign('manifest', payload, backup), (copy) => Object.assign(copy, { signatures: [] })),
    ],
    ['an unknown key', sign('manifest', payload, keys.signing.stranger)],
    ['a key of another role', sign('manifest', payload, { ...verifier, role: 'backup' })],
    ['another payload type, by the right key', sign('report', payload, { ...backup, role: 'verify' })],
    [
      'a payload type put right afterwards',
      changed(sign('report', payload, { ...backup, role: 'verify' }), (copy) =>
        Object.assign(copy, { payloadType: 'application/vnd.holdfast.manifest.v1+json' }),
      ),
    ],
    [
      'a payload changed afterwards',
      changed(sign('manifest', payload, backup), (copy) => Object.assign(copy, { payload: 'eyJhIjoyfQ==' })),
    ],
    ['an unknown field', changed(sign('manifest', payload, backup), (copy) => Object.assign(copy, { x: 1 }))],
  ])('refuses %s', (_, envelope) => {
    expect(() => verify(envelope, 'manifest', keys.signers)).toThrow(
      expect.objectContaining({ code: 'INTEGRITY_SIGNATURE' }),
    );
  });

  it('does not sign a document of another role', () => {
    expect(() => sign('manifest', payload, verifier)).toThrow(
      expect.objectContaining({ code: 'KEY_INVALID' }),
    );
  });
});

describe('sealed report', () => {
  const context = reportContext('orders', '20261121T020000Z-3f9a1c22', 'v1');
  const document = { format: 'holdfast/report', version: 1, passed: true };
  const request = { type: 'report', recipients: keys.recipients, context } as const;

  it('is read back as it was written, in its own place only', async () => {
    const bytes = await sealDocument({ ...request, document, signer: verifier });
    const read = {
      bytes,
      type: 'report',
      privateKeys: keys.wrapping,
      signers: keys.signers,
      context,
    } as const;
    expect(await openDocument(read)).toEqual(document);
    const elsewhere = reportContext('orders', '20261121T020000Z-3f9a1c22', 'v2');
    await expect(openDocument({ ...read, context: elsewhere })).rejects.toMatchObject({
      code: 'INTEGRITY_SEAL',
    });
    await expect(openDocument({ ...read, type: 'manifest' })).rejects.toMatchObject({
      code: 'INTEGRITY_SIGNATURE',
    });
  });

  it('is refused in a version that is not known, though signed and sealed', async () => {
    const envelope = sign('report', Buffer.from(JSON.stringify({ ...document, version: 2 })), verifier);
    const bytes = await sealBytes(envelope, keys.recipients, context);
    const read = {
      bytes,
      type: 'report',
      privateKeys: keys.wrapping,
      signers: keys.signers,
      context,
    } as const;
    await expect(openDocument(read)).rejects.toMatchObject({ code: 'FORMAT_UNKNOWN' });
  });

  it('is not written in a format or version that is not known', async () => {
    for (const wrong of [{ ...document, version: 2 }, { ...document, format: 'holdfast/manifest' }, {}]) {
      await expect(sealDocument({ ...request, document: wrong, signer: verifier })).rejects.toMatchObject({
        code: 'FORMAT_UNKNOWN',
      });
    }
  });
});

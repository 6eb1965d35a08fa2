/** open.ts decrypts frames by itself: here it is held to the AWS Encryption SDK, which must open the same to the same. */
import { buildDecrypt } from '@aws-crypto/decrypt-node';
import { buildEncrypt } from '@aws-crypto/encrypt-node';
import { AlgorithmSuiteIdentifier, CommitmentPolicy } from '@aws-crypto/material-management-node';
import { RawRsaKeyringNode } from '@aws-crypto/raw-rsa-keyring-node';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contextPairs } from '../../../core/format/context.ts';
import { FRAME_BYTES } from '../../../core/format/limits.ts';
import { open, openBytes } from '../../../core/format/open.ts';
import { KEY_NAMESPACE, seal } from '../../../core/format/seal.ts';
import { loadTestKeys, loadVectors, vectorBytes } from '../../vectors/load.ts';
import { collect, context, inPieces, pattern } from './support.ts';

const keys = loadTestKeys();
const [privateKey] = keys.wrapping;
const [recipient] = keys.recipients;
const policy = CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT;
const { decrypt } = buildDecrypt(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT);

const keyring = () =>
  new RawRsaKeyringNode({
    keyNamespace: KEY_NAMESPACE,
    keyName: privateKey?.id ?? '',
    rsaKey: { privateKey: privateKey?.privateKeyPem ?? '', publicKey: recipient?.publicKeyPem ?? '' },
    oaepHash: 'sha256',
  });

const byLibrary = (sealed: Buffer): Promise<string> =>
  decrypt(keyring(), sealed).then(
    ({ plaintext }) => plaintext.toString('base64'),
    () => 'refused',
  );

describe('opening, against the library', () => {
  const segments = loadVectors().vectors.filter(({ kind }) => kind === 'segment');

  it.each(segments.map((vector) => [vector.name, vector] as const))(
    'vector %s opens to the same, or not at all',
    async (_, vector) => {
      const bytes = vectorBytes(vector);
      const own = await openBytes(bytes, keys.wrapping.slice(0, 1), vector.context).then(
        (plain) => plain.toString('base64'),
        () => 'refused',
      );
      // The library does not know which object is expected, and takes bytes after the end: we refuse more than it.
      expect(['refused', await byLibrary(bytes)]).toContain(own);
      expect(own === 'refused').toBe(vector.expect !== 'opens');
    },
  );

  it('gives what the library gives, for bodies around the borders of frames', async () => {
    const lengths = fc
      .tuple(fc.constantFrom(0, FRAME_BYTES, 2 * FRAME_BYTES), fc.integer({ min: -3, max: 3 }))
      .map(([border, offset]) => Math.max(1, border + offset));
    await fc.assert(
      fc.asyncProperty(lengths, fc.integer({ min: 1_000, max: 200_000 }), async (lengthBytes, pieceBytes) => {
        const sealed = await collect(
          seal(inPieces(pattern(lengthBytes), [50_000]), keys.recipients.slice(0, 1), context),
        );
        const own = await collect(open(inPieces(sealed, [pieceBytes]), keys.wrapping.slice(0, 1), context));
        expect(own.toString('base64') === (await byLibrary(sealed))).toBe(true);
      }),
      { numRuns: 10 },
    );
  }, 60_000);

  it('refuses the other suites of the library, whose messages are whole', async () => {
    const { encrypt } = buildEncrypt(policy);
    const committing = buildEncrypt(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT).encrypt;
    for (const [how, suiteId] of [
      [encrypt, AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA256],
      [committing, AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY_ECDSA_P384],
    ] as const) {
      const { result } = await how(keyring(), pattern(100), {
        suiteId,
        encryptionContext: { ...contextPairs(context) },
      });
      await expect(openBytes(result, keys.wrapping.slice(0, 1), context)).rejects.toMatchObject({
        code: 'INTEGRITY_SEAL',
      });
    }
  });
});

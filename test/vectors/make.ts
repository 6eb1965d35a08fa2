/**
 * Makes the vectors in this folder: sealed objects that must open and ones that must not, whatever release reads
 * them. Run by hand, once a format version (`node test/vectors/make.ts`); what is committed is what counts, and a
 * vector that was ever released is never made anew. The keys are for these tests only and protect nothing.
 *
 * Most vectors have frames of 1 KiB, so that several frames stay small; readers accept any frame up to 1 MiB.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { buildEncrypt } from '@aws-crypto/encrypt-node';
import { AlgorithmSuiteIdentifier, CommitmentPolicy, MultiKeyringNode } from '@aws-crypto/material-management-node';
import { RawRsaKeyringNode } from '@aws-crypto/raw-rsa-keyring-node';
import { contextPairs, manifestContext, segmentContext, type SealContext } from '../../core/format/context.ts';
import { payloadTypes, sign } from '../../core/format/envelope.ts';
import { sealBytes } from '../../core/format/seal.ts';
import { sealManifest } from '../../core/format/sealed-document.ts';
import { generateSigningKey, generateWrappingKey, publicPem } from '../../core/keys/generate.ts';
import type { SigningPrivateKey, WrappingPrivateKey } from '../../core/ports/keys.ts';
import type { TestKeys, Vector, VectorIndex } from './load.ts';
import { sampleManifest } from './sample-manifest.ts';

const here = new URL('./', import.meta.url);
const file = (name: string) => new URL(name, here);
const vectors: Vector[] = [];

mkdirSync(file('sealed/'), { recursive: true });
const keys = await testKeys();
const [first, second] = keys.wrapping.map(toPublic);
if (first === undefined || second === undefined) throw new Error('two wrapping keys are needed');

const address = {
  planId: 'orders',
  backupId: '20261121T020000Z-3f9a1c22',
  attempt: 1,
  component: 'main',
  index: 3,
  name: 'public.orders',
};
const context = segmentContext(address, 1);
/** 2.5 frames of 1 KiB: every byte of it is its position modulo 251. */
const plain = Buffer.from(Array.from({ length: 2_560 }, (_, index) => index % 251));

const three = await sealWith({ plain, pairs: contextPairs(context), recipients: [first] });
const header = three.length - 2 * (16 + 1024 + 16) - (24 + 512 + 16);
const frame2 = header + 16 + 1024 + 16;

segment('one-frame', await sealBytes(plain.subarray(0, 100), [first], context), 'opens', 100);
segment('two-recipients', await sealBytes(plain.subarray(0, 100), [second, first], context), 'opens', 100);
segment('three-frames', three, 'opens', plain.length);
segment(
  'ends-at-frame-border',
  await sealWith({ plain: plain.subarray(0, 2048), pairs: contextPairs(context), recipients: [first] }),
  'opens',
  2048,
);
segment('bit-flipped-in-message-id', flip(three, 10), 'INTEGRITY_SEAL');
segment('bit-flipped-in-context', flip(three, three.indexOf('orders')), 'INTEGRITY_SEAL');
segment('bit-flipped-in-data-key', flip(three, header - 200), 'INTEGRITY_SEAL');
segment('bit-flipped-in-header-tag', flip(three, header - 1), 'INTEGRITY_SEAL');
segment('bit-flipped-in-frame-number', flip(three, frame2 + 3), 'INTEGRITY_SEAL');
segment('bit-flipped-in-frame', flip(three, frame2 + 16 + 500), 'INTEGRITY_SEAL');
segment('bit-flipped-in-frame-tag', flip(three, frame2 + 16 + 1024 + 3), 'INTEGRITY_SEAL');
segment('bit-flipped-in-last-tag', flip(three, three.length - 1), 'INTEGRITY_SEAL');
segment('frames-swapped', swapFrames(three), 'INTEGRITY_SEAL');
segment('truncated-at-frame-border', three.subarray(0, frame2), 'INTEGRITY_SEAL');
segment('truncated-in-frame', three.subarray(0, frame2 + 300), 'INTEGRITY_SEAL');
segment('truncated-in-header', three.subarray(0, header - 20), 'INTEGRITY_SEAL');
segment('empty', Buffer.alloc(0), 'INTEGRITY_SEAL');
segment('bytes-appended', Buffer.concat([three, Buffer.from('x')]), 'INTEGRITY_SEAL');
segment(
  'context-of-another-part',
  await sealBytes(plain.subarray(0, 100), [first], { ...context, part: 2 }),
  'INTEGRITY_SEAL',
);
segment(
  'context-with-extra-pair',
  await sealWith({ plain, pairs: { ...contextPairs(context), extra: '1' }, recipients: [first] }),
  'INTEGRITY_SEAL',
);
segment(
  'context-of-format-2',
  await sealWith({ plain, pairs: { ...contextPairs(context), format: '2' }, recipients: [first] }),
  'FORMAT_UNKNOWN',
);
segment('for-another-key', await sealBytes(plain.subarray(0, 100), [second], context), 'KEY_MISSING');
segment(
  'for-another-key-of-the-same-id',
  await sealBytes(plain.subarray(0, 100), [{ ...second, id: first.id }], context),
  'INTEGRITY_SEAL',
);
segment(
  'nine-data-keys',
  await sealWith({ plain, pairs: contextPairs(context), recipients: Array.from({ length: 9 }, () => first) }),
  'INTEGRITY_SEAL',
);
segment(
  'frames-above-1-mib',
  await sealWith({ plain, pairs: contextPairs(context), recipients: [first], frameBytes: 1024 * 1024 + 1 }),
  'INTEGRITY_SEAL',
);

const manifest = sampleManifest(address.planId, address.backupId);
const payload = Buffer.from(JSON.stringify(manifest));
const { backup, verify, stranger } = keys.signing;
await manifestVector('manifest', await sealManifest({ manifest, signer: backup, recipients: [first] }), 'opens');
await manifestVector('manifest-not-an-envelope', payload, 'INTEGRITY_SIGNATURE');
await manifestVector('manifest-unsigned', envelope(payload, []), 'INTEGRITY_SIGNATURE');
await manifestVector('manifest-of-unknown-key', sign('manifest', payload, stranger), 'INTEGRITY_SIGNATURE');
await manifestVector('manifest-of-verify-key', envelope(payload, [verify]), 'INTEGRITY_SIGNATURE');
await manifestVector('manifest-of-stranger-under-known-id', envelope(payload, [{ ...stranger, id: backup.id }]), 'INTEGRITY_SIGNATURE');
await manifestVector('manifest-of-other-payload-type', sign('report', payload, { ...backup, role: 'verify' }), 'INTEGRITY_SIGNATURE');
await manifestVector('manifest-changed-after-signing', changedAfterSigning(), 'INTEGRITY_SIGNATURE');
await manifestVector(
  'manifest-of-another-backup',
  sign('manifest', Buffer.from(JSON.stringify({ ...manifest, backupId: '20261122T020000Z-00000000' })), backup),
  'INTEGRITY_SIGNATURE',
);
await manifestVector(
  'manifest-of-version-2',
  sign('manifest', Buffer.from(JSON.stringify({ ...manifest, version: 2 })), backup),
  'FORMAT_UNKNOWN',
);
await manifestVector(
  'manifest-with-unknown-field',
  sign('manifest', Buffer.from(JSON.stringify({ ...manifest, unheardOf: true })), backup),
  'FORMAT_UNKNOWN',
);

const index: VectorIndex = { format: '1', planId: address.planId, backupId: address.backupId, vectors };
writeFileSync(file('index.json'), `${JSON.stringify(index, undefined, 2)}\n`);
console.log(`${vectors.length} vectors`);

async function testKeys(): Promise<TestKeys> {
  const at = file('test-only-private-keys.json');
  if (existsSync(at)) return JSON.parse(readFileSync(at, 'utf8')) as TestKeys;
  const now = new Date('2026-11-21T00:00:00Z');
  const made: TestKeys = {
    warning: 'For tests only: these keys are public and protect nothing.',
    wrapping: [await generateWrappingKey(now), await generateWrappingKey(now)],
    signing: {
      backup: await generateSigningKey('backup', now),
      verify: await generateSigningKey('verify', now),
      operator: await generateSigningKey('operator', now),
      stranger: await generateSigningKey('backup', now),
    },
  };
  writeFileSync(at, `${JSON.stringify(made, undefined, 2)}\n`);
  return made;
}

function toPublic({ id, privateKeyPem }: WrappingPrivateKey) {
  return { id, publicKeyPem: publicPem(privateKeyPem) };
}

/** Seals with the SDK itself, so that what Holdfast would refuse to write can be made too. */
async function sealWith(request: {
  plain: Buffer;
  pairs: Readonly<Record<string, string>>;
  recipients: readonly { id: string; publicKeyPem: string }[];
  frameBytes?: number;
}): Promise<Buffer> {
  const [generator, ...children] = request.recipients.map(
    ({ id, publicKeyPem }) =>
      new RawRsaKeyringNode({
        keyNamespace: 'holdfast',
        keyName: id,
        rsaKey: { publicKey: publicKeyPem },
        oaepHash: 'sha256',
      }),
  );
  if (generator === undefined) throw new Error('a recipient is needed');
  const { encrypt } = buildEncrypt(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT);
  const { result } = await encrypt(new MultiKeyringNode({ generator, children }), request.plain, {
    suiteId: AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY,
    encryptionContext: { ...request.pairs },
    frameLength: request.frameBytes ?? 1024,
  });
  return result;
}

function segment(name: string, bytes: Uint8Array, expect: Vector['expect'], plainBytes?: number): void {
  add({ name, kind: 'segment', expect, context, plainBytes }, bytes);
}

/** Seals an envelope for the manifest's place, unless it is sealed already. */
async function manifestVector(name: string, bytes: Buffer, expect: Vector['expect']): Promise<void> {
  const place = manifestContext(address.planId, address.backupId);
  const sealed = bytes[0] === 2 ? bytes : await sealBytes(bytes, [first as { id: string; publicKeyPem: string }], place);
  add({ name, kind: 'manifest', expect, context: place }, sealed);
}

function add(vector: Omit<Vector, 'lengthBytes' | 'sha256'> & { context: SealContext }, bytes: Uint8Array): void {
  writeFileSync(file(`sealed/${vector.name}.bin`), bytes);
  vectors.push({
    ...vector,
    lengthBytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  });
}

function envelope(body: Buffer, signers: readonly SigningPrivateKey[]): Buffer {
  const { mediaType } = payloadTypes.manifest;
  const signatures = signers.map((signer) => {
    // The role is overruled here, since sign() would refuse it: the reader must notice by the key's id.
    const { signatures: made } = JSON.parse(sign('manifest', body, { ...signer, role: 'backup' }).toString('utf8'));
    return made[0];
  });
  return Buffer.from(JSON.stringify({ payloadType: mediaType, payload: body.toString('base64'), signatures }));
}

function changedAfterSigning(): Buffer {
  const made = JSON.parse(sign('manifest', payload, backup).toString('utf8'));
  const changed = JSON.stringify({ ...manifest, createdBy: 'somebody else' });
  return Buffer.from(JSON.stringify({ ...made, payload: Buffer.from(changed).toString('base64') }));
}

function flip(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

function swapFrames(bytes: Buffer): Buffer {
  const length = 16 + 1024 + 16;
  return Buffer.concat([
    bytes.subarray(0, header),
    bytes.subarray(header + length, header + 2 * length),
    bytes.subarray(header, header + length),
    bytes.subarray(header + 2 * length),
  ]);
}

/**
 * Seals bytes for one or more recipients: an AWS Encryption SDK message, committing and unsigned (suite 0x0478),
 * in frames of 1 MiB, bound to its context. Public keys only. docs/format.md, decision 0001.
 */

import type { Duplex } from 'node:stream';
import { buildEncrypt } from '@aws-crypto/encrypt-node';
import {
  AlgorithmSuiteIdentifier,
  CommitmentPolicy,
  type KeyringNode,
  MultiKeyringNode,
} from '@aws-crypto/material-management-node';
import { RawRsaKeyringNode } from '@aws-crypto/raw-rsa-keyring-node';
import { asHoldfastError, HoldfastError, InvalidInput } from '../errors.ts';
import type { SealingKey } from '../ports/keys.ts';
import { contextPairs, type SealContext } from './context.ts';
import { FRAME_BYTES, IN_MEMORY_LIMIT_BYTES, RECIPIENTS_LIMIT } from './limits.ts';
import { through } from './through.ts';

/** The namespace of wrapping keys in the message; the key's name is its id. */
export const KEY_NAMESPACE = 'holdfast';

const { encryptStream } = buildEncrypt({
  commitmentPolicy: CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT,
  maxEncryptedDataKeys: RECIPIENTS_LIMIT,
});

/**
 * The sealed object, as it comes: buffers of very different length (16 bytes to a chunk of the body), not joined.
 *
 * Ends normally only when the whole body is sealed. Throws what the body throws; DUMP_EMPTY when the body has no
 * byte; KEY_INVALID when there are no recipients, more than eight, the first is a remote one, or one is not an RSA key;
 * what a remote key's keyring throws. Holds up to one frame of the body's buffers: the body must not reuse them.
 */
export async function* seal(
  body: AsyncIterable<Uint8Array>,
  recipients: readonly SealingKey[],
  context: SealContext,
): AsyncGenerator<Buffer, void, undefined> {
  const stream = encryptStream(await recipientKeyring(recipients), {
    suiteId: AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY,
    encryptionContext: { ...contextPairs(context) },
    frameLength: FRAME_BYTES,
  });
  yield* through(stream, refuseEmpty(body, context), (thrown) => asHoldfastError(thrown), flush);
}

/**
 * Lets an unwanted stream run out into nothing, which costs at most the frame that it holds. It must not be
 * destroyed: encrypt-node pipes without a callback, so "premature close" would be thrown where nobody can catch it.
 */
function flush(stream: Duplex): void {
  if (!stream.writableEnded) stream.end();
  stream.resume();
}

/** Seals what is in memory; InvalidInput above 256 MiB. */
export async function sealBytes(
  bytes: Uint8Array,
  recipients: readonly SealingKey[],
  context: SealContext,
): Promise<Buffer> {
  if (bytes.length > IN_MEMORY_LIMIT_BYTES) {
    throw new InvalidInput(`object ${context.segment}`, [
      { field: 'length', value: String(bytes.length), allowed: `at most ${IN_MEMORY_LIMIT_BYTES} bytes` },
    ]);
  }
  const sealed: Buffer[] = [];
  for await (const chunk of seal(only(bytes), recipients, context)) sealed.push(chunk);
  return Buffer.concat(sealed);
}

/** A body of one chunk. */
export async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}

async function* refuseEmpty(body: AsyncIterable<Uint8Array>, context: SealContext) {
  let empty = true;
  for await (const chunk of body) {
    if (chunk.length === 0) continue;
    empty = false;
    yield chunk;
  }
  if (empty) {
    throw new HoldfastError(
      'DUMP_EMPTY',
      `nothing to seal for ${context.component}/${context.segment}: the body is empty`,
    );
  }
}

async function recipientKeyring(recipients: readonly SealingKey[]): Promise<KeyringNode> {
  if (recipients.length < 1 || recipients.length > RECIPIENTS_LIMIT) {
    throw new HoldfastError(
      'KEY_INVALID',
      `${recipients.length} recipients: 1 to ${RECIPIENTS_LIMIT} are allowed`,
    );
  }
  const [generator, ...children] = await Promise.all(recipients.map(keyringOf));
  // The data key is made here, in this process: what else could open the object is in nobody's hands but the keys'.
  if (!(generator instanceof RawRsaKeyringNode)) {
    throw new HoldfastError(
      'KEY_INVALID',
      `the first recipient, ${recipients[0]?.id}, is not a wrapping key`,
    );
  }
  return new MultiKeyringNode({ generator, children });
}

async function keyringOf(key: SealingKey): Promise<KeyringNode> {
  if ('keyring' in key) return key.keyring();
  return new RawRsaKeyringNode({
    keyNamespace: KEY_NAMESPACE,
    keyName: key.id,
    rsaKey: { publicKey: key.publicKeyPem },
    oaepHash: 'sha256',
  });
}

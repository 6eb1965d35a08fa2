/**
 * Seals bytes for one or more recipients: an AWS Encryption SDK message, committing and unsigned (suite 0x0478),
 * in frames of 1 MiB, bound to its context. Public keys only. docs/format.md, decision 0001.
 */

import { getEncryptionInfo } from '@aws-crypto/encrypt-node/build/main/src/encrypt_stream.js';
import { getEncryptFrame } from '@aws-crypto/encrypt-node/build/main/src/framed_encrypt_stream.js';
import {
  AlgorithmSuiteIdentifier,
  CommitmentPolicy,
  CommitmentPolicySuites,
  type KeyringNode,
  MultiKeyringNode,
  NodeAlgorithmSuite,
  NodeDefaultCryptographicMaterialsManager,
} from '@aws-crypto/material-management-node';
import { RawRsaKeyringNode } from '@aws-crypto/raw-rsa-keyring-node';
import { asHoldfastError, HoldfastError, InvalidInput } from '../errors.ts';
import type { SealingKey } from '../ports/keys.ts';
import { contextPairs, type SealContext } from './context.ts';
import { FRAME_BYTES, IN_MEMORY_LIMIT_BYTES, RECIPIENTS_LIMIT } from './limits.ts';
import { type Transform, through } from './through.ts';

/** The namespace of wrapping keys in the message; the key's name is its id. */
export const KEY_NAMESPACE = 'holdfast';

const commitmentPolicy = CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT;
const suite = new NodeAlgorithmSuite(
  AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY,
);

/**
 * The sealed object, as it comes: buffers of very different length (16 bytes to a chunk of the body), not joined.
 *
 * Ends normally only when the whole body is sealed. Throws what the body throws; DUMP_EMPTY when the body has no
 * byte; KEY_INVALID when there are no recipients, more than eight, the first is a remote one, or one is not an RSA key;
 * what a remote key's keyring throws. Holds up to one frame of the body's buffers: the body must not reuse them.
 *
 * The library makes the data key, the header and the cipher of each frame; its stream is not used: with it, sealing 1 GiB
 * took 1.5 s of processor time, without it 0.95 (docs/decisions/0121). Tests open with the library what is sealed here.
 */
export async function* seal(
  body: AsyncIterable<Uint8Array>,
  recipients: readonly SealingKey[],
  context: SealContext,
): AsyncGenerator<Buffer, void, undefined> {
  yield* through(refuseEmpty(body, context), await beginMessage(recipients, context));
}

async function beginMessage(recipients: readonly SealingKey[], context: SealContext): Promise<Transform> {
  const keyring = await recipientKeyring(recipients);
  try {
    const material = await new NodeDefaultCryptographicMaterialsManager(keyring).getEncryptionMaterials({
      suite,
      encryptionContext: { ...contextPairs(context) },
      commitmentPolicy,
    });
    CommitmentPolicySuites.isEncryptEnabled(commitmentPolicy, material.suite);
    if (material.encryptedDataKeys.length > RECIPIENTS_LIMIT)
      throw new HoldfastError(
        'KEY_INVALID',
        `${material.encryptedDataKeys.length} wrapped keys of one object`,
      );
    return new Message(getEncryptionInfo(material, FRAME_BYTES));
  } catch (thrown) {
    throw asHoldfastError(thrown);
  }
}

class Message implements Transform {
  readonly #info: ReturnType<typeof getEncryptionInfo>;
  #content: Buffer[] = [];
  #contentLength = 0;
  #sequenceNumber = 1;

  constructor(info: ReturnType<typeof getEncryptionInfo>) {
    this.#info = info;
  }

  begin(): Buffer[] {
    return this.#info.rawHeader.map(viewOf);
  }

  push(chunk: Uint8Array): Buffer[] {
    const sealed: Buffer[] = [];
    let rest = viewOf(chunk);
    while (rest.length > 0) {
      const piece = rest.subarray(0, FRAME_BYTES - this.#contentLength);
      rest = rest.subarray(piece.length);
      this.#content.push(piece);
      this.#contentLength += piece.length;
      if (this.#contentLength === FRAME_BYTES) sealed.push(...this.#frame(false));
    }
    return sealed;
  }

  /** With what remains, which may be nothing. */
  end(): Buffer[] {
    return this.#frame(true);
  }

  close(): void {
    this.#content = [];
    this.#info.dispose();
  }

  #frame(isFinalFrame: boolean): Buffer[] {
    const { messageHeader, getCipher } = this.#info;
    const { bodyHeader, cipher, content } = getEncryptFrame({
      pendingFrame: {
        content: this.#content,
        contentLength: this.#contentLength,
        sequenceNumber: this.#sequenceNumber,
      },
      messageHeader,
      getCipher,
      isFinalFrame,
      suite,
    });
    this.#content = [];
    this.#contentLength = 0;
    this.#sequenceNumber += 1;
    const sealed = content.map((piece) => cipher.update(piece));
    const tail = cipher.final();
    return [bodyHeader, ...sealed, tail, cipher.getAuthTag()];
  }
}

function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
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

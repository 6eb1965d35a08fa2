/**
 * Opens sealed objects: the opposite of seal.ts, trusting nothing. Whoever consumes it must not commit what was read
 * before it ended: it ends normally only when every byte was what was sealed.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { buildDecrypt } from '@aws-crypto/decrypt-node';
import {
  CommitmentPolicy,
  type EncryptedDataKey,
  MultiKeyringNode,
  NodeDefaultCryptographicMaterialsManager,
  type NodeMaterialsManager,
} from '@aws-crypto/material-management-node';
import { RawRsaKeyringNode } from '@aws-crypto/raw-rsa-keyring-node';
import { HoldfastError } from '../errors.ts';
import type { WrappingPrivateKey } from '../ports/keys.ts';
import { contextPairs, FORMAT_VERSION, type SealContext } from './context.ts';
import { IN_MEMORY_LIMIT_BYTES, RECIPIENTS_LIMIT } from './limits.ts';
import { walkMessage } from './message-walker.ts';
import { KEY_NAMESPACE, only } from './seal.ts';
import { through } from './through.ts';

/** What the manifest says about the sealed object. */
export interface ExpectedObject {
  readonly lengthBytes: number;
  /** Hex. */
  readonly sha256: string;
}

const { decryptUnsignedMessageStream } = buildDecrypt({
  commitmentPolicy: CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT,
  maxEncryptedDataKeys: RECIPIENTS_LIMIT,
});

/**
 * The plaintext of a sealed object, frame by frame as each is authenticated.
 *
 * Throws, and never ends normally, when anything is off:
 * - INTEGRITY_LENGTH, INTEGRITY_HASH: the sealed bytes are not the expected ones (only when `expected` is given);
 * - KEY_MISSING: it is sealed for none of the private keys at hand (`details.needed` has the ids);
 * - INTEGRITY_SEAL: damage, another context, or a key that bears the right id and is not the right key;
 * - FORMAT_UNKNOWN: whole, but of a format version that this release does not know;
 * - what the body throws.
 */
export async function* open(
  body: AsyncIterable<Uint8Array>,
  privateKeys: readonly WrappingPrivateKey[],
  expectedContext: SealContext,
  expected?: ExpectedObject,
): AsyncGenerator<Buffer, void, undefined> {
  const walker = walkMessage();
  const stream = decryptUnsignedMessageStream(materialsFor(privateKeys));
  // The SDK says MessageHeader once the header's own tag is proven, before the first frame goes in.
  let contextChecked = false;
  stream.once('MessageHeader', (header: { encryptionContext: Readonly<Record<string, string>> }) => {
    contextChecked = true;
    const problem = contextProblem(header.encryptionContext, expectedContext);
    if (problem !== undefined) stream.emit('error', problem);
  });

  const inspected = inspect(body, walker.push, expected);
  let openedBytes = 0;
  for await (const chunk of through(stream, inspected, sealFailure, (unwanted) => unwanted.destroy())) {
    openedBytes += chunk.length;
    yield chunk;
  }
  // Guards against a reader that drops frames, as decrypt-node 5.0.0 did.
  if (!contextChecked || openedBytes !== walker.plainBytes) {
    throw new HoldfastError(
      'INTEGRITY_SEAL',
      `the sealed object holds ${walker.plainBytes} bytes, but ${openedBytes} were opened`,
    );
  }

  async function* inspect(
    source: AsyncIterable<Uint8Array>,
    push: (chunk: Uint8Array) => void,
    want: ExpectedObject | undefined,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const hash = want && createHash('sha256');
    let lengthBytes = 0;
    for await (const chunk of source) {
      lengthBytes += chunk.length;
      if (want && lengthBytes > want.lengthBytes) throw wrongLength(want, `more than that`);
      hash?.update(chunk);
      push(chunk);
      yield chunk;
    }
    if (want && lengthBytes !== want.lengthBytes) throw wrongLength(want, String(lengthBytes));
    if (want && hash && !sameHash(hash.digest(), want.sha256)) throw wrongHash();
    walker.end();
  }
}

/** Opens what is in memory, at most 256 MiB; length and hash are checked before anything else. */
export async function openBytes(
  bytes: Uint8Array,
  privateKeys: readonly WrappingPrivateKey[],
  expectedContext: SealContext,
  expected?: ExpectedObject,
): Promise<Buffer> {
  if (expected && bytes.length !== expected.lengthBytes) throw wrongLength(expected, String(bytes.length));
  if (expected && !sameHash(createHash('sha256').update(bytes).digest(), expected.sha256)) throw wrongHash();
  if (bytes.length > IN_MEMORY_LIMIT_BYTES) {
    throw new HoldfastError(
      'INTEGRITY_LENGTH',
      `${bytes.length} bytes: an object of this kind has at most ${IN_MEMORY_LIMIT_BYTES}`,
    );
  }
  const opened: Buffer[] = [];
  for await (const chunk of open(only(bytes), privateKeys, expectedContext)) opened.push(chunk);
  return Buffer.concat(opened);
}

/** Finds the private key by the ids in the message, so that a missing key is told apart from damage. */
function materialsFor(privateKeys: readonly WrappingPrivateKey[]): NodeMaterialsManager {
  return {
    getEncryptionMaterials: () => Promise.reject(new HoldfastError('INTERNAL', 'opening never encrypts')),
    decryptMaterials: async (request) => {
      const needed = recipientIds(request.encryptedDataKeys);
      const usable = privateKeys.filter(({ id }) => needed.includes(id));
      if (usable.length === 0) {
        throw new HoldfastError(
          'KEY_MISSING',
          `sealed for ${needed.join(', ') || 'other kinds of keys'}; at hand: ${privateKeys.map(({ id }) => id).join(', ') || 'none'}`,
          { details: { needed, atHand: privateKeys.map(({ id }) => id) } },
        );
      }
      const children = usable.map(
        ({ id, privateKeyPem }) =>
          new RawRsaKeyringNode({
            keyNamespace: KEY_NAMESPACE,
            keyName: id,
            rsaKey: { privateKey: privateKeyPem },
            oaepHash: 'sha256',
          }),
      );
      try {
        return await new NodeDefaultCryptographicMaterialsManager(
          new MultiKeyringNode({ children }),
        ).decryptMaterials(request);
      } catch (thrown) {
        throw new HoldfastError(
          'INTEGRITY_SEAL',
          `the data key does not open with ${usable.map(({ id }) => id).join(', ')}: the header is damaged, or that is another key of the same id`,
          { cause: thrown },
        );
      }
    },
  };
}

function recipientIds(dataKeys: readonly EncryptedDataKey[]): string[] {
  return dataKeys
    .filter(({ providerId }) => providerId === KEY_NAMESPACE)
    .map(({ providerInfo }) => providerInfo);
}

/** Exactly the expected pairs; an unsigned suite adds none of its own. */
function contextProblem(
  found: Readonly<Record<string, string>>,
  expectedContext: SealContext,
): HoldfastError | undefined {
  if (found.format !== undefined && found.format !== FORMAT_VERSION) {
    return new HoldfastError(
      'FORMAT_UNKNOWN',
      `the object is of format ${JSON.stringify(found.format.slice(0, 20))}; this release knows ${FORMAT_VERSION}`,
    );
  }
  const wanted = contextPairs(expectedContext);
  const names = new Set([...Object.keys(wanted), ...Object.keys(found)]);
  const differing = [...names].filter((name) => found[name] !== wanted[name]);
  if (differing.length === 0) return undefined;
  const shown = differing
    .slice(0, 8)
    .map((name) => `${name} is ${show(found[name])}, expected ${show(wanted[name])}`);
  return new HoldfastError('INTEGRITY_SEAL', `the object was sealed as another one: ${shown.join('; ')}`);
}

function show(value: string | undefined): string {
  return value === undefined ? 'absent' : JSON.stringify(value.slice(0, 100));
}

function sealFailure(thrown: unknown): HoldfastError {
  if (thrown instanceof HoldfastError) return thrown;
  return new HoldfastError(
    'INTEGRITY_SEAL',
    'the sealed object does not authenticate: it was changed or damaged',
    {
      cause: thrown,
    },
  );
}

function wrongLength(want: ExpectedObject, found: string): HoldfastError {
  return new HoldfastError('INTEGRITY_LENGTH', `expected ${want.lengthBytes} sealed bytes, found ${found}`);
}

function wrongHash(): HoldfastError {
  return new HoldfastError('INTEGRITY_HASH', 'the SHA-256 of the sealed bytes is not the expected one');
}

function sameHash(found: Buffer, wantedHex: string): boolean {
  const wanted = Buffer.from(wantedHex, 'hex');
  return wanted.length === found.length && timingSafeEqual(found, wanted);
}

/**
 * Opens sealed objects: the opposite of seal.ts, trusting nothing. Whoever consumes it must not commit what was read
 * before it ended: it ends normally only when every byte was what was sealed.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import {
  EncryptedDataKey,
  type GetDecipher,
  getDecryptionHelper,
  type KeyringNode,
  MultiKeyringNode,
  NodeAlgorithmSuite,
  type NodeDecryptionMaterial,
  NodeDefaultCryptographicMaterialsManager,
} from '@aws-crypto/material-management-node';
import { RawRsaKeyringNode } from '@aws-crypto/raw-rsa-keyring-node';
import { HoldfastError } from '../errors.ts';
import type { OpeningKey, RemoteKey } from '../ports/keys.ts';
import { contextPairs, FORMAT_VERSION, type SealContext } from './context.ts';
import { IN_MEMORY_LIMIT_BYTES, IV_BYTES } from './limits.ts';
import {
  damaged,
  endsEarly,
  type FrameSink,
  type MessageHeader,
  readHeader,
  SUITE_ID,
  walkFrames,
} from './message-walker.ts';
import { KEY_NAMESPACE, only } from './seal.ts';

/** What the manifest says about the sealed object. */
export interface ExpectedObject {
  readonly lengthBytes: number;
  /** Hex. */
  readonly sha256: string;
}

/**
 * The plaintext of a sealed object, frame by frame as each is authenticated.
 *
 * Throws, and never ends normally, when anything is off:
 * - INTEGRITY_LENGTH, INTEGRITY_HASH: the sealed bytes are not the expected ones (only when `expected` is given);
 * - KEY_MISSING: it is sealed for none of the keys at hand (`details.needed` has the ids);
 * - INTEGRITY_SEAL: damage, another context, or a key that bears the right id and is not the right key;
 * - FORMAT_UNKNOWN: whole, but of a format version that this release does not know;
 * - what the body throws.
 *
 * The library unwraps the data key, checks the commitment and derives the keys; its decrypt stream is not used: with
 * it, fetching and opening 254 MB took 1.1 to 1.5 s of CPU, without it 0.5 to 0.8. Tests hold the two together
 * (test/unit/format/library.test.ts).
 */
export async function* open(
  body: AsyncIterable<Uint8Array>,
  privateKeys: readonly OpeningKey[],
  expectedContext: SealContext,
  expected?: ExpectedObject,
): AsyncGenerator<Buffer, void, undefined> {
  const hash = expected && createHash('sha256');
  let lengthBytes = 0;
  let head: Buffer = Buffer.alloc(0);
  let message: OpenedMessage | undefined;
  try {
    for await (const chunk of body) {
      lengthBytes += chunk.length;
      if (expected && lengthBytes > expected.lengthBytes) throw wrongLength(expected, 'more than that');
      hash?.update(chunk);
      if (message) message.push(chunk);
      else {
        head = head.length > 0 ? Buffer.concat([head, chunk]) : viewOf(chunk);
        const header = readHeader(head);
        if (header === undefined) continue;
        message = await openMessage(header, privateKeys, expectedContext);
        message.push(head.subarray(header.lengthBytes));
      }
      for (const plain of message.authenticated()) yield plain;
    }
    if (expected && lengthBytes !== expected.lengthBytes) throw wrongLength(expected, String(lengthBytes));
    if (expected && hash && !sameHash(hash.digest(), expected.sha256)) throw wrongHash();
    if (message === undefined) throw endsEarly('in its header');
    message.end();
  } finally {
    message?.dispose();
  }
}

function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

interface OpenedMessage {
  /** Throws INTEGRITY_SEAL. */
  push(chunk: Uint8Array): void;
  /** The plaintext of the frames that have become whole since it was last asked, each chunk once. */
  authenticated(): readonly Buffer[];
  /** Throws INTEGRITY_SEAL unless the message is whole. */
  end(): void;
  /** Forgets the data key. */
  dispose(): void;
}

/** Once the header is proven, and says that this is the expected object. */
async function openMessage(
  header: MessageHeader,
  privateKeys: readonly OpeningKey[],
  expectedContext: SealContext,
): Promise<OpenedMessage> {
  const keys = getDecryptionHelper(await unwrap(header, privateKeys));
  const decipher = proveHeader(header, keys.getDecipherInfo);
  const problem = contextProblem(header.context, expectedContext);
  if (problem !== undefined) throw problem;

  const frames = frameDecryption(header, decipher);
  const { push, end } = walkFrames(header.frameBytes, frames);
  return { push, end, authenticated: frames.authenticated, dispose: keys.dispose };
}

/** The header's own tag is made with the derived key and an IV of zeros. */
function proveHeader(
  header: MessageHeader,
  derive: ReturnType<typeof getDecryptionHelper>['getDecipherInfo'],
): GetDecipher {
  try {
    const getDecipher = derive(header.messageId, header.commitment);
    getDecipher(Buffer.alloc(IV_BYTES)).setAAD(header.authenticated).setAuthTag(header.tag).final();
    return getDecipher;
  } catch (thrown) {
    throw notAuthentic(thrown);
  }
}

const frameAad = Buffer.from('AWSKMSEncryptionClient Frame');
const finalFrameAad = Buffer.from('AWSKMSEncryptionClient Final Frame');

/** Decrypts frames as their bytes come; nothing of a frame leaves before its tag was checked. */
function frameDecryption({ messageId }: MessageHeader, getDecipher: GetDecipher) {
  let decipher: ReturnType<GetDecipher> | undefined;
  let unproven: Buffer[] = [];
  let proven: Buffer[] = [];
  return {
    begin({ sequence, final, contentBytes, iv }) {
      const numbers = Buffer.alloc(12);
      numbers.writeUInt32BE(sequence, 0);
      numbers.writeBigUInt64BE(BigInt(contentBytes), 4);
      const aad = Buffer.concat([messageId, final ? finalFrameAad : frameAad, numbers]);
      decipher = getDecipher(iv).setAAD(aad);
    },
    content(bytes) {
      unproven.push((decipher as ReturnType<GetDecipher>).update(bytes));
    },
    end(tag) {
      try {
        (decipher as ReturnType<GetDecipher>).setAuthTag(tag).final();
      } catch (thrown) {
        throw notAuthentic(thrown);
      }
      proven = proven.length === 0 ? unproven : proven.concat(unproven);
      unproven = [];
    },
    authenticated() {
      const whole = proven;
      proven = [];
      return whole;
    },
  } satisfies FrameSink & Pick<OpenedMessage, 'authenticated'>;
}

/** Opens what is in memory, at most 256 MiB; length and hash are checked before anything else. */
export async function openBytes(
  bytes: Uint8Array,
  privateKeys: readonly OpeningKey[],
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
async function unwrap(header: MessageHeader, keys: readonly OpeningKey[]): Promise<NodeDecryptionMaterial> {
  const encryptedDataKeys = header.dataKeys.map(
    ({ namespace, keyId, wrapped }) =>
      new EncryptedDataKey({
        providerId: namespace.toString('utf8'),
        providerInfo: keyId.toString('utf8'),
        rawInfo: keyId,
        encryptedDataKey: wrapped,
      }),
  );
  const needed = recipientIds(encryptedDataKeys);
  const usable = keys.filter((key) =>
    'keyring' in key ? isFor(key, encryptedDataKeys) : needed.includes(key.id),
  );
  if (usable.length === 0) {
    const elsewhere = encryptedDataKeys
      .filter(({ providerId }) => providerId !== KEY_NAMESPACE)
      .map(({ providerId, providerInfo }) => `${providerId} ${providerInfo.slice(0, 200)}`);
    throw new HoldfastError(
      'KEY_MISSING',
      `sealed for ${[...needed, ...elsewhere].join(', ') || 'nobody'}; at hand: ${keys.map(({ id }) => id).join(', ') || 'none'}`,
      { details: { needed, elsewhere, atHand: keys.map(({ id }) => id) } },
    );
  }
  try {
    const materials = new NodeDefaultCryptographicMaterialsManager(await openingKeyring(usable));
    const suite = new NodeAlgorithmSuite(SUITE_ID);
    const encryptionContext = { ...header.context };
    return await materials.decryptMaterials({ suite, encryptionContext, encryptedDataKeys });
  } catch (thrown) {
    // A remote key's own word: refused, unavailable.
    if (thrown instanceof HoldfastError) throw thrown;
    throw damaged(
      `the data key does not open with ${usable.map(({ id }) => id).join(', ')}: the header was changed, or that is another key of the same id`,
      thrown,
    );
  }
}

/** Keys at hand are tried before those that someone else holds. */
async function openingKeyring(usable: readonly OpeningKey[]): Promise<KeyringNode> {
  const near = usable.flatMap((key) =>
    'keyring' in key
      ? []
      : [
          new RawRsaKeyringNode({
            keyNamespace: KEY_NAMESPACE,
            keyName: key.id,
            rsaKey: { privateKey: key.privateKeyPem },
            oaepHash: 'sha256',
          }),
        ],
  );
  const remote = await Promise.all(usable.map((key) => ('keyring' in key ? key.keyring() : undefined)));
  const children: KeyringNode[] = [...near, ...remote.filter((keyring) => keyring !== undefined)];
  // One alone is asked directly: several hide what each of them said.
  return children.length === 1 ? (children[0] as KeyringNode) : new MultiKeyringNode({ children });
}

function isFor(key: RemoteKey, dataKeys: readonly EncryptedDataKey[]): boolean {
  return dataKeys.some(
    ({ providerId, providerInfo }) => providerId === key.providerId && providerInfo === key.providerInfo,
  );
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

function notAuthentic(cause: unknown): HoldfastError {
  return new HoldfastError(
    'INTEGRITY_SEAL',
    'the sealed object does not authenticate: it was changed or damaged',
    { cause },
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

/**
 * Manifests, reports, pins and entries of the audit trail: JSON, signed in a DSSE envelope, inside a sealed object. Read back only when the seal, the
 * context, the signature and the format version all hold.
 */
import { z } from 'zod';
import { HoldfastError, InvalidInput } from '../errors.ts';
import { type Manifest, manifestSchema } from '../manifest.ts';
import { parse } from '../parse.ts';
import type { OpeningKey, SealingKey, SigningPrivateKey, SigningPublicKey } from '../ports/keys.ts';
import { manifestContext, type SealContext } from './context.ts';
import { type DocumentType, payloadOf, sign, unsigned, verify } from './envelope.ts';
import { type ExpectedObject, openBytes } from './open.ts';
import { sealBytes } from './seal.ts';

/** What every document begins with, whatever its version. */
const headSchema = z.looseObject({ format: z.string(), version: z.int() });

const audit = { format: 'holdfast/audit', versions: [1] };

const knownVersions: Readonly<
  Record<DocumentType, { readonly format: string; readonly versions: readonly number[] }>
> = {
  manifest: { format: 'holdfast/manifest', versions: [1] },
  report: { format: 'holdfast/report', versions: [1] },
  pin: { format: 'holdfast/pin', versions: [1] },
  'audit of operator': audit,
  'audit of backup': audit,
  'audit of verify': audit,
};

/** The bytes of the object. FORMAT_UNKNOWN when the document does not say the format and version of its type. */
export async function sealDocument(request: {
  readonly document: unknown;
  readonly type: DocumentType;
  /** Undefined: it is not signed, and only `openDocument` without signers takes it. */
  readonly signer: SigningPrivateKey | undefined;
  readonly recipients: readonly SealingKey[];
  readonly context: SealContext;
}): Promise<Buffer> {
  const { document, type, signer, recipients, context } = request;
  checkVersion(document, type);
  const payload = Buffer.from(JSON.stringify(document));
  return sealBytes(signer ? sign(type, payload, signer) : unsigned(type, payload), recipients, context);
}

/**
 * The document: proven whole, in its place and written by the right function, but not yet parsed by its own schema.
 * Throws what openBytes throws, INTEGRITY_SIGNATURE, or FORMAT_UNKNOWN.
 */
export async function openDocument(request: {
  readonly bytes: Uint8Array;
  readonly type: DocumentType;
  readonly privateKeys: readonly OpeningKey[];
  /** `nobody`: of a writer without a signing key; only where its place alone says who wrote it. */
  readonly signers: readonly SigningPublicKey[] | 'nobody';
  readonly context: SealContext;
  /** Length and hash of the object, where the catalog knows them. */
  readonly expected?: ExpectedObject;
}): Promise<unknown> {
  const { bytes, type, privateKeys, signers, context, expected } = request;
  const envelope = await openBytes(bytes, privateKeys, context, expected);
  const payload = signers === 'nobody' ? payloadOf(envelope, type) : verify(envelope, type, signers);
  const document = parseJson(payload, type);
  checkVersion(document, type);
  return document;
}

/** A manifest as it is stored under manifestKey(planId, backupId). InvalidInput when it is not one. */
export async function sealManifest(request: {
  readonly manifest: Manifest;
  readonly signer: SigningPrivateKey;
  readonly recipients: readonly SealingKey[];
}): Promise<Buffer> {
  const { manifest, signer, recipients } = request;
  return sealDocument({
    document: parse(manifestSchema, manifest, 'manifest'),
    type: 'manifest',
    signer,
    recipients,
    context: manifestContext(manifest.planId, manifest.backupId),
  });
}

/**
 * The manifest of that backup. Beyond openDocument: INTEGRITY_SIGNATURE when what was signed is the manifest of
 * another backup (sealed anew by someone who could open it), FORMAT_UNKNOWN when its fields are not version 1's.
 */
export async function readManifest(request: {
  readonly bytes: Uint8Array;
  readonly planId: string;
  readonly backupId: string;
  readonly privateKeys: readonly OpeningKey[];
  readonly signers: readonly SigningPublicKey[];
  readonly expected?: ExpectedObject;
}): Promise<Manifest> {
  const { planId, backupId, ...rest } = request;
  const document = await openDocument({
    ...rest,
    type: 'manifest',
    context: manifestContext(planId, backupId),
  });
  const manifest = parseManifest(document);
  if (manifest.planId !== planId || manifest.backupId !== backupId) {
    throw new HoldfastError(
      'INTEGRITY_SIGNATURE',
      `the manifest of ${planId}/${backupId} was signed for ${manifest.planId}/${manifest.backupId}`,
    );
  }
  return manifest;
}

function parseManifest(document: unknown): Manifest {
  try {
    return parse(manifestSchema, document, 'manifest');
  } catch (thrown) {
    if (!(thrown instanceof InvalidInput)) throw thrown;
    throw new HoldfastError(
      'FORMAT_UNKNOWN',
      `signed, but not as this release knows manifests: ${thrown.message}`,
      {
        cause: thrown,
      },
    );
  }
}

function parseJson(payload: Buffer, type: DocumentType): unknown {
  try {
    return JSON.parse(payload.toString('utf8'));
  } catch (thrown) {
    throw new HoldfastError('FORMAT_UNKNOWN', `the signed ${type} is not JSON`, { cause: thrown });
  }
}

function checkVersion(document: unknown, type: DocumentType): void {
  const known = knownVersions[type];
  const head = headSchema.safeParse(document);
  if (head.success && head.data.format === known.format && known.versions.includes(head.data.version)) return;
  const found = head.success
    ? `${head.data.format} version ${head.data.version}`
    : 'a document without format and version';
  throw new HoldfastError(
    'FORMAT_UNKNOWN',
    `found ${found.slice(0, 100)}; this release knows ${known.format} version ${known.versions.join(', ')}`,
  );
}

/** Entries of the trail as objects of the vault: sealed, signed by who has a key to sign with, written once. */
import { createHash } from 'node:crypto';
import { HoldfastError, InvalidInput } from '../errors.ts';
import { contextOfKey } from '../format/context.ts';
import type { DocumentType } from '../format/envelope.ts';
import { type AuditWriter, auditKey } from '../format/layout.ts';
import { openDocument, sealDocument } from '../format/sealed-document.ts';
import { parse } from '../parse.ts';
import type {
  KeyRing,
  OpeningKey,
  SealingKey,
  SignerRole,
  SigningPrivateKey,
  SigningPublicKey,
} from '../ports/keys.ts';
import type { Vault, WrittenObject } from '../ports/vault.ts';
import { type AuditDocument, auditDocumentSchema } from './document.ts';

/**
 * With whose key a writer signs. Restore and cleanup have none: that an entry is theirs is said by its prefix alone,
 * below which IAM lets no other role write. The API and the command line share the operator's key: which of the two it
 * was is said by the prefix, too.
 */
const signerOf: Readonly<Record<AuditWriter, SignerRole | undefined>> = {
  api: 'operator',
  cli: 'operator',
  backup: 'backup',
  verify: 'verify',
  restore: undefined,
  cleanup: undefined,
};

const documentTypes: Readonly<Record<SignerRole, DocumentType>> = {
  operator: 'audit of operator',
  backup: 'audit of backup',
  verify: 'audit of verify',
};

const typeOf = (writer: AuditWriter) => documentTypes[signerOf[writer] ?? 'operator'];

/** Two values of 20 KB each, in base64, are well below it; more is not read. */
const mostBytes = 256 * 1024;

export interface AuditKeys {
  readonly recipients: readonly SealingKey[];
  readonly signer: SigningPrivateKey | undefined;
}

/** Read for each entry, so that a rotated key counts from the next one. KEY_INVALID, ACCESS_DENIED, SECRETS_UNAVAILABLE. */
export async function auditKeysOf(
  writer: AuditWriter,
  keyRing: Pick<KeyRing, 'publicKeys' | 'signingKey'>,
): Promise<AuditKeys> {
  const role = signerOf[writer];
  const [{ recipients }, signer] = await Promise.all([
    keyRing.publicKeys(),
    role === undefined ? undefined : keyRing.signingKey(role),
  ]);
  return { recipients, signer };
}

/** Writes the document under its key and says what was written. Throws what Vault.write throws. */
export async function writeAudit(
  document: AuditDocument,
  { recipients, signer }: AuditKeys,
  {
    vault,
    lockUntil,
    signal,
  }: { readonly vault: Pick<Vault, 'write'>; readonly lockUntil?: string; readonly signal: AbortSignal },
): Promise<WrittenObject> {
  const { writer, at, id, part } = document;
  const key = auditKey(writer, at, id, part);
  const sealed = await sealDocument({
    document: parse(auditDocumentSchema, document, 'audit entry'),
    type: typeOf(writer),
    signer,
    recipients,
    context: contextOfKey(key),
  });
  // Of no tier and no plan: no rule of the vault's lifecycle takes hold of it.
  return vault.write(key, [sealed], { role: 'audit', storageClass: 'STANDARD', lockUntil }, { signal });
}

export interface AuditReading {
  readonly vault: Pick<Vault, 'read'>;
  readonly privateKeys: readonly OpeningKey[];
  readonly signers: readonly SigningPublicKey[];
}

/**
 * The document under that key: whole, in its place, and signed by the writer whose prefix it lies below, where that
 * writer signs. Throws INTEGRITY_*, FORMAT_UNKNOWN, KEY_MISSING, OBJECT_MISSING, and what the vault throws.
 */
export async function readAudit(
  key: string,
  { vault, privateKeys, signers }: AuditReading,
): Promise<{ readonly document: AuditDocument; readonly sha256: string }> {
  const writer = writerOf(key);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (await vault.read(key)) as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > mostBytes) {
      throw new HoldfastError(
        'INTEGRITY_LENGTH',
        `${key} has more than ${mostBytes} bytes: it is no audit entry`,
      );
    }
  }
  const object = Buffer.concat(chunks);
  const opened = await openDocument({
    bytes: object,
    type: typeOf(writer),
    privateKeys,
    signers: signerOf[writer] === undefined ? 'nobody' : signers,
    context: contextOfKey(key),
  });
  const document = parsed(opened, key);
  const { at, id, part } = document;
  if (auditKey(document.writer, at, id, part) === key)
    return { document, sha256: createHash('sha256').update(object).digest('hex') };
  throw new HoldfastError(
    'INTEGRITY_SIGNATURE',
    `${key} was made as another entry, ${id} of ${document.writer}`,
  );
}

/** By its key alone. INVALID_INPUT for what is no key of the trail. */
export function writerOf(key: string): AuditWriter {
  const { segment } = contextOfKey(key);
  if (segment === key) return key.split('/')[1] as AuditWriter;
  throw new InvalidInput('object key', [
    { field: 'key', value: JSON.stringify(key.slice(0, 98)), allowed: 'a key of an audit entry' },
  ]);
}

function parsed(document: unknown, key: string): AuditDocument {
  try {
    return parse(auditDocumentSchema, document, 'audit entry');
  } catch (cause) {
    throw new HoldfastError('FORMAT_UNKNOWN', `${key} is not as this release knows audit entries`, { cause });
  }
}

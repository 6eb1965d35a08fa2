/**
 * Who wrote it: DSSE envelopes (https://github.com/secure-systems-lab/dsse, protocol 1.0) signed with Ed25519.
 * Anyone with the public wrapping keys can seal; only the writing function can sign, each role with its own key.
 */
import { sign as signBytes, verify as verifyBytes } from 'node:crypto';
import { z } from 'zod';
import { HoldfastError } from '../errors.ts';
import type { SignerRole, SigningPrivateKey, SigningPublicKey } from '../ports/keys.ts';

const audit = 'application/vnd.holdfast.audit.v1+json';

/**
 * What is signed, and by whom: a document of a kind counts only when the one role that writes it has signed it. Entries
 * of the audit trail are signed by whoever writes below their prefix.
 */
export const payloadTypes = {
  manifest: { mediaType: 'application/vnd.holdfast.manifest.v1+json', role: 'backup' },
  report: { mediaType: 'application/vnd.holdfast.report.v1+json', role: 'verify' },
  pin: { mediaType: 'application/vnd.holdfast.pin.v1+json', role: 'operator' },
  'audit of operator': { mediaType: audit, role: 'operator' },
  'audit of backup': { mediaType: audit, role: 'backup' },
  'audit of verify': { mediaType: audit, role: 'verify' },
} as const satisfies Record<string, { readonly mediaType: string; readonly role: SignerRole }>;

export type DocumentType = keyof typeof payloadTypes;

const base64 = z.base64();

/** `{payloadType, payload, signatures: [{keyid, sig}]}`, payload and sig in base64; 1 to 8 signatures. */
const envelopeSchema = z.strictObject({
  payloadType: z.string().max(200),
  payload: base64,
  signatures: z.array(z.strictObject({ keyid: z.string().max(200), sig: base64.max(200) })).max(8),
});

/** DSSE's pre-authentication encoding: binds the type to the payload, unambiguously. Lengths are in bytes. */
export function preAuthEncoding(payloadType: string, payload: Uint8Array): Buffer {
  const head = `DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${payload.length} `;
  return Buffer.concat([Buffer.from(head), payload]);
}

/** The envelope as JSON. KEY_INVALID when the key is of another role than the type wants. */
export function sign(type: DocumentType, payload: Uint8Array, signer: SigningPrivateKey): Buffer {
  const { mediaType, role } = payloadTypes[type];
  if (signer.role !== role) {
    throw new HoldfastError(
      'KEY_INVALID',
      `${signer.id} is a key of ${signer.role}; a ${type} is signed by ${role}`,
    );
  }
  const sig = signBytes(null, preAuthEncoding(mediaType, payload), signer.privateKeyPem);
  const envelope = {
    payloadType: mediaType,
    payload: Buffer.from(payload).toString('base64'),
    signatures: [{ keyid: signer.id, sig: sig.toString('base64') }],
  };
  return Buffer.from(JSON.stringify(envelope));
}

/**
 * The payload, once one signature by a known key of the type's role holds over exactly these bytes and this type.
 * Everything else is INTEGRITY_SIGNATURE: not an envelope, unsigned, unknown key, key of another role, other type.
 */
export function verify(
  envelope: Uint8Array,
  type: DocumentType,
  signers: readonly SigningPublicKey[],
): Buffer {
  const { mediaType, role } = payloadTypes[type];
  const { payloadType, payload, signatures } = parseEnvelope(envelope, type);
  if (payloadType !== mediaType) {
    throw untrusted(`it is signed as ${JSON.stringify(payloadType)}, not as a ${type}`);
  }
  if (signatures.length === 0) throw untrusted(`the ${type} is not signed`);

  const bytes = Buffer.from(payload, 'base64');
  const signed = preAuthEncoding(payloadType, bytes);
  const why: string[] = [];
  for (const { keyid, sig } of signatures) {
    const signer = signers.find(({ id }) => id === keyid);
    if (signer === undefined) why.push(`${JSON.stringify(keyid)} is not a known key`);
    else if (signer.role !== role)
      why.push(`${keyid} is a key of ${signer.role}, a ${type} is signed by ${role}`);
    else if (verifyBytes(null, signed, signer.publicKeyPem, Buffer.from(sig, 'base64'))) return bytes;
    else why.push(`the signature of ${keyid} does not hold`);
  }
  throw untrusted(why.join('; '));
}

/** The same form without a signature, for who has no key to sign with: it proves nothing. */
export function unsigned(type: DocumentType, payload: Uint8Array): Buffer {
  const envelope = {
    payloadType: payloadTypes[type].mediaType,
    payload: Buffer.from(payload).toString('base64'),
    signatures: [],
  };
  return Buffer.from(JSON.stringify(envelope));
}

/** The payload of an envelope of that type, whoever made it: its place must say that. INTEGRITY_SIGNATURE. */
export function payloadOf(envelope: Uint8Array, type: DocumentType): Buffer {
  const { payloadType, payload } = parseEnvelope(envelope, type);
  if (payloadType === payloadTypes[type].mediaType) return Buffer.from(payload, 'base64');
  throw untrusted(`it says that it is ${JSON.stringify(payloadType)}, not an ${type}`);
}

function parseEnvelope(envelope: Uint8Array, type: DocumentType): z.output<typeof envelopeSchema> {
  try {
    return envelopeSchema.parse(JSON.parse(Buffer.from(envelope).toString('utf8')));
  } catch (thrown) {
    throw untrusted(`the ${type} is not in a signed envelope`, thrown);
  }
}

function untrusted(why: string, cause?: unknown): HoldfastError {
  return new HoldfastError('INTEGRITY_SIGNATURE', `not proven who wrote it: ${why}`, { cause });
}

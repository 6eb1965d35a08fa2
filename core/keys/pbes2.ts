/**
 * A private key under a passphrase as OpenSSL reads it: PKCS#8 EncryptedPrivateKeyInfo (RFC 5958) with PBES2 (RFC
 * 8018): PBKDF2-HMAC-SHA256, a random salt of 16 bytes, AES-256-CBC. Written here because Node's own export is fixed
 * at 2,048 iterations; read by Node.
 */
import { createCipheriv, createPrivateKey, type KeyObject, pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { fromBER, Integer, Null, ObjectIdentifier, OctetString, Sequence } from 'asn1js';
import { HoldfastError } from '../errors.ts';

/** OWASP's advice for PBKDF2-HMAC-SHA256 (Password Storage Cheat Sheet, 2023); 0.2 s a key. */
export const PBKDF2_ITERATIONS = 600_000;
/** Beyond it a file is refused instead of computed for hours. */
const maxIterations = 20_000_000;

const oids = {
  pbes2: '1.2.840.113549.1.5.13',
  pbkdf2: '1.2.840.113549.1.5.12',
  hmacWithSha256: '1.2.840.113549.2.9',
  aes256Cbc: '2.16.840.1.101.3.4.1.42',
} as const;

export const deriveKey = promisify(pbkdf2);

/** The DER of the key, sealed under the passphrase. */
export async function encryptPrivateKey(privateKeyPem: string, passphrase: string): Promise<Buffer> {
  const plain = createPrivateKey(privateKeyPem).export({ type: 'pkcs8', format: 'der' });
  const salt = randomBytes(16);
  const iv = randomBytes(16);
  const key = await deriveKey(passphrase, salt, PBKDF2_ITERATIONS, 32, 'sha256');
  const cipher = createCipheriv('aes-256-cbc', key, iv);
  const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
  const kdf = sequence(
    new ObjectIdentifier({ value: oids.pbkdf2 }),
    sequence(
      octets(salt),
      new Integer({ value: PBKDF2_ITERATIONS }),
      sequence(new ObjectIdentifier({ value: oids.hmacWithSha256 }), new Null()),
    ),
  );
  const cipherInfo = sequence(new ObjectIdentifier({ value: oids.aes256Cbc }), octets(iv));
  const algorithm = sequence(new ObjectIdentifier({ value: oids.pbes2 }), sequence(kdf, cipherInfo));
  return Buffer.from(sequence(algorithm, octets(sealed)).toBER());
}

/** Opens what encryptPrivateKey made, or another PBES2 file. PASSPHRASE_WRONG; KEY_INVALID when it is none. */
export function decryptPrivateKey(der: Buffer, passphrase: string): KeyObject {
  const iterations = pbkdf2Iterations(der);
  if (iterations === undefined || iterations > maxIterations) {
    throw new HoldfastError(
      'KEY_INVALID',
      iterations === undefined
        ? 'the private key is not under a passphrase as PBES2 with PBKDF2'
        : `the private key asks for ${iterations} iterations; at most ${maxIterations} are allowed`,
    );
  }
  try {
    return createPrivateKey({ key: der, format: 'der', type: 'pkcs8', passphrase });
  } catch {
    // OpenSSL's message says nothing that helps, and is not looked at for what it might carry.
    throw new HoldfastError('PASSPHRASE_WRONG', 'the passphrase does not open the private key');
  }
}

/** The iterations that a key's passphrase is stretched by; undefined when it is no PBES2 with PBKDF2. */
export function pbkdf2Iterations(der: Buffer): number | undefined {
  const { result, offset } = fromBER(new Uint8Array(der));
  if (offset !== der.length) return undefined;
  const [algorithm] = children(result);
  const [scheme, parameters] = children(algorithm);
  const [kdf] = children(parameters);
  const [kdfName, kdfParameters] = children(kdf);
  const [, count] = children(kdfParameters);
  if (oid(scheme) !== oids.pbes2 || oid(kdfName) !== oids.pbkdf2 || !(count instanceof Integer))
    return undefined;
  // Three bytes are enough for what is allowed, six for what a number holds exactly.
  const bytes = Buffer.from(count.valueBlock.valueHexView);
  return bytes.length > 6 ? Number.POSITIVE_INFINITY : bytes.readUIntBE(0, bytes.length);
}

function children(node: unknown): readonly unknown[] {
  return node instanceof Sequence ? node.valueBlock.value : [];
}

function oid(node: unknown): string | undefined {
  return node instanceof ObjectIdentifier ? node.getValue() : undefined;
}

function sequence(...value: (Sequence | ObjectIdentifier | OctetString | Integer | Null)[]): Sequence {
  return new Sequence({ value });
}

function octets(bytes: Uint8Array): OctetString {
  return new OctetString({ valueHex: Uint8Array.from(bytes).buffer });
}

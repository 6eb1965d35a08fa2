/** Throw-away certificates for servers on this machine. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../layers/postgres/command.ts';

export interface Certificates {
  /** The authority's certificate: what a client must trust. */
  readonly ca: string;
  /** The server's certificate, for localhost and the loopback addresses. */
  readonly cert: string;
  readonly key: string;
}

const ownNames = 'DNS:localhost,DNS:*.localhost,IP:127.0.0.1,IP:::1';

/**
 * Makes an authority and a server certificate in `dir` with openssl; both are good for a day.
 *
 * @param names of the server, as openssl writes them: another than its own is for tests
 * @returns paths of PEM files
 */
export async function makeCertificates(dir: string, names = ownNames): Promise<Certificates> {
  await mkdir(dir, { recursive: true });
  const path = (name: string) => join(dir, name);
  await writeFile(
    path('server.ext'),
    [`subjectAltName=${names}`, 'basicConstraints=CA:FALSE', 'extendedKeyUsage=serverAuth'].join('\n'),
  );
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const openssl = (args: string[]) => run('openssl', args, { timeoutSeconds: 60 });
  await openssl([
    ...['req', '-x509', ...newKey, '-keyout', path('ca.key'), '-out', path('ca.pem'), '-days', '1'],
    ...['-subj', '/CN=throw-away authority', '-addext', 'keyUsage=critical,keyCertSign'],
  ]);
  await openssl([
    'req',
    ...newKey,
    '-keyout',
    path('server.key'),
    '-out',
    path('server.csr'),
    '-subj',
    '/CN=localhost',
  ]);
  await openssl([
    ...['x509', '-req', '-in', path('server.csr'), '-CA', path('ca.pem'), '-CAkey', path('ca.key')],
    ...['-CAcreateserial', '-days', '1', '-extfile', path('server.ext'), '-out', path('server.pem')],
  ]);
  return { ca: path('ca.pem'), cert: path('server.pem'), key: path('server.key') };
}

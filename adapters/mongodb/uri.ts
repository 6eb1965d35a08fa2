/**
 * Connection strings of MongoDB, taken apart and put together. An own parser, because what is not understood must be
 * refused: an option may name a file of this machine, a proxy, or ask for less safety.
 */
import { HoldfastError } from '../../core/errors.ts';

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

export interface MongoUri {
  /** Names are looked up by SRV first. */
  readonly srv: boolean;
  readonly hosts: readonly HostPort[];
  readonly user?: string;
  readonly password?: string;
  readonly database?: string;
  /** By the names below, in their spelling. */
  readonly options: ReadonlyMap<string, string>;
}

/** Passed on to both clients as they are. */
const passedOptions = [
  ...[
    'authSource',
    'authMechanism',
    'authMechanismProperties',
    'replicaSet',
    'directConnection',
    'loadBalanced',
  ],
  ...['readPreferenceTags', 'maxStalenessSeconds', 'srvServiceName', 'srvMaxHosts', 'tls'],
] as const;

/** Understood, and without a meaning for a dump: Holdfast sets what it needs itself. */
const droppedOptions = [
  ...[
    'appName',
    'retryReads',
    'retryWrites',
    'w',
    'wtimeoutMS',
    'journal',
    'readPreference',
    'readConcernLevel',
  ],
  ...['connectTimeoutMS', 'socketTimeoutMS', 'serverSelectionTimeoutMS', 'heartbeatFrequencyMS', 'timeoutMS'],
  ...[
    'maxPoolSize',
    'minPoolSize',
    'maxConnecting',
    'maxIdleTimeMS',
    'waitQueueTimeoutMS',
    'localThresholdMS',
  ],
  ...['compressors', 'zlibCompressionLevel', 'uuidRepresentation', 'serverMonitoringMode'],
] as const;

/** Refused, each with what to do instead. */
const refusedOptions: Readonly<Record<string, string>> = {
  tlsinsecure: 'would accept any server: put its certificate authority into the secret (caCertificate)',
  tlsallowinvalidcertificates:
    'would accept any server: put its certificate authority into the secret (caCertificate)',
  tlsallowinvalidhostnames: 'would accept any server: the name in the secret must be in its certificate',
  tlscafile: 'names a file: put the certificate itself into the secret (caCertificate)',
  tlscertificatekeyfile: 'names a file: put certificate and key into the secret (clientCertificate)',
  tlscertificatekeyfilepassword: 'belongs into the secret as clientKeyPassword',
  proxyhost: 'is not supported: the database is contacted directly',
};

const spelling = new Map(
  [...passedOptions, ...droppedOptions].map((name) => [name.toLowerCase(), name] as const),
);
const passed: ReadonlySet<string> = new Set(passedOptions);

/** @throws HoldfastError SECRET_INVALID, naming the part and never its value */
export function parseUri(text: string): MongoUri {
  const found = /^(mongodb(?:\+srv)?):\/\/(?:([^@/]*)@)?([^@/?]+)(?:\/([^?]*))?(?:\?(.*))?$/s.exec(text);
  if (found === null) {
    throw invalidSecret(
      'uri',
      'is not mongodb://[user:password@]host[:port][,…][/database][?options]; : / ? # [ ] @ % in the password must be percent-encoded',
    );
  }
  const [, scheme, login, hostList = '', database = '', query = ''] = found;
  const srv = scheme === 'mongodb+srv';
  const hosts = hostList.split(',').map((one) => parseHost(one, srv));
  if (srv && hosts.length !== 1) throw invalidSecret('uri', 'mongodb+srv takes one host');
  if (hosts.length > 50) throw invalidSecret('uri', 'names more than 50 hosts');
  const [user, password] = parseLogin(login);
  return {
    ...{ srv, hosts, options: parseOptions(query) },
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
    ...(database === '' ? {} : { database: decode('database', database) }),
  };
}

function parseLogin(login: string | undefined): readonly [string?, string?] {
  if (login === undefined || login === '') return [];
  const colon = login.indexOf(':');
  if (colon < 0) return [decode('user', login)];
  const password = login.slice(colon + 1);
  if (password.includes(':'))
    throw invalidSecret('uri', 'has a : in the password that must be percent-encoded');
  return [decode('user', login.slice(0, colon)), decode('password', password)];
}

/** `name`, `name:port`, `[2001:db8::1]:port`; sockets of this machine are no servers of a backup. */
export function parseHost(text: string, srv = false): HostPort {
  const found = /^(?:\[([0-9A-Fa-f:.%]+)\]|([A-Za-z0-9._-]{1,253}))(?::(\d{1,5}))?$/.exec(text);
  const port = Number(found?.[3] ?? 27_017);
  if (found === null || port < 1 || port > 65_535)
    throw invalidSecret('host', 'must be a name or an address, with a port from 1 to 65535 or none');
  if (srv && found[3] !== undefined) throw invalidSecret('host', 'of mongodb+srv has no port');
  return { host: (found[1] ?? found[2]) as string, port };
}

function parseOptions(query: string): ReadonlyMap<string, string> {
  const options = new Map<string, string>();
  for (const pair of query.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const given = equals < 0 ? pair : pair.slice(0, equals);
    const lower = given.toLowerCase() === 'ssl' ? 'tls' : given.toLowerCase();
    const refused = refusedOptions[lower];
    if (refused !== undefined) throw invalidSecret(`option ${given}`, refused);
    const name = spelling.get(lower);
    if (name === undefined)
      throw invalidSecret(
        `option ${given.slice(0, 60)}`,
        `is not known; allowed are ${[...passed].join(', ')}`,
      );
    if (!passed.has(name)) continue;
    const value = decode(`option ${name}`, equals < 0 ? '' : pair.slice(equals + 1));
    if (value === '') throw invalidSecret(`option ${name}`, 'has no value');
    if (options.has(name) && options.get(name) !== value)
      throw invalidSecret(`option ${name}`, 'is given twice, with different values');
    options.set(name, value);
  }
  return options;
}

/** Always with `mongodb://`: names were looked up before. Options in the order of their names. */
export function formatUri(uri: Omit<MongoUri, 'srv' | 'database'>): string {
  const login =
    uri.user === undefined
      ? ''
      : `${encodeURIComponent(uri.user)}${uri.password === undefined ? '' : `:${encodeURIComponent(uri.password)}`}@`;
  const hosts = uri.hosts.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`);
  const options = [...uri.options]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  return `mongodb://${login}${hosts.join(',')}/?${options.join('&')}`;
}

function decode(field: string, value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    throw invalidSecret(field, 'has a % that is not percent-encoded');
  }
}

export function invalidSecret(field: string, allowed: string): HoldfastError {
  return new HoldfastError('SECRET_INVALID', `the secret of the source: ${field} ${allowed}`, {
    details: { field },
    next: 'Store a mongodb:// or mongodb+srv:// URI, or the JSON shape, in the secret; see docs/mongodb.md.',
  });
}

/**
 * What the secret of a MongoDB source says: a connection string as text, JSON with a `uri`, or JSON with host, user
 * and password apart (as AWS writes it for DocumentDB). Promises: a field that is missing, unknown or wrong is refused
 * by its name, and no value of a secret is ever part of an error.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { invalidSecret, type MongoUri, parseHost, parseUri } from './uri.ts';

export interface MongoSecret extends MongoUri {
  /** PEM of private certificate authorities, beside the public ones. */
  readonly caCertificate?: string;
  /** PEM of the certificate and its private key, for X.509 login or mutual TLS. */
  readonly clientCertificate?: string;
  readonly clientKeyPassword?: string;
}

const tlsFields = ['caCertificate', 'clientCertificate', 'clientKeyPassword'] as const;
/** What AWS writes beside those that matter here. */
const ignoredFields = ['dbInstanceIdentifier', 'dbClusterIdentifier', 'masterarn', 'engineVersion'] as const;
const partFields = [
  ...['engine', 'host', 'hosts', 'srv', 'port', 'username', 'user', 'password', 'dbname', 'database'],
  ...['authSource', 'authMechanism', 'replicaSet', 'tls', 'ssl', 'directConnection'],
] as const;

/** @throws HoldfastError SECRET_INVALID, naming the field and what is allowed, never the value */
export function parseMongoSecret(text: string): MongoSecret {
  const value = text.trim();
  if (/^mongodb(\+srv)?:\/\//.test(value)) return checked(parseUri(value), {});
  if (value.startsWith('{')) return parseJson(value);
  throw invalidSecret('(whole)', 'must be a mongodb:// or mongodb+srv:// URI, or a JSON object');
}

function parseJson(text: string): MongoSecret {
  let fields: Record<string, unknown>;
  try {
    fields = JSON.parse(text) as Record<string, unknown>;
  } catch {
    // The parser's own message quotes the text, which is secret: no cause is kept.
    throw invalidSecret('(whole)', 'is not valid JSON');
  }
  const allowed = fields.uri === undefined ? [...partFields, 'uri', ...tlsFields] : ['uri', ...tlsFields];
  for (const name of Object.keys(fields)) {
    if (ignoredFields.includes(name as (typeof ignoredFields)[number])) continue;
    if (!allowed.includes(name))
      throw invalidSecret(name.slice(0, 60), `is not known here; allowed are ${allowed.join(', ')}`);
  }
  const uri = fields.uri === undefined ? partsOf(fields) : parseUri(textField(fields, 'uri') ?? '');
  return checked(uri, {
    caCertificate: textField(fields, 'caCertificate'),
    clientCertificate: textField(fields, 'clientCertificate'),
    clientKeyPassword: textField(fields, 'clientKeyPassword'),
  });
}

function partsOf(fields: Record<string, unknown>): MongoUri {
  if (fields.engine !== undefined && !['mongo', 'mongodb', 'docdb'].includes(String(fields.engine)))
    throw invalidSecret('engine', 'must be mongo');
  const srv = flag(fields, 'srv') ?? false;
  const port = fields.port === undefined ? undefined : String(fields.port);
  const listed = fields.hosts ?? textField(fields, 'host')?.split(',');
  if (!Array.isArray(listed) || listed.length === 0)
    throw invalidSecret('host', 'is missing: the host of a source comes from its secret');
  const hosts = listed.map((one) => {
    if (typeof one !== 'string') throw invalidSecret('hosts', 'must be a list of texts');
    const bare = /^[0-9A-Fa-f]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*$/.test(one) ? `[${one}]` : one;
    return parseHost(port === undefined || /:\d+$/.test(bare) ? bare : `${bare}:${port}`, srv);
  });
  if (srv && hosts.length !== 1) throw invalidSecret('hosts', 'with srv there is one host');
  const tls = flag(fields, 'tls') ?? flag(fields, 'ssl');
  const options = new Map<string, string>();
  for (const name of ['authSource', 'authMechanism', 'replicaSet'] as const) {
    const value = textField(fields, name);
    if (value !== undefined) options.set(name, value);
  }
  if (tls !== undefined) options.set('tls', String(tls));
  const direct = flag(fields, 'directConnection');
  if (direct !== undefined) options.set('directConnection', String(direct));
  const user = textField(fields, 'username') ?? textField(fields, 'user');
  const password = textField(fields, 'password');
  const database = textField(fields, 'dbname') ?? textField(fields, 'database');
  return {
    ...{ srv, hosts, options },
    ...(user ? { user } : {}),
    ...(password ? { password } : {}),
    ...(database ? { database } : {}),
  };
}

function textField(fields: Record<string, unknown>, name: string): string | undefined {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw invalidSecret(name, 'must be text');
  if (value.includes('\0')) throw invalidSecret(name, 'must not contain a NUL character');
  return value;
}

function flag(fields: Record<string, unknown>, name: string): boolean | undefined {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  if (value === true || value === 'true') return true;
  if (value === false || value === 'false') return false;
  throw invalidSecret(name, 'must be true or false');
}

/** GSSAPI, LDAP and OIDC need files, tickets or callbacks that a function does not have. */
const mechanisms = ['SCRAM-SHA-1', 'SCRAM-SHA-256', 'MONGODB-X509', 'PLAIN'] as const;

function checked(
  uri: MongoUri,
  pem: { [name in (typeof tlsFields)[number]]?: string | undefined },
): MongoSecret {
  const mechanism = uri.options.get('authMechanism');
  if (mechanism !== undefined && !mechanisms.includes(mechanism as (typeof mechanisms)[number]))
    throw invalidSecret('authMechanism', `must be one of ${mechanisms.join(', ')}`);
  const tls = uri.options.get('tls');
  if (tls !== undefined && tls !== 'true' && tls !== 'false')
    throw invalidSecret('tls', 'must be true or false');
  if (mechanism === 'PLAIN' && tls === 'false')
    throw invalidSecret('authMechanism', 'PLAIN sends the password as it is: only with tls');
  if (uri.user !== undefined && uri.password === undefined && mechanism !== 'MONGODB-X509')
    throw invalidSecret('password', 'is missing');
  const { caCertificate, clientCertificate, clientKeyPassword } = pem;
  if (caCertificate !== undefined) requireCertificates(caCertificate);
  if (clientCertificate !== undefined) requireClientCertificate(clientCertificate, clientKeyPassword);
  else if (mechanism === 'MONGODB-X509')
    throw invalidSecret(
      'clientCertificate',
      'is missing: MONGODB-X509 needs a certificate and its key in PEM',
    );
  return {
    ...uri,
    ...(caCertificate === undefined ? {} : { caCertificate }),
    ...(clientCertificate === undefined ? {} : { clientCertificate }),
    ...(clientKeyPassword === undefined ? {} : { clientKeyPassword }),
  };
}

function requireCertificates(pem: string): void {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  try {
    if (blocks.length === 0) throw new Error();
    for (const block of blocks) new X509Certificate(block);
  } catch {
    throw invalidSecret('caCertificate', 'must be certificates in PEM');
  }
}

function requireClientCertificate(pem: string, password: string | undefined): void {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(pem);
  } catch {
    throw invalidSecret(
      'clientCertificate',
      'must begin with a certificate in PEM, and hold its private key',
    );
  }
  const block = /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----[\s\S]*?-----END (?:[A-Z]+ )*PRIVATE KEY-----/.exec(
    pem,
  );
  if (block === null) throw invalidSecret('clientCertificate', 'has no private key in PEM');
  let matches: boolean;
  try {
    matches = certificate.checkPrivateKey(
      createPrivateKey({ key: block[0], ...(password === undefined ? {} : { passphrase: password }) }),
    );
  } catch {
    throw invalidSecret('clientKeyPassword', 'does not open the private key, or the key is damaged');
  }
  if (!matches) throw invalidSecret('clientCertificate', 'holds the key of another certificate');
}

/**
 * What the secret of a PostgreSQL source says: AWS's own JSON shape for RDS, or a postgres:// URL. Promises: a field
 * that is missing, unknown or wrong is refused by its name, and no value of a secret is ever part of an error.
 */
import { HoldfastError } from '../../core/errors.ts';

export const tlsModes = ['verify-full', 'verify-ca', 'require', 'prefer', 'disable'] as const;
export type TlsMode = (typeof tlsModes)[number];

export interface PostgresSecret {
  /** A name, an address, or the directory of a Unix socket (begins with `/`). */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Absent with IAM authentication, and where the server asks for none. */
  readonly password?: string;
  readonly database?: string;
  readonly tls?: TlsMode;
  /** PEM of a private certificate authority, beside the public and the RDS ones. */
  readonly caCertificate?: string;
}

/** Fields that AWS writes beside those that matter here. */
const ignoredFields = new Set(['dbInstanceIdentifier', 'dbClusterIdentifier', 'masterarn', 'engineVersion']);
const knownFields = new Set([
  ...['engine', 'host', 'port', 'username', 'password', 'dbname', 'sslmode', 'caCertificate'],
  ...ignoredFields,
]);
const engines = new Set(['postgres', 'postgresql', 'aurora-postgresql', 'aurora-postgres']);

/**
 * Parses the value of a secret.
 * @throws HoldfastError SECRET_INVALID, naming the field and what is allowed, never the value
 */
export function parseSecret(text: string): PostgresSecret {
  const value = text.trim();
  if (/^postgres(ql)?:\/\//.test(value)) return parseUrl(value);
  if (value.startsWith('{')) return parseJson(value);
  throw invalid('(whole)', 'must be a postgres:// URL or a JSON object');
}

function parseJson(text: string): PostgresSecret {
  let fields: Record<string, unknown>;
  try {
    fields = JSON.parse(text) as Record<string, unknown>;
  } catch {
    // The parser's own message quotes the text, which is secret: no cause is kept.
    throw invalid('(whole)', 'is not valid JSON');
  }
  for (const name of Object.keys(fields)) {
    if (!knownFields.has(name))
      throw invalid(name.slice(0, 60), `is not known; allowed are ${[...knownFields].join(', ')}`);
  }
  if (fields.engine !== undefined && !engines.has(String(fields.engine))) {
    throw invalid('engine', 'must be postgres');
  }
  return checked({
    host: textField(fields, 'host'),
    port: fields.port === undefined ? undefined : String(fields.port),
    user: textField(fields, 'username'),
    password: textField(fields, 'password'),
    database: textField(fields, 'dbname'),
    tls: textField(fields, 'sslmode'),
    caCertificate: textField(fields, 'caCertificate'),
  });
}

function textField(fields: Record<string, unknown>, name: string): string | undefined {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw invalid(name, 'must be text');
  return value;
}

/** Parameters of a URL that are understood; a parameter that is not might have asked for more safety. */
const knownParameters = new Set(['sslmode', 'host', 'port', 'user', 'password', 'dbname']);

function parseUrl(text: string): PostgresSecret {
  let url: URL;
  try {
    // A URL without a host (`postgres:///db?host=/socket`) is right for libpq and wrong for WHATWG.
    url = new URL(
      text
        .replace(/^postgres(ql)?:\/\//, 'http://')
        .replace(
          /^(http:\/\/[^/?#]*@)?(http:\/\/)?(?=[/?#]|$)/,
          (all) => `${all || 'http://'}socket.invalid`,
        ),
    );
  } catch {
    throw invalid(
      '(whole)',
      'is not a valid URL; characters such as @ : / % in the password must be percent-encoded',
    );
  }
  if (url.hash !== '') throw invalid('(whole)', 'has a # that must be percent-encoded');
  const parameters = new Map<string, string>();
  for (const [name, value] of url.searchParams) {
    if (!knownParameters.has(name)) {
      throw invalid(
        `parameter ${name.slice(0, 60)}`,
        `is not known; allowed are ${[...knownParameters].join(', ')}`,
      );
    }
    if (parameters.has(name)) throw invalid(`parameter ${name}`, 'is given twice');
    parameters.set(name, value);
  }
  const urlHost = url.hostname === 'socket.invalid' ? undefined : url.hostname.replace(/^\[(.*)\]$/, '$1');
  return checked({
    host: parameters.get('host') ?? decode('host', urlHost),
    port: parameters.get('port') ?? (portOf(text, url) || undefined),
    user: parameters.get('user') ?? decode('user', url.username),
    password: parameters.get('password') ?? decode('password', url.password),
    database: parameters.get('dbname') ?? decode('database', url.pathname.slice(1)),
    tls: parameters.get('sslmode'),
  });
}

/** WHATWG drops a port that is HTTP's default. */
function portOf(text: string, url: URL): string {
  return url.port !== '' ? url.port : /^[^/]*\/\/[^/?#]*:80(?:[/?#]|$)/.test(text) ? '80' : '';
}

function decode(field: string, value: string | undefined): string | undefined {
  if (value === undefined || value === '') return undefined;
  try {
    return decodeURIComponent(value);
  } catch {
    throw invalid(field, 'has a % that is not percent-encoded');
  }
}

interface Raw {
  readonly host?: string;
  readonly port?: string;
  readonly user?: string;
  readonly password?: string;
  readonly database?: string;
  readonly tls?: string;
  readonly caCertificate?: string;
}

function checked(raw: Raw): PostgresSecret {
  for (const [name, value] of Object.entries(raw)) {
    if (value?.includes('\0')) throw invalid(name, 'must not contain a NUL character');
  }
  if (!raw.host) throw invalid('host', 'is missing: the host of a source comes from its secret', hostNext);
  if (!/^\/[^\n]*$/.test(raw.host) && !/^[A-Za-z0-9._:%-]{1,253}$/.test(raw.host)) {
    throw invalid('host', 'must be one host name, one address, or the directory of a socket');
  }
  if (!raw.user) throw invalid('username', 'is missing');
  const port = raw.port === undefined ? 5432 : Number(raw.port);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw invalid('port', 'must be a number from 1 to 65535');
  if (raw.tls !== undefined && !tlsModes.includes(raw.tls as TlsMode)) {
    throw invalid('sslmode', `must be one of ${tlsModes.join(', ')}`);
  }
  if (raw.caCertificate !== undefined && !raw.caCertificate.includes('-----BEGIN CERTIFICATE-----')) {
    throw invalid('caCertificate', 'must be a certificate in PEM');
  }
  return {
    host: raw.host,
    port,
    user: raw.user,
    ...(raw.password ? { password: raw.password } : {}),
    ...(raw.database ? { database: raw.database } : {}),
    ...(raw.tls ? { tls: raw.tls as TlsMode } : {}),
    ...(raw.caCertificate ? { caCertificate: raw.caCertificate } : {}),
  };
}

/** Secrets that RDS makes and rotates itself (`rds!db-…`) hold a name and a password, and no host. */
const hostNext =
  'Make a secret of your own for the source role, with host, port, username, password and dbname (docs/operations.md); ' +
  'the secret that RDS manages for its master user (rds!…) has no host and cannot be used.';

function invalid(field: string, allowed: string, next?: string): HoldfastError {
  return new HoldfastError('SECRET_INVALID', `the secret of the source: ${field} ${allowed}`, {
    details: { field },
    ...(next === undefined ? {} : { next }),
  });
}

/**
 * Connections to a source: one set of settings that serves both node-postgres and libpq's programs, so that what was
 * checked for one holds for the other. Promises: the address was checked and is pinned; the certificate is checked
 * against the name in the secret; the server gets a password only by a method that the plan allows; each connection
 * or program has a fresh password (IAM tokens live 15 minutes); secrets are in no argument, log or error.
 */
import { Signer } from '@aws-sdk/rds-signer';
import pg from 'pg';
import { HoldfastError } from '../../core/errors.ts';
import { type AddressRules, forbiddenReason, reachableAddress, resolveHost } from './address.ts';
import { fromServer } from './errors.ts';
import type { PostgresSecret, TlsMode } from './secret.ts';
import type { PostgresSource } from './source.ts';
import { certificateFile, isVerified, nodeTlsOptions } from './tls.ts';

export type AuthMethod = PostgresSource['auth'];

export interface ConnectionSettings {
  /** As in the secret: certificates are checked against it. A path is the directory of a socket. */
  readonly host: string;
  /** The checked address that is really contacted; absent for a socket. */
  readonly address?: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  readonly tls: TlsMode;
  readonly auth: AuthMethod;
  /** Loopback or a socket: nobody is between. */
  readonly local: boolean;
  readonly caCertificate?: string;
  /** A password for one connection; undefined when the secret has none. A function, so that no log can print it. */
  readonly password: () => Promise<string | undefined>;
}

export interface ConnectionChoices extends AddressRules {
  readonly tls?: TlsMode;
  readonly auth: AuthMethod;
  /** Default: the one in the secret, then `postgres`. */
  readonly database?: string;
  /** Replaces the RDS signer, for tests. */
  readonly iamToken?: (request: IamRequest) => Promise<string>;
}

export interface IamRequest {
  readonly hostname: string;
  readonly port: number;
  readonly username: string;
  readonly region?: string;
}

/**
 * Checks what the secret says and fixes how the server is reached.
 * @throws HoldfastError HOST_FORBIDDEN, SOURCE_UNREACHABLE, SECRET_INVALID, SOURCE_AUTH_METHOD
 */
export async function resolveConnection(
  secret: PostgresSecret,
  choices: ConnectionChoices,
): Promise<ConnectionSettings> {
  const socket = secret.host.startsWith('/');
  const addresses = socket ? [] : await resolveHost(secret.host, choices);
  const address = socket ? undefined : await reachableAddress(secret.host, addresses, secret.port);
  const local = socket || forbiddenReason(address ?? '', { allowLoopback: false }) === 'loopback';
  const tls = socket ? 'disable' : (choices.tls ?? secret.tls ?? (local ? 'prefer' : 'verify-full'));
  if ((choices.auth === 'password' || choices.auth === 'iam') && !local && !isVerified(tls)) {
    throw new HoldfastError(
      'SOURCE_AUTH_METHOD',
      `auth ${choices.auth} sends the password itself and needs tls verify-full or verify-ca; tls is ${tls}`,
      { next: 'Set tls in the plan to verify-full, or auth to scram.' },
    );
  }
  return {
    host: secret.host,
    ...(address === undefined ? {} : { address }),
    port: secret.port,
    user: secret.user,
    database: choices.database ?? secret.database ?? 'postgres',
    tls,
    auth: choices.auth,
    local,
    ...(secret.caCertificate === undefined ? {} : { caCertificate: secret.caCertificate }),
    password: passwordSource(secret, choices),
  };
}

/** The same server, another database. */
export function withDatabase(settings: ConnectionSettings, database: string): ConnectionSettings {
  return { ...settings, database };
}

function passwordSource(
  secret: PostgresSecret,
  choices: ConnectionChoices,
): () => Promise<string | undefined> {
  if (choices.auth !== 'iam') return async () => secret.password;
  const token = choices.iamToken ?? ((request: IamRequest) => new Signer(request).getAuthToken());
  const region = /\.([a-z]{2}(?:-[a-z]+)+-\d)\.rds\.amazonaws\.com(?:\.cn)?$/.exec(secret.host)?.[1];
  return async () => {
    try {
      return await token({
        hostname: secret.host,
        port: secret.port,
        username: secret.user,
        ...(region === undefined ? {} : { region }),
      });
    } catch (cause) {
      throw new HoldfastError(
        'SOURCE_AUTH',
        `no IAM token could be made for ${secret.user} at ${secret.host}`,
        {
          cause,
          next: 'Give the function rds-db:connect for this user, and check its region.',
        },
      );
    }
  };
}

/** Methods that a server may ask for, in the words of libpq's `require_auth`. */
export function allowedMethods(settings: ConnectionSettings, hasPassword: boolean): readonly string[] {
  // Without a password nothing can be given away: the server must let us in as we are (peer, trust), or not.
  if (!hasPassword) return ['none'];
  const byMethod: Readonly<Record<AuthMethod, readonly string[]>> = {
    scram: ['scram-sha-256'],
    // A server that is set to md5 asks for SCRAM when the stored password is one.
    md5: ['md5', 'scram-sha-256'],
    password: ['password', 'md5', 'scram-sha-256'],
    iam: ['password'],
  };
  return settings.local ? [...byMethod[settings.auth], 'none'] : byMethod[settings.auth];
}

const connectTimeoutSeconds = 15;

export interface ConnectOptions {
  /** Shown in pg_stat_activity; default `holdfast`. */
  readonly applicationName?: string;
  /** When it aborts, the connection is destroyed, whatever it waits for: a pending query rejects at once. */
  readonly signal?: AbortSignal;
}

/**
 * A connection with the fixed session settings. The caller ends it.
 * @throws HoldfastError SOURCE_UNREACHABLE, SOURCE_TLS, SOURCE_AUTH, SOURCE_AUTH_METHOD, SOURCE_FULL, …, or the
 *   signal's reason
 */
export async function connect(
  settings: ConnectionSettings,
  options: ConnectOptions = {},
): Promise<pg.Client> {
  const encrypted = settings.tls !== 'disable';
  options.signal?.throwIfAborted();
  try {
    return await connectOnce(settings, options, encrypted);
  } catch (thrown) {
    options.signal?.throwIfAborted();
    const plainIsAllowed =
      settings.tls === 'prefer' && /does not support SSL/.test((thrown as Error).message);
    if (!plainIsAllowed) throw describeFailure(settings, thrown);
    return connectOnce(settings, options, false).catch((again: unknown) => {
      options.signal?.throwIfAborted();
      throw describeFailure(settings, again);
    });
  }
}

function describeFailure(settings: ConnectionSettings, thrown: unknown): HoldfastError {
  const where = `${settings.user} at ${settings.host}:${settings.port}, database ${settings.database}`;
  const message = thrown instanceof Error ? thrown.message : '';
  // While connecting, a closed or silent socket means that nothing usable is there.
  if (/timeout expired|Connection terminated/.test(message)) {
    return new HoldfastError('SOURCE_UNREACHABLE', `connecting as ${where}: ${message}`);
  }
  return fromServer(thrown, `connecting as ${where}`);
}

async function connectOnce(
  settings: ConnectionSettings,
  options: ConnectOptions,
  encrypted: boolean,
): Promise<pg.Client> {
  const password = await settings.password();
  const guard = new AuthenticationGuard(settings, password);
  const tls = encrypted ? nodeTlsOptions(settings.tls, settings.host, settings.caCertificate) : undefined;
  const client = new pg.Client({
    host: settings.address ?? settings.host,
    port: settings.port,
    user: settings.user,
    database: settings.database,
    password: () => guard.password(),
    ssl: tls ?? false,
    application_name: options.applicationName ?? 'holdfast',
    // Given here, they cannot come from PGOPTIONS and the like of whoever started this process.
    options: '',
    client_encoding: 'UTF8',
    connectionTimeoutMillis: connectTimeoutSeconds * 1000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 30_000,
  });
  // An idle connection that breaks must not end the process: the next query reports it.
  client.on('error', () => undefined);
  guard.watch(client);
  if (options.signal !== undefined) destroyOnAbort(client, options.signal);
  await client.connect();
  const timer = setTimeout(() => destroy(client), connectTimeoutSeconds * 1000);
  try {
    await client.query(sessionSettings);
  } catch (thrown) {
    await endQuietly(client);
    throw thrown;
  } finally {
    clearTimeout(timer);
  }
  return client;
}

function destroy(client: pg.Client): void {
  (client as unknown as WithConnection).connection.stream.destroy();
}

function destroyOnAbort(client: pg.Client, signal: AbortSignal): void {
  const onAbort = () => destroy(client);
  signal.addEventListener('abort', onAbort, { once: true });
  client.once('end', () => signal.removeEventListener('abort', onAbort));
}

/** Ends a connection whatever state it is in, in at most two seconds. */
export async function endQuietly(client: pg.Client): Promise<void> {
  const timer = setTimeout(() => destroy(client), 2000);
  await client.end().catch(() => undefined);
  clearTimeout(timer);
}

interface WithConnection {
  readonly connection: NodeJS.EventEmitter & { readonly stream: { destroy(error?: Error): void } };
}

/** Refuses to answer a server that asks for a weaker proof than the plan allows, before anything is sent. */
class AuthenticationGuard {
  readonly #allowed: readonly string[];
  readonly #password: string | undefined;
  #asked = 'none';

  constructor(settings: ConnectionSettings, password: string | undefined) {
    this.#allowed = allowedMethods(settings, password !== undefined);
    this.#password = password;
  }

  watch(client: pg.Client): void {
    const { connection } = client as unknown as WithConnection;
    // These run before the client's own listeners, which are added on connecting.
    connection.on('authenticationCleartextPassword', () => this.#note('password'));
    connection.on('authenticationMD5Password', () => this.#note('md5'));
    connection.on('authenticationSASL', () => this.#note('scram-sha-256'));
    connection.on('authenticationOk', () => {
      if (!this.#allowed.includes(this.#asked)) connection.emit('error', this.#refusal());
    });
  }

  #note(method: string): void {
    this.#asked = method;
  }

  /** Called by the client when the server asks. */
  async password(): Promise<string> {
    if (this.#password === undefined) {
      throw new HoldfastError(
        'SOURCE_AUTH',
        `the server asks for a password (${this.#asked}) and the secret has none`,
      );
    }
    if (!this.#allowed.includes(this.#asked)) throw this.#refusal();
    return this.#password;
  }

  #refusal(): HoldfastError {
    const asked = this.#asked === 'none' ? 'no password at all' : this.#asked;
    return new HoldfastError(
      'SOURCE_AUTH_METHOD',
      `the server asks for ${asked}; the plan allows ${this.#allowed.join(', ')}`,
    );
  }
}

/**
 * The same in every session: nothing that a role, a database or a server default sets may change what is read.
 * Names resolve in pg_catalog only, so that no object of a user's is ever called by mistake.
 */
const sessionSettings = [
  `SELECT pg_catalog.set_config('search_path', 'pg_catalog', false)`,
  ...[
    ['row_security', 'off'],
    ['statement_timeout', '0'],
    ['lock_timeout', '0'],
    ['idle_in_transaction_session_timeout', '0'],
    ['standard_conforming_strings', 'on'],
    ['quote_all_identifiers', 'off'],
    ['DateStyle', 'ISO, YMD'],
    ['IntervalStyle', 'postgres'],
    ['TimeZone', 'UTC'],
    ['bytea_output', 'hex'],
    ['lc_monetary', 'C'],
    ['jit', 'off'],
  ].map(([name, value]) => settingIfKnown(name as string, value as string)),
  settingIfKnown('transaction_timeout', '0'),
  settingIfKnown('idle_session_timeout', '0'),
].join(';\n');

/** Settings differ from version to version; one that a server does not know is not set. */
function settingIfKnown(name: string, value: string): string {
  return `SELECT pg_catalog.set_config(name, '${value}', false) FROM pg_catalog.pg_settings WHERE name = '${name}'`;
}

/**
 * Environment for libpq's programs (pg_dump, psql, …): everything about the connection and nothing else. Made anew
 * for each process. Only the child's own environment holds the password.
 */
export async function libpqEnvironment(settings: ConnectionSettings): Promise<Record<string, string>> {
  const password = await settings.password();
  return {
    PGHOST: settings.host,
    ...(settings.address === undefined ? {} : { PGHOSTADDR: settings.address }),
    PGPORT: String(settings.port),
    PGUSER: settings.user,
    PGDATABASE: settings.database,
    ...(password === undefined ? {} : { PGPASSWORD: password }),
    PGSSLMODE: settings.tls,
    ...(isVerified(settings.tls) ? { PGSSLROOTCERT: await certificateFile(settings.caCertificate) } : {}),
    PGREQUIREAUTH: allowedMethods(settings, password !== undefined).join(','),
    PGGSSENCMODE: 'disable',
    PGCONNECT_TIMEOUT: String(connectTimeoutSeconds),
    PGAPPNAME: 'holdfast',
    // None of the files that libpq reads by itself may change anything.
    PGPASSFILE: '/dev/null',
    PGSERVICEFILE: '/dev/null',
    PGSYSCONFDIR: '/nonexistent',
    HOME: '/nonexistent',
  };
}

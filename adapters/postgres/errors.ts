/**
 * What PostgreSQL and its programs say, as Holdfast's errors: by SQLSTATE where a connection is ours, by the text
 * where only stderr is left. Promises: each cause that a person mends in another way has a code of its own, the
 * table or setting is named where the server names it, and nothing secret passes (passwords and URLs are cut out).
 */
import { type ErrorCode, HoldfastError } from '../../core/errors.ts';

/** What node-postgres throws for an ErrorResponse of the server. */
interface ServerError {
  readonly code: string;
  readonly severity: string;
  readonly message: string;
  readonly detail?: string;
  readonly table?: string;
  readonly schema?: string;
}

const maxMessageCharacters = 600;

/** Text without passwords and connection URLs, on one line, at most 600 characters. */
export function redact(text: string, secrets: readonly string[] = []): string {
  let safe = text;
  for (const secret of secrets) if (secret.length > 0) safe = safe.replaceAll(secret, '***');
  return safe
    .replaceAll(/postgres(?:ql)?:\/\/[^\s'"]+/g, 'postgres://***')
    .replaceAll(/(password\s*=\s*)(?:'(?:[^'\\]|\\.)*'|[^\s'"]+)/gi, '$1***')
    .replaceAll(/X-Amz-[A-Za-z-]+=[^&\s]+/g, 'X-Amz-***')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .slice(0, maxMessageCharacters);
}

/** By SQLSTATE, or its class (two characters): PostgreSQL documentation, appendix A. */
const codesByState: Readonly<Record<string, ErrorCode>> = {
  '28P01': 'SOURCE_AUTH',
  '28000': 'SOURCE_AUTH',
  '53300': 'SOURCE_FULL',
  '42501': 'SOURCE_PRIVILEGE',
  '55P03': 'SOURCE_LOCKED',
  '53200': 'SOURCE_LOCK_TABLE_FULL',
  '3D000': 'SOURCE_MISSING_OBJECT',
  '57P01': 'SOURCE_LOST',
  '57P02': 'SOURCE_LOST',
  '57P03': 'SOURCE_UNREACHABLE',
  '57P05': 'SOURCE_LOST',
  '25P03': 'SOURCE_LOST',
  '25P04': 'SOURCE_LOST',
  '42P01': 'SOURCE_CHANGED',
  '42703': 'SOURCE_CHANGED',
  '3F000': 'SOURCE_CHANGED',
  '08': 'SOURCE_LOST',
};

const socketCodes: Readonly<Record<string, ErrorCode>> = {
  ECONNREFUSED: 'SOURCE_UNREACHABLE',
  ETIMEDOUT: 'SOURCE_UNREACHABLE',
  EHOSTUNREACH: 'SOURCE_UNREACHABLE',
  ENETUNREACH: 'SOURCE_UNREACHABLE',
  ENOENT: 'SOURCE_UNREACHABLE',
  EACCES: 'SOURCE_UNREACHABLE',
  ENOTFOUND: 'SOURCE_UNREACHABLE',
  ECONNRESET: 'SOURCE_LOST',
  EPIPE: 'SOURCE_LOST',
};

/**
 * An error of node-postgres or of the socket as a HoldfastError.
 * @param doing what failed, for the message: `reading the catalogue of shop`
 */
export function fromServer(thrown: unknown, doing: string): HoldfastError {
  if (thrown instanceof HoldfastError) return thrown;
  const { code: state = '', message = String(thrown) } = thrown as Partial<ServerError>;
  const text = redact(message);
  const code = codeOf(state, message);
  const table = tableOf(thrown as Partial<ServerError>);
  return new HoldfastError(code, `${doing}: ${text}${extraOf(code)}`, {
    // The thrown object may carry a query with values or a client with a password: only its text is kept.
    cause: new Error(text),
    details: { ...(state ? { sqlState: state } : {}), ...(table ? { table } : {}) },
  });
}

function codeOf(state: string, message: string): ErrorCode {
  if (/row-level security/i.test(message)) return 'SOURCE_ROW_SECURITY';
  if (state === '53200' && !/shared memory|max_locks/i.test(message)) return 'DUMP_FAILED';
  if (state === '40001' || /conflict with recovery/i.test(message)) return 'SOURCE_QUERY_CANCELLED';
  if (state === '57014' && /lock timeout/i.test(message)) return 'SOURCE_LOCKED';
  const byState = codesByState[state] ?? socketCodes[state] ?? codesByState[state.slice(0, 2)];
  if (byState !== undefined) return byState;
  return isTls(state, message) ? 'SOURCE_TLS' : codeOfText(message);
}

function isTls(state: string, message: string): boolean {
  return (
    /^(ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|EPROTO)/.test(state) ||
    /certificate|SSL connection|does not support SSL|SSL error|SSL was required|TLS/i.test(message)
  );
}

function tableOf(error: Partial<ServerError>): string | undefined {
  return error.table === undefined
    ? /(?:relation|table) "([^"]+)"/.exec(error.message ?? '')?.[1]
    : `${error.schema ?? ''}.${error.table}`;
}

function extraOf(code: ErrorCode): string {
  return code === 'SOURCE_LOCK_TABLE_FULL' ? ' (max_locks_per_transaction is too low for this database)' : '';
}

/** In the order of asking: the first text that matches decides. Texts are PostgreSQL 10 to 18's own, in English. */
const textRules: readonly (readonly [RegExp, ErrorCode])[] = [
  [/row-level security/i, 'SOURCE_ROW_SECURITY'],
  // pg_dump's --lock-wait-timeout is a statement_timeout around its LOCK TABLE.
  [/lock timeout|could not obtain lock|statement timeout[\s\S]*LOCK TABLE/i, 'SOURCE_LOCKED'],
  [/conflict with recovery|could not serialize access/i, 'SOURCE_QUERY_CANCELLED'],
  [/out of shared memory|max_locks_per_transaction/i, 'SOURCE_LOCK_TABLE_FULL'],
  [/too many clients|remaining connection slots|too many connections/i, 'SOURCE_FULL'],
  [/server version mismatch|aborting because of server version/i, 'SOURCE_TOO_NEW'],
  [
    /authentication method requirement|requires? .*auth|authentication method .* not supported/i,
    'SOURCE_AUTH_METHOD',
  ],
  [
    /password authentication failed|no password supplied|no pg_hba\.conf entry|authentication failed|role ".*" does not exist/i,
    'SOURCE_AUTH',
  ],
  [/certificate|SSL error|does not support SSL|SSL connection is required/i, 'SOURCE_TLS'],
  [/permission denied|must be (?:superuser|owner)/i, 'SOURCE_PRIVILEGE'],
  [/no matching (?:tables|schemas|extensions) were found/i, 'SOURCE_CHANGED'],
  [/database ".*" does not exist/i, 'SOURCE_MISSING_OBJECT'],
  [
    /invalid snapshot identifier|could not import the requested snapshot|snapshot .* does not exist/i,
    'SOURCE_LOST',
  ],
  [/relation ".*" does not exist|cache lookup failed|could not open relation with OID/i, 'SOURCE_CHANGED'],
  [
    /terminating connection|server closed the connection|connection to server was lost|lost synchronization|Connection terminated|not queryable|shutting down|SSL SYSCALL|no connection to the server/i,
    'SOURCE_LOST',
  ],
  [
    /could not connect|connection to server .* failed|timeout expired|could not translate host name|starting up/i,
    'SOURCE_UNREACHABLE',
  ],
];

function codeOfText(text: string): ErrorCode {
  return textRules.find(([pattern]) => pattern.test(text))?.[1] ?? 'DUMP_FAILED';
}

export interface ProgramFailure {
  readonly program: string;
  readonly exitCode: number | undefined;
  readonly killedBy?: string;
  /** The end of what it wrote on stderr. */
  readonly stderr: string;
}

/** A program of PostgreSQL that ended without success, as a HoldfastError. `doing` names the piece of work. */
export function fromProgram(failure: ProgramFailure, doing: string): HoldfastError {
  const text = redact(essence(failure.stderr));
  const code = text === '' ? 'DUMP_FAILED' : codeOfText(failure.stderr);
  const ending =
    failure.killedBy === undefined ? `ended with ${failure.exitCode}` : `was killed by ${failure.killedBy}`;
  return new HoldfastError(
    code,
    `${doing}: ${failure.program} ${ending}${text ? `: ${text}` : ' and said nothing'}${extraOf(code)}`,
    {
      details: { exitCode: failure.exitCode, killedBy: failure.killedBy },
    },
  );
}

/** The lines that say what went wrong; warnings and the query that was running only take room. */
function essence(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  const errors = lines.filter((line) => /error:|fatal:|FATAL:|ERROR:/.test(line));
  return (errors.length > 0 ? errors : lines.slice(-5)).join('; ');
}

/**
 * What MongoDB, its driver and its tools say, as Holdfast's errors. Promises: each cause that a person mends in
 * another way has a code of its own and a next step that speaks of MongoDB, and nothing secret passes.
 */
import {
  MongoCompatibilityError,
  MongoNetworkError,
  MongoServerError,
  MongoServerSelectionError,
} from 'mongodb';
import { type ErrorCode, type ErrorOptions, HoldfastError } from '../../core/errors.ts';
import { redact } from './redact.ts';

/** Where the code's own next step speaks of another database. */
const nextSteps: Partial<Record<ErrorCode, string>> = {
  SOURCE_UNREACHABLE:
    'Check host, port, security group, and for Atlas its IP access list or peering, with `holdfast plan test`.',
  SOURCE_TLS:
    "The server's certificate was not accepted: check the name in the secret, put a private authority into its caCertificate, or say tls=false there for a server without TLS.",
  SOURCE_AUTH:
    'The server refused the login: check user, password and authSource in the secret (the database in which the user was created, mostly admin).',
  SOURCE_PRIVILEGE:
    'Grant the user of the secret the role `backup` on admin (docs/mongodb.md), then try again.',
  SOURCE_FULL: 'The server takes no more connections: raise its limit, or lower parallelism in the plan.',
  SOURCE_TOO_OLD: 'MongoDB 4.2 is the oldest version that is supported.',
  SOURCE_LOST:
    'The server went away during the dump (a restart, a new primary, the network): look at its log; the next slot tries again.',
  SOURCE_CHANGED:
    'Collections were created, dropped or redefined during the dump; the run is repeated by the next slot, or run it by hand.',
  SOURCE_MISSING_OBJECT: 'Correct the database or collection name in the plan.',
  DUMP_TRUNCATED: 'The archive ended before its collections did: run again, and report it if it repeats.',
  TOOLS_MISSING: 'mongodump and mongorestore are not there: attach the mongo layer, or run `npm start` once.',
};

export function mongoError(code: ErrorCode, message: string, options: ErrorOptions = {}): HoldfastError {
  const next = options.next ?? nextSteps[code];
  return new HoldfastError(code, message, { ...options, ...(next === undefined ? {} : { next }) });
}

/** By the server's own number (its error_codes.yml). */
const codesByNumber: Readonly<Record<number, ErrorCode>> = {
  ...{ 13: 'SOURCE_PRIVILEGE', 18: 'SOURCE_AUTH', 11: 'SOURCE_AUTH', 8000: 'SOURCE_AUTH', 8: 'SOURCE_LOST' },
  ...{ 26: 'SOURCE_CHANGED', 73: 'SOURCE_CHANGED', 175: 'SOURCE_CHANGED', 43: 'SOURCE_LOST' },
  ...{ 6: 'SOURCE_LOST', 7: 'SOURCE_UNREACHABLE', 89: 'SOURCE_LOST', 91: 'SOURCE_LOST', 189: 'SOURCE_LOST' },
  ...{ 9001: 'SOURCE_LOST', 10107: 'SOURCE_LOST', 11600: 'SOURCE_LOST', 11602: 'SOURCE_LOST' },
  ...{ 13435: 'SOURCE_LOST', 13436: 'SOURCE_LOST', 50: 'SOURCE_LOST', 262: 'SOURCE_LOST' },
  ...{ 202: 'SOURCE_FULL', 136: 'SOURCE_OPLOG' },
};

/**
 * An error of the driver as a HoldfastError.
 * @param doing what failed, for the message: `listing the databases`
 */
export function fromServer(thrown: unknown, doing: string, secrets: readonly string[] = []): HoldfastError {
  if (thrown instanceof HoldfastError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const text = redact(message, secrets);
  const number = thrown instanceof MongoServerError ? thrown.code : undefined;
  // The thrown object may carry a client with a password: only its text is kept.
  return mongoError(codeOf(thrown, message), `${doing}: ${text}`, {
    cause: new Error(text),
    details: number === undefined ? {} : { serverCode: number },
  });
}

function codeOf(thrown: unknown, message: string): ErrorCode {
  if (thrown instanceof MongoServerError) {
    return codesByNumber[Number(thrown.code)] ?? codeOfText(message);
  }
  if (thrown instanceof MongoCompatibilityError) return 'SOURCE_TOO_OLD';
  const byText = codeOfText(message);
  if (byText !== 'DUMP_FAILED') return byText;
  if (thrown instanceof MongoServerSelectionError) return 'SOURCE_UNREACHABLE';
  if (thrown instanceof MongoNetworkError) return 'SOURCE_LOST';
  return 'DUMP_FAILED';
}

/** In the order of asking: the first text that matches decides. From mongodump 100.7 to 100.13 and the driver. */
const textRules: readonly (readonly [RegExp, ErrorCode])[] = [
  [/oplog overflow|CappedPositionLost|unable to capture all new oplog/i, 'SOURCE_OPLOG'],
  [/cannot dump with oplog|renames occur|resharding in progress/i, 'SOURCE_CHANGED'],
  [
    /auth(?:entication)? error|Authentication failed|unable to authenticate|sasl conversation|bad auth|AuthenticationFailed/i,
    'SOURCE_AUTH',
  ],
  [/not authorized|\(Unauthorized\)|requires authentication|not allowed to do action/i, 'SOURCE_PRIVILEGE'],
  [
    /x509|certificate|tls: |TLS handshake|SSL routines|self.signed|wrong version number|first record does not look like/i,
    'SOURCE_TLS',
  ],
  [/too many open connections|connection refused because too many/i, 'SOURCE_FULL'],
  [/ns not found|NamespaceNotFound|collection dropped|QueryPlanKilled|UUID mismatch/i, 'SOURCE_CHANGED'],
  // A reader that is gone, which is this side: not the server's doing.
  [/short write|broken pipe|EPIPE/i, 'DUMP_FAILED'],
  [
    /server selection|no reachable servers|no such host|ENOTFOUND|EAI_AGAIN|connection refused|ECONNREFUSED|could not connect|EHOSTUNREACH|ENETUNREACH|connect ETIMEDOUT|reason: NoPrimary/i,
    'SOURCE_UNREACHABLE',
  ],
  [
    /socket was unexpectedly closed|connection reset|ECONNRESET|incomplete read|unexpected EOF|: EOF|i\/o timeout|CursorNotFound|cursor id .* not found|NotPrimary|not master|node is recovering|InterruptedAtShutdown|shutting down|connection .*closed|connection pool .*cleared/i,
    'SOURCE_LOST',
  ],
];

function codeOfText(text: string): ErrorCode {
  return textRules.find(([pattern]) => pattern.test(text))?.[1] ?? 'DUMP_FAILED';
}

export interface ToolFailure {
  readonly program: string;
  readonly exitCode: number | undefined;
  readonly killedBy?: string;
  /** The end of what it wrote on stderr. */
  readonly stderr: string;
}

/** A tool that ended without success. `doing` names the piece of work: `dumping shop.orders`. */
export function fromTool(
  failure: ToolFailure,
  doing: string,
  secrets: readonly string[],
  fallback: ErrorCode = 'DUMP_FAILED',
): HoldfastError {
  const essential = essence(failure.stderr);
  const text = redact(essential, secrets);
  const found = codeOfText(essential);
  const code = found === 'DUMP_FAILED' ? fallback : found;
  const ending =
    failure.killedBy === undefined ? `ended with ${failure.exitCode}` : `was killed by ${failure.killedBy}`;
  return mongoError(
    code,
    `${doing}: ${failure.program} ${ending}${text ? `: ${text}` : ' and said nothing'}`,
    { details: { exitCode: failure.exitCode, killedBy: failure.killedBy } },
  );
}

/** The lines that say what went wrong, without their times; progress only takes room. */
function essence(stderr: string): string {
  const lines = stderr
    .split('\n')
    .map((line) => line.replace(/^\d{4}-\d\d-\d\dT\S+\s+/, '').trim())
    .filter((line) => line !== '' && !/^\[[#.]+\]/.test(line));
  const errors = lines.filter((line) => /failed|error|panic|fatal|invalid/i.test(line));
  return (errors.length > 0 ? errors : lines.slice(-5)).join('; ');
}

/**
 * Every failure that Holdfast reports. A code is stable: it is the same in the catalog, the log, the alert, the
 * command line and docs/troubleshooting.md, and it says what the reader does next.
 */

/** Exit codes of the command line, by class of failure (docs/cli.md). */
export type ErrorClass =
  | 'input'
  | 'missing'
  | 'conflict'
  | 'source'
  | 'vault'
  | 'integrity'
  | 'access'
  | 'internal';

interface CodeInfo {
  readonly class: ErrorClass;
  /** What a person does next, one sentence. */
  readonly next: string;
  /** True when the same call may succeed later without anybody mending anything. */
  readonly retryable?: boolean;
}

/** All codes. Adding one means adding its section to docs/troubleshooting.md (a test compares the two). */
export const errorCodes = {
  INVALID_INPUT: { class: 'input', next: 'Correct the named field and run the command again.' },
  PLAN_NOT_FOUND: { class: 'missing', next: 'List the plans with `holdfast plan list`.' },
  BACKUP_NOT_FOUND: { class: 'missing', next: 'List the backups of the plan with `holdfast list PLAN`.' },
  TASK_NOT_FOUND: { class: 'missing', next: 'Check the task id; a task can be looked at for 30 days.' },
  ALERT_NOT_FOUND: { class: 'missing', next: 'List the alerts with `holdfast status`.' },
  SOURCE_TOO_LARGE: {
    class: 'input',
    next: 'Raise maxSourceBytes of the plan if the source may be as large as that.',
  },
  UNAUTHENTICATED: { class: 'access', next: 'Sign in with `holdfast login`.' },
  SIGN_IN_AGAIN: { class: 'access', next: 'Sign in again with `holdfast login`, then repeat.' },
  SIGN_IN_UNAVAILABLE: {
    class: 'access',
    next: 'The issuer of the sign-in did not give its keys: check that it can be reached from the API function, then repeat.',
    retryable: true,
  },
  API_UNREACHABLE: {
    class: 'access',
    next: 'Check the address (--api, HOLDFAST_API or `holdfast login`) and the network, then repeat.',
    retryable: true,
  },
  FORBIDDEN: { class: 'access', next: 'Ask an administrator for the group that the message names.' },
  ADDRESS_FORBIDDEN: {
    class: 'access',
    next: 'The address is not on the allow-list of the API: an administrator can add it (docs/configuration.md, api.allowFrom).',
  },
  RATE_LIMITED: {
    class: 'conflict',
    next: 'Wait as long as the message says, then repeat.',
    retryable: true,
  },
  IDEMPOTENCY_MISMATCH: {
    class: 'conflict',
    next: 'Use a new Idempotency-Key for another request.',
  },
  PRECONDITION_FAILED: {
    class: 'conflict',
    next: 'Somebody else changed it: read it again, and repeat with its new ETag.',
  },
  PRECONDITION_REQUIRED: {
    class: 'input',
    next: 'Send If-Match with the ETag that was read, so that nobody is overwritten.',
  },
  NOT_FOUND: { class: 'missing', next: 'See /v1/openapi.json for what there is.' },
  LOG_UNAVAILABLE: {
    class: 'internal',
    next: 'Repeat it; the same lines are in CloudWatch Logs, in the groups that the message names.',
    retryable: true,
  },
  NOTIFY_FAILED: {
    class: 'internal',
    next: 'Check the secret of the channel and that its URL can be reached; `holdfast plan test --notify` tries it.',
    retryable: true,
  },
  RESTORE_NOT_FOUND: { class: 'missing', next: 'Check the restore id that `holdfast restore` printed.' },
  STACK_NOT_FOUND: {
    class: 'missing',
    next: 'Deploy with `npm run deploy`, or name the stack with --stack.',
  },
  SECRET_NOT_FOUND: {
    class: 'missing',
    next: 'Create the secret in Secrets Manager, under the name prefix that the stack may read.',
  },
  SECRET_INVALID: {
    class: 'input',
    next: 'Store in the secret what its kind of source takes; the message says what is wrong with it (docs/configuration.md).',
  },
  CONFLICT: {
    class: 'conflict',
    next: 'Someone else changed it meanwhile: read it again and repeat.',
    retryable: true,
  },
  RUN_IN_PROGRESS: {
    class: 'conflict',
    next: 'Wait for the running attempt; it frees itself when its lease ends.',
    retryable: true,
  },
  SOURCE_BUSY: {
    class: 'conflict',
    next: 'Another run holds the lease of this source; this one is tried again.',
    retryable: true,
  },
  CLEANUP_RUNNING: {
    class: 'conflict',
    next: 'A cleanup holds its lease; it ends within 16 minutes, then repeat the command.',
    retryable: true,
  },
  UNDELETE_TOO_LATE: {
    class: 'missing',
    next: 'Its versions are gone: restore from the second copy (--from), or from another backup.',
  },
  BACKUP_NOT_RESTORABLE: { class: 'conflict', next: 'Choose a completed backup with `holdfast list PLAN`.' },
  UNDELETE_HIDDEN: {
    class: 'conflict',
    next: 'Bring it back with an operator’s own AWS credentials: `holdfast undelete BACKUP --as-operator`, within the undelete window.',
  },
  BACKUP_KEPT: {
    class: 'conflict',
    next: 'The message says what keeps it: end that first, if the backup may go.',
  },

  HOST_FORBIDDEN: {
    class: 'input',
    next: 'Point the secret at the database itself; link-local and metadata addresses are never contacted.',
  },
  SOURCE_UNREACHABLE: {
    class: 'source',
    next: 'Check host, port, security group and subnets with `holdfast plan test`.',
    retryable: true,
  },
  SOURCE_TLS: {
    class: 'source',
    next: 'The server certificate was not accepted: check the host name in the secret, and the CA that the source is told to trust.',
  },
  SOURCE_AUTH: {
    class: 'source',
    next: 'The server refused the login: check the user and password in the secret.',
  },
  SOURCE_AUTH_METHOD: {
    class: 'source',
    next: 'The server asked for a weaker login than the plan allows: use SCRAM, or say so in the plan (auth).',
  },
  SOURCE_FULL: {
    class: 'source',
    next: 'The server has no free connection: raise max_connections or lower parallelism in the plan.',
    retryable: true,
  },
  SOURCE_PRIVILEGE: {
    class: 'source',
    next: 'Grant the user in the secret what the message names, then try again (docs/operations.md, docs/mongodb.md).',
  },
  SOURCE_ROW_SECURITY: {
    class: 'source',
    next: 'Row level security would hide rows: give the source role BYPASSRLS.',
  },
  SOURCE_LOCKED: {
    class: 'source',
    next: 'A table is locked by another session: look at pg_locks, and move the schedule away from migrations.',
    retryable: true,
  },
  SOURCE_LOCK_TABLE_FULL: {
    class: 'source',
    next: 'Raise max_locks_per_transaction on the server; this database has more tables than its lock table holds.',
  },
  SOURCE_QUERY_CANCELLED: {
    class: 'source',
    next: 'The replica cancelled the read: raise max_standby_streaming_delay or enable hot_standby_feedback, or dump the primary.',
    retryable: true,
  },
  SOURCE_TOO_NEW: {
    class: 'source',
    next: 'Deploy a Holdfast release whose dump program knows this version of the server.',
  },
  SOURCE_TOO_OLD: {
    class: 'source',
    next: 'The message names the oldest version that is supported: upgrade the server first.',
  },
  SOURCE_CHANGED: {
    class: 'source',
    next: 'The schema changed during the dump; the run is repeated by the next slot, or run it by hand.',
    retryable: true,
  },
  SOURCE_LOST: {
    class: 'source',
    next: 'The server went away, or closed a connection, while it was being read or written: look at its log.',
    retryable: true,
  },
  SOURCE_MISSING_OBJECT: { class: 'input', next: 'Correct the database, schema or table name in the plan.' },
  SOURCE_INCOMPLETE: {
    class: 'source',
    next: 'The role cannot see everything: grant it, or set onIncomplete: warn in the plan.',
  },
  SOURCE_OPLOG: {
    class: 'source',
    next: 'The oplog is shorter than the dump takes: enlarge it (replSetResizeOplog), or set consistency: per-collection in the plan.',
    retryable: true,
  },
  SOURCE_COUNTS: {
    class: 'source',
    next: 'Counts before, in and after the dump do not fit together: run it in a quieter hour, or set countTolerance in the plan.',
    retryable: true,
  },
  FILE_CHANGED: {
    class: 'source',
    next: 'Leave the file out (exclude), back up when nothing writes to it, or set onChangedFile: warn in the plan.',
    retryable: true,
  },
  FILE_UNREADABLE: {
    class: 'source',
    next: 'Let the backup read the file, leave it out (exclude), or set onChangedFile: warn in the plan.',
  },
  DUMP_FAILED: {
    class: 'source',
    next: 'Read the message of the dump tool; `holdfast plan test` checks the usual causes.',
  },
  DUMP_TRUNCATED: {
    class: 'source',
    next: 'The dump ended before its table of contents was satisfied: run again, and report it if it repeats.',
    retryable: true,
  },
  DUMP_EMPTY: {
    class: 'source',
    next: 'The dump tool wrote nothing: run again, and report it if it repeats.',
    retryable: true,
  },
  DEADLINE: {
    class: 'source',
    next: 'The run would have outlived its function: raise parallelism or memory, or split the plan.',
  },
  CANCELLED: { class: 'conflict', next: 'It was cancelled by request.' },
  CRASHED: {
    class: 'internal',
    next: 'The function died (crash, timeout or memory): look at its log, raise memorySizeMiB if it was killed.',
  },
  TOOLS_MISSING: {
    class: 'internal',
    next: 'Programs that this needs are not there: in the account deploy again, which attaches their layer; here the message says how to have them.',
  },
  SCRATCH_FAILED: {
    class: 'internal',
    next: 'The scratch server did not start: `npm run smoke` tells whether this runtime can.',
  },
  SCRATCH_TOO_SMALL: {
    class: 'internal',
    next: 'The database does not fit into /tmp: it is verified as readable instead.',
  },
  NO_SCRATCH_SERVER: {
    class: 'internal',
    next: 'It is verified as readable instead; give a server program in HOLDFAST_MONGOD where drills are wanted.',
  },

  VAULT_UNAVAILABLE: {
    class: 'vault',
    next: 'S3 did not take or give the object; look at the cause.',
    retryable: true,
  },
  VAULT_REFUSED: { class: 'vault', next: 'S3 refused: check bucket policy and role with `holdfast doctor`.' },
  VAULT_UNSUITABLE: { class: 'vault', next: 'Set on the bucket what the message lists, then deploy again.' },
  OBJECT_EXISTS: {
    class: 'conflict',
    next: 'The key is taken by other content; a retry uses a new attempt.',
  },
  OBJECT_MISSING: {
    class: 'integrity',
    next: 'The object is not in the vault: look for a delete marker, undelete within the window.',
  },
  OBJECT_ARCHIVED: {
    class: 'vault',
    next: 'It lies in an archive class: `holdfast restore` asks for its return and goes on when it is there.',
  },
  SECRETS_UNAVAILABLE: {
    class: 'access',
    next: 'Secrets Manager did not answer: in a VPC, check its endpoint (or NAT) and the security group.',
    retryable: true,
  },
  AUDIT_UNAVAILABLE: {
    class: 'vault',
    next: 'Repeat it when the vault, the catalog and the key secrets answer; the message says which did not.',
    retryable: true,
  },
  CATALOG_UNAVAILABLE: {
    class: 'vault',
    next: 'DynamoDB did not answer; nothing was listed as completed.',
    retryable: true,
  },

  INTEGRITY_LENGTH: {
    class: 'integrity',
    next: 'The stored object is not what was written: restore from another copy or backup.',
  },
  INTEGRITY_HASH: {
    class: 'integrity',
    next: 'The stored object is not what was written: restore from another copy or backup.',
  },
  INTEGRITY_SEAL: {
    class: 'integrity',
    next: 'The sealed object does not open: wrong key, changed context, or damage.',
  },
  INTEGRITY_SIGNATURE: {
    class: 'integrity',
    next: 'The manifest is not signed by a known key: do not restore from it.',
  },
  INTEGRITY_ARCHIVE: {
    class: 'integrity',
    next: 'The archive does not parse to its end: restore from another backup.',
  },
  EVIDENCE_MISMATCH: {
    class: 'integrity',
    next: 'What was restored differs from the evidence: the report, or the restore, lists where. Do not use it before you know why.',
  },
  FORMAT_UNKNOWN: { class: 'integrity', next: 'Use a Holdfast release that knows this format version.' },
  KEY_MISSING: {
    class: 'access',
    next: 'None of the private keys at hand can open it: `holdfast show` names the key ids it needs.',
  },
  KEY_INVALID: { class: 'access', next: 'The key secret is empty or damaged: see docs/operations.md, Keys.' },
  PASSPHRASE_WRONG: { class: 'access', next: 'Type the passphrase that the export was made with.' },
  KEY_UNPROVEN: {
    class: 'access',
    next: 'Export the keys and prove the export: holdfast keys export, holdfast keys prove.',
  },
  ACCESS_DENIED: { class: 'access', next: 'The role lacks a permission: the message names the action.' },

  TARGET_EXISTS: {
    class: 'conflict',
    next: 'Choose another name or place, or read what --replace does.',
  },
  TARGET_ROLES_MISSING: {
    class: 'conflict',
    next: 'Create the listed roles, or use --role-map, --create-roles or --no-owner.',
  },
  TARGET_SPACE: {
    class: 'conflict',
    next: 'Free space on the target first; the manifest says how much is needed.',
  },
  TARGET_UNSUITABLE: { class: 'conflict', next: 'The message says what the target lacks.' },
  RESTORE_FAILED: {
    class: 'source',
    next: 'Read the message: it says what failed and what is left at the target.',
  },
  PING_FAILED: {
    class: 'internal',
    next: 'Check the dead-man URL of the plan or the stack, and that the watch function can reach it.',
    retryable: true,
  },
  ALERT_FAILED: {
    class: 'internal',
    next: 'The alert could not be published: check the topic with `holdfast doctor`.',
  },
  INTERNAL: { class: 'internal', next: 'This is a defect: report it with the correlation id.' },
} as const satisfies Record<string, CodeInfo>;

export type ErrorCode = keyof typeof errorCodes;

export interface ErrorOptions {
  readonly cause?: unknown;
  /** Facts for programs: names, numbers, never a secret. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** Replaces the code's own next step where this case knows better. */
  readonly next?: string;
}

/** A failure with a stable code. `message` says what failed, on what, and why; `next` says what to do. */
export class HoldfastError extends Error {
  readonly code: ErrorCode;
  readonly next: string;
  readonly retryable: boolean;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    const info: CodeInfo = errorCodes[code];
    this.name = 'HoldfastError';
    this.code = code;
    this.next = options.next ?? info.next;
    this.retryable = info.retryable ?? false;
    this.details = options.details ?? {};
  }
}

/** Bad input: names the field, shows the value (never a secret) and what is allowed. */
export class InvalidInput extends HoldfastError {
  readonly issues: readonly InputIssue[];
  constructor(what: string, issues: readonly InputIssue[]) {
    super('INVALID_INPUT', `${what}: ${issues.map(describeIssue).join('; ')}`, { details: { issues } });
    this.issues = issues;
  }
}

export interface InputIssue {
  readonly field: string;
  /** The offending value as JSON, cut at 100 characters; absent when the field is missing or secret. */
  readonly value?: string;
  readonly allowed: string;
}

function describeIssue(issue: InputIssue): string {
  const shown = issue.value === undefined ? '' : ` is ${issue.value}`;
  return `${issue.field}${shown}: ${issue.allowed}`;
}

/** Anything thrown, as a HoldfastError; an unknown one becomes `fallback` (default INTERNAL) with its cause kept. */
export function asHoldfastError(thrown: unknown, fallback: ErrorCode = 'INTERNAL'): HoldfastError {
  if (thrown instanceof HoldfastError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new HoldfastError(fallback, message, { cause: thrown });
}

/** Next steps are a sentence or two; a row has little room. */
const mostNextCharacters = 1000;

/** What a row keeps of a failure: its next step too, where that is not simply the one of its code. */
export function rowErrorOf({ code, message, next }: Pick<HoldfastError, 'code' | 'message' | 'next'>): {
  readonly code: ErrorCode;
  readonly message: string;
  readonly next?: string;
} {
  const known: CodeInfo = errorCodes[code];
  return { code, message, ...(next === known.next ? {} : { next: next.slice(0, mostNextCharacters) }) };
}

/** What a person does next about a failure of that code; undefined for a code of another release. */
export function nextStepOf(code: string): string | undefined {
  return Object.hasOwn(errorCodes, code) ? errorCodes[code as ErrorCode].next : undefined;
}

/** True when `thrown` is a HoldfastError with one of the codes. */
export function hasCode(thrown: unknown, ...codes: ErrorCode[]): thrown is HoldfastError {
  return thrown instanceof HoldfastError && codes.includes(thrown.code);
}

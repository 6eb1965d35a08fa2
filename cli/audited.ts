/**
 * What a person does with AWS credentials, in the audit trail: the intention before, the outcome after, as of a call of the
 * API. When the intention cannot be written nothing is done, unless it is what brings back keys or a catalog: an
 * operator without either must not be held up by the trail.
 */
import { loggable } from '../adapters/log/fields.ts';
import { outcomeOfFailure } from '../core/audit/beside.ts';
import { type AuditIntent, auditTrail } from '../core/audit/trail.ts';
import { asHoldfastError } from '../core/errors.ts';
import type { Log } from '../core/ports/index.ts';
import type { Cli, CliContext } from './context.ts';

export interface Audited {
  readonly action: string;
  readonly target: string;
  /** One line of what is done, and why. */
  readonly detail?: string;
  readonly before?: unknown;
}

/** What the entry says at its end, beyond that it is done. */
export interface Done<T> {
  readonly result: T;
  /** Takes the place of the entry's own. */
  readonly detail?: string;
  readonly after?: unknown;
}

/** AUDIT_UNAVAILABLE, and nothing is done; what `work` throws. */
export async function audited<T>(
  cli: Cli,
  context: CliContext,
  entry: Audited,
  work: () => Promise<Done<T>>,
): Promise<T> {
  const intent = await begin(cli, context, entry);
  return carryOut(intent, work);
}

/** The same for what must go on without a trail: it warns. */
export async function auditedIfPossible<T>(
  cli: Cli,
  context: CliContext,
  entry: Audited,
  work: () => Promise<Done<T>>,
): Promise<T> {
  let intent: AuditIntent | undefined;
  try {
    intent = await begin(cli, context, entry);
  } catch (thrown) {
    const { message } = asHoldfastError(thrown);
    cli.out.warn(`this is not in the audit trail, and goes on: ${message}`);
  }
  return carryOut(intent, work);
}

async function begin(cli: Cli, context: CliContext, entry: Audited): Promise<AuditIntent> {
  const { vault, keys, catalog, stack, caller } = context;
  const name = await caller();
  const trail = auditTrail({
    writer: 'cli',
    vault: () => vault,
    keyRing: keys,
    catalog,
    clock: cli.clock,
    log: logOf(cli),
    tellGap: async ({ error }) =>
      cli.out.warn(
        `it is done, but its outcome is not whole in the audit trail: ${asHoldfastError(error).message}`,
      ),
    redact: (value) => loggable({ value }).value,
    lockDays: stack.ObjectLock?.days,
  });
  const { correlationId } = cli;
  const actor = { subject: name, name, groups: [], correlationId, via: 'cli' } as const;
  return trail.begin(actor, entry.action, entry.target, entry.before, entry.detail);
}

async function carryOut<T>(intent: AuditIntent | undefined, work: () => Promise<Done<T>>): Promise<T> {
  let done: Done<T>;
  try {
    done = await work();
  } catch (thrown) {
    await intent?.end(...outcomeOfFailure(thrown));
    throw thrown;
  }
  await intent?.end('ok', done.after, undefined, done.detail);
  return done.result;
}

/** People are told by the command itself; what the trail logs is for functions. */
function logOf(cli: Cli): Log {
  const log: Log = {
    info: (message) => cli.out.detail(message),
    warn: (message) => cli.out.detail(message),
    error: (message) => cli.out.detail(message),
    with: () => log,
  };
  return log;
}

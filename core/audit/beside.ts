/**
 * Work that goes on whether or not the trail can be written: backups come first. The intention is written beside the
 * work and never waited for before it; its outcome when the work has ended. What cannot be written is logged and told.
 */
import { asHoldfastError, errorCodes, rowErrorOf } from '../errors.ts';
import type { Log } from '../ports/index.ts';
import type { TellGap } from './tell.ts';
import type { AuditActor, AuditIntent, AuditTrail } from './trail.ts';

export interface BesideDeps {
  readonly audit: AuditTrail;
  readonly log: Log;
  readonly tellGap: TellGap;
}

export interface Doing {
  readonly actor: AuditActor;
  readonly action: string;
  readonly target: string;
}

/** What the trail says of what the work came to. */
export interface Came {
  readonly result: Parameters<AuditIntent['end']>[0];
  readonly after?: unknown;
  readonly error?: Parameters<AuditIntent['end']>[2];
}

/** A function acts for who asked, as its event says, or for a schedule; through which door they came it does not know. */
export function actorOfRun(by: string | undefined, correlationId: string): AuditActor {
  const name = by ?? 'schedule';
  return {
    subject: name,
    name,
    groups: [],
    correlationId,
    ...(by === undefined && { via: 'schedule' as const }),
  };
}

/** Returns and throws what `work` does, and nothing else. */
export async function auditedBeside<T>(
  doing: Doing,
  deps: BesideDeps,
  work: () => Promise<T>,
  cameTo: (result: T) => Came,
): Promise<T> {
  const { actor, action, target } = doing;
  const intent = begun(deps.audit.begin(actor, action, target), doing, deps);
  let made: T;
  try {
    made = await work();
  } catch (thrown) {
    await (await intent)?.end(...outcomeOfFailure(thrown));
    throw thrown;
  }
  const { result, after, error } = cameTo(made);
  await (await intent)?.end(result, after, error);
  return made;
}

/** Of something that is worth an entry only once it is known to have done anything: both parts at its end. */
export async function auditedAfterwards(doing: Doing, deps: BesideDeps, came: Came): Promise<void> {
  const { actor, action, target } = doing;
  const intent = await begun(deps.audit.begin(actor, action, target), doing, deps);
  await intent?.end(came.result, came.after, came.error);
}

/** Refused: it was not possible as asked for, and nothing was changed. */
export function outcomeOfFailure(thrown: unknown): Parameters<AuditIntent['end']> {
  const error = asHoldfastError(thrown);
  const refused = ['input', 'missing', 'conflict'].includes(errorCodes[error.code].class);
  return [refused ? 'refused' : 'failed', undefined, rowErrorOf(error)];
}

async function begun(
  beginning: Promise<AuditIntent>,
  { actor, action, target }: Doing,
  { log, tellGap }: BesideDeps,
): Promise<AuditIntent | undefined> {
  try {
    return await beginning;
  } catch (error) {
    log.error('it goes on without an entry in the audit trail', { action, target, error });
    await tellGap({ action, target, correlationId: actor.correlationId, error, log });
    return undefined;
  }
}

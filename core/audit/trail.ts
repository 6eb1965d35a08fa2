/**
 * The audit trail: who did what, through which door, and what came of it. What it promises: an intention is in the vault
 * and in the catalog before `begin` returns, or `begin` throws; an outcome that cannot be written undoes nothing: it is
 * logged and told, and the intention stands without one. What is written is bounded and holds no secret.
 */
import { randomBytes } from 'node:crypto';
import type { Actor } from '../control/actor.ts';
import { asHoldfastError, HoldfastError } from '../errors.ts';
import type { AuditWriter } from '../format/layout.ts';
import type { AuditEntry, Catalog, RowError } from '../ports/catalog.ts';
import type { Clock, Log } from '../ports/index.ts';
import type { KeyRing } from '../ports/keys.ts';
import type { Vault, WrittenObject } from '../ports/vault.ts';
import { entryOf, type Intent, type Outcome } from './document.ts';
import { type AuditKeys, auditKeysOf, writeAudit } from './objects.ts';
import type { TellGap } from './tell.ts';
import { auditable, auditableError, auditableText, type Redact } from './values.ts';

/** A run knows who asked for it, not always through which door. */
export type AuditActor = Omit<Actor, 'via'> & Partial<Pick<Actor, 'via'>>;

/** What was tried, written before it is done, so that nothing is done that nobody wrote down. */
export interface AuditTrail {
  /** Throws when the intention cannot be written: then the call is refused. */
  begin(
    actor: AuditActor,
    action: string,
    target: string,
    before?: unknown,
    detail?: string,
  ): Promise<AuditIntent>;
}

export interface AuditIntent {
  /** Once. `refused`: it was not allowed or not possible, and nothing was changed. `detail` takes the place of the intention's. */
  end(
    result: NonNullable<AuditEntry['result']>,
    after?: unknown,
    error?: RowError,
    detail?: string,
  ): Promise<void>;
}

export interface TrailDeps {
  /** Below whose prefix the objects go: the one that the role of this process may write. */
  readonly writer: AuditWriter;
  /** Opened by the first entry: most calls of the API never need it. */
  readonly vault: () => Pick<Vault, 'write'> | Promise<Pick<Vault, 'write'>>;
  readonly keyRing: Pick<KeyRing, 'publicKeys' | 'signingKey'>;
  readonly catalog: Pick<Catalog, 'appendAudit'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Tells people that the trail has a gap. */
  readonly tellGap: TellGap;
  readonly redact: Redact;
  /** Object Lock of what is written, where the vault has it. */
  readonly lockDays?: number | undefined;
}

/** One object into the vault, retries included; a caller who waits for an answer must not wait for minutes. */
const mostMillisecondsForOne = 20_000;
const dayMs = 86_400_000;

export function auditTrail(deps: TrailDeps): AuditTrail {
  return {
    async begin(actor, action, target, before, detail = '') {
      const intent = intentOf(deps, { actor, action, target, before, detail });
      try {
        const keys = await auditKeysOf(deps.writer, deps.keyRing);
        const written = await write(intent, keys, deps);
        await deps.catalog.appendAudit(entryOf(intent, undefined, [written.key]));
        return { end: (...outcome) => end(intent, written, keys, outcome, deps) };
      } catch (thrown) {
        const { message, code } = asHoldfastError(thrown);
        const { correlationId } = actor;
        deps.log.error('intention not written to the audit trail', {
          ...{ action, target, correlationId },
          error: thrown,
        });
        throw new HoldfastError(
          'AUDIT_UNAVAILABLE',
          `The audit trail could not be written (${code}: ${message}), so nothing was done`,
          { cause: thrown },
        );
      }
    },
  };
}

function intentOf(
  { writer, clock, redact }: TrailDeps,
  asked: {
    readonly actor: AuditActor;
    readonly action: string;
    readonly target: string;
    readonly before: unknown;
    readonly detail: string;
  },
): Intent {
  const { actor, action, target, before, detail } = asked;
  const { name, subject, groups, address, requestId, correlationId, via } = actor;
  return {
    format: 'holdfast/audit',
    version: 1,
    part: 'intent',
    writer,
    at: clock.now().toISOString(),
    id: randomBytes(8).toString('hex'),
    by: auditableText(name, redact, 200) || 'unknown',
    action,
    target: auditableText(target, redact, 1_000),
    detail: auditableText(detail, redact, 1_000),
    correlationId: correlationId.slice(0, 200),
    via,
    subject: subject.slice(0, 300),
    groups: groups.slice(0, 100).map((group) => group.slice(0, 200)),
    address,
    requestId,
    before: auditable(before, redact),
  };
}

async function end(
  intent: Intent,
  written: WrittenObject,
  keys: AuditKeys,
  [result, after, error, detail]: Parameters<AuditIntent['end']>,
  deps: TrailDeps,
): Promise<void> {
  const { format, version, writer, at, id, by, action, target, correlationId } = intent;
  const { redact, clock, catalog } = deps;
  const outcome: Outcome = {
    ...{ format, version, writer, at, id, by, action, target, correlationId },
    part: 'outcome',
    detail: detail === undefined ? intent.detail : auditableText(detail, redact, 1_000),
    endedAt: clock.now().toISOString(),
    result,
    after: auditable(after, redact),
    error: auditableError(error, redact),
    intentSha256: written.sha256,
  };
  const objects = [written.key];
  const gaps: unknown[] = [];
  try {
    objects.push((await write(outcome, keys, deps)).key);
  } catch (thrown) {
    gaps.push(thrown);
  }
  try {
    // Also without its object: what came of it is known in one place at least.
    await catalog.appendAudit(entryOf(intent, outcome, objects));
  } catch (thrown) {
    gaps.push(thrown);
  }
  if (gaps.length === 0) return;
  deps.log.error('outcome not written to the audit trail', {
    ...{ action, target, result, correlationId },
    error: gaps[0],
  });
  await deps.tellGap({ action, target, correlationId, error: gaps[0], log: deps.log });
}

async function write(document: Intent | Outcome, keys: AuditKeys, deps: TrailDeps): Promise<WrittenObject> {
  const { lockDays, clock } = deps;
  const lockUntil =
    lockDays === undefined ? undefined : new Date(clock.now().getTime() + lockDays * dayMs).toISOString();
  const vault = await deps.vault();
  return writeAudit(document, keys, {
    vault,
    lockUntil,
    signal: AbortSignal.timeout(mostMillisecondsForOne),
  });
}

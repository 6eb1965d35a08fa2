/**
 * Restores as people ask for them: what would happen, having it done, stopping it. What a restore takes away of what is
 * there is shown before, and nothing is ordered that would take away anything else: the places are confirmed by name,
 * and what is in them is backed up before, or given up in so many words.
 */
import { HoldfastError, hasCode, InvalidInput } from '../errors.ts';
import type { RestoreEvent, RestoreOrder } from '../events.ts';
import type { ArchiveWait, BackupRow, Catalog, PlanRow, RestoreRow } from '../ports/catalog.ts';
import type { Clock } from '../ports/index.ts';
import type { Destruction } from '../ports/recovery.ts';
import type { FunctionStarter } from '../ports/surroundings.ts';
import type { Vault } from '../ports/vault.ts';
import { archivedOf, estimateReturn } from '../restore/archive.ts';
import { type Actor, holds } from './actor.ts';
import type { AskedBy } from './backups.ts';
import type { Called } from './called.ts';
import { findBackup, requireCompleted } from './find-backup.ts';
import { firstAsked } from './first-asked.ts';
import { isBelow } from './plan-secrets.ts';
import { guardOf, type RestoreGuard, unfitPoint } from './restore-guard.ts';
import { type FactsOf, kindOf, type RestoredKind } from './restore-kind.ts';
import { describeOrder, destructionOf, orderOf, type RestoreWish, restoreIdFor } from './restore-order.ts';

/** The backup does not expire before: time to run, fail, be looked at and be started again. */
const holdMs = 48 * 3_600_000;
/** And the time that it takes to come back from an archive class. */
const holdArchivedMs = 7 * 24 * 3_600_000;

/** What it takes to say what an order is. */
export interface OrderDeps {
  readonly catalog: Pick<Catalog, 'getPlan'>;
  readonly factsOf: FactsOf;
  readonly called: Called;
  /** Below which the secrets of sources lie: a restore may name no other. */
  readonly secretPrefix: string;
}

export interface RestoreDeps extends OrderDeps {
  readonly catalog: Catalog;
  readonly clock: Clock;
  readonly starter: FunctionStarter;
  /** For looking whether objects are archived. */
  readonly vault: () => Promise<Vault>;
}

/** A wish as the order that would be carried out, and what is known of it without the manifest. */
export interface WishedOrder {
  readonly order: RestoreOrder;
  readonly backup: BackupRow;
  readonly plan: PlanRow | undefined;
  readonly kind: RestoredKind | undefined;
  readonly destruction: Destruction | undefined;
}

export interface DescribedRestore extends WishedOrder {
  readonly head: string;
  readonly steps: readonly string[];
  /** Where it goes; absent where that is known only once the manifest is open. */
  readonly target?: string;
  readonly guard: RestoreGuard | undefined;
  readonly archive: ArchiveLook;
  /** What a person should think about before. */
  readonly warnings: readonly string[];
}

/** - `wait`: what must be asked back. - `unknown`: why that cannot be told beforehand. Neither: all can be read. */
export interface ArchiveLook {
  readonly wait?: ArchiveWait;
  readonly unknown?: string;
}

/** How long the backup is held. Yearly ones are archived; one that is not today may be when the restore begins. */
export function holdMsOf({ tier }: Pick<BackupRow, 'tier'>, mayWait: boolean): number {
  return mayWait || tier === 'yearly' ? holdArchivedMs : holdMs;
}

/** The order of a wish. INVALID_INPUT for what the kind does not take; BACKUP_NOT_RESTORABLE unless it is completed. */
export async function orderWished(
  deps: OrderDeps,
  found: BackupRow,
  wish: RestoreWish,
): Promise<WishedOrder> {
  const { called, factsOf } = deps;
  requireOwnSecret(wish, deps);
  const backup = requireCompleted(found);
  const plan = await deps.catalog.getPlan(backup.planId);
  const kind = kindOf(plan?.plan, backup, wish.component, factsOf);
  const order = orderOf(backup, wish, kind, called);
  return { order, backup, plan, kind, destruction: destructionOf(order, kind) };
}

/** As the function gets it. Nothing is confirmed where nothing goes: should it find that something would, it does not begin. */
export function orderToCarryOut({
  order,
  destruction,
}: Pick<WishedOrder, 'order' | 'destruction'>): RestoreOrder {
  return destruction ? order : { ...order, confirmed: [] };
}

/** What would happen. Throws as orderWished does. */
export async function describeRestore(
  deps: RestoreDeps,
  found: BackupRow,
  wish: RestoreWish,
  withoutRestorePoint: boolean,
): Promise<DescribedRestore> {
  const { called } = deps;
  const wished = await orderWished(deps, found, wish);
  const { order, backup, plan, kind, destruction } = wished;
  // Of a plan that was deleted nothing is backed up any more.
  const today = plan?.deleted ? undefined : plan?.plan;
  const guard = guardOf({ order, destruction, plan: today, kind, without: withoutRestorePoint }, called);
  const archive = await lookAtArchive(deps, backup, order);
  return {
    ...wished,
    guard,
    archive,
    ...describeOrder(backup, order, kind, called),
    warnings: [
      ...(backup.verification?.status === 'failed'
        ? ['The last verification of this backup FAILED. Its bytes are checked again.']
        : []),
      ...(archive.unknown === undefined ? [] : [archive.unknown]),
    ],
  };
}

/**
 * The stack reads more secrets than those of sources: its keys, its channels. None of them is a server's, and whoever
 * may order a restore may not have one tried out, nor be told what is wrong with it.
 */
function requireOwnSecret({ options }: RestoreWish, { called, secretPrefix }: OrderDeps): void {
  const secret = options?.secret;
  if (secret === undefined || (typeof secret === 'string' && isBelow(secret, secretPrefix))) return;
  const allowed = `a secret whose name begins with ${secretPrefix}, or the ARN of one`;
  throw new InvalidInput('restore', [{ field: called('options.secret'), allowed }]);
}

async function lookAtArchive(
  { vault, clock }: Pick<RestoreDeps, 'vault' | 'clock'>,
  backup: BackupRow,
  { from, component, returnSpeed }: RestoreOrder,
): Promise<ArchiveLook> {
  // What another copy holds only the function looks at.
  if (from === 'replica') {
    return {
      unknown:
        'Whether objects of the second copy are archived is looked at when it starts: then it waits for them.',
    };
  }
  if (from !== 'vault') return {};
  try {
    const archived = await archivedOf(backup, component, await vault());
    return archived.length > 0 ? { wait: estimateReturn(archived, returnSpeed, clock.now()) } : {};
  } catch (thrown) {
    if (!hasCode(thrown, 'VAULT_REFUSED', 'ACCESS_DENIED')) throw thrown;
    return {
      unknown:
        'The objects may not be looked at from here: if they are archived, the restore says so and waits.',
    };
  }
}

/** What a person says about what a restore takes away. */
export interface Consent {
  /** The places, as they were shown. */
  readonly confirmed?: readonly string[] | undefined;
  /** The backup that was made of them before: its id, or PLAN@LABEL. */
  readonly restorePoint?: string | undefined;
  readonly withoutRestorePoint: boolean;
}

/**
 * Orders it and has the function begin. Throws before anything is written: FORBIDDEN when it takes something away and
 * the actor is no admin, INVALID_INPUT naming what was not confirmed, or why the restore point does not do.
 */
export async function orderRestore(
  deps: RestoreDeps,
  found: BackupRow,
  request: { readonly wish: RestoreWish } & Consent,
  asked: AskedBy & { readonly actor: Pick<Actor, 'role'> },
): Promise<RestoreRow> {
  const { wish, ...consent } = request;
  const described = await describeRestore(deps, found, wish, consent.withoutRestorePoint);
  await requireConsent(deps, described, consent, asked.actor);
  const { backup, archive } = described;
  const order = orderToCarryOut(described);
  const mayWait = archive.wait !== undefined || archive.unknown !== undefined;
  return startRestore(deps, order, { ...asked, holdMs: holdMsOf(backup, mayWait) });
}

async function requireConsent(
  deps: RestoreDeps,
  { destruction, guard, order, plan, kind }: DescribedRestore,
  { confirmed, restorePoint }: Consent,
  { role }: Pick<Actor, 'role'>,
): Promise<void> {
  if (!destruction) {
    const field =
      confirmed !== undefined ? 'confirmed' : restorePoint !== undefined ? 'restorePoint' : undefined;
    if (field)
      throw refused(field, 'absent, since this restore takes nothing away: is it the one that was meant?');
    return;
  }
  if (!holds(role, 'admin')) {
    throw new HoldfastError('FORBIDDEN', 'a restore that takes away what is there needs the role admin', {
      next: 'Ask an administrator to order it, or restore beside what is there.',
    });
  }
  if (kind && !kind.source) {
    const names = plan?.plan.sources.map(({ name }) => name).join(', ');
    throw refused('component', `one of ${names}: else nobody can say what goes`);
  }
  requirePlaces(destruction, confirmed);
  if (guard?.outcome === 'impossible') throw new InvalidInput('restore', [guard.issue]);
  if (guard?.outcome !== 'point') {
    if (restorePoint === undefined) return;
    throw refused('restorePoint', `absent: ${guard?.why}`);
  }
  const { called, clock, catalog } = deps;
  const { id } = guard.plan;
  if (restorePoint === undefined) {
    const way = `a restore point of ${guard.only.join(', ')} of plan ${id} (${called('makeRestorePoint')}), or ${called('withoutRestorePoint')}`;
    throw refused('restorePoint', way);
  }
  const point = await findBackup(catalog, restorePoint);
  const restores = await recentRestores(catalog, id, clock.now());
  const unfit = plan && unfitPoint(point, { plan, only: guard.only, order, restores, now: clock.now() });
  if (unfit) {
    const allowed = `a completed restore point of ${guard.only.join(', ')} of plan ${id}, but ${unfit}`;
    throw refused('restorePoint', allowed, point.backupId);
  }
}

/** Restores wait for archived objects so long at most, and a restore point is good for a day. */
const recentMs = 9 * 24 * 3_600_000;
/** A page may have no row of the plan and still not be the last. */
const mostPages = 20;

/** Of the plan, all that may still change something, or did after a restore point was made. */
async function recentRestores(
  catalog: Pick<Catalog, 'listRestores'>,
  planId: string,
  now: Date,
): Promise<readonly RestoreRow[]> {
  const rows: RestoreRow[] = [];
  let cursor: string | undefined;
  for (let pages = 0; pages < mostPages; pages += 1) {
    const page = await catalog.listRestores({ planId }, { limit: 200, ...(cursor && { cursor }) });
    rows.push(...page.rows);
    cursor = page.cursor;
    const oldest = rows.at(-1)?.createdAt;
    if (cursor === undefined) break;
    if (oldest !== undefined && now.getTime() - Date.parse(oldest) > recentMs) break;
  }
  return rows;
}

function requirePlaces({ places }: Destruction, confirmed: readonly string[] | undefined): void {
  const said = new Set(confirmed ?? []);
  // Where the plan is gone nobody can name the places: then none is the right answer.
  if (said.size === places.length && places.every((place) => said.has(place))) return;
  const allowed = `exactly these places, whose data goes: ${JSON.stringify(places.slice(0, 20))}`;
  throw refused('confirmed', allowed, confirmed);
}

function refused(field: string, allowed: string, value?: unknown): InvalidInput {
  const shown = value === undefined ? {} : { value: JSON.stringify(value).slice(0, 100) };
  return new InvalidInput('restore', [{ field, ...shown, allowed }]);
}

/** Writes the row, which holds the backup, and starts the function. The same token again is the same restore. */
export async function startRestore(
  { catalog, clock, starter }: Pick<RestoreDeps, 'catalog' | 'clock' | 'starter'>,
  order: RestoreOrder,
  { actor, token, ...hold }: AskedBy & { readonly holdMs: number },
): Promise<RestoreRow> {
  const createdAt = await firstAsked(catalog, token, clock.now());
  const row: RestoreRow = {
    restoreId: restoreIdFor(createdAt, token.slice(0, 8)),
    planId: order.planId,
    backupId: order.backupId,
    status: 'pending',
    createdBy: actor.name,
    createdAt,
    request: order,
    correlationId: actor.correlationId,
  };
  const { restoreId } = row;
  try {
    await catalog.createRestore(row, new Date(Date.parse(createdAt) + hold.holdMs).toISOString());
  } catch (thrown) {
    const there = hasCode(thrown, 'CONFLICT') ? await catalog.getRestore(restoreId) : undefined;
    if (there?.backupId !== row.backupId) throw thrown;
    // The same request again; a function that is started twice carries it out once.
    if (there.status !== 'pending') return there;
  }
  const event: RestoreEvent = { task: 'restore', restoreId };
  await starter.start('restore', event);
  return row;
}

export async function findRestore(
  catalog: Pick<Catalog, 'getRestore'>,
  restoreId: string,
): Promise<RestoreRow> {
  const row = await catalog.getRestore(restoreId);
  if (row) return row;
  throw new HoldfastError('RESTORE_NOT_FOUND', `there is no restore ${restoreId}`, {
    details: { restoreId },
  });
}

/** Asks it to stop, which it does within seconds; one that waits ends at once. RESTORE_NOT_FOUND; CONFLICT when it has ended. */
export async function cancelRestore(
  { catalog, clock }: Pick<RestoreDeps, 'catalog' | 'clock'>,
  restoreId: string,
): Promise<RestoreRow> {
  await catalog.requestCancel(restoreId);
  const row = await findRestore(catalog, restoreId);
  if (row.status !== 'waiting') return row;
  // Nothing runs while it waits: there is nobody else to end it.
  const completedAt = clock.now().toISOString();
  const error = { code: 'CANCELLED', message: 'cancelled while it waited for archived objects' };
  await catalog.finishRestore(restoreId, { status: 'cancelled', error, completedAt });
  return findRestore(catalog, restoreId);
}

const startWithinMs = 5 * 60_000;
/** A function runs 15 minutes at most; a restore is not begun twice, so after this it is dead. */
const endWithinMs = 16 * 60_000;

/** Why it cannot end any more, undefined while it can: told by the times in its row. */
export function deadRestore(row: RestoreRow, now: Date): HoldfastError | undefined {
  const { restoreId, status, createdAt, startedAt = createdAt, progress } = row;
  const ageMs = (at: string) => now.getTime() - Date.parse(at);
  const how =
    status === 'pending' && ageMs(createdAt) > startWithinMs
      ? 'was not started within 5 minutes'
      : status === 'running' && ageMs(startedAt) > endWithinMs
        ? 'has not ended within the time that a function may run'
        : undefined;
  if (how === undefined) return undefined;
  return new HoldfastError('CRASHED', `restore ${restoreId} ${how}`, {
    next: 'Look at the log of the restore function, and on the target for a database that it left.',
    details: { restoreId, step: progress?.step },
  });
}

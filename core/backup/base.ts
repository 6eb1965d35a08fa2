/**
 * What a run may build upon, held before a byte of the source is read: the catalog notes, in one transaction with the
 * bases, that this run may come to need them, so that cleanup marks nothing of them while it goes on. Whatever stands
 * in the way (no base, no key, damage) makes the run read everything; it never makes it fail.
 */

import { inParallel } from '../at-a-time.ts';
import { hasCode } from '../errors.ts';
import { holdLimits } from '../hold-request.ts';
import type { Catalog, Needed } from '../ports/catalog.ts';
import type { WrappingPrivateKey } from '../ports/keys.ts';
import type { BaseIndex, Basis } from '../ports/source.ts';
import { backupsIn, boundNeeded, mergeNeeded, mostNeededBackups } from '../references.ts';
import { baseChooser, type ChosenBase, neededThrough, oldestUseful, restsOn } from './base-choice.ts';
import { baseIndex, proveIndex } from './base-index.ts';
import { type Attempt, beginStep } from './context.ts';

/** The newest one is most often the base. Rows have up to 120 KB of notes (row-notes.ts). */
const rowsOfPage = 20;
/** Of those that a base needs, at most 400 (base-choice.ts). */
const rowsAtATime = 8;
/**
 * Pages that are looked at for a base, none of them older than what could be one: 2,000 completed backups, or as many
 * pages of such that expired early.
 */
const mostPages = 100;
/** A base may expire between being chosen and being held; the next look sees that. */
const maxHolds = 5;
/**
 * A day: longer than any round of cleanup that may have read the row of this run before it said what it needs. The
 * rounds after that read what it needs on its own row.
 */
const heldMs = 86_400_000;

/** A component that need not be read whole. */
export interface Buildable {
  readonly component: string;
  readonly basis: Basis;
}

export interface HeldBases {
  /** By component. */
  readonly bases: ReadonlyMap<string, BaseIndex>;
  /** What the catalog was told that this run may need: references must be among it. */
  readonly needs: readonly Needed[];
}

const nothing: HeldBases = { bases: new Map(), needs: [] };

/** Chooses and holds a base for each component that can have one. CONFLICT when the row is not this attempt's. */
export async function holdBases(
  components: readonly Buildable[],
  keys: readonly WrappingPrivateKey[],
  attempt: Attempt,
): Promise<HeldBases> {
  const { owner, deps, log } = attempt;
  await beginStep(attempt, 'hold-bases');
  if (components.length === 0) return nothing;
  if (attempt.withoutBase) {
    log.info('everything is read: what the attempt before built upon was damaged');
    return nothing;
  }
  if (keys.length === 0) {
    log.info('everything is read: no key opens the index of an earlier backup');
    return nothing;
  }
  for (let tries = 1; tries <= maxHolds; tries += 1) {
    const chosen = await choose(components, attempt);
    const needs = neededByAll(chosen, attempt);
    if (chosen.size === 0 || needs === undefined) return nothing;
    const ids = idsOf(chosen);
    const until = new Date(deps.clock.now().getTime() + heldMs).toISOString();
    if (await deps.catalog.holdBases(owner, ids, needs, until)) {
      return { bases: await proven(chosen, keys, attempt), needs };
    }
    log.info('a base has gone meanwhile: looking again', { bases: ids });
  }
  log.warn('everything is read: each base had gone before it was held', { tries: maxHolds });
  return nothing;
}

async function choose(
  components: readonly Buildable[],
  { owner, deps, log }: Attempt,
): Promise<ReadonlyMap<string, ChosenBase>> {
  const { planId, backupId } = owner;
  const choosers = components.map(({ component, basis }) => ({
    component,
    chooser: baseChooser({ backupId, component, basis }),
  }));
  const [since] = components.map(({ basis }) => oldestUseful({ backupId, basis })).sort();
  let cursor: string | undefined;
  for (let pages = 0; pages < mostPages; pages += 1) {
    const options = { status: 'completed', limit: rowsOfPage, since, cursor } as const;
    const page = await deps.catalog.listBackups(planId, options);
    const isDecided = page.rows.some((row) => {
      // Each of them is offered the row.
      const known = choosers.map(({ chooser }) => chooser.offer(row));
      return known.every(Boolean);
    });
    cursor = page.cursor;
    if (isDecided || cursor === undefined) break;
  }
  const chosen = new Map<string, ChosenBase>();
  for (const { component, chooser } of choosers) {
    const choice = chooser.choice();
    const full =
      'full' in choice
        ? choice.full
        : (tooMany(chosen, choice.base) ?? (await damagedBelow(choice.base, planId, deps.catalog)));
    if (full !== undefined) log.info('everything is read', { component, why: full });
    else if ('base' in choice) chosen.set(component, choice.base);
  }
  return chosen;
}

/** A pack that is known to be damaged is in none of the backups to come. */
async function damagedBelow(base: ChosenBase, planId: string, catalog: Catalog): Promise<string | undefined> {
  let damaged: string | undefined;
  await inParallel(restsOn(base), rowsAtATime, async (id) => {
    const row = await catalog.getBackup(planId, id);
    if (row?.verification?.status === 'failed') damaged = id;
  });
  return damaged && `${damaged}, which it needs, failed its verification`;
}

function tooMany(chosen: ReadonlyMap<string, ChosenBase>, base: ChosenBase): string | undefined {
  const ids = idsOf(chosen);
  const { maxBases } = holdLimits;
  if (ids.length < maxBases || ids.includes(base.row.backupId)) return undefined;
  return `a run builds upon ${maxBases} earlier backups at most`;
}

function idsOf(chosen: ReadonlyMap<string, ChosenBase>): string[] {
  return [...new Set([...chosen.values()].map(({ row }) => row.backupId))];
}

/**
 * With what earlier attempts of this run noted: the manifest of one may still turn out to be whole, and be completed.
 * Undefined when it is more than a row can say.
 */
function neededByAll(
  chosen: ReadonlyMap<string, ChosenBase>,
  { row, log }: Attempt,
): readonly Needed[] | undefined {
  const needed = mergeNeeded(
    row.needs ?? [],
    ...[...chosen].map(([component, base]) => neededThrough(component, base)),
  );
  const backups = backupsIn(needed).length;
  if (backups <= mostNeededBackups) return boundNeeded(needed);
  log.info('everything is read: the sources together would need too many backups', { backups });
  return undefined;
}

/** Those whose index is there and whole: read to its end once, so that the run does not find out in its middle. */
async function proven(
  chosen: ReadonlyMap<string, ChosenBase>,
  keys: readonly WrappingPrivateKey[],
  { owner, deps, log, signal }: Attempt,
): Promise<ReadonlyMap<string, BaseIndex>> {
  const bases = new Map<string, BaseIndex>();
  for (const [component, base] of chosen) {
    const index = baseIndex({ planId: owner.planId, component, base }, keys, deps.vault);
    try {
      await proveIndex(index, signal);
      bases.set(component, index);
      log.info('building upon an earlier backup', { component, base: base.row.backupId });
    } catch (thrown) {
      signal.throwIfAborted();
      if (!hasCode(thrown, ...doesNotOpen)) throw thrown;
      const { code, message } = thrown;
      log.warn('everything is read: the index of the base does not open', { component, code, message });
    }
  }
  return bases;
}

/** What no repetition would mend; a vault that is not there just now fails the attempt as it would anyway. */
const doesNotOpen = [
  'KEY_MISSING',
  'KEY_INVALID',
  'INTEGRITY_LENGTH',
  'INTEGRITY_HASH',
  'INTEGRITY_SEAL',
  'FORMAT_UNKNOWN',
  'OBJECT_MISSING',
  'OBJECT_ARCHIVED',
  'VAULT_REFUSED',
  'ACCESS_DENIED',
] as const;

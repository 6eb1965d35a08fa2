/**
 * One backup as the vault alone knows it: the signed manifest, whether everything that it names is there, what was
 * proven about it and whether it is pinned. Nothing is believed that is not signed by a key of the right role.
 */
import { backupPrefix, manifestKey } from '../format/layout.ts';
import { parse } from '../parse.ts';
import { type Plan, planSchema, secretFields } from '../plan.ts';
import type { BackupRow, DrillRow, VerificationState } from '../ports/catalog.ts';
import type { Clock } from '../ports/index.ts';
import type { KeyRing } from '../ports/keys.ts';
import type { Vault } from '../ports/vault.ts';
import { fetchManifest, type OpenedManifest, partsOf } from '../verification/integrity.ts';
import { pinOf } from './pins.ts';
import { provenOf } from './reports.ts';
import { rowOf } from './row.ts';
import { type Unreadable, unreadable } from './unreadable.ts';

export interface FindDeps {
  readonly vault: Vault;
  readonly keyRing: KeyRing;
  readonly clock: Clock;
}

export type Found =
  | {
      readonly outcome: 'found';
      /** The row that the catalog should have. */
      readonly row: BackupRow;
      /** Undefined when this release does not understand it. */
      readonly plan: Plan | undefined;
      /** It was decided that it goes: nothing to rely on, unless `undelete` takes the marks away. */
      readonly marked: boolean;
      /** What its reports say of restore drills. */
      readonly drills: readonly DrillRow[];
    }
  /** No manifest, or one behind a delete marker: there is no such backup. */
  | { readonly outcome: 'none' }
  | { readonly outcome: 'unreadable' };

/** What cannot be read goes to `note`; throws when the vault or the keys do not answer. */
export async function findBackup(
  planId: string,
  backupId: string,
  deps: FindDeps,
  note: (problem: Unreadable) => void,
): Promise<Found> {
  const { vault, keyRing } = deps;
  const key = manifestKey(planId, backupId);
  const state = await vault.head(key);
  if (!state) return { outcome: 'none' };
  let opened: OpenedManifest;
  try {
    opened = await fetchManifest(planId, backupId, vault, keyRing);
  } catch (thrown) {
    note(unreadable(key, thrown));
    return { outcome: 'unreadable' };
  }
  const marked = state.tags.expire === 'yes' || (await isMarkingBegun(opened, vault));
  const missing = await missingParts(opened, vault);
  const adoptedAt = deps.clock.now().toISOString();
  const { slot } = opened.manifest;
  const [{ verification, drills }, pin] = await Promise.all([
    provenOf({ planId, backupId, slot, manifestSha256: opened.sha256 }, deps, note),
    pinOf(planId, backupId, deps, note),
  ]);
  return {
    outcome: 'found',
    row: rowOf(opened, {
      location: vault.location,
      adoptedAt,
      verification: lacking(missing, adoptedAt, verification),
      pin,
    }),
    plan: planOf(opened, key, note),
    marked,
    drills,
  };
}

/** The plan of a backup alone; undefined when there is none that this release can read. */
export async function findPlan(
  planId: string,
  backupId: string,
  { vault, keyRing }: Pick<FindDeps, 'vault' | 'keyRing'>,
): Promise<Plan | undefined> {
  const key = manifestKey(planId, backupId);
  if (!(await vault.head(key))) return undefined;
  // Whoever adopts that backup itself tells what is wrong with it.
  const untold = () => undefined;
  try {
    return planOf(await fetchManifest(planId, backupId, vault, keyRing), key, untold);
  } catch (thrown) {
    unreadable(key, thrown);
    return undefined;
  }
}

/** Whether its manifest carries the mark: for a backup whose row is there. */
export async function isMarked(
  planId: string,
  backupId: string,
  { vault }: Pick<FindDeps, 'vault'>,
): Promise<boolean> {
  return (await vault.head(manifestKey(planId, backupId)))?.tags.expire === 'yes';
}

/**
 * Cleanup marks the first object of a folder before the others, and the manifest last: a marking that was cut short
 * shows on the first part of a component, of which others may need the rest.
 */
async function isMarkingBegun({ manifest }: OpenedManifest, vault: Vault): Promise<boolean> {
  for (const component of manifest.components) {
    const [first] = component.segments.flatMap(({ parts }) => parts.map(({ key }) => key)).sort();
    if (first !== undefined && (await vault.head(first))?.tags.expire === 'yes') return true;
  }
  return false;
}

/** Keys of parts, own ones and those referred to, that are not listed with their length: a request for a thousand. */
async function missingParts({ manifest }: OpenedManifest, vault: Vault): Promise<readonly string[]> {
  const parts = partsOf(manifest);
  const expected = new Map(parts.map(({ part }) => [part.key, part.lengthBytes]));
  const folders = parts.flatMap(({ part, isReference }) => (isReference ? [`${dirname(part.key)}/`] : []));
  for (const folder of new Set([backupPrefix(manifest.planId, manifest.backupId), ...folders])) {
    for await (const { key, lengthBytes } of vault.list(folder)) {
      if (expected.get(key) === lengthBytes) expected.delete(key);
    }
  }
  return [...expected.keys()].sort();
}

const dirname = (key: string) => key.slice(0, key.lastIndexOf('/'));

/** A backup that lacks parts is listed, but as failed: nothing then counts on it. */
function lacking(
  missing: readonly string[],
  verifiedAt: string,
  verification: VerificationState | undefined,
): VerificationState | undefined {
  if (missing.length === 0) return verification;
  const named = missing.slice(0, 3).join(', ');
  const more = missing.length > 3 ? ` and ${missing.length - 3} more` : '';
  return {
    status: 'failed',
    level: 'stored',
    verifiedAt,
    detail: `missing or of another length when the catalog was rebuilt: ${named}${more}`.slice(0, 1000),
  };
}

function planOf(
  { manifest }: OpenedManifest,
  key: string,
  note: (problem: Unreadable) => void,
): Plan | undefined {
  try {
    return parse(planSchema, manifest.plan, 'plan', secretFields);
  } catch (thrown) {
    const problem = unreadable(key, thrown);
    note({ ...problem, why: `the backup is there, but not its plan: ${problem.why}` });
    return undefined;
  }
}

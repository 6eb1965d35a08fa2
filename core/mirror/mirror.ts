/**
 * The sealed backups of a vault on a disk of one's own, or in any other vault: only what is missing, each object
 * compared with what the vault says of it as it is written, a backup's manifest last. Nothing is opened, so the
 * machine with the disk needs no key; repeating it goes on where it stopped. What is marked for expiry is not
 * brought, and what was brought before stays: a mirror forgets nothing by itself. The audit trail comes along.
 */

import { inParallel } from '../at-a-time.ts';
import { asHoldfastError, HoldfastError } from '../errors.ts';
import { contextOfKey } from '../format/context.ts';
import {
  auditPrefix,
  auditWriters,
  backupIdSchema,
  backupPrefix,
  manifestKey,
  planIdSchema,
} from '../format/layout.ts';
import type { ListedObject, ObjectAttributes, ObjectState, Vault } from '../ports/vault.ts';
import { copyObject, isIntact } from './copy-object.ts';

/** Objects under way side by side; each holds a bounded number of 8 MiB buffers. */
const objectsAtATime = 4;
/** Problems that are named; all are counted. */
const mostNamed = 1000;

export interface MirrorDeps {
  readonly from: Vault;
  readonly to: Vault;
}

export interface MirrorOptions {
  /** Only this plan. */
  readonly planId?: string | undefined;
  /** Reads again what is there already, and compares it. */
  readonly check: boolean;
  readonly signal: AbortSignal;
  readonly onObject?: (counted: Mirrored) => void;
}

export interface Mirrored {
  /** Backups that are there as a whole now. */
  backups: number;
  copied: number;
  copiedBytes: number;
  present: number;
  /** Backups that are marked for expiry and were left. */
  expiring: number;
  problems: { count: number; named: { readonly key: string; readonly code: string; readonly why: string }[] };
}

/** Throws when a vault does not answer at all; what is wrong with one object is counted and the rest goes on. */
export async function mirror(deps: MirrorDeps, options: MirrorOptions): Promise<Mirrored> {
  const counted: Mirrored = {
    backups: 0,
    copied: 0,
    copiedBytes: 0,
    present: 0,
    expiring: 0,
    problems: { count: 0, named: [] },
  };
  for await (const planId of deps.from.folders('plans/')) {
    if (!planIdSchema.safeParse(planId).success) continue;
    if (options.planId !== undefined && planId !== options.planId) continue;
    for await (const backupId of deps.from.folders(`plans/${planId}/`)) {
      if (!backupIdSchema.safeParse(backupId).success) continue;
      options.signal.throwIfAborted();
      await mirrorBackup(planId, backupId, deps, options, counted);
    }
  }
  if (options.planId === undefined) await mirrorTrail(deps, options, counted);
  return counted;
}

/** Of no plan: it comes along with all of them. */
async function mirrorTrail(deps: MirrorDeps, options: MirrorOptions, counted: Mirrored): Promise<void> {
  for (const writer of auditWriters) {
    await inParallel(deps.from.list(auditPrefix(writer)), objectsAtATime, (object) =>
      bringOne(object, false, deps, options, counted),
    );
  }
}

async function mirrorBackup(
  planId: string,
  backupId: string,
  deps: MirrorDeps,
  options: MirrorOptions,
  counted: Mirrored,
): Promise<void> {
  const { from } = deps;
  const folder = backupPrefix(planId, backupId);
  const manifest = await from.head(manifestKey(planId, backupId), options);
  const bring = (objects: AsyncIterable<ListedObject> | Iterable<ListedObject>, sharedOnly = false) =>
    inParallel(objects, objectsAtATime, (object) => bringOne(object, sharedOnly, deps, options, counted));
  if (manifest === undefined || manifest.tags.expire === 'yes') {
    // It is no backup, or not for long: but others may need packs of it.
    if (manifest) counted.expiring += 1;
    return bring(from.list(folder), true);
  }
  const before = counted.problems.count;
  await bring(without(from.list(folder), manifest.key));
  await bring(from.list(`reports/${planId}/${backupId}/`));
  // A manifest without all that it names would look like a backup.
  if (counted.problems.count > before) return;
  await bring([manifest]);
  if (counted.problems.count === before) counted.backups += 1;
}

async function bringOne(
  { key, lengthBytes }: ListedObject,
  sharedOnly: boolean,
  { from, to }: MirrorDeps,
  options: MirrorOptions,
  counted: Mirrored,
): Promise<void> {
  const { check, signal } = options;
  signal.throwIfAborted();
  if (!isKey(key)) return;
  try {
    // The usual case of a repetition: one look at the disk, none at the vault.
    const there = await to.head(key, { signal });
    if (there?.lengthBytes === lengthBytes && !check) {
      counted.present += 1;
      return;
    }
    const stored = await from.head(key, { signal });
    if (sharedOnly && (stored?.tags.role !== 'pack' || stored.tags.expire === 'yes')) return;
    if (!stored) throw new HoldfastError('OBJECT_MISSING', `${key} vanished from ${from.location} meanwhile`);
    if (there && check && !(await isIntact(key, stored, to, signal))) throw damaged(key, to);
    const { present, bytes } = await copyObject({ key, from, to, attributes: attributesOf, signal });
    if (present) counted.present += 1;
    else {
      counted.copied += 1;
      counted.copiedBytes += bytes;
    }
  } catch (thrown) {
    signal.throwIfAborted();
    const { code, message } = asHoldfastError(thrown);
    counted.problems.count += 1;
    if (counted.problems.named.length < mostNamed) counted.problems.named.push({ key, code, why: message });
  }
  options.onObject?.(counted);
}

async function* without(objects: AsyncIterable<ListedObject>, key: string): AsyncGenerator<ListedObject> {
  for await (const object of objects) if (object.key !== key) yield object;
}

/** What somebody else put into the bucket is nothing of Holdfast's. */
function isKey(key: string): boolean {
  try {
    contextOfKey(key);
    return true;
  } catch {
    return false;
  }
}

function damaged(key: string, to: Vault): HoldfastError {
  return new HoldfastError('INTEGRITY_HASH', `${key} in ${to.location} is not what the vault has`, {
    next: 'The disk may be failing. Move that file away; the next mirror brings it again.',
  });
}

/** As it is tagged here; a store without tags has segments and what lies beside them. */
export function attributesOf({ key, tags }: ObjectState): ObjectAttributes {
  const { planId, segment } = contextOfKey(key);
  if (segment === key) return { role: 'audit', storageClass: 'STANDARD' };
  const beside =
    segment === 'manifest' ? 'manifest' : /^(?:report|pin)\//.test(segment) ? 'report' : 'segment';
  return {
    role: roles.find((role) => role === tags.role) ?? beside,
    tier: tiers.find((tier) => tier === tags.tier) ?? 'manual',
    planId,
    storageClass: 'STANDARD',
  };
}

const roles = ['segment', 'pack', 'index', 'manifest', 'report'] as const;
const tiers = ['hourly', 'daily', 'weekly', 'monthly', 'yearly', 'manual'] as const;

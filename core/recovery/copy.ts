/**
 * The objects of a copy (a folder, another bucket) into the vault of a new stack, as a run would have written them:
 * tags, storage class and lock are set as each is created, what is there already is compared and left, and the
 * manifest comes last, so that a copying which is cut short leaves no half backup that looks like one. What a backup
 * refers to comes with it, whether the backup that wrote that is copied as well or is long gone.
 */

import { createHash } from 'node:crypto';
import { inParallel } from '../at-a-time.ts';
import { HoldfastError } from '../errors.ts';
import { contextOfKey } from '../format/context.ts';
import { backupIdSchema, backupPrefix, manifestKey, planIdSchema } from '../format/layout.ts';
import { openDocument } from '../format/sealed-document.ts';
import type { Manifest } from '../manifest.ts';
import type { Clock } from '../ports/index.ts';
import type { KeyRing } from '../ports/keys.ts';
import type { ObjectAttributes, Vault } from '../ports/vault.ts';
import { storageClassOf } from '../retention.ts';
import { fetchManifest, type ListedPart, partsOf, readDocument } from '../verification/integrity.ts';
import { rememberedKeys } from './keys.ts';
import { type Unreadable, unreadable } from './unreadable.ts';

/** Objects under way side by side; each holds a bounded number of 8 MiB buffers. */
const objectsAtATime = 4;

export interface CopyDeps {
  readonly from: Vault;
  readonly to: Vault;
  readonly keyRing: KeyRing;
  readonly clock: Clock;
  /** Days of Object Lock that the vault gives, when it does. */
  readonly lockDays?: number | undefined;
  readonly onBackup?: (copied: number, backupId: string) => void;
  readonly onProblem: (problem: Unreadable) => void;
}

export interface Copied {
  readonly backups: number;
  readonly objects: number;
  readonly bytes: number;
  /** Backups whose manifest the vault has already. */
  readonly present: number;
}

/** Copies every backup whose manifest can be read and whose parts are all there. Repeating it goes on where it stopped. */
export async function copyBackups(deps: CopyDeps): Promise<Copied> {
  const counted = { backups: 0, objects: 0, bytes: 0, present: 0 };
  const held = { ...deps, keyRing: rememberedKeys(deps.keyRing) };
  for await (const planId of deps.from.folders('plans/')) {
    if (!planIdSchema.safeParse(planId).success) continue;
    for await (const backupId of deps.from.folders(`plans/${planId}/`)) {
      if (!backupIdSchema.safeParse(backupId).success) continue;
      const key = manifestKey(planId, backupId);
      if (!(await deps.from.head(key))) continue;
      if (await deps.to.head(key)) {
        counted.present += 1;
        continue;
      }
      try {
        const { objects, bytes } = await copyBackup(planId, backupId, held);
        counted.backups += 1;
        counted.objects += objects;
        counted.bytes += bytes;
        deps.onBackup?.(counted.backups, backupId);
      } catch (thrown) {
        deps.onProblem(unreadable(key, thrown));
      }
    }
  }
  return counted;
}

async function copyBackup(
  planId: string,
  backupId: string,
  deps: CopyDeps,
): Promise<{ readonly objects: number; readonly bytes: number }> {
  const { manifest } = await fetchManifest(planId, backupId, deps.from, deps.keyRing);
  let objects = 0;
  let bytes = 0;
  const copy = async (key: string, attributes: ObjectAttributes, expected?: string) => {
    const hash = createHash('sha256');
    const written = await deps.to.write(key, checked(key, deps.from, hash, expected), attributes);
    objects += 1;
    bytes += written.lengthBytes;
  };
  const common = attributesOf(manifest, deps);
  const beside = { ...common, role: 'report', storageClass: 'STANDARD' } as const;
  await inParallel(partsOf(manifest), objectsAtATime, async (listed) => {
    const { part, segment } = listed;
    if (listed.isReference && (await isThere(listed, common, deps))) return;
    const storageClass = storageClassOf(segment.role, manifest.tier);
    await copy(part.key, { ...common, role: segment.role, storageClass }, part.sha256);
  });
  for (const prefix of [`${backupPrefix(planId, backupId)}pins/`, `reports/${planId}/${backupId}/`]) {
    // What was said about a backup must not cost it: a bad pin or report, or somebody's own file, is told and left.
    await inParallel(deps.from.list(prefix), objectsAtATime, async ({ key }) => {
      try {
        const written = await deps.to.write(key, [await provenDocument(key, deps)], beside);
        objects += 1;
        bytes += written.lengthBytes;
      } catch (thrown) {
        deps.onProblem(unreadable(key, thrown));
      }
    });
  }
  await copy(manifestKey(planId, backupId), { ...common, role: 'manifest', storageClass: 'STANDARD' });
  return { objects, bytes };
}

/** A pin or report as it is stored, once it has been opened and its signature held: what is written stays for ever. */
async function provenDocument(key: string, { from, keyRing }: CopyDeps): Promise<Buffer> {
  const context = contextOfKey(key);
  const type = context.segment.startsWith('pin/') ? 'pin' : 'report';
  const bytes = await readDocument(key, from);
  const [privateKeys, { signers }] = await Promise.all([keyRing.privateKeys(), keyRing.publicKeys()]);
  await openDocument({ bytes, type, privateKeys, signers, context });
  return bytes;
}

/**
 * Each of many backups refers to the same parts: one that an earlier one of them brought is not read again for every
 * one. It was compared when it was written; a part of the same length and another checksum is refused by the write.
 */
async function isThere(
  { part }: ListedPart,
  { lockUntil }: { readonly lockUntil?: string },
  { to }: CopyDeps,
): Promise<boolean> {
  const state = await to.head(part.key);
  if (state?.lengthBytes !== part.lengthBytes) return false;
  const whole = state.checksumSha256?.includes('-') ? undefined : state.checksumSha256;
  if (whole !== undefined && Buffer.from(whole, 'base64').toString('hex') !== part.sha256) return false;
  if (lockUntil !== undefined) await to.extendLock(part.key, lockUntil);
  return true;
}

function attributesOf({ tier, planId }: Manifest, { lockDays, clock }: CopyDeps) {
  const lockUntil =
    lockDays === undefined
      ? undefined
      : new Date(clock.now().getTime() + lockDays * 86_400_000).toISOString();
  return { tier, planId, ...(lockUntil ? { lockUntil } : {}) };
}

/** The bytes of an object; fails at their end when they are not those that the manifest names, so that none is made. */
async function* checked(
  key: string,
  from: Vault,
  hash: ReturnType<typeof createHash>,
  expected: string | undefined,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of (await from.read(key)) as AsyncIterable<Uint8Array>) {
    hash.update(chunk);
    yield chunk;
  }
  if (expected !== undefined && hash.digest('hex') !== expected) {
    throw new HoldfastError('INTEGRITY_HASH', `${key} in ${from.location} is not what the manifest names`);
  }
}

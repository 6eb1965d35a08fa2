/**
 * What one restore reads of a backup, checked before the target is touched: all of the component, or what the kind says
 * that the request needs, so that one file of a large backup costs little. Promises: what the kind's choice is made from
 * (its index) is hashed first; where something that is there is going to be written over, every byte that will be read
 * is hashed beforehand; else a kind that names what it needs proves each thing by itself as it comes.
 */
import { HoldfastError } from '../errors.ts';
import type { Component, Manifest, Segment } from '../manifest.ts';
import type { WrappingPrivateKey } from '../ports/keys.ts';
import type { OpenSegment, RecoveryDriver, RestoreRequest } from '../ports/recovery.ts';
import type { ObjectState, Vault } from '../ports/vault.ts';
import { checkStored, hashEverything, openSegment } from '../verification/integrity.ts';

export interface NeededJob {
  readonly manifest: Manifest;
  readonly component: Component;
  readonly driver: RecoveryDriver;
  readonly request: RestoreRequest;
  readonly vault: Vault;
  /** Of the copy that is read, where they are known. */
  readonly versions: Readonly<Record<string, string>> | undefined;
  readonly privateKeys: readonly WrappingPrivateKey[];
  /** Something that is there is written over. */
  readonly writesOver: boolean;
  /** Nothing is read but what a choice is made from: for a look before a restore. Default: as the restore does. */
  readonly onlyLooks?: boolean;
  /** Told of what came back from an archive class for a time, before it is read. */
  readonly onReturned: (objects: readonly ObjectState[]) => Promise<void>;
}

export type Needed =
  | { readonly segments: readonly Segment[]; readonly open: OpenSegment }
  /** These lie in an archive class, and nothing can be read before they are back. */
  | { readonly away: readonly ObjectState[] };

/** @throws HoldfastError INTEGRITY_*, OBJECT_MISSING; what the driver throws for a request that selects nothing */
export async function proveNeeded(job: NeededJob, signal: AbortSignal): Promise<Needed> {
  const { manifest, component, driver, request, vault, versions, privateKeys } = job;
  const pinned = new Map<string, string | undefined>();
  const open: OpenSegment = (segment) =>
    openSegment(manifest, component, segment, vault, privateKeys, pinned, signal);
  /** Returns what is away, instead of hashing. */
  const prove = async (segments: readonly Segment[], hashed: boolean): Promise<readonly ObjectState[]> => {
    const only = narrowed(manifest, component, segments);
    const check = await checkStored(only, vault, versions ? { versions } : {}, signal);
    // Before anything is asked for that costs money.
    refuseDamaged(check.differences.filter(isDamage));
    if (check.archived.length > 0) return check.archived;
    await job.onReturned(check.returned);
    for (const [key, versionId] of check.pinned) pinned.set(key, versionId);
    if (hashed) refuseDamaged(await hashEverything(only, vault, pinned, signal));
    return [];
  };
  const all = [...component.segments, ...(component.references ?? [])];
  const first = driver.needed ? all.filter(({ role }) => role === 'index') : all;
  const away = await prove(first, driver.needed !== undefined || !job.onlyLooks);
  if (away.length > 0) return { away };
  if (!driver.needed) return { segments: all, open };
  const segments = await driver.needed(component, open, request, signal);
  const others = segments.filter(({ role }) => role !== 'index');
  const othersAway = await prove(others, job.writesOver && !job.onlyLooks);
  return othersAway.length > 0 ? { away: othersAway } : { segments, open };
}

function narrowed(manifest: Manifest, component: Component, segments: readonly Segment[]): Manifest {
  const keys = new Set(segments.map(({ parts }) => parts[0]?.key));
  const isNeeded = ({ parts }: Segment) => keys.has(parts[0]?.key);
  const { references = [] } = component;
  const own = component.segments.filter(isNeeded);
  return {
    ...manifest,
    components: [{ ...component, segments: own, references: references.filter(isNeeded) }],
  };
}

function refuseDamaged(damaged: readonly string[]): void {
  if (damaged.length === 0) return;
  throw new HoldfastError(
    'INTEGRITY_HASH',
    `The backup is damaged, the target was not touched: ${damaged.slice(0, 3).join('; ')}`,
  );
}

/** Tags and storage class do not matter to a restore; missing bytes do. */
function isDamage(difference: string): boolean {
  return / missing$| bytes, not |checksum differs/.test(difference);
}

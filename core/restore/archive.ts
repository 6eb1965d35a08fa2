/**
 * Objects in an archive class cannot be read until their return has been asked for, which takes hours and costs
 * money. What it takes and costs is worked out here; nothing here decides to pay it.
 */

import { inParallel } from '../at-a-time.ts';
import { attemptName, backupPrefix } from '../format/layout.ts';
import type { ArchiveWait, BackupRow } from '../ports/catalog.ts';
import type { ObjectState, ReturnSpeed, Vault } from '../ports/vault.ts';

/** How long a copy that came back stays readable: a restore, and a second one after looking at the first. */
export const returnDays = 7;

/** Requests side by side. */
const requestsAtATime = 8;

interface ReturnTerms {
  readonly hours: number;
  readonly usdPerGiB: number;
  readonly usdPerThousandRequests: number;
}

/**
 * Upper bounds in hours: "Archive retrieval options", Amazon S3 User Guide (typically "within 12 hours" and "within
 * 48 hours" from Deep Archive, "3-5 hours" and "5-12 hours" from Glacier Flexible Retrieval). Prices: the list of
 * https://aws.amazon.com/s3/pricing/ for us-east-1, tab "Requests & data retrievals", as of 2025; other regions are up
 * to about twice as dear, so this is an estimate and is called one.
 */
const terms: Readonly<Record<'DEEP_ARCHIVE' | 'GLACIER', Readonly<Record<ReturnSpeed, ReturnTerms>>>> = {
  DEEP_ARCHIVE: {
    standard: { hours: 12, usdPerGiB: 0.02, usdPerThousandRequests: 0.1 },
    bulk: { hours: 48, usdPerGiB: 0.0025, usdPerThousandRequests: 0.025 },
  },
  GLACIER: {
    standard: { hours: 5, usdPerGiB: 0.01, usdPerThousandRequests: 0.05 },
    bulk: { hours: 12, usdPerGiB: 0, usdPerThousandRequests: 0 },
  },
};

/** The copy that came back is billed as Standard beside the archived one: US dollars for a GiB and month of 30 days. */
const standardUsdPerGiBMonth = 0.023;

/** A class that is not known to come back sooner is taken for the slowest. */
function termsOf(storageClass: string, speed: ReturnSpeed): ReturnTerms {
  return terms[storageClass === 'GLACIER' ? 'GLACIER' : 'DEEP_ARCHIVE'][speed];
}

/** Readable at once: never archived, or back. */
export function isBack(state: Pick<ObjectState, 'archive'>): boolean {
  return state.archive === undefined || state.archive.state === 'returned';
}

/** What it takes to have these objects back, asked for now. Those that are on their way already cost nothing more. */
export function estimateReturn(
  objects: readonly Pick<ObjectState, 'storageClass' | 'lengthBytes' | 'archive'>[],
  speed: ReturnSpeed,
  now: Date,
): ArchiveWait {
  let hours = 0;
  let usd = 0;
  let bytes = 0;
  for (const object of objects) {
    const { usdPerGiB, usdPerThousandRequests, ...its } = termsOf(object.storageClass, speed);
    const gib = object.lengthBytes / 1024 ** 3;
    bytes += object.lengthBytes;
    hours = Math.max(hours, its.hours);
    if (object.archive?.state === 'returning') continue;
    usd += gib * (usdPerGiB + (standardUsdPerGiBMonth * returnDays) / 30) + usdPerThousandRequests / 1000;
  }
  return {
    objects: objects.length,
    bytes,
    requestedAt: now.toISOString(),
    expectedAt: new Date(now.getTime() + hours * 3_600_000).toISOString(),
    // To the cent, and never 0 for what costs something.
    estimatedCostUsd: Math.ceil(usd * 100) / 100,
  };
}

/** What came back is gone again soon: within a day, which is longer than a restore lasts. */
export function endsSoon({ archive }: Pick<ObjectState, 'archive'>, now: Date): boolean {
  const { state, until } = archive ?? {};
  return state === 'returned' && until !== undefined && Date.parse(until) < now.getTime() + 24 * 3_600_000;
}

/** Asks for the return of what is archived, and for more days of what is back; repeating it changes nothing. */
export async function askForReturn(
  objects: readonly ObjectState[],
  speed: ReturnSpeed,
  vault: Vault,
): Promise<void> {
  await inParallel(objects, requestsAtATime, async ({ key, versionId, archive }) => {
    if (archive === undefined || archive.state === 'returning') return;
    await vault.requestReturn(key, {
      ...(versionId === undefined ? {} : { versionId }),
      days: returnDays,
      speed,
    });
  });
}

/** Objects of one backup looked at one by one, at most; beyond, a sample of the largest stands for all. */
const mostLookedAt = 2000;

/**
 * What lies in an archive class of a backup whose manifest the caller may not open: below the folder of the attempt
 * that made it and of the component that is wanted, as far as these are known. Some may be back already, so each is
 * looked at.
 */
export async function archivedOf(
  { planId, backupId, madeBy }: Pick<BackupRow, 'planId' | 'backupId' | 'madeBy'>,
  component: string | undefined,
  vault: Vault,
): Promise<readonly ObjectState[]> {
  const folder = backupPrefix(planId, backupId);
  const attempt = madeBy === undefined ? 'a' : `${attemptName(madeBy)}/`;
  const within = component !== undefined && madeBy !== undefined ? `${component}/` : '';
  const largest: { readonly key: string; readonly lengthBytes: number }[] = [];
  for await (const { key, lengthBytes } of vault.list(`${folder}${attempt}${within}`)) {
    if (component !== undefined && key.slice(folder.length).split('/')[1] !== component) continue;
    largest.push({ key, lengthBytes });
    if (largest.length < mostLookedAt * 2) continue;
    largest.sort((a, b) => b.lengthBytes - a.lengthBytes).length = mostLookedAt;
  }
  largest.sort((a, b) => b.lengthBytes - a.lengthBytes).splice(mostLookedAt);
  const archived: ObjectState[] = [];
  await inParallel(largest, requestsAtATime, async ({ key }) => {
    const found = await vault.head(key);
    if (found && !isBack(found)) archived.push(found);
  });
  return archived;
}

/**
 * Everything sealed that a backup consists of, as links for a while: the manifest, the segments of the attempt that it
 * names, and those of earlier backups that it cannot be restored without. Page by page, by where the objects lie;
 * nothing is written while a backup is completed, so that pages fit together.
 */

import { inParallel } from '../at-a-time.ts';
import { attemptName, backupPrefix, manifestKey } from '../format/layout.ts';
import type { BackupRow, Needed } from '../ports/catalog.ts';
import type { Clock } from '../ports/index.ts';
import type { ObjectLinks } from '../ports/links.ts';
import type { ListedObject, ObjectState, Vault } from '../ports/vault.ts';
import { everything, needsKey } from '../references.ts';
import { isBack } from '../restore/archive.ts';
import { requireCompleted } from './find-backup.ts';

export interface DownloadDeps {
  readonly vault: () => Promise<Pick<Vault, 'list' | 'head'>>;
  readonly links: () => Promise<ObjectLinks>;
  readonly clock: Clock;
}

export interface DownloadAsked {
  /** How long the links hold, 1 to 60. */
  readonly minutes: number;
  /** 1 to 200. */
  readonly limit: number;
  /** Where the page before ended. */
  readonly after?: DownloadPlace | undefined;
}

/** `folder` counts from 0: the backup's own, then those that it needs. */
export interface DownloadPlace {
  readonly folder: number;
  readonly key: string;
}

export interface DownloadObject {
  /** Relative to the vault, and to the folder that it must lie in to be opened without Holdfast. */
  readonly key: string;
  /**
   * - `ready`: follow the link. - `archived`, `returning`: in an archive class, so that it cannot be read before its
   * return was asked for, by a restore, and has come; there is no link. - `missing`: it is not in the vault.
   */
  readonly state: 'ready' | 'archived' | 'returning' | 'missing';
  readonly lengthBytes?: number;
  readonly versionId?: string;
  readonly storageClass?: ObjectState['storageClass'];
  readonly url?: string;
}

export interface DownloadPage {
  readonly objects: readonly DownloadObject[];
  readonly expiresAt: string;
  readonly next?: DownloadPlace;
}

const headsAtATime = 8;

/** BACKUP_NOT_RESTORABLE unless it is completed. */
export async function downloadLinks(
  deps: DownloadDeps,
  row: BackupRow,
  { minutes, limit, after }: DownloadAsked,
): Promise<DownloadPage> {
  requireCompleted(row);
  const [vault, links] = await Promise.all([deps.vault(), deps.links()]);
  const seconds = minutes * 60;
  const expiresAt = new Date(deps.clock.now().getTime() + seconds * 1000).toISOString();
  const found: { readonly object: Found; readonly place: DownloadPlace }[] = [];
  for await (const each of objectsOf(row, vault, after)) {
    found.push(each);
    if (found.length > limit) break;
  }
  const page = found.slice(0, limit);
  const objects = new Map<string, DownloadObject>();
  await inParallel(page, headsAtATime, async ({ object }) => {
    objects.set(object.key, await linked(object, row, { vault, links, seconds }));
  });
  const last = found.length > limit ? page.at(-1)?.place : undefined;
  return {
    objects: page.flatMap(({ object }) => objects.get(object.key) ?? []),
    expiresAt,
    ...(last && { next: last }),
  };
}

/** The objects in a folder that belong to the backup, in the order of their keys. */
type Folder = (after: string | undefined) => AsyncIterable<Found> | Iterable<Found>;
type Found = Pick<ListedObject, 'key'>;

function foldersOf(row: BackupRow, vault: Pick<Vault, 'list'>): readonly Folder[] {
  const { planId, needs = [] } = row;
  const ofOthers = needs.map(({ backupId, attempt, component, ...rest }: Needed): Folder => {
    const folder = `${backupPrefix(planId, backupId)}${attemptName(attempt)}/`;
    const prefix = component === everything ? folder : `${folder}${component}/`;
    const needed = [{ backupId, attempt, component, ...rest }];
    return (after) => listed(vault, prefix, after, (key) => needsKey(needed, key));
  });
  return [ownFolder(row, vault), ...ofOthers];
}

/** As the row noted them, so that one which somebody hid is told and not passed over; else as the vault lists them. */
function ownFolder(row: BackupRow, vault: Pick<Vault, 'list'>): Folder {
  const { planId, backupId, madeBy, versions } = row;
  const manifest = manifestKey(planId, backupId);
  if (versions && Object.keys(versions).length > 0) {
    const keys = [...new Set([...Object.keys(versions), manifest])].sort();
    return (after) => keys.filter((key) => after === undefined || key > after).map((key) => ({ key }));
  }
  const own = backupPrefix(planId, backupId);
  const attempt = madeBy === undefined ? /^a\d{2,3}\// : new RegExp(`^${attemptName(madeBy)}/`);
  return (after) =>
    listed(vault, own, after, (key) => key === manifest || attempt.test(key.slice(own.length)));
}

async function* listed(
  vault: Pick<Vault, 'list'>,
  prefix: string,
  after: string | undefined,
  wanted: (key: string) => boolean,
): AsyncGenerator<Found> {
  for await (const { key } of vault.list(prefix, after === undefined ? {} : { after })) {
    if (wanted(key)) yield { key };
  }
}

async function* objectsOf(row: BackupRow, vault: Pick<Vault, 'list'>, after: DownloadPlace | undefined) {
  const first = after?.folder ?? 0;
  for (const [index, folder] of foldersOf(row, vault).entries()) {
    if (index < first) continue;
    for await (const object of folder(index === first ? after?.key : undefined)) {
      yield { object, place: { folder: index, key: object.key } };
    }
  }
}

/** The version that the row names, as it was written; where it names none, the one that is there. */
async function linked(
  { key }: Found,
  { versions }: BackupRow,
  { vault, links, seconds }: { vault: Pick<Vault, 'head'>; links: ObjectLinks; seconds: number },
): Promise<DownloadObject> {
  const pinned = versions?.[key];
  const state = await vault.head(key, pinned === undefined ? {} : { versionId: pinned });
  if (!state) return { key, state: 'missing', ...(pinned !== undefined && { versionId: pinned }) };
  const versionId = pinned ?? state.versionId;
  const about = {
    key,
    lengthBytes: state.lengthBytes,
    storageClass: state.storageClass,
    ...(versionId !== undefined && { versionId }),
  };
  if (!isBack(state))
    return { ...about, state: state.archive?.state === 'returning' ? 'returning' : 'archived' };
  return { ...about, state: 'ready', url: await links.linkTo(key, { versionId, seconds }) };
}

/**
 * Restores that wait for objects from an archive class: looks whether all that one will read are back, and says which
 * can go on. It has no key to open a manifest with: the names of the objects come from the catalog row, or from the
 * vault's own list.
 */
import { attemptName, backupPrefix } from '../format/layout.ts';
import type { BackupRow, Catalog, RestoreRow } from '../ports/catalog.ts';
import type { Vault } from '../ports/vault.ts';
import { hourMs } from './settings.ts';

export interface WaitingDeps {
  readonly catalog: Pick<Catalog, 'getBackup'>;
  readonly vault: Pick<Vault, 'head' | 'list'>;
  /** The second copy, for restores that read it. */
  readonly replica?: Pick<Vault, 'head' | 'list'>;
}

/** Objects of one backup that are looked at; a database of 10 TB has fewer. */
const mostObjects = 10_000;
const objectsAtATime = 20;

/** This long after the time that the service promises, the restore itself looks what is the matter. */
const patienceMs = 6 * hourMs;

/** True when nothing that it will read is still away, or when waiting longer makes no sense. Looks no further than the first that is. */
export async function canGoOn(row: RestoreRow, deps: WaitingDeps, now: Date): Promise<boolean> {
  const expectedAt = Date.parse(row.waitingFor?.expectedAt ?? row.createdAt);
  if (now.getTime() > expectedAt + patienceMs) return true;
  const vault = row.request.from === 'replica' ? deps.replica : deps.vault;
  // Without the right to look at it: when it is expected to be there.
  if (!vault) return now.getTime() >= expectedAt;
  const backup = await deps.catalog.getBackup(row.planId, row.backupId);
  const component = typeof row.request.component === 'string' ? row.request.component : undefined;
  let batch: Stored[] = [];
  let looked = 0;
  for await (const stored of readBy(row, backup, vault, component)) {
    batch.push(stored);
    looked += 1;
    if (batch.length < objectsAtATime && looked < mostObjects) continue;
    if (!(await allBack(batch, vault))) return false;
    batch = [];
    if (looked >= mostObjects) break;
  }
  return allBack(batch, vault);
}

/** Version ids belong to one copy: of the second copy there are none. */
interface Stored {
  readonly key: string;
  readonly versionId?: string;
}

async function allBack(objects: readonly Stored[], vault: Pick<Vault, 'head'>): Promise<boolean> {
  const states = await Promise.all(objects.map(({ key, versionId }) => vault.head(key, { versionId })));
  // One that is gone does not come back by waiting: the restore says so.
  return states.every((state) => state?.archive === undefined || state.archive.state === 'returned');
}

/** The segments of the attempt that made the backup, of one component where only one is read. */
async function* readBy(
  { planId, backupId, request }: RestoreRow,
  backup: BackupRow | undefined,
  vault: Pick<Vault, 'list'>,
  component: string | undefined,
): AsyncIterable<Stored> {
  const folder = backupPrefix(planId, backupId);
  const attempt = backup?.madeBy === undefined ? undefined : `${folder}${attemptName(backup.madeBy)}/`;
  const isRead = (key: string) => {
    const [made = '', of = '', part] = key.slice(folder.length).split('/');
    return /^a\d+$/.test(made) && part !== undefined && (component === undefined || of === component);
  };
  if (backup?.versions) {
    const isCopy = request.from === 'replica';
    for (const [key, versionId] of Object.entries(backup.versions)) {
      if (isRead(key)) yield isCopy ? { key } : { key, versionId };
    }
    return;
  }
  for await (const { key } of vault.list(attempt ?? folder)) if (isRead(key)) yield { key };
}

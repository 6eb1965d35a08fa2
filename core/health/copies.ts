/**
 * How far the second copies of a plan's newest good backups are. The manifest is small and written last, so it alone
 * says little: once it is copied, some of the segments are looked at too.
 */
import { attemptName, backupPrefix, manifestKey } from '../format/layout.ts';
import type { BackupRow } from '../ports/catalog.ts';
import type { ListedObject, Vault } from '../ports/vault.ts';
import type { CopyFacts } from './facts.ts';
import { replicationLagMs } from './settings.ts';

/** Segments looked at of a backup whose manifest is copied: 6 HEAD requests a plan and round. */
const mostSegments = 5;
/** Objects listed where the row does not name its own: one request. */
const mostListed = 1000;

type State = CopyFacts['state'];

/**
 * Of good backups, newest first: the newest, and where its copy is still on its way, the newest that has had time to
 * be copied. A plan that runs more often than copying takes is judged by that one. Throws what the vault throws.
 */
export async function copiesOf(
  good: readonly BackupRow[],
  vault: Pick<Vault, 'head' | 'list'>,
  now: Date,
): Promise<readonly CopyFacts[]> {
  const hadTime = ({ completedAt }: BackupRow) =>
    completedAt !== undefined && now.getTime() - Date.parse(completedAt) > replicationLagMs;
  const found: CopyFacts[] = [];
  for (const row of new Set([good[0], good.find(hadTime)])) {
    if (row?.completedAt === undefined) continue;
    const state = await copyOf(row, vault);
    found.push({ backupId: row.backupId, completedAt: row.completedAt, state });
    if (state === 'completed' || state === 'failed') break;
  }
  return found;
}

async function copyOf(row: BackupRow, vault: Pick<Vault, 'head' | 'list'>): Promise<State> {
  const stateOf = async (key: string): Promise<State> => {
    // What is not there at all is cleanup's, or a verification's, to find; it has no copy either.
    const found = (await vault.head(key))?.replication ?? 'none';
    return found === 'replica' ? 'completed' : found;
  };
  const manifest = await stateOf(manifestKey(row.planId, row.backupId));
  if (manifest !== 'completed') return manifest;
  const states = await Promise.all((await someSegments(row, vault)).map(stateOf));
  return (['failed', 'none', 'pending'] as const).find((state) => states.includes(state)) ?? 'completed';
}

/** Spread over those that the row names; else the largest of the first that are listed. */
async function someSegments(row: BackupRow, vault: Pick<Vault, 'list'>): Promise<readonly string[]> {
  const { planId, backupId, madeBy, versions } = row;
  const folder = backupPrefix(planId, backupId);
  const isSegment = (key: string) => /^a\d+\//.test(key.slice(folder.length));
  if (versions) {
    const keys = Object.keys(versions).filter(isSegment).sort();
    const step = Math.max(1, (keys.length - 1) / (mostSegments - 1));
    const chosen = Array.from({ length: mostSegments }, (_, n) => keys[Math.round(n * step)]);
    return chosen.filter((key) => key !== undefined);
  }
  const listed: ListedObject[] = [];
  for await (const object of vault.list(madeBy === undefined ? folder : `${folder}${attemptName(madeBy)}/`)) {
    if (isSegment(object.key)) listed.push(object);
    if (listed.length >= mostListed) break;
  }
  return listed
    .sort((a, b) => b.lengthBytes - a.lengthBytes)
    .slice(0, mostSegments)
    .map(({ key }) => key);
}

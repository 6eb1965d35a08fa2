/**
 * Folders of the vault that no row knows. With a manifest it is a backup that the catalog lost: handed to adopt, never
 * marked. Without one, and old, it is what a run left that nobody remembers: marked.
 */
import type { AdoptEvent } from '../events.ts';
import { backupPrefix, manifestKey } from '../format/layout.ts';
import type { BackupRow } from '../ports/catalog.ts';
import { beginStep, mostNamed, plan, type Run, skip } from './context.ts';
import { hasManifestVersion, isLeftover, markLeftovers } from './leftovers.ts';
import { foldersOf } from './marks.ts';

/** What one event of adopt holds at most (core/events.ts). */
const adoptAtOnce = 500;
/** Of one run; a catalog that lost more is rebuilt by hand. */
const mostAdopted = 5000;

type Address = Pick<BackupRow, 'planId' | 'backupId'>;

export interface Strangers {
  /** Looks at a folder without a row. */
  meet(address: Address, below: 'plans' | 'reports', isPaused: boolean): Promise<void>;
  /** A backup that is in the vault and not completed in the catalog. */
  adopt(address: Address): Promise<void>;
  /** Hands on what is left. */
  flush(): Promise<void>;
}

export function strangersOf(run: Run): Strangers {
  const { deps, options, tally } = run;
  let waiting: Address[] = [];
  let adopted = 0;

  async function flush(): Promise<void> {
    if (waiting.length === 0) return;
    const backups = waiting;
    waiting = [];
    if (options.dryRun) return;
    await beginStep(run, 'adopt');
    const event: AdoptEvent = { task: 'adopt', backups, correlationId: options.correlationId };
    await deps.starter.start('adopt', event);
    tally.adopted += backups.length;
    deps.log.warn('backups without a row are handed to adopt', { backups: backups.length });
  }

  async function adopt(address: Address): Promise<void> {
    if (adopted >= mostAdopted) return;
    adopted += 1;
    if (tally.unlisted.length < mostNamed) tally.unlisted.push(address);
    plan(run, { ...address, tier: '', action: 'adopt', why: 'in the vault, but not in the catalog' });
    waiting.push(address);
    if (waiting.length >= adoptAtOnce) await flush();
  }

  async function meet(address: Address, below: 'plans' | 'reports', isPaused: boolean): Promise<void> {
    const { planId, backupId } = address;
    // A run may have begun since the page was read.
    if (await deps.catalog.getBackup(planId, backupId)) return;
    if (below === 'reports' && (await hasObjects(run, backupPrefix(planId, backupId)))) return;
    const what = `${planId}/${backupId}`;
    const manifest = await deps.vault.head(manifestKey(planId, backupId));
    if (manifest?.tags.expire === 'yes') return skip(run, what, 'has no row, and is marked already');
    if (manifest) return adopt(address);
    if (isPaused) return;
    if (await hasManifestVersion(address, run))
      return skip(run, what, 'has no row, and its manifest lies behind a delete marker');
    if (!(await hasLeftovers(run, address))) return;
    plan(run, { ...address, tier: '', action: 'orphan', why: 'no row and no manifest' });
    if (!options.dryRun) await markLeftovers(address, run);
  }

  return { meet, adopt, flush };
}

async function hasObjects({ deps }: Run, prefix: string): Promise<boolean> {
  for await (const _ of deps.vault.list(prefix)) return true;
  return false;
}

async function hasLeftovers(run: Run, address: Address): Promise<boolean> {
  for (const folder of foldersOf(address))
    for await (const object of run.deps.vault.list(folder)) if (isLeftover(object, run)) return true;
  return false;
}

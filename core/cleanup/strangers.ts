/**
 * Folders of the vault that no row knows. With a manifest it is a backup that the catalog lost: handed to adopt, never
 * marked. Without one, and old, it is what a run left that nobody remembers, or what is left of a backup for others
 * that need it: marked but for that.
 */
import type { AdoptEvent } from '../events.ts';
import { backupPrefix, manifestKey } from '../format/layout.ts';
import type { BackupRow, Needed } from '../ports/catalog.ts';
import { needsKey } from '../references.ts';
import { beginStep, mostNamed, plan, type Run, skip } from './context.ts';
import { hasManifestVersion, isLeftover, markLeftovers } from './leftovers.ts';
import { foldersOf } from './marks.ts';

/** What one event of adopt holds at most (core/events.ts). */
const adoptAtOnce = 500;
/** Of one run; a catalog that lost more is rebuilt by hand. */
const mostAdopted = 5000;

type Address = Pick<BackupRow, 'planId' | 'backupId'>;

/**
 * What a folder without a row on its page is.
 * - `row`: its row has come about since the page was read.
 * - `unknown`: a backup; what it needs of others nobody knows until it is adopted.
 * - `orphan`: to be cleared once it is known what of it is needed.
 */
export type Stranger =
  | { readonly is: 'row'; readonly row: BackupRow }
  | { readonly is: 'unknown' | 'orphan' | 'nothing' };

export interface Strangers {
  /** Looks at a folder without a row, and hands it to adopt when it is a backup. */
  meet(address: Address, below: 'plans' | 'reports', isPaused: boolean): Promise<Stranger>;
  /**
   * Marks what is left of an orphan, but for what others need.
   *
   * @param mayBeNeeded a backup that is not adopted yet may need more of it: then nothing goes that could be referred to
   */
  clear(address: Address, needed: readonly Needed[], mayBeNeeded: boolean): Promise<void>;
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

  async function meet(address: Address, below: 'plans' | 'reports', isPaused: boolean): Promise<Stranger> {
    const { planId, backupId } = address;
    // A run may have begun since the page was read.
    const row = await deps.catalog.getBackup(planId, backupId);
    if (row) return { is: 'row', row };
    if (below === 'reports' && (await hasObjects(run, backupPrefix(planId, backupId))))
      return { is: 'nothing' };
    const what = `${planId}/${backupId}`;
    const manifest = await deps.vault.head(manifestKey(planId, backupId));
    if (manifest?.tags.expire === 'yes') {
      skip(run, what, 'has no row, and is marked already');
      return { is: 'nothing' };
    }
    if (manifest) {
      await adopt(address);
      return { is: 'unknown' };
    }
    return { is: isPaused ? 'nothing' : 'orphan' };
  }

  async function clear(address: Address, needed: readonly Needed[], mayBeNeeded: boolean): Promise<void> {
    const what = `${address.planId}/${address.backupId}`;
    if (await hasManifestVersion(address, run))
      return skip(run, what, 'has no row, and its manifest lies behind a delete marker');
    if (!(await hasLeftovers(run, address, needed))) return;
    if (mayBeNeeded && (await hasPacks(run, address)))
      return skip(run, what, 'has no row, and a backup that is not adopted yet may need it');
    plan(run, { ...address, tier: '', action: 'orphan', why: 'no row and no manifest' });
    if (!options.dryRun) await markLeftovers(address, run, needed);
  }

  return { meet, clear, adopt, flush };
}

/** Nothing else is ever referred to. */
async function hasPacks({ deps }: Run, { planId, backupId }: Address): Promise<boolean> {
  for await (const { key } of deps.vault.list(backupPrefix(planId, backupId)))
    if ((await deps.vault.head(key))?.tags.role === 'pack') return true;
  return false;
}

async function hasObjects({ deps }: Run, prefix: string): Promise<boolean> {
  for await (const _ of deps.vault.list(prefix)) return true;
  return false;
}

async function hasLeftovers(run: Run, address: Address, needed: readonly Needed[]): Promise<boolean> {
  for (const folder of foldersOf(address))
    for await (const object of run.deps.vault.list(folder))
      if (isLeftover(object, run) && !needsKey(needed, object.key)) return true;
  return false;
}

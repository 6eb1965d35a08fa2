/** Plans and backups in memory, with objects as a run leaves them, and a cleanup over them. */

import { parsePlan } from '../../../adapters/kinds.ts';
import { memoryAlerts } from '../../../adapters/memory/alerts.ts';
import { memoryCatalog } from '../../../adapters/memory/catalog.ts';
import { memoryClock } from '../../../adapters/memory/clock.ts';
import { memorySurroundings } from '../../../adapters/memory/surroundings.ts';
import { memoryVault } from '../../../adapters/memory/vault.ts';
import type { CleanupDeps, CleanupOptions } from '../../../core/cleanup/context.ts';
import { cleanUp } from '../../../core/cleanup/round.ts';
import { attemptName, backupIdFor, backupPrefix, manifestKey } from '../../../core/format/layout.ts';
import type { BackupRow, Needed, VerificationState } from '../../../core/ports/catalog.ts';
import type { ObjectAttributes } from '../../../core/ports/vault.ts';
import { silentLog } from '../../support/world.ts';

export const dayMs = 86_400_000;

export interface Spec {
  readonly planId?: string;
  /** Its slot, days before the world's now; default 40, which is past the policy of 30 days. */
  readonly days?: number;
  readonly end?: 'completed' | 'failed' | 'running';
  readonly parts?: number;
  readonly verification?: Partial<VerificationState>;
  /** Attempts that failed before the one that made it, each leaving a part. */
  readonly losers?: number;
  /** Of earlier backups; it holds them first, when it is not completed. */
  readonly needs?: readonly Needed[];
  /** It wrote an index, so that others may come to need its parts. */
  readonly isIndexed?: boolean;
}

export function cleanupWorld() {
  const clock = memoryClock('2026-11-21T23:10:00.000Z');
  const vault = memoryVault({ now: () => clock.now() });
  const catalog = memoryCatalog();
  const alerts = memoryAlerts();
  const surroundings = memorySurroundings();
  const deps: CleanupDeps = {
    catalog,
    vault,
    keeping: vault,
    alerts,
    starter: surroundings.starter,
    clock,
    log: silentLog,
    undeleteDays: 14,
  };
  const options: CleanupOptions = {
    correlationId: 'c-1',
    by: 'schedule',
    secondsLeft: () => 600,
    signal: new AbortController().signal,
  };

  async function addPlan(id = 'shop', daily = 30, counts: object = {}): Promise<void> {
    const known = await catalog.getPlan(id);
    const plan = parsePlan({
      id,
      sources: [{ kind: 'postgres', name: 'main', secret: 'holdfast/sources/shop' }],
      retention: { ...counts, daily },
    });
    await catalog.putPlan(plan, known?.revision ?? 0, 'test', clock.now().toISOString());
  }

  async function put(key: string, bytes = 10): Promise<void> {
    const attributes: ObjectAttributes = {
      role: 'segment',
      tier: 'daily',
      planId: 'shop',
      storageClass: 'STANDARD',
    };
    await vault.write(key, [Buffer.alloc(bytes, key)], attributes);
  }

  /** Made as a run makes it, at its own time. */
  async function addBackup(spec: Spec = {}): Promise<BackupRow> {
    const { planId = 'shop', days = 40, end = 'completed', parts = 2, losers = 0 } = spec;
    const present = clock.now().toISOString();
    const slot = new Date(clock.now().getTime() - days * dayMs).toISOString();
    const backupId = backupIdFor(planId, slot);
    clock.set(slot);
    try {
      for (let attempt = 1; attempt <= losers + 1; attempt += 1) {
        const { row } = await catalog.claimRun({
          planId,
          backupId,
          source: 'main',
          kind: 'database',
          trigger: 'schedule',
          createdBy: 'scheduler',
          slot,
          correlationId: 'c-0',
          tier: 'daily',
          now: slot,
          leaseUntil: new Date(Date.parse(slot) + 60_000).toISOString(),
        });
        const owner = { planId, backupId, attempt: row.attempt };
        if (spec.needs) {
          // As a run does: all of the one that it builds upon, and of others what that one needs.
          const whole = spec.needs.filter(({ segments }) => segments === '*');
          const bases = [...new Set((whole.length > 0 ? whole : spec.needs).map((each) => each.backupId))];
          const until = new Date(Date.parse(slot) + dayMs).toISOString();
          if (!(await catalog.holdBases(owner, bases, spec.needs, until)))
            throw new Error('a base is not completed');
        }
        const folder = `${backupPrefix(planId, backupId)}${attemptName(row.attempt)}/main/`;
        for (let part = 0; part < parts; part += 1) await put(`${folder}000${part}-x.0001`);
        if (attempt <= losers || end === 'failed') {
          const failed = await catalog.failRun(owner, { code: 'SOURCE_LOST', message: 'gone' }, slot);
          if (attempt > losers) return failed;
          continue;
        }
        if (end === 'running') return row;
        await catalog.prepareCompletion(owner, {
          sourceBytes: 100,
          storedBytes: parts * 10 + 5,
          compressionRatio: 2,
          expiresAt: new Date(Date.parse(slot) + 30 * dayMs).toISOString(),
          locations: ['memory:'],
          tools: {},
          manifest: { lengthBytes: 5, sha256: 'ab'.repeat(32) },
          madeBy: owner.attempt,
          ...(spec.needs && { needs: spec.needs }),
          ...(spec.isIndexed && {
            indexes: {
              main: {
                attempt: owner.attempt,
                segment: { index: 0, name: 'x' },
                plainBytes: 10,
                parts: [{ key: `${folder}0000-x.0001`, lengthBytes: 10, sha256: 'cd'.repeat(32) }],
                fullBackupId: backupId,
              },
            },
          }),
        });
        await put(manifestKey(planId, backupId), 5);
        await put(`reports/${planId}/${backupId}/r1`, 7);
        await catalog.completeRun(owner, new Date(Date.parse(slot) + 60_000).toISOString());
        if (spec.verification) await verify(planId, backupId, spec.verification);
      }
      return (await catalog.getBackup(planId, backupId)) as BackupRow;
    } finally {
      clock.set(present);
    }
  }

  const verify = (planId: string, backupId: string, state: Partial<VerificationState>) =>
    catalog.recordVerification(planId, backupId, {
      status: 'passed',
      level: 'restored',
      verifiedAt: clock.now().toISOString(),
      detail: '',
      ...state,
    });

  const keysOf = async ({ planId, backupId }: Pick<BackupRow, 'planId' | 'backupId'>) => {
    const keys: string[] = [];
    for (const folder of [`plans/${planId}/${backupId}/`, `reports/${planId}/${backupId}/`])
      for await (const { key } of vault.list(folder)) keys.push(key);
    return keys;
  };

  return {
    clock,
    vault,
    catalog,
    alerts,
    surroundings,
    deps,
    undeleteDeps: { catalog, vault, keeping: vault, clock, log: silentLog },
    options,
    addPlan,
    addBackup,
    put,
    verify,
    keysOf,
    run: (change: Partial<CleanupOptions> = {}) => cleanUp(deps, { ...options, ...change }),
    status: async ({ planId, backupId }: BackupRow) => (await catalog.getBackup(planId, backupId))?.status,
    /** How many of a backup's current objects carry the mark. */
    async marks(row: Pick<BackupRow, 'planId' | 'backupId'>): Promise<string> {
      const keys = await keysOf(row);
      const states = await Promise.all(keys.map((key) => vault.head(key)));
      return `${states.filter((state) => state?.tags.expire === 'yes').length}/${keys.length}`;
    },
    /** What S3's lifecycle does at midnight: a delete marker over everything that is marked. */
    async midnight(): Promise<void> {
      for await (const { key } of vault.list('')) {
        if ((await vault.head(key))?.tags.expire === 'yes') vault.hide(key);
      }
    },
    /** The undelete window is over. */
    async windowEnds(): Promise<void> {
      const keys = new Set<string>();
      for await (const { key } of vault.versions('')) keys.add(key);
      for (const key of keys) vault.purge(key);
    },
    /** Every key that carries the mark, in the whole vault. */
    async allMarked(): Promise<string[]> {
      const found: string[] = [];
      for await (const { key } of vault.list(''))
        if ((await vault.head(key))?.tags.expire === 'yes') found.push(key);
      return found;
    },
  };
}
export type CleanupWorld = ReturnType<typeof cleanupWorld>;

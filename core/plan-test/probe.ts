/**
 * Writes one small object as the next run of the plan would write its own, with its tags and its lock, and reads it back.
 * It lies below `plans/self-test/`, which is no folder of a backup: cleanup passes over it, and the bucket's lifecycle
 * takes what has the role `probe` away.
 */
import { randomBytes } from 'node:crypto';
import { HoldfastError } from '../errors.ts';
import { compactTime } from '../format/layout.ts';
import type { Plan } from '../plan.ts';
import type { Catalog } from '../ports/catalog.ts';
import type { Clock } from '../ports/index.ts';
import type { ObjectAttributes, ObjectState, Vault } from '../ports/vault.ts';
import { chooseTier } from '../retention.ts';
import { nextRuns, scheduleTimeZone } from '../schedule.ts';

export const probeFolder = 'plans/self-test/';

export interface ProbeDeps {
  readonly vault: Vault;
  readonly catalog: Pick<Catalog, 'newestOfEachTier'>;
  readonly clock: Clock;
  readonly lockDays?: number;
}

/** What was found, for people. VAULT_REFUSED when it comes back otherwise; what the vault throws. */
export async function probeVault(plan: Plan, deps: ProbeDeps, signal: AbortSignal): Promise<string> {
  const { vault, clock, lockDays } = deps;
  const now = clock.now();
  const key = `${probeFolder}${compactTime(now.toISOString())}-${plan.id}-${randomBytes(3).toString('hex')}`;
  const attributes: ObjectAttributes = {
    role: 'probe',
    tier: await nextTier(plan, deps, now),
    planId: plan.id,
    storageClass: 'STANDARD',
    ...(lockDays !== undefined && {
      lockUntil: new Date(now.getTime() + lockDays * 86_400_000).toISOString(),
    }),
  };
  const sent = Buffer.from(`holdfast plan test of ${plan.id}\n`);
  const { versionId } = await vault.write(key, [sent], attributes, { signal });
  const chunks: Uint8Array[] = [];
  for await (const chunk of await vault.read(key, { versionId, signal })) chunks.push(chunk);
  if (!Buffer.concat(chunks).equals(sent)) throw otherwise(key, 'other bytes');
  const state = await vault.head(key, { versionId, signal });
  if (!state) throw otherwise(key, 'nothing');
  requireAsSent(state, attributes);
  const lock = state.lock ? `locked (${state.lock.mode}) until ${state.lock.until}` : 'without a lock';
  return `${vault.location}: ${key} written and read back, tier ${attributes.tier}, ${lock}`;
}

/** As the next run would choose it, from what is there now. */
async function nextTier(plan: Plan, { catalog }: ProbeDeps, now: Date) {
  const [slot = now.toISOString()] = nextRuns(plan.schedule, now, 1);
  const completed = await catalog.newestOfEachTier(plan.id);
  const timeZone = scheduleTimeZone(plan.schedule);
  return chooseTier({ trigger: 'schedule', slot, timeZone, retention: plan.retention, completed }).tier;
}

function requireAsSent(state: ObjectState, { role, tier, planId, lockUntil }: ObjectAttributes): void {
  const { tags, lock, key } = state;
  const { role: r, tier: t, plan: p } = tags;
  if (r !== role || t !== tier || p !== planId) throw otherwise(key, `other tags (${JSON.stringify(tags)})`);
  // S3 keeps whole seconds.
  const seconds = (time: string) => Math.floor(Date.parse(time) / 1000);
  if (lockUntil !== undefined && (!lock || seconds(lock.until) < seconds(lockUntil)))
    throw otherwise(key, lock ? `a lock until ${lock.until} instead of ${lockUntil}` : 'no lock');
}

function otherwise(key: string, found: string): HoldfastError {
  return new HoldfastError('VAULT_REFUSED', `${key} came back with ${found}`);
}

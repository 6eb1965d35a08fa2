/**
 * Rows for backups that cleanup found in the vault without one. The same as a rebuild, of a list; what could not be
 * adopted is told, since until it is, nothing protects or shows it.
 */
import { alertForFailure } from '../alerts.ts';
import { HoldfastError } from '../errors.ts';
import type { AdoptEvent } from '../events.ts';
import type { Alerts, Log } from '../ports/index.ts';
import { rememberedKeys } from './keys.ts';
import { type RecoveryDeps, recoverPlan } from './plan.ts';
import { type Recovered, tally } from './tally.ts';

export interface AdoptDeps extends RecoveryDeps {
  readonly alerts: Alerts;
  readonly log: Log;
}

type AdoptRequest = Extract<AdoptEvent, { task: 'adopt' }>;

/** A function has less memory than a person's machine: fewer manifests at a time. */
const backupsAtATime = 4;

/** Throws when the vault, the keys or the catalog do not answer: Lambda tries again, and then it is told. */
export async function adoptBackups(
  request: AdoptRequest,
  correlationId: string,
  deps: AdoptDeps,
): Promise<Recovered> {
  const counted = tally();
  const withKeys = { ...deps, keyRing: rememberedKeys(deps.keyRing) };
  const byPlan = Map.groupBy(request.backups, ({ planId }) => planId);
  for (const [planId, backups] of byPlan) {
    const ids = backups.map(({ backupId }) => backupId);
    const options = { dryRun: false, by: 'adopt', atATime: backupsAtATime };
    await recoverPlan(planId, ids, counted, withKeys, options);
  }
  const result = counted.result();
  deps.log.info('backups were adopted from the vault', { ...result });
  if (result.unreadable.count + result.backups.lackingParts > 0) await tell(result, correlationId, deps);
  return result;
}

async function tell(result: Recovered, correlationId: string, deps: AdoptDeps): Promise<void> {
  const { count, named } = result.unreadable;
  const shown = named.slice(0, 5).map(({ key, code, why }) => `${key}: ${why} (${code})`);
  const lacking = result.backups.lackingParts;
  const more = count > shown.length ? `; and ${count - shown.length} more` : '';
  const plans = new Set(named.map(({ key }) => key.split('/')[1]));
  const [planId] = plans;
  await deps.alerts.publish(
    alertForFailure({
      kind: 'catalog-incomplete',
      ...(plans.size === 1 && planId ? { planId } : {}),
      error: new HoldfastError(
        'INTEGRITY_SEAL',
        [
          ...(count > 0
            ? [
                `${count} objects in the vault could not be read and are not in the catalog: ${shown.join('; ')}${more}`,
              ]
            : []),
          ...(lacking > 0 ? [`${lacking} backups lack objects and count as failed in verification`] : []),
        ].join('; '),
        {
          next: 'See the whole list with `holdfast catalog rebuild --dry-run`. A missing key: put it back with `holdfast keys import`. Nothing of it is marked or expires by itself.',
        },
      ),
      correlationId,
      at: deps.clock.now().toISOString(),
    }),
  );
}

/**
 * One restore, asked for by a row in the catalog. What it promises: the signed manifest and every byte that is read are
 * checked before what was there is touched (needed.ts); nothing is destroyed but what was shown to who asked for it; a failed restore leaves
 * the target as it was or says exactly what it left; one that differs from the evidence is told like a failed one;
 * progress is in the catalog and a cancel is honoured within seconds; what lies in an archive class is asked back
 * first, the restore then waits and goes on when it is started again.
 */
import { alertForFailure } from '../alerts.ts';
import { fittingResult } from '../comparison-cut.ts';
import { asHoldfastError, HoldfastError, hasCode, rowErrorOf } from '../errors.ts';
import { type RestoreOrder, restoreOrderSchema } from '../events.ts';
import { parse } from '../parse.ts';
import type { ArchiveWait, Catalog, RestoreRow } from '../ports/catalog.ts';
import type { Alerts, Clock, Log, Secrets } from '../ports/index.ts';
import type { RestoreOutcome } from '../ports/recovery.ts';
import type { ObjectState, Vault } from '../ports/vault.ts';
import { askForReturn, endsSoon, estimateReturn } from './archive.ts';
import { requireConfirmed } from './confirmed.ts';
import { differencesOf } from './differences.ts';
import { proveNeeded } from './needed.ts';
import { type OrderedDeps, openOrdered, orderedPart } from './ordered.ts';
import { type RestoreWatch, watchRestore } from './watch.ts';

export interface RestoreDeps extends OrderedDeps {
  readonly catalog: Catalog;
  readonly secrets: Secrets;
  readonly alerts: Alerts;
  readonly clock: Clock;
  readonly log: Log;
  readonly parallelism: number;
}

/** Of a row of at most 400 KB, which holds the order and its progress as well. */
const mostResultBytes = 150 * 1024;

type RestoreEnd = Pick<RestoreRow, 'status' | 'result' | 'error' | 'completedAt'>;

type Outcome = RestoreOutcome & { readonly seconds: number; readonly component: string };

/**
 * Carries out the restore and records its end. Returns the row as it ended (`completed`, `failed` or `cancelled`),
 * or `waiting` for what comes back from an archive class: then it is started again by whoever sees that it is back.
 * Returns undefined when the same event was delivered before. Throws RESTORE_NOT_FOUND.
 */
export async function runRestore(
  restoreId: string,
  deps: RestoreDeps,
  signal: AbortSignal,
): Promise<RestoreRow | undefined> {
  const row = await deps.catalog.getRestore(restoreId);
  if (!row) throw new HoldfastError('RESTORE_NOT_FOUND', `There is no restore ${restoreId}`);
  if (!(await deps.catalog.startRestore(restoreId, deps.clock.now().toISOString()))) return undefined;
  const log = deps.log.with({
    restoreId,
    planId: row.planId,
    backupId: row.backupId,
    correlationId: row.correlationId,
  });
  const cancel = new AbortController();
  const either = AbortSignal.any([signal, cancel.signal]);
  const watch = watchRestore(row, cancel, deps, log);
  let end: RestoreEnd | { readonly wait: ArchiveWait };
  let failure: HoldfastError | undefined;
  let differing: readonly string[] = [];
  try {
    const order = parse(restoreOrderSchema, row.request, 'restore');
    const result = await carryOut(order, row, watch, { ...deps, log }, either);
    watch.steps.end();
    await watch.stop();
    // Somebody may have cancelled it while the objects were being asked for.
    if ('wait' in result) either.throwIfAborted();
    differing = 'wait' in result ? [] : differencesOf(result);
    end =
      'wait' in result
        ? result
        : {
            status: 'completed',
            result: { ...fittingResult(result, mostResultBytes) },
            completedAt: deps.clock.now().toISOString(),
          };
  } catch (thrown) {
    await watch.stop();
    const error = asHoldfastError(
      either.aborted && !(thrown instanceof HoldfastError) ? either.reason : thrown,
      'RESTORE_FAILED',
    );
    const cancelled = cancel.signal.aborted && !signal.aborted;
    log.error('restore ended without success', { code: error.code, message: error.message, error });
    end = {
      status: cancelled ? 'cancelled' : 'failed',
      error: rowErrorOf(error),
      completedAt: deps.clock.now().toISOString(),
    };
    if (!cancelled) failure = error;
  }
  if ('wait' in end) return waitOn(row, end.wait, { ...deps, log });
  // Outside: a catalog that does not take the end of a restore that succeeded must not make it a failed one.
  await deps.catalog.finishRestore(restoreId, { ...end, steps: watch.steps.notes() });
  // It is there, so the row says completed; but what is there is not what was backed up, and a person must hear it.
  failure ??= differing.length > 0 ? mismatch(restoreId, differing) : undefined;
  if (failure) {
    await deps.alerts.publish(
      alertForFailure({
        kind: 'restore-failed',
        planId: row.planId,
        backupId: row.backupId,
        correlationId: row.correlationId,
        error: failure,
        at: deps.clock.now().toISOString(),
      }),
    );
  }
  return deps.catalog.getRestore(restoreId);
}

function mismatch(restoreId: string, differences: readonly string[]): HoldfastError {
  const shown = differences.slice(0, 3).join('; ');
  const more = differences.length > 3 ? `; and ${differences.length - 3} more` : '';
  return new HoldfastError(
    'EVIDENCE_MISMATCH',
    `Restore ${restoreId} ended, but what it restored differs from the evidence: ${shown}${more}`,
    {
      next: `Do not use it before you know why: \`holdfast restore show ${restoreId}\` lists what differs and where it is.`,
    },
  );
}

async function carryOut(
  order: RestoreOrder,
  row: RestoreRow,
  watch: RestoreWatch,
  deps: RestoreDeps,
  signal: AbortSignal,
): Promise<Outcome | { readonly wait: ArchiveWait }> {
  const began = deps.clock.now().getTime();
  watch.steps.begin('manifest');
  const { vault, manifest, backup } = await openOrdered(order, deps, signal);
  const ordered = orderedPart(order, manifest, row.createdAt, deps);
  const { component, source, driver, request, target, destruction } = ordered;
  requireConfirmed(destruction, order);
  const privateKeys = await deps.keyRing.privateKeys();
  watch.steps.begin('check');
  const needed = await proveNeeded(
    {
      ...{ manifest, component, driver, request, vault, privateKeys },
      // Version ids belong to one copy.
      versions: order.from === 'vault' ? backup?.versions : undefined,
      writesOver: destruction !== undefined,
      onReturned: (returned) => keepReturned(returned, order, vault, deps),
    },
    signal,
  );
  if ('away' in needed) {
    const wait = estimateReturn(needed.away, order.returnSpeed, deps.clock.now());
    await askForReturn(needed.away, order.returnSpeed, vault);
    return { wait };
  }
  const { segments, open } = needed;
  const own = new Set(component.segments);
  watch.plan(
    segments.filter((segment) => own.has(segment)),
    segments.filter((segment) => !own.has(segment)),
  );
  watch.steps.begin('restore');
  deps.log.info('restoring', { target });
  const outcome = await driver.restore(component, source, open, request, deps.secrets, {
    clock: deps.clock,
    log: deps.log,
    signal,
    parallelism: deps.parallelism,
    onProgress: watch.onProgress,
    onStep: (name) => watch.steps.begin(name),
  });
  watch.done();
  return { ...outcome, component: component.name, seconds: (deps.clock.now().getTime() - began) / 1000 };
}

/** What came back for a second restore, or the day it goes again, stays for this one. Costs a request, no retrieval. */
async function keepReturned(
  returned: readonly ObjectState[],
  { returnSpeed }: RestoreOrder,
  vault: Vault,
  { clock, log }: RestoreDeps,
): Promise<void> {
  const ending = returned.filter((object) => endsSoon(object, clock.now()));
  try {
    await askForReturn(ending, returnSpeed, vault);
  } catch (error) {
    log.warn('objects that came back from an archive class go again soon, and no more days were given', {
      error,
    });
  }
}

/**
 * Records the wait, and tells it once: a restore that is started again while something is still away keeps the times
 * that were told, unless that had to be asked for anew.
 */
async function waitOn(
  row: RestoreRow,
  asked: ArchiveWait,
  deps: RestoreDeps,
): Promise<RestoreRow | undefined> {
  const before = row.waitingFor;
  const wait =
    before && asked.estimatedCostUsd === 0
      ? { ...before, objects: asked.objects, bytes: asked.bytes }
      : { ...asked, estimatedCostUsd: asked.estimatedCostUsd + (before?.estimatedCostUsd ?? 0) };
  try {
    await deps.catalog.waitRestore(row.restoreId, wait);
  } catch (thrown) {
    const { status, cancelRequested } = (await deps.catalog.getRestore(row.restoreId)) ?? row;
    if (!hasCode(thrown, 'CONFLICT') || status !== 'running' || !cancelRequested) throw thrown;
    // Somebody cancelled it in the last moment, before there was a wait to end.
    await deps.catalog.finishRestore(row.restoreId, {
      status: 'cancelled',
      error: { code: 'CANCELLED', message: `Restore ${row.restoreId} was cancelled` },
      completedAt: deps.clock.now().toISOString(),
    });
    return deps.catalog.getRestore(row.restoreId);
  }
  deps.log.info('restore waits for archived objects', { ...wait });
  if (!before) {
    const { planId, backupId, correlationId, restoreId } = row;
    const alert = alertForFailure({
      kind: 'restore-waiting',
      planId,
      backupId,
      correlationId,
      error: new HoldfastError(
        'OBJECT_ARCHIVED',
        `Restore ${restoreId} waits for ${wait.objects} objects (${wait.bytes} bytes) from an archive class, until ${wait.expectedAt} at the latest; asking for them costs about ${wait.estimatedCostUsd.toFixed(2)} US dollars`,
        {
          next: `Nothing: it goes on by itself within an hour of their return. See it with \`holdfast restore show ${restoreId}\`, stop it with \`holdfast restore cancel ${restoreId}\`.`,
        },
      ),
      at: deps.clock.now().toISOString(),
    });
    await deps.alerts.publish({ ...alert, severity: 'warning' });
  }
  return deps.catalog.getRestore(row.restoreId);
}

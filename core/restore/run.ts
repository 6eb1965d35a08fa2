/**
 * One restore, asked for by a row in the catalog. What it promises: the signed manifest and every byte that is read are
 * checked before what was there is touched (needed.ts); nothing is destroyed but what was shown to who asked for it; a failed restore leaves
 * the target as it was or says exactly what it left; one that differs from the evidence is told like a failed one;
 * progress is in the catalog and a cancel is honoured within seconds; what lies in an archive class is asked back
 * first, the restore then waits and goes on when it is started again.
 */
import { alertForFailure } from '../alerts.ts';
import { asHoldfastError, HoldfastError, hasCode, InvalidInput, rowErrorOf } from '../errors.ts';
import { type RestoreOrder, restoreOrderSchema } from '../events.ts';
import type { Component, Manifest } from '../manifest.ts';
import { parse } from '../parse.ts';
import type { Plan, Source } from '../plan.ts';
import type { ArchiveWait, Catalog, RestoreRow } from '../ports/catalog.ts';
import type { Alerts, Clock, Log, Secrets } from '../ports/index.ts';
import type { KeyRing } from '../ports/keys.ts';
import type { RecoveryDriver, RestoreOutcome } from '../ports/recovery.ts';
import type { ObjectState, Vault } from '../ports/vault.ts';
import { fetchManifest } from '../verification/integrity.ts';
import { requireKnownManifest } from '../verification/prove.ts';
import { askForReturn, endsSoon, estimateReturn } from './archive.ts';
import { requireConfirmed } from './confirmed.ts';
import { differencesOf } from './differences.ts';
import { proveNeeded } from './needed.ts';
import { parseOptions } from './options.ts';

export interface RestoreDeps {
  readonly vault: Vault;
  /** The second copy, where there is one; an order says which is read. */
  readonly replica?: Vault | undefined;
  /** A further vault of the plan, by its name there. INVALID_INPUT for one that the plan does not have. */
  readonly furtherVault?: (name: string, plan: Plan) => Vault | Promise<Vault>;
  readonly catalog: Catalog;
  readonly keyRing: KeyRing;
  readonly secrets: Secrets;
  readonly alerts: Alerts;
  readonly clock: Clock;
  readonly log: Log;
  readonly recoveryFor: (component: Component) => RecoveryDriver;
  /** The source of a manifest, by its kind; `what` names it in errors. */
  readonly parseSource: (value: unknown, what: string) => Source;
  readonly parallelism: number;
}

const progressEveryMilliseconds = 2000;

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
  const progress = { plainBytes: 0, totalBytes: 0, step: 'checking the backup' };
  const watcher = watchProgress(restoreId, progress, cancel, deps, log);
  let end: RestoreEnd | { readonly wait: ArchiveWait };
  let failure: HoldfastError | undefined;
  let differing: readonly string[] = [];
  try {
    const order = parse(restoreOrderSchema, row.request, 'restore');
    const result = await carryOut(order, row, progress, { ...deps, log }, either);
    await watcher.stop();
    // Somebody may have cancelled it while the objects were being asked for.
    if ('wait' in result) either.throwIfAborted();
    differing = 'wait' in result ? [] : differencesOf(result);
    end =
      'wait' in result
        ? result
        : { status: 'completed', result: { ...result }, completedAt: deps.clock.now().toISOString() };
  } catch (thrown) {
    await watcher.stop();
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
  await deps.catalog.finishRestore(restoreId, end);
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
  progress: { plainBytes: number; totalBytes: number; step: string },
  deps: RestoreDeps,
  signal: AbortSignal,
): Promise<Outcome | { readonly wait: ArchiveWait }> {
  const began = deps.clock.now().getTime();
  const vault = await vaultOf(order, deps);
  const opened = await fetchManifest(order.planId, order.backupId, vault, deps.keyRing, signal);
  const backup = await deps.catalog.getBackup(order.planId, order.backupId);
  if (backup) requireKnownManifest(backup, opened.sha256);
  const { manifest } = opened;
  const component = chooseComponent(manifest, order.component);
  const source = deps.parseSource(...sourceOf(manifest, component));
  const driver = deps.recoveryFor(component);
  const request = {
    options: parseOptions(component.kind, driver.restoreOptions, order.options),
    replace: order.replace,
    compare: order.compare,
    requestedAt: row.createdAt,
  };
  // Options that exclude one another are refused here too.
  const target = driver.describeTarget(component, source, request);
  const destroyed = driver.destroys(source, request);
  requireConfirmed(destroyed, order);
  const privateKeys = await deps.keyRing.privateKeys();
  const needed = await proveNeeded(
    {
      ...{ manifest, component, driver, request, vault, privateKeys },
      // Version ids belong to one copy.
      versions: order.from === 'vault' ? backup?.versions : undefined,
      writesOver: destroyed !== undefined,
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
  progress.totalBytes = segments.reduce((sum, segment) => sum + segment.plainBytes, 0);
  progress.step = 'restoring';
  deps.log.info('restoring', { target });
  const done = new Map<string, number>();
  const outcome = await driver.restore(component, source, open, request, deps.secrets, {
    clock: deps.clock,
    log: deps.log,
    signal,
    parallelism: deps.parallelism,
    onProgress: (update) => {
      done.set(update.segment, update.plainBytes);
      progress.plainBytes = [...done.values()].reduce((sum, bytes) => sum + bytes, 0);
      progress.step = update.segment;
    },
  });
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

const furtherPrefix = 'vault:';

/** The vault, the second copy, or a further vault of the plan as it is today: the order says which. */
async function vaultOf({ from, planId }: RestoreOrder, deps: RestoreDeps): Promise<Vault> {
  if (from === 'vault') return deps.vault;
  if (from === 'replica') {
    if (deps.replica) return deps.replica;
    throw wrongCopy(from, 'vault: this stack has no second copy (option replica)');
  }
  if (!deps.furtherVault) throw wrongCopy(from, 'vault or replica: no further vaults can be read here');
  const row = await deps.catalog.getPlan(planId);
  if (!row) throw wrongCopy(from, `vault or replica: there is no plan ${planId} that has further vaults`);
  return deps.furtherVault(from.slice(furtherPrefix.length), row.plan);
}

function wrongCopy(from: string, allowed: string): InvalidInput {
  return new InvalidInput('restore', [{ field: 'from', value: JSON.stringify(from), allowed }]);
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

function chooseComponent(manifest: Manifest, name: string | undefined): Component {
  const names = manifest.components.map((component) => `${component.name} (${component.title})`).join(', ');
  const found = manifest.components.filter((component) => name === undefined || component.name === name);
  if (found.length === 1 && found[0]) return found[0];
  throw new HoldfastError(
    'INVALID_INPUT',
    name === undefined
      ? `The backup holds several components, choose one: ${names}`
      : `component is ${JSON.stringify(name)}: must be one of ${names}`,
  );
}

/** What the plan of the manifest says of the component's source, and what to call it in errors. */
function sourceOf(manifest: Manifest, component: Component): [unknown, string] {
  const sources = Array.isArray(manifest.plan.sources) ? manifest.plan.sources : [];
  const found = sources.find((source) => (source as { name?: unknown }).name === component.source);
  return [found, `source ${component.source} of the manifest's plan`];
}

function watchProgress(
  restoreId: string,
  progress: { plainBytes: number; totalBytes: number; step: string },
  cancel: AbortController,
  deps: RestoreDeps,
  log: Log,
): { stop(): Promise<void> } {
  const ended = new AbortController();
  const note = async () => {
    try {
      const { cancelRequested } = await deps.catalog.progressRestore(restoreId, { ...progress });
      if (cancelRequested) cancel.abort(new HoldfastError('CANCELLED', `Restore ${restoreId} was cancelled`));
    } catch (error) {
      log.warn('progress was not noted', { error });
    }
  };
  const loop = (async () => {
    while (!ended.signal.aborted) {
      await note();
      await deps.clock.sleep(progressEveryMilliseconds, ended.signal).catch(() => undefined);
    }
  })();
  return {
    async stop() {
      ended.abort();
      await loop;
      await note();
    },
  };
}

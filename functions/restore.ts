/** Carries out a restore that the catalog has a row for, from the vault or from its second copy; or looks whether one could be, or what is in a backup. */
import { parseSource } from '../adapters/kinds.ts';
import { recoveryDrivers } from '../adapters/registry.ts';
import { actorOfRun, type Came } from '../core/audit/beside.ts';
import { asTask } from '../core/control/end-task.ts';
import { restoreEventSchema } from '../core/events.ts';
import { restoreFigures } from '../core/metrics.ts';
import { parse } from '../core/parse.ts';
import type { RestoreRow } from '../core/ports/catalog.ts';
import { listContents } from '../core/restore/contents.ts';
import { openReportFor } from '../core/restore/open-report.ts';
import { preflight } from '../core/restore/preflight.ts';
import { runRestore } from '../core/restore/run.ts';
import { auditingBy } from './auditing.ts';
import { entry } from './entry.ts';
import { selfTestRestore } from './self-test.ts';
import { wireRestore } from './wiring-recovery.ts';

const wiring = wireRestore();
const recoveryFor = recoveryDrivers(wiring);
const auditing = auditingBy('restore', wiring);

export const handler = entry(async (event, { log, deadline, metrics, ...invocation }) => {
  const request = parse(restoreEventSchema, event, 'event');
  if (request.task === 'self-test') return selfTestRestore(wiring);
  if (request.task === 'preflight') {
    const deps = { ...wiring, log, recoveryFor, parseSource };
    return asTask(deps, request.taskId, () => preflight(request.order, deps, deadline.signal));
  }
  if (request.task === 'contents') {
    const deps = { ...wiring, log, recoveryFor };
    return asTask(deps, request.taskId, () => listContents(request, deps, deadline.signal));
  }
  if (request.task === 'report') {
    const deps = { ...wiring, log };
    return asTask(deps, request.taskId, () => openReportFor(request, deps, deadline.signal));
  }
  const { restoreId } = request;
  // Who ordered it stands in its row, with the id that everything of it is found by.
  const ordered = await wiring.catalog.getRestore(restoreId);
  const { correlationId = invocation.correlationId } = ordered ?? {};
  const row = await auditing(log).beside(
    {
      actor: actorOfRun(ordered?.createdBy ?? 'unknown', correlationId),
      action: 'restore.run',
      target: `restore/${restoreId}`,
    },
    () => runRestore(restoreId, { ...wiring, log, recoveryFor, parseSource }, deadline.signal),
    cameTo,
  );
  if (!row) return undefined;
  metrics.put(restoreFigures(row), { fields: { restoreId, planId: row.planId, correlationId } });
  return { restoreId, status: row.status, error: row.error };
}, wiring);

/** Undefined: the same event once more. A restore that waits goes on in another run, which has an entry of its own. */
function cameTo(row: RestoreRow | undefined): Came {
  if (!row) return { result: 'refused', after: { status: 'begun already' } };
  const { status, planId, backupId, error } = row;
  return { result: status === 'failed' ? 'failed' : 'ok', after: { status, planId, backupId }, error };
}

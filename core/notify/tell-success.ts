/** A backup completed or was proven: told to those who asked for it, once. */
import { HoldfastError } from '../errors.ts';
import type { Plan } from '../plan.ts';
import type { Log } from '../ports/index.ts';
import type { FunctionStarter } from '../ports/surroundings.ts';
import { type NotifyDeps, reasonFor } from './context.ts';
import { deliver } from './deliver.ts';
import { roomForMail } from './flood.ts';
import { goodNewsRecipients, shortHash } from './recipients.ts';
import { successNotice } from './success-notice.ts';
import { countsOf, type Told } from './tell-alert.ts';
import { tellUndelivered } from './undelivered.ts';

export interface Success {
  readonly planId: string;
  readonly backupId: string;
  readonly what: 'backup' | 'drill';
  readonly correlationId?: string;
}

/** For whoever made it. Never throws: a backup is no worse for want of good news. */
export async function startSuccessNotice(
  plan: Pick<Plan, 'notifications'>,
  success: Success,
  { starter, log }: { readonly starter?: FunctionStarter; readonly log: Log },
): Promise<void> {
  if (!plan.notifications.onSuccess || !starter) return;
  try {
    await starter.start('notify', { task: 'success', ...success });
  } catch (error) {
    log.warn('nobody is told of the success', { ...success, error });
  }
}

/** PLAN_NOT_FOUND, BACKUP_NOT_FOUND; what the catalog throws. */
export async function tellSuccess(success: Success, requestId: string, deps: NotifyDeps): Promise<Told> {
  const { planId, backupId, what, correlationId } = success;
  const [planRow, row] = await Promise.all([
    deps.catalog.getPlan(planId),
    deps.catalog.getBackup(planId, backupId),
  ]);
  if (!planRow) throw new HoldfastError('PLAN_NOT_FOUND', `There is no plan ${planId}`);
  if (!row) throw new HoldfastError('BACKUP_NOT_FOUND', `Plan ${planId} has no backup ${backupId}`);
  const { plan } = planRow;
  const wanted = plan.notifications.onSuccess ? goodNewsRecipients([plan]) : [];
  const isMailed = wanted.some(({ kind }) => kind === 'mail');
  const room = isMailed ? await roomForMail(planId, 'success', deps) : { isLeft: true };
  const targets = room.isLeft ? wanted : wanted.filter(({ kind }) => kind !== 'mail');
  // The same backup may be proven again months later.
  const provenAt = what === 'drill' ? ` ${row.verification?.verifiedAt}` : '';
  const key = `success ${what} ${backupId}${provenAt}`;
  const tellings = targets.map((target) => ({
    target,
    notice: successNotice(plan, row, {
      id: shortHash(key),
      what,
      reason: reasonFor(target),
      stackName: deps.stackName,
      ...(deps.consoleUrl !== undefined && { consoleUrl: deps.consoleUrl }),
      ...(target.kind === 'mail' && room.remark !== undefined && { remark: room.remark }),
      ...(correlationId !== undefined && { correlationId }),
      at: deps.clock.now().toISOString(),
    }),
  }));
  const outcomes = await deliver(tellings, { key, requestId }, deps);
  await tellUndelivered(tellings, outcomes, deps);
  return { ...countsOf(outcomes), heldBack: wanted.length - targets.length };
}

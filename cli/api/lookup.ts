/** Backups and plans as people name them, found through the API; or the error that says where to look instead. */
import { HoldfastError, hasCode, InvalidInput } from '../../core/errors.ts';
import { backupIdSchema, planIdSchema } from '../../core/format/layout.ts';
import { argument } from '../lookup.ts';
import { formatTime } from '../units.ts';
import { type Api, answer } from './client.ts';
import { eachOf, largestPage, listOf } from './pages.ts';
import type { Backup, ListedBackup, PlanShown } from './rows.ts';

/** Without a plan's name, the plans that are looked through for a label. */
const mostPlans = 20;
/** Of what else there is, so many are named. */
const mostNamed = 10;
/** Newest ones that are looked through for a whole one. */
const mostLookedAt = 1000;

export async function findPlan(api: Api, planId: string): Promise<PlanShown> {
  const path = { planId: argument(planIdSchema, planId, 'PLAN') };
  return answer(await api.GET('/v1/plans/{planId}', { params: { path } }));
}

export async function getBackup(api: Api, backupId: string): Promise<Backup> {
  return answer(await api.GET('/v1/backups/{backupId}', { params: { path: { backupId } } }));
}

/** By its id, or as `PLAN@LABEL`. `note` hears of a newer one of that label that did not complete. */
export async function findBackup(api: Api, name: string, note?: (text: string) => void): Promise<Backup> {
  const [, planId, label] = /^([^@]+)@(.+)$/s.exec(name) ?? [];
  if (planId === undefined || label === undefined) {
    return getBackup(api, argument(backupIdSchema, name, 'BACKUP'));
  }
  const plan = argument(planIdSchema, planId, 'BACKUP');
  const found = chosen(await labelled(api, plan, label.trim()), label, note);
  if (found) return getBackup(api, found.backupId);
  try {
    // It knows which labels there are, and how far back it looked.
    return await getBackup(api, name);
  } catch (thrown) {
    if (!hasCode(thrown, 'NOT_FOUND')) throw thrown;
    throw unknownLabel(label, `of plan ${plan}`);
  }
}

/** By its label alone, of any plan. */
export async function findPoint(api: Api, text: string, note?: (text: string) => void): Promise<Backup> {
  const label = text.trim();
  const plans = await listOf(
    async (query) => answer(await api.GET('/v1/plans', { params: { query } })),
    mostPlans + 1,
  );
  if (plans.length > mostPlans) {
    throw new InvalidInput('command line', [
      { field: '--point', allowed: `PLAN@LABEL instead, since there are more than ${mostPlans} plans` },
    ]);
  }
  const rows: ListedBackup[] = [];
  for (const { plan } of plans) rows.push(...(await labelled(api, plan.id, label)));
  const found = chosen(rows, label, note);
  if (!found) throw unknownLabel(label, 'of any plan');
  return getBackup(api, found.backupId);
}

function labelled(api: Api, plan: string, label: string): Promise<readonly ListedBackup[]> {
  return listOf(
    async (paging) => answer(await api.GET('/v1/backups', { params: { query: { plan, label, ...paging } } })),
    largestPage,
  );
}

/** A completed one goes before one that is gone or never came to be. */
function chosen(
  rows: readonly ListedBackup[],
  label: string,
  note: (text: string) => void = () => {},
): ListedBackup | undefined {
  const completed = rows.filter(({ status }) => status === 'completed');
  const candidates = completed.length > 0 ? completed : rows;
  const [row, another] = candidates;
  if (row && another) {
    const ids = candidates
      .slice(0, mostNamed)
      .map(({ backupId, planId, slot, status }) => `${backupId} (${planId}, ${formatTime(slot)}, ${status})`);
    throw new InvalidInput('command line', [
      { field: 'label', value: JSON.stringify(label), allowed: `one of these ids: ${ids.join(', ')}` },
    ]);
  }
  const newer = row && rows.find((each) => each.status !== 'completed' && each.slot > row.slot);
  if (newer && row.status === 'completed') {
    note(
      `a newer one of that label, ${newer.backupId} of ${formatTime(newer.slot)}, is ${newer.status}: it is not the one.`,
    );
  }
  return row;
}

function unknownLabel(label: string, where: string): HoldfastError {
  return new HoldfastError(
    'BACKUP_NOT_FOUND',
    `there is no backup ${where} with the label ${JSON.stringify(label)}`,
    {
      next: '`holdfast list PLAN` shows the labels that there are.',
    },
  );
}

/** The newest completed backup of a whole plan: one of some sources only is no recovery point of it. */
export async function latestBackup(api: Api, planId: string): Promise<Backup> {
  const plan = argument(planIdSchema, planId, 'PLAN');
  const page = async (paging: { readonly limit: number; readonly cursor?: string }) =>
    answer(await api.GET('/v1/backups', { params: { query: { plan, status: 'completed', ...paging } } }));
  for await (const { backupId, only } of eachOf(page, mostLookedAt)) {
    if (!only) return getBackup(api, backupId);
  }
  throw new HoldfastError('BACKUP_NOT_FOUND', `plan ${plan} has no completed backup`, {
    details: { planId: plan },
    next: `Make one with \`holdfast backup ${plan}\`.`,
  });
}

/** Refuses anything but a completed backup, and says what it is instead. */
export function requireCompleted<T extends Pick<ListedBackup, 'planId' | 'backupId' | 'status' | 'error'>>(
  row: T,
): T {
  const { backupId, planId, status, error } = row;
  if (status === 'completed') return row;
  const why = error ? `: ${error.message} (${error.code})` : '';
  throw new HoldfastError('BACKUP_NOT_RESTORABLE', `backup ${backupId} is ${status}${why}`, {
    details: { backupId, status },
    next:
      status === 'expired'
        ? `Bring it back first with \`holdfast undelete ${backupId}\`, then repeat this command.`
        : `Choose a completed backup with \`holdfast list ${planId}\`.`,
  });
}

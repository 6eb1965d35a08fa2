/**
 * `holdfast plan apply -f FILE`: makes the plans and their schedules what the files say. What would change is shown before
 * anything is changed; each change is of the revision that was looked at, so that nobody is overwritten; repeating it
 * changes nothing. With --prune, plans that are in none of the files are deleted.
 */
import { InvalidInput } from '../../core/errors.ts';
import { requireAgreement } from '../agreement.ts';
import { type Api, answer } from '../api/client.ts';
import { listOf } from '../api/pages.ts';
import type { PlanPreview, PlanShown } from '../api/rows.ts';
import type { Cli } from '../context.ts';
import { describeChange } from '../plan-diff.ts';
import { type PlanDocument, readPlans } from '../plan-files.ts';
import { printable } from '../table.ts';
import { counted, formatTime } from '../units.ts';

export interface PlanApplyOptions {
  readonly file: string;
  readonly dryRun: boolean;
  readonly prune: boolean;
  readonly yes: boolean;
}

/** The product is designed for 10,000 plans. */
const mostPlans = 10_000;

export async function planApply(cli: Cli, options: PlanApplyOptions): Promise<void> {
  const { dryRun, prune } = options;
  if (options.yes && !prune) {
    throw new InvalidInput('command line', [{ field: '--yes', allowed: 'only with --prune' }]);
  }
  const documents = await readPlans(options.file);
  const api = await cli.api();
  const changes: PlanPreview[] = [];
  for (const document of documents) changes.push(await previewOf(api, document));
  const gone = prune ? await notIn(api, documents) : [];
  for (const line of changes.flatMap(describeChange)) cli.out.note(line);
  for (const { plan } of gone) cli.out.note(`- ${plan.id}: deleted, its backups stay`);
  if (gone.length > 0 && !dryRun) {
    await requireAgreement(cli, {
      yes: options.yes,
      question: `Delete ${counted(gone.length, 'plan')} that the files do not have (${gone.map(({ plan }) => plan.id).join(', ')})?`,
      otherwise: 'nothing was changed',
    });
  }

  const applied: AppliedPlan[] = [];
  for (const [at, { plan }] of documents.entries()) {
    applied.push(await applyOne(api, plan, changes[at] as PlanPreview, dryRun));
  }
  for (const row of gone) applied.push(await pruneOne(api, row, dryRun));
  cli.out.result(applied, () => summary(cli, applied, dryRun));
}

async function previewOf(api: Api, { plan, from }: PlanDocument): Promise<PlanPreview> {
  try {
    const params = { query: { dryRun: 'true' } } as const;
    return answer(await api.POST('/v1/plans', { params, body: bodyOf(plan) })) as PlanPreview;
  } catch (thrown) {
    if (thrown instanceof InvalidInput) throw new InvalidInput(`plan in ${from}`, thrown.issues);
    throw thrown;
  }
}

/** With every field as it was parsed. */
export function bodyOf(plan: PlanDocument['plan']) {
  return plan as unknown as NonNullable<PlanBody>;
}
type PlanBody = Extract<Parameters<Api['PUT']>[1], { readonly body?: unknown }>['body'];

async function notIn(api: Api, documents: readonly PlanDocument[]): Promise<readonly PlanShown[]> {
  const wanted = new Set(documents.map(({ plan }) => plan.id));
  const all = await allPlans(api);
  return all.filter(({ plan }) => !wanted.has(plan.id));
}

export function allPlans(api: Api): Promise<readonly PlanShown[]> {
  return listOf(async (query) => answer(await api.GET('/v1/plans', { params: { query } })), mostPlans);
}

interface AppliedPlan {
  readonly planId: string;
  readonly action: PlanPreview['action'] | 'delete';
  readonly applied: boolean;
  readonly revision: number;
  readonly fields: PlanPreview['fields'];
  readonly schedule?: PlanPreview['schedule']['wanted'];
  readonly scheduleChanged: boolean;
  /** Absent when the plan is off. */
  readonly nextRunAt?: string | undefined;
}

async function applyOne(
  api: Api,
  plan: PlanDocument['plan'],
  { action, revision, fields, schedule, nextRuns }: PlanPreview,
  dryRun: boolean,
): Promise<AppliedPlan> {
  const isToDo = !dryRun && (action !== 'unchanged' || schedule.differs);
  const header = action === 'create' ? { 'if-none-match': '*' as const } : { 'if-match': `"${revision}"` };
  const params = { path: { planId: plan.id }, header };
  // A schedule that is gone or another one is mended by the same call.
  const row = isToDo
    ? (answer(await api.PUT('/v1/plans/{planId}', { params, body: bodyOf(plan) })) as PlanShown)
    : undefined;
  return {
    planId: plan.id,
    action,
    applied: !dryRun,
    revision: row?.revision ?? revision,
    fields,
    schedule: schedule.wanted,
    scheduleChanged: schedule.differs,
    nextRunAt: (row?.nextRuns ?? nextRuns)[0],
  };
}

async function pruneOne(api: Api, { plan, revision }: PlanShown, dryRun: boolean): Promise<AppliedPlan> {
  const { id: planId } = plan;
  if (!dryRun) {
    const header = { 'if-match': `"${revision}"` };
    await api.DELETE('/v1/plans/{planId}', { params: { path: { planId }, header } });
  }
  return { planId, action: 'delete', applied: !dryRun, revision, fields: [], scheduleChanged: true };
}

function summary(cli: Cli, applied: readonly AppliedPlan[], dryRun: boolean): string {
  const changed = applied.filter((one) => one.action !== 'unchanged' || one.scheduleChanged);
  const same = applied.length - changed.length;
  const deleted = applied.filter(({ action }) => action === 'delete').length;
  const kept = applied.filter(({ action }) => action !== 'delete');
  const gone = deleted > 0 ? ` (${deleted} of them deleted)` : '';
  const head = `${changed.length} ${dryRun ? 'to apply' : 'applied'}${gone}, ${same} unchanged.`;
  const next = kept.map(
    ({ planId, nextRunAt }) =>
      `  ${planId}: ${nextRunAt ? `next run ${formatTime(nextRunAt)}` : 'off or paused'}`,
  );
  const tried = changed.find(({ action }) => action !== 'delete');
  const hint = dryRun || !tried ? [] : [`Try it with \`holdfast plan test ${tried.planId}\`.`];
  return printable([cli.out.paint('bold', head), ...next, ...hint].join('\n'));
}

/** `holdfast plan apply -f FILE`: makes the catalog and the schedules what the files say. Repeating it changes nothing. */
import type { PlanRow } from '../../core/ports/catalog.ts';
import { nextRuns } from '../../core/schedule.ts';
import type { Cli, CliContext } from '../context.ts';
import { describeChange, type PlanChange, planChange } from '../plan-diff.ts';
import { readPlans } from '../plan-files.ts';
import { printable } from '../table.ts';
import { formatTime } from '../units.ts';

export interface PlanApplyOptions {
  readonly file: string;
  readonly dryRun: boolean;
}

export async function planApply(cli: Cli, options: PlanApplyOptions): Promise<void> {
  const documents = await readPlans(options.file);
  const context = await cli.connect();
  const changes: PlanChange[] = [];
  for (const { plan } of documents) {
    const [row, schedule] = await Promise.all([
      context.catalog.getPlan(plan.id),
      context.scheduler.get(plan.id),
    ]);
    changes.push(planChange(plan, row, schedule));
  }
  for (const line of changes.flatMap(describeChange)) cli.out.note(line);

  const applied: AppliedPlan[] = [];
  for (const change of changes) applied.push(await applyOne(cli, context, change, options.dryRun));
  cli.out.result(applied, () => summary(cli, applied, options.dryRun));
}

interface AppliedPlan {
  readonly planId: string;
  readonly action: PlanChange['action'];
  readonly applied: boolean;
  readonly revision: number;
  readonly fields: PlanChange['fields'];
  readonly schedule: PlanChange['schedule']['wanted'];
  readonly scheduleChanged: boolean;
  /** Absent when the plan is off. */
  readonly nextRunAt?: string;
}

async function applyOne(
  cli: Cli,
  context: CliContext,
  change: PlanChange,
  dryRun: boolean,
): Promise<AppliedPlan> {
  const { plan, action, fields, schedule } = change;
  let row: PlanRow | undefined;
  if (!dryRun && action !== 'unchanged') {
    row = await context.catalog.putPlan(
      plan,
      change.revision,
      await context.caller(),
      cli.clock.now().toISOString(),
    );
  }
  const createdAt = row?.createdAt ?? change.createdAt;
  // The row first: a schedule without its plan would fire into nothing, a plan without its schedule is seen and
  // mended by the next apply and by doctor.
  if (!dryRun && schedule.differs) await context.scheduler.put(plan, createdAt);
  return {
    planId: plan.id,
    action,
    applied: !dryRun,
    revision: row?.revision ?? change.revision,
    fields,
    schedule: schedule.wanted,
    scheduleChanged: schedule.differs,
    nextRunAt: plan.enabled ? nextRuns(plan.schedule, cli.clock.now(), 1, createdAt)[0] : undefined,
  };
}

function summary(cli: Cli, applied: readonly AppliedPlan[], dryRun: boolean): string {
  const changed = applied.filter((one) => one.action !== 'unchanged' || one.scheduleChanged);
  const same = applied.length - changed.length;
  const head = `${changed.length} ${dryRun ? 'to apply' : 'applied'}, ${same} unchanged.`;
  const next = applied.map(
    ({ planId, nextRunAt }) => `  ${planId}: ${nextRunAt ? `next run ${formatTime(nextRunAt)}` : 'off'}`,
  );
  const hint =
    dryRun || changed.length === 0 ? [] : [`Try it with \`holdfast plan test ${changed[0]?.planId}\`.`];
  return printable([cli.out.paint('bold', head), ...next, ...hint].join('\n'));
}

/** `holdfast status`: is everything well, in one screen. Changes nothing; asks the same questions as watch does. */
import type { Condition } from '../../core/alerts.ts';
import { asHoldfastError } from '../../core/errors.ts';
import { planIdSchema } from '../../core/format/layout.ts';
import type { HealthSettings } from '../../core/health/facts.ts';
import { survey } from '../../core/health/survey.ts';
import type { AlertRow } from '../../core/ports/catalog.ts';
import { readState } from '../../core/state.ts';
import type { Cli, CliContext } from '../context.ts';
import { argument } from '../lookup.ts';
import { partsOf, type Read } from '../status-parts.ts';
import { type StatusReport, statusJson, statusText } from '../status-view.ts';
import { whileShowing } from '../watch.ts';
import { orNotSeen } from './doctor.ts';

/** docs/cli.md: the stack answered, and something in it is not well. Scripts lean on it: never renumber. */
export const notWellExitCode = 9;

/**
 * Kinds that depend on options of the stack, or on rights of watch: what watch found last counts. What is seen now
 * comes first.
 */
const foundByWatch = new Set([
  'cleanup-stalled',
  'quota-near',
  'key-old',
  'replication-behind',
  'watch-incomplete',
]);

/** 0 when all is well or only warned of, 9 when something is not. */
export async function status(cli: Cli, options: { readonly plan?: string }): Promise<number> {
  const planId = options.plan === undefined ? undefined : argument(planIdSchema, options.plan, '--plan');
  const context = await cli.connect();
  const report = await whileShowing(cli, 'looking at the stack and its plans', () =>
    look(context, cli.clock.now(), planId),
  );
  cli.out.result(statusJson(report), () => statusText(report, cli.out));
  return report.isWell ? 0 : notWellExitCode;
}

async function look(context: CliContext, now: Date, planId: string | undefined): Promise<StatusReport> {
  const { alarms, catalog, inspector, keys: keyRing, recipients, scheduler, replica, vault } = context;
  const settings: HealthSettings = { undeleteDays: context.stack.UndeleteDays };
  const copied = replica ? vault : undefined;
  const seen = await survey(
    { alarms, catalog, keyRing, recipients, scheduler, settings, copied },
    { now, planId, byPerson: true },
  );
  const [open, watch, vaultFindings, tableFindings, secretFindings] = await Promise.all([
    readable(() => catalog.listOpenAlerts()),
    readable(async () => (await readState(catalog, 'watch')).value),
    orNotSeen(() => inspector.vault()),
    orNotSeen(() => inspector.table()),
    orNotSeen(() => inspector.secrets()),
  ]);
  const conditions = merged(seen.conditions, open.value ?? [], planId);
  const parts = partsOf({
    seen,
    conditions,
    watch,
    openAlerts: open,
    vault: vaultFindings,
    table: tableFindings,
    secrets: secretFindings,
    hasReplica: replica !== undefined,
    now,
  });
  const isWell =
    !conditions.some(({ severity }) => severity === 'critical') && !parts.some(({ ok }) => ok === false);
  return { isWell, at: now.toISOString(), parts, plans: seen.plans, conditions };
}

async function readable<T>(read: () => Promise<T>): Promise<Read<T>> {
  try {
    return { value: await read() };
  } catch (thrown) {
    const { message, code, next } = asHoldfastError(thrown);
    return { finding: { name: 'look', ok: false, detail: `${message} (${code})`, next } };
  }
}

/** What is seen now, and what only watch can see: a condition of both is the one that is seen now. */
function merged(
  seen: readonly Condition[],
  open: readonly AlertRow[],
  planId: string | undefined,
): readonly Condition[] {
  const now = new Set(seen.map(({ id }) => id));
  const more = open
    .filter((row) => foundByWatch.has(row.kind) && !now.has(row.conditionId))
    .filter((row) => planId === undefined || row.planId === undefined || row.planId === planId)
    .map(
      ({ conditionId, kind, severity, planId, backupId, text, since }): Condition => ({
        id: conditionId,
        kind: kind as Condition['kind'],
        severity,
        planId,
        backupId,
        why: text,
        next: `As watch found it: docs/troubleshooting.md#${kind}`,
        since,
      }),
    );
  const ofPlan = (condition: Condition) =>
    planId === undefined || condition.planId === undefined || condition.planId === planId;
  return [...seen, ...more].filter(ofPlan);
}

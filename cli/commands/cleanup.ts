/** `holdfast cleanup [PLAN]`: has cleanup decide and mark now; with --dry-run it only says what it would. */
import { z } from 'zod';
import { type PlannedLine, renderCleanupPlan } from '../../core/cleanup/render.ts';
import { HoldfastError } from '../../core/errors.ts';
import { planIdSchema } from '../../core/format/layout.ts';
import { parse } from '../../core/parse.ts';
import { answer } from '../api/client.ts';
import type { Cli } from '../context.ts';
import { exitCodeOf, knownCode } from '../failure.ts';
import { argument } from '../lookup.ts';
import { renderFacts, renderTable } from '../table.ts';
import { awaitTask } from '../task-run.ts';
import { formatBytes } from '../units.ts';

const count = z.int().min(0);

/** What comes of the task (CleanupResult in core/cleanup). */
const replySchema = z.object({
  dryRun: z.boolean(),
  plans: count,
  marked: z.object({ backups: count, objects: count, bytes: count }),
  leftovers: z.object({ objects: count, bytes: count }),
  kept: z.record(z.string(), count),
  missing: count,
  adopted: count,
  reprieved: z.array(z.string()),
  uploadsAborted: count,
  skipped: z.array(z.object({ what: z.string(), why: z.string() })),
  failed: z.array(z.object({ planId: z.string().optional(), code: z.string(), message: z.string() })),
  complete: z.boolean(),
  planned: z.array(z.custom<PlannedLine>((line) => typeof line === 'object' && line !== null)).optional(),
  /** Lines that a task has no room for. */
  plannedLeft: count.optional(),
});
type Reply = z.infer<typeof replySchema>;

export interface CleanupCommandOptions {
  readonly dryRun: boolean;
}

/** Exit code 0, or that of the first plan that failed. */
export async function cleanup(
  cli: Cli,
  planId: string | undefined,
  options: CleanupCommandOptions,
): Promise<number> {
  const plan = planId === undefined ? {} : { plan: argument(planIdSchema, planId, 'PLAN') };
  const { dryRun } = options;
  const api = await cli.api();
  const task = answer(await api.POST('/v1/cleanup', { body: { ...plan, dryRun } }));
  const what = dryRun ? 'deciding what would be marked' : 'cleaning up';
  const { result: came } = await awaitTask(cli, api, task, what);
  const result = parse(replySchema, came, 'result of cleanup');
  cli.out.result(result, () => (result.dryRun ? planned(cli, result) : summary(result)));
  for (const { what: thing, why } of result.skipped) cli.out.detail(`Left alone: ${thing}: ${why}`);
  const [first] = result.failed;
  for (const { planId: failed = 'all plans', code, message } of result.failed)
    cli.out.warn(`Cleanup of ${failed} failed: ${message} (${code})`);
  return first ? exitCodeOf(new HoldfastError(knownCode(first.code), first.message)) : 0;
}

function planned(cli: Cli, { planned = [], plannedLeft = 0, complete }: Reply): string {
  if (planned.length === 0) return 'Nothing would be marked.';
  const { header, rows } = renderCleanupPlan(planned);
  const columns = header.map((title, at) => ({
    title,
    value: (row: readonly string[]) =>
      title === 'BYTES' && row[at] ? formatBytes(Number(row[at])) : (row[at] ?? ''),
    ...(title === 'WHY' ? { flexible: true as const } : {}),
  }));
  const rest = [
    ...(plannedLeft > 0 ? [`\n… and ${plannedLeft} more: name a plan to see them.`] : []),
    ...(complete ? [] : ['\nThe time was up before all plans were decided: name a plan to see the rest.']),
  ].join('');
  return `${renderTable(rows, columns, cli.out.terminal.widthColumns)}${rest}\nNothing was changed.`;
}

function summary(result: Reply): string {
  const { marked, leftovers, kept, missing, adopted, reprieved, uploadsAborted, plans, complete } = result;
  const positive = (number: number) => (number > 0 ? String(number) : undefined);
  const keptText = Object.entries(kept).map(([why, number]) => `${number} ${why}`);
  return renderFacts([
    ['Plans', String(plans)],
    ['Marked', `${marked.backups} backups, ${marked.objects} objects, ${formatBytes(marked.bytes)}`],
    [
      'Leftovers',
      leftovers.objects > 0 ? `${leftovers.objects} objects, ${formatBytes(leftovers.bytes)}` : undefined,
    ],
    ['Kept', keptText.length > 0 ? keptText.join(', ') : undefined],
    ['Missing from the vault', positive(missing)],
    ['Handed to adopt', positive(adopted)],
    ['Brought back', reprieved.length > 0 ? reprieved.join(', ') : undefined],
    ['Uploads aborted', positive(uploadsAborted)],
    ['Left', complete ? undefined : 'the rest goes on by itself'],
  ]);
}

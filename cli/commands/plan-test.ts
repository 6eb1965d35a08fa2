/** `holdfast plan test PLAN` or `-f FILE`: the backup function tries each source, from where it runs, and changes nothing. */
import { z } from 'zod';
import { InvalidInput } from '../../core/errors.ts';
import { planIdSchema } from '../../core/format/layout.ts';
import { parse } from '../../core/parse.ts';
import { type Api, answer } from '../api/client.ts';
import type { Cli } from '../context.ts';
import { exitCodes } from '../failure.ts';
import { checkTable } from '../findings.ts';
import { argument } from '../lookup.ts';
import { readPlans } from '../plan-files.ts';
import { awaitTask } from '../task-run.ts';
import { formatTime } from '../units.ts';
import { bodyOf } from './plan-apply.ts';

const checksSchema = z.array(
  z.object({ name: z.string(), ok: z.boolean(), detail: z.string(), next: z.string().optional() }),
);

/** What comes of the task (PlanTestResult of core/plan-test). */
const replySchema = z.object({
  ok: z.boolean(),
  sources: z.array(z.object({ source: z.string(), checks: checksSchema })),
  /** Of the plan as a whole: keys, vault, schedule. */
  checks: checksSchema.default([]),
  nextRuns: z.array(z.string()).default([]),
  notifications: z.object({ ok: z.boolean(), results: checksSchema }).optional(),
});
type Reply = z.infer<typeof replySchema>;
type TestedSource = Reply['sources'][number];

export interface PlanTestOptions {
  readonly file?: string;
  readonly notify: boolean;
}

interface TestedPlan extends Reply {
  readonly planId: string;
}

/** Exit code 0 when every check passed, else that of a source. */
export async function planTest(
  cli: Cli,
  planId: string | undefined,
  options: PlanTestOptions,
): Promise<number> {
  if ((planId === undefined) === (options.file === undefined)) {
    throw new InvalidInput('command line', [{ field: 'PLAN or -f', allowed: 'exactly one of the two' }]);
  }
  const { notify } = options;
  const documents = options.file === undefined ? undefined : await readPlans(options.file);
  const id = planId === undefined ? undefined : argument(planIdSchema, planId, 'PLAN');
  const api = await cli.api();
  const tested: TestedPlan[] = [];
  if (id !== undefined) {
    const params = { path: { planId: id } };
    const task = answer(await api.POST('/v1/plans/{planId}/test', { params, body: { notify } }));
    tested.push(await ended(cli, api, id, task));
  }
  for (const { plan } of documents ?? []) {
    const task = answer(await api.POST('/v1/plans/test', { body: { plan: bodyOf(plan), notify } }));
    tested.push(await ended(cli, api, plan.id, task));
  }
  cli.out.result(tested, () => tested.map((one) => text(cli, one)).join('\n\n'));
  return tested.every(({ ok }) => ok) ? 0 : exitCodes.source;
}

async function ended(
  cli: Cli,
  api: Api,
  planId: string,
  task: { readonly taskId: string },
): Promise<TestedPlan> {
  const { result } = await awaitTask(cli, api, task, `testing plan ${planId}`);
  const reply = parse(replySchema, result, 'result of the test');
  return { ...reply, planId, ok: reply.ok && reply.sources.length > 0 && reply.sources.every(passed) };
}

/** No check at all is no proof of anything. */
function passed({ checks }: TestedSource): boolean {
  return checks.length > 0 && checks.every(({ ok }) => ok);
}

function text(cli: Cli, { planId, sources, checks, nextRuns, notifications }: TestedPlan): string {
  const rows = [
    ...sources.flatMap(({ source, checks }) => checks.map((check) => ({ ...check, group: source }))),
    ...checks.map((check) => ({ ...check, group: '(plan)' })),
    ...(notifications?.results ?? []).map((check) => ({ ...check, group: '(told)' })),
  ];
  const next = nextRuns.length > 0 ? `\nNext runs: ${nextRuns.map((at) => formatTime(at)).join(', ')}` : '';
  return `Plan ${planId}\n${checkTable(cli.out, rows, 'SOURCE')}${next}`;
}

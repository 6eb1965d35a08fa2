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
import { bodyOf } from './plan-apply.ts';

const checksSchema = z.array(
  z.object({ name: z.string(), ok: z.boolean(), detail: z.string(), next: z.string().optional() }),
);

/** What comes of the task: checks of each source, and of what all of them need (the vault, who is told). */
const replySchema = z.object({
  sources: z.array(z.object({ source: z.string(), checks: checksSchema })),
  vault: checksSchema.optional(),
  notifications: checksSchema.optional(),
});
type TestedSource = z.infer<typeof replySchema>['sources'][number];

export interface PlanTestOptions {
  readonly file?: string;
  readonly notify: boolean;
}

interface TestedPlan {
  readonly planId: string;
  readonly ok: boolean;
  readonly sources: readonly TestedSource[];
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
  const { sources, vault, notifications } = parse(replySchema, result, 'result of the test');
  const beside = [
    ...(vault ? [{ source: '(vault)', checks: vault }] : []),
    ...(notifications ? [{ source: '(notifications)', checks: notifications }] : []),
  ];
  const ok = sources.length > 0 && [...sources, ...beside].every(passed);
  return { planId, ok, sources: [...sources, ...beside] };
}

/** No check at all is no proof of anything. */
function passed({ checks }: TestedSource): boolean {
  return checks.length > 0 && checks.every(({ ok }) => ok);
}

function text(cli: Cli, { planId, sources }: TestedPlan): string {
  const rows = sources.flatMap(({ source, checks }) => checks.map((check) => ({ ...check, group: source })));
  return `Plan ${planId}\n${checkTable(cli.out, rows, 'SOURCE')}`;
}

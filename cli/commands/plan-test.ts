/** `holdfast plan test PLAN` or `-f FILE`: the backup function tries each source, from where it runs, and changes nothing. */
import { z } from 'zod';
import { InvalidInput } from '../../core/errors.ts';
import type { BackupEvent } from '../../core/events.ts';
import { parse } from '../../core/parse.ts';
import type { Plan } from '../../core/plan.ts';
import type { Cli } from '../context.ts';
import { exitCodes } from '../failure.ts';
import { checkTable } from '../findings.ts';
import { findPlan } from '../lookup.ts';
import { readPlans } from '../plan-files.ts';
import { whileShowing } from '../watch.ts';

/** What the backup function answers. */
const replySchema = z.object({
  sources: z.array(
    z.object({
      source: z.string(),
      checks: z.array(
        z.object({ name: z.string(), ok: z.boolean(), detail: z.string(), next: z.string().optional() }),
      ),
    }),
  ),
});
type TestedSource = z.infer<typeof replySchema>['sources'][number];

export interface PlanTestOptions {
  readonly file?: string;
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
  const fromFile = options.file === undefined ? undefined : await readPlans(options.file);
  const context = await cli.connect();
  const plans: readonly Plan[] = fromFile
    ? fromFile.map(({ plan }) => plan)
    : [(await findPlan(context.catalog, planId ?? '')).plan];
  const tested: TestedPlan[] = [];
  for (const plan of plans) {
    const event: BackupEvent = { task: 'plan-test', plan, notify: false };
    const reply = await whileShowing(cli, `testing plan ${plan.id}`, () =>
      context.functions.call(context.stack.BackupFunction, event),
    );
    const { sources } = parse(replySchema, reply, 'reply of the backup function');
    tested.push({ planId: plan.id, ok: sources.length > 0 && sources.every(passed), sources });
  }
  cli.out.result(tested, () => tested.map((one) => text(cli, one)).join('\n\n'));
  return tested.every(({ ok }) => ok) ? 0 : exitCodes.source;
}

/** No check at all is no proof of anything. */
function passed({ checks }: TestedSource): boolean {
  return checks.length > 0 && checks.every(({ ok }) => ok);
}

function text(cli: Cli, { planId, sources }: TestedPlan): string {
  const rows = sources.flatMap(({ source, checks }) => checks.map((check) => ({ ...check, group: source })));
  return `Plan ${planId}\n${checkTable(cli.out, rows, 'SOURCE')}`;
}

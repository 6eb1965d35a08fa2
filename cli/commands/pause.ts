/** `holdfast pause [PLAN] --reason TEXT` and `holdfast resume [PLAN]`: of one plan, or of everything. Audited. */
import { z } from 'zod';
import { HoldfastError } from '../../core/errors.ts';
import { planIdSchema } from '../../core/format/layout.ts';
import { pause, resume } from '../../core/pause.ts';
import type { Pause } from '../../core/ports/catalog.ts';
import { readState } from '../../core/state.ts';
import { audited } from '../audited.ts';
import type { Cli, CliContext } from '../context.ts';
import { argument } from '../lookup.ts';
import { formatTime } from '../units.ts';

const reasonSchema = z.string().trim().min(3, '3 to 500 characters').max(500, '3 to 500 characters');

export async function pausePlan(
  cli: Cli,
  planId: string | undefined,
  options: { readonly reason: string },
): Promise<void> {
  const reason = argument(reasonSchema, options.reason, '--reason');
  const context = await cli.connect();
  const asked = await request(cli, planId, context);
  const made = await audited(cli, context, { ...entry('pause', planId), detail: reason }, async () => {
    const result = await pause(context.catalog, { ...asked, reason });
    return { result, after: result };
  });
  const what = planId === undefined ? 'Everything' : `Plan ${planId}`;
  cli.out.result({ paused: true, planId: planId ?? null, ...made }, () =>
    [
      `${what} is paused since ${formatTime(made.at)}: ${made.reason}`,
      'No schedule makes a backup, and cleanup marks nothing. A reminder comes once a day.',
      `Runs by hand still work. End it: holdfast resume${planId === undefined ? '' : ` ${planId}`}`,
    ].join('\n'),
  );
}

export async function resumePlan(cli: Cli, planId: string | undefined): Promise<void> {
  const context = await cli.connect();
  const asked = await request(cli, planId, context);
  const was = await pauseNow(asked.planId, context);
  if (was) {
    await audited(
      cli,
      context,
      { ...entry('resume', planId), before: was, detail: whatWas(was) },
      async () => ({
        result: await resume(context.catalog, asked),
      }),
    );
  }
  const what = planId === undefined ? 'Everything' : `Plan ${planId}`;
  cli.out.result({ paused: false, planId: planId ?? null, was: was ?? null }, () =>
    was === undefined
      ? `${what} was not paused${planId === undefined ? ' (a plan that is paused by itself is resumed by its name)' : ''}.`
      : `${what} runs again; it was paused since ${formatTime(was.at)}. The next schedule makes the next backup: holdfast backup makes one now.`,
  );
}

async function request(cli: Cli, planId: string | undefined, { caller }: CliContext) {
  return {
    planId: planId === undefined ? undefined : argument(planIdSchema, planId, 'PLAN'),
    by: await caller(),
    at: cli.clock.now().toISOString(),
  };
}

/** What was not paused is not resumed, and nobody needs to know who tried. */
async function pauseNow(planId: string | undefined, { catalog }: CliContext): Promise<Pause | undefined> {
  if (planId === undefined) return (await readState(catalog, 'pause')).value ?? undefined;
  const row = await catalog.getPlan(planId);
  if (row) return row.paused;
  throw new HoldfastError('PLAN_NOT_FOUND', `There is no plan ${planId}`);
}

const entry = (what: 'pause' | 'resume', planId: string | undefined) => ({
  action: planId === undefined ? `everything.${what}` : `plan.${what}`,
  target: planId === undefined ? 'everything' : `plan/${planId}`,
});

const whatWas = ({ at, by, reason }: Pause) => `paused since ${at} by ${by}: ${reason}`;

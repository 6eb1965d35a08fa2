/** `holdfast pause [PLAN] --reason TEXT` and `holdfast resume [PLAN]`: of one plan, or of everything. Audited. */
import { z } from 'zod';
import { planIdSchema } from '../../core/format/layout.ts';
import { pause, resume } from '../../core/pause.ts';
import type { Cli } from '../context.ts';
import { argument } from '../lookup.ts';
import { formatTime } from '../units.ts';

const reasonSchema = z.string().trim().min(3, '3 to 500 characters').max(500, '3 to 500 characters');

export async function pausePlan(
  cli: Cli,
  planId: string | undefined,
  options: { readonly reason: string },
): Promise<void> {
  const reason = argument(reasonSchema, options.reason, '--reason');
  const { catalog, caller } = await cli.connect();
  const made = await pause(catalog, { ...(await request(cli, planId, caller)), reason });
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
  const { catalog, caller } = await cli.connect();
  const was = await resume(catalog, await request(cli, planId, caller));
  const what = planId === undefined ? 'Everything' : `Plan ${planId}`;
  cli.out.result({ paused: false, planId: planId ?? null, was: was ?? null }, () =>
    was === undefined
      ? `${what} was not paused${planId === undefined ? ' (a plan that is paused by itself is resumed by its name)' : ''}.`
      : `${what} runs again; it was paused since ${formatTime(was.at)}. The next schedule makes the next backup: holdfast backup makes one now.`,
  );
}

async function request(cli: Cli, planId: string | undefined, caller: () => Promise<string>) {
  return {
    planId: planId === undefined ? undefined : argument(planIdSchema, planId, 'PLAN'),
    by: await caller(),
    at: cli.clock.now().toISOString(),
    correlationId: cli.correlationId,
  };
}

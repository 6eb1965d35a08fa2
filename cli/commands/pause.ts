/** `holdfast pause [PLAN] --reason TEXT` and `holdfast resume [PLAN]`: of one plan, or of everything. */
import { z } from 'zod';
import { planIdSchema } from '../../core/format/layout.ts';
import { answer } from '../api/client.ts';
import type { Cli } from '../context.ts';
import { argument } from '../lookup.ts';
import { formatTime } from '../units.ts';

const reasonSchema = z.string().trim().min(3, '3 to 500 characters').max(500, '3 to 500 characters');

export async function pausePlan(
  cli: Cli,
  name: string | undefined,
  options: { readonly reason: string },
): Promise<void> {
  const reason = argument(reasonSchema, options.reason, '--reason');
  const planId = idOf(name);
  const api = await cli.api();
  const body = { reason };
  const made = answer(
    planId === undefined
      ? await api.POST('/v1/pause', { body })
      : await api.POST('/v1/plans/{planId}/pause', { params: { path: { planId } }, body }),
  ).pause;
  const what = planId === undefined ? 'Everything' : `Plan ${planId}`;
  cli.out.result({ paused: true, planId: planId ?? null, ...made }, () =>
    [
      `${what} is paused since ${formatTime(made?.at ?? '')}: ${made?.reason}`,
      'No schedule makes a backup, and cleanup marks nothing. A reminder comes once a day.',
      `Runs by hand still work. End it: holdfast resume${planId === undefined ? '' : ` ${planId}`}`,
    ].join('\n'),
  );
}

export async function resumePlan(cli: Cli, name: string | undefined): Promise<void> {
  const planId = idOf(name);
  const api = await cli.api();
  const { was } = answer(
    planId === undefined
      ? await api.POST('/v1/resume', {})
      : await api.POST('/v1/plans/{planId}/resume', { params: { path: { planId } } }),
  );
  const what = planId === undefined ? 'Everything' : `Plan ${planId}`;
  cli.out.result({ paused: false, planId: planId ?? null, was: was ?? null }, () =>
    was === undefined
      ? `${what} was not paused${planId === undefined ? ' (a plan that is paused by itself is resumed by its name)' : ''}.`
      : `${what} runs again; it was paused since ${formatTime(was.at)}. The next schedule makes the next backup: holdfast backup makes one now.`,
  );
}

function idOf(name: string | undefined): string | undefined {
  return name === undefined ? undefined : argument(planIdSchema, name, 'PLAN');
}

/** `holdfast plan enable`, `disable` and `delete`. */
import { planIdSchema } from '../../core/format/layout.ts';
import { requireAgreement } from '../agreement.ts';
import { answer } from '../api/client.ts';
import { findPlan } from '../api/lookup.ts';
import type { PlanShown } from '../api/rows.ts';
import type { Cli } from '../context.ts';
import { argument } from '../lookup.ts';
import { formatTime } from '../units.ts';

export async function enable(cli: Cli, name: string): Promise<void> {
  const path = { planId: argument(planIdSchema, name, 'PLAN') };
  const api = await cli.api();
  told(cli, answer(await api.POST('/v1/plans/{planId}/enable', { params: { path } })));
}

export async function disable(cli: Cli, name: string): Promise<void> {
  const path = { planId: argument(planIdSchema, name, 'PLAN') };
  const api = await cli.api();
  told(cli, answer(await api.POST('/v1/plans/{planId}/disable', { params: { path } })));
}

function told(cli: Cli, row: PlanShown): void {
  const { plan, nextRuns, paused } = row;
  cli.out.result(row, () => {
    if (!plan.enabled) return `Plan ${plan.id} is off: no schedule makes a backup. Runs by hand still work.`;
    const next = nextRuns[0];
    if (next !== undefined) return `Plan ${plan.id} is on: its next run is ${formatTime(next)}.`;
    return `Plan ${plan.id} is on${paused ? `, but paused (${paused.reason}): holdfast resume ${plan.id}` : ''}.`;
  });
}

export async function planDelete(cli: Cli, name: string, options: { readonly yes: boolean }): Promise<void> {
  const api = await cli.api();
  const { plan, revision } = await findPlan(api, name);
  const { id: planId } = plan;
  await requireAgreement(cli, {
    yes: options.yes,
    question: `Delete plan ${planId} and its schedule? Its backups stay, and nothing of them expires by itself any more.`,
    otherwise: `plan ${planId} was not deleted`,
  });
  const params = { path: { planId }, header: { 'if-match': `"${revision}"` } };
  await api.DELETE('/v1/plans/{planId}', { params });
  cli.out.result({ planId, deleted: true, revision }, () =>
    [
      `Deleted plan ${planId}. Its backups stay: holdfast list ${planId}.`,
      'Applied again under the same id, it continues with them.',
    ].join('\n'),
  );
}

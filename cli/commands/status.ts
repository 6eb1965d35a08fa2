/** `holdfast status`: is everything well, in one screen. Changes nothing; the API asks the same questions as watch does. */
import { planIdSchema } from '../../core/format/layout.ts';
import { type Api, answer } from '../api/client.ts';
import { listOf } from '../api/pages.ts';
import type { Cli } from '../context.ts';
import { argument } from '../lookup.ts';
import { partsOf } from '../status-parts.ts';
import { type StatusReport, statusJson, statusText } from '../status-view.ts';
import { whileShowing } from '../watch.ts';

/** docs/cli.md: the stack answered, and something in it is not well. Scripts lean on it: never renumber. */
export const notWellExitCode = 9;

/** More open alerts than this are counted as so many. */
const mostAlerts = 1000;

/** 0 when all is well or only warned of, 9 when something is not. */
export async function status(cli: Cli, options: { readonly plan?: string }): Promise<number> {
  const plan = options.plan === undefined ? undefined : argument(planIdSchema, options.plan, '--plan');
  const api = await cli.api();
  const report = await whileShowing(cli, 'looking at the stack and its plans', () => look(api, plan));
  cli.out.result(statusJson(report), () => statusText(report, cli.out));
  return report.isWell ? 0 : notWellExitCode;
}

async function look(api: Api, plan: string | undefined): Promise<StatusReport> {
  const query = plan === undefined ? {} : { plan };
  const [seen, openAlerts] = await Promise.all([
    api.GET('/v1/status', { params: { query } }).then(answer),
    openCount(api),
  ]);
  const { at, plans, conditions } = seen;
  const parts = partsOf(seen, openAlerts);
  const isWell = seen.isWell && !parts.some(({ ok }) => ok === false);
  return { isWell, at, parts, plans, conditions };
}

/** Only told beside the rest: what cannot be counted is left out. */
async function openCount(api: Api): Promise<number | undefined> {
  try {
    const open = await listOf(
      async (paging) =>
        answer(await api.GET('/v1/alerts', { params: { query: { state: 'open', ...paging } } })),
      mostAlerts,
    );
    return open.length;
  } catch {
    return undefined;
  }
}

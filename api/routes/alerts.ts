/** What is wrong and was told, and that somebody sees to it. */
import { z } from 'zod';
import { HoldfastError } from '../../core/errors.ts';
import { planIdSchema } from '../../core/format/layout.ts';
import type { AlertRow, Catalog } from '../../core/ports/catalog.ts';
import { cursorOf, fromCursor } from '../cursor.ts';
import { route } from '../route.ts';
import { alertIdSchema, alertJson, alertSchema } from '../schemas/alerts.ts';
import { pageOf, pagingQuery } from '../schemas/common.ts';

const example = {
  alertId: 'YmFja3VwLW1pc3NlZC9uaWdodGx5',
  conditionId: 'backup-missed/nightly',
  kind: 'backup-missed',
  title: 'Backup missed',
  severity: 'critical',
  planId: 'nightly',
  subject: '[Holdfast] Backup missed - plan nightly',
  text: 'The run of 2026-11-21T02:00:00Z did not happen.',
  since: '2026-11-21T03:00:00Z',
  lastToldAt: '2026-11-21T03:05:00Z',
  timesTold: 1,
};

const listAlerts = route(
  {
    name: 'GET /v1/alerts',
    operationId: 'listAlerts',
    tag: 'alerts',
    summary: 'Alerts, open or all',
    description: 'Open ones by what is wrong; `all`: by when it began, the newest first.',
    query: {
      state: z.enum(['open', 'closed', 'all']).default('open'),
      plan: planIdSchema.optional(),
      ...pagingQuery,
    },
    response: pageOf(alertSchema),
    examples: { response: { items: [example] } },
  },
  async ({ input: { query }, deps }) => {
    const page =
      query.state === 'open' ? await openPage(deps.catalog, query) : await startedPage(deps.catalog, query);
    return { items: page.rows.map(alertJson), nextCursor: page.cursor };
  },
);

interface AlertQuery {
  readonly state: 'open' | 'closed' | 'all';
  readonly plan?: string;
  readonly limit: number;
  readonly cursor?: string;
}

/** The list of open ones is short and comes whole; pages of it go by id, so that closing one shifts no other. */
async function openPage(catalog: Catalog, { plan, limit, cursor }: AlertQuery) {
  const after = cursor === undefined ? '' : fromCursor(z.string(), cursor);
  const all = (await catalog.listOpenAlerts())
    .filter(({ planId, conditionId }) => (plan === undefined || planId === plan) && conditionId > after)
    .sort((a, b) => (a.conditionId < b.conditionId ? -1 : 1));
  const rows = all.slice(0, limit);
  return { rows, cursor: all.length > limit ? cursorOf(rows.at(-1)?.conditionId) : undefined };
}

async function startedPage(catalog: Catalog, { state, plan, limit, cursor }: AlertQuery) {
  const page = await catalog.listAlerts({ planId: plan }, { limit, cursor });
  if (state === 'all') return page;
  return { ...page, rows: page.rows.filter(({ closedAt }) => closedAt !== undefined) };
}

const getAlert = route(
  {
    name: 'GET /v1/alerts/{alertId}',
    operationId: 'getAlert',
    tag: 'alerts',
    summary: 'One alert',
    params: { alertId: alertIdSchema },
    response: alertSchema,
    examples: { response: example },
  },
  async ({ input, deps }) => alertJson(await known(deps.catalog, input.params.alertId)),
);

async function known(catalog: Catalog, conditionId: string): Promise<AlertRow> {
  const row = await catalog.getAlert(conditionId);
  if (row) return row;
  throw new HoldfastError('ALERT_NOT_FOUND', `There is no alert ${conditionId.slice(0, 200)}`);
}

const acknowledgeAlert = route(
  {
    name: 'POST /v1/alerts/{alertId}/acknowledge',
    operationId: 'acknowledgeAlert',
    tag: 'alerts',
    summary: 'Say that you see to it',
    description: 'No reminders until it is well again, or breaks anew.',
    params: { alertId: alertIdSchema },
    response: alertSchema,
    audit: { action: 'alert.acknowledge', target: ({ params }) => params.alertId },
  },
  async ({ input, actor, deps }) => {
    const at = deps.clock.now().toISOString();
    return alertJson(await deps.catalog.acknowledgeAlert(input.params.alertId, { at, by: actor.name }));
  },
);

const unacknowledgeAlert = route(
  {
    name: 'POST /v1/alerts/{alertId}/unacknowledge',
    operationId: 'unacknowledgeAlert',
    tag: 'alerts',
    summary: 'Take that back',
    description: 'It is reminded of again.',
    params: { alertId: alertIdSchema },
    response: alertSchema,
    audit: { action: 'alert.unacknowledge', target: ({ params }) => params.alertId },
  },
  async ({ input, deps }) => alertJson(await deps.catalog.acknowledgeAlert(input.params.alertId, undefined)),
);

export const alertRoutes = [listAlerts, getAlert, acknowledgeAlert, unacknowledgeAlert];

/** The trail: who did what. Read only: nobody changes it, through the API or otherwise. */
import { z } from 'zod';
import { type AuditFilter, listAuditEntries } from '../../core/control/audit-list.ts';
import { InvalidInput } from '../../core/errors.ts';
import type { AuditEntry } from '../../core/ports/catalog.ts';
import { cursorOf, fromCursor } from '../cursor.ts';
import type { ApiDeps } from '../deps.ts';
import { Answer, route } from '../route.ts';
import { instantSchema, pageOf, pagingQuery, rowErrorSchema, timeSchema } from '../schemas/common.ts';

const auditEntrySchema = z
  .object({
    at: timeSchema,
    id: z.string(),
    by: z.string(),
    action: z.string().meta({ example: 'plan.update' }),
    target: z.string(),
    detail: z.string(),
    correlationId: z.string(),
    via: z.enum(['api', 'cli', 'schedule']).optional(),
    subject: z.string().optional(),
    groups: z.array(z.string()).optional(),
    address: z.string().optional(),
    requestId: z.string().optional(),
    before: z.unknown().optional(),
    after: z.unknown().optional(),
    result: z
      .enum(['ok', 'refused', 'failed'])
      .optional()
      .meta({ description: 'Absent while only the intention is known.' }),
    error: rowErrorSchema.optional(),
    objects: z.array(z.string()).optional().meta({ description: 'Its write-once objects in the vault.' }),
  })
  .meta({ id: 'AuditEntry', description: 'What somebody did, or tried to.' });

const word = z.string().min(1).max(200).optional();

const filterQuery = {
  month: z
    .string()
    .regex(/^\d{4}-(0[1-9]|1[0-2])$/, 'a month like 2026-11')
    .optional()
    .meta({ description: 'Instead of from and to.' }),
  from: instantSchema.optional().meta({ description: 'Inclusive. Default: 31 days before `to`.' }),
  to: instantSchema.optional().meta({ description: 'Exclusive. Default: now.' }),
  by: word,
  action: word.meta({ description: 'Whole (`plan.update`), or its first part (`plan`).' }),
  target: word,
  result: z.enum(['ok', 'refused', 'failed', 'unknown']).optional(),
  via: z.enum(['api', 'cli', 'schedule']).optional(),
};
type Query = z.output<z.ZodObject<typeof filterQuery>>;

const placeSchema = z.strictObject({
  month: z.string().regex(/^\d{4}-\d{2}$/),
  cursor: z.string().optional(),
});
const defaultSpanMs = 31 * 86_400_000;

function filterOf({ month, from, to, ...rest }: Query, now: Date): AuditFilter {
  if (month !== undefined && (from !== undefined || to !== undefined)) {
    throw new InvalidInput('query', [{ field: 'month', allowed: 'without from and to' }]);
  }
  if (month !== undefined) {
    const end = new Date(`${month}-01T00:00:00Z`);
    end.setUTCMonth(end.getUTCMonth() + 1);
    return { ...rest, from: `${month}-01T00:00:00.000Z`, to: end.toISOString() };
  }
  const until = to === undefined ? new Date(now.getTime() + 1) : new Date(to);
  const since = from === undefined ? new Date(until.getTime() - defaultSpanMs) : new Date(from);
  if (since >= until) throw new InvalidInput('query', [{ field: 'from', allowed: 'before to' }]);
  return { ...rest, from: since.toISOString(), to: until.toISOString() };
}

async function pageFor(
  { limit, cursor, ...query }: Query & { readonly limit: number; readonly cursor?: string },
  { catalog, clock }: ApiDeps,
) {
  const start = cursor === undefined ? undefined : fromCursor(placeSchema, cursor);
  const { entries, next } = await listAuditEntries(catalog, filterOf(query, clock.now()), { limit, start });
  return { items: entries, nextCursor: next && cursorOf(next) };
}

const listAudit = route(
  {
    name: 'GET /v1/audit',
    operationId: 'listAudit',
    tag: 'audit',
    summary: 'Who did what, the newest first',
    query: { ...filterQuery, ...pagingQuery },
    response: pageOf(auditEntrySchema),
    examples: {
      response: {
        items: [
          {
            at: '2026-11-21T09:12:03.120Z',
            id: '3f9a1c22d0b14e6f',
            by: 'ada@example.org',
            action: 'plan.disable',
            target: 'plan/nightly',
            detail: 'before a migration',
            correlationId: 'api-6f1d2c3b4a596877',
            via: 'api',
            groups: ['holdfast-admin'],
            address: '192.0.2.7',
            result: 'ok',
          },
        ],
      },
    },
  },
  async ({ input, deps }) => pageFor(input.query, deps),
);

/** Lambda answers at most 6 MB; this leaves room for the last entry and for escaping. */
const mostExportedCharacters = 4_000_000;
/** Entries asked for at a time: each may have 40 KB. */
const exportedAtATime = 50;

const exportAudit = route(
  {
    name: 'GET /v1/audit/export',
    operationId: 'exportAudit',
    tag: 'audit',
    summary: 'The same as JSON lines',
    description:
      'One entry a line, up to `limit` or about 4 MB; with a header `x-next-cursor` while there may be more. Is itself in the trail.',
    query: {
      ...filterQuery,
      cursor: pagingQuery.cursor,
      limit: z.coerce.number().int().min(1, '1 to 10000').max(10_000, '1 to 10000').default(10_000),
    },
    contentType: 'application/x-ndjson',
    response: z.string(),
    responseHeaders: { 'x-next-cursor': 'Absent when that was all.' },
    costly: true,
    audit: {
      action: 'audit.export',
      target: ({ query }) => `audit/${query.month ?? query.from ?? 'recent'}`,
    },
  },
  async ({ input, deps }) => {
    const { limit, ...query } = input.query;
    const lines: string[] = [];
    let characters = 0;
    let { cursor } = input.query;
    // Each page goes on in the trail, which is finite; 1,000 of them bound what a filter that fits nothing reads.
    for (let pages = 0; pages < 1_000; pages += 1) {
      const wanted = Math.min(exportedAtATime, limit - lines.length);
      const page = await pageFor({ ...query, limit: wanted, cursor }, deps);
      for (const entry of page.items) {
        const text = line(entry);
        lines.push(text);
        characters += text.length;
      }
      cursor = page.nextCursor;
      if (cursor === undefined || lines.length >= limit || characters >= mostExportedCharacters) break;
    }
    return new Answer(lines.join(''), { headers: cursor === undefined ? {} : { 'x-next-cursor': cursor } });
  },
);

const line = (entry: AuditEntry) => `${JSON.stringify(auditEntrySchema.parse(entry))}\n`;

export const auditRoutes = [listAudit, exportAudit];

/** What a policy would keep of a plan's real history, read in bounded pages: for the API and the command line alike. */
import { HoldfastError } from '../errors.ts';
import { parse } from '../parse.ts';
import { type Retention, retentionSchema } from '../plan.ts';
import type { Catalog } from '../ports/catalog.ts';
import type { Clock } from '../ports/index.ts';
import { type RetentionPreview, retentionPreview } from '../retention-preview.ts';
import { readState } from '../state.ts';

const rowsAPage = 1000;

export interface PreviewRequest {
  readonly planId: string;
  /** What is tried instead of it. Default: the policy of the plan. */
  readonly policy?: Retention;
  /** Takes the place of these numbers of the policy. */
  readonly change?: Partial<Retention>;
  /** Rows that are read, the newest first. Default: all. */
  readonly mostRows?: number;
}

export interface PreviewedRetention extends RetentionPreview {
  /** What was tried; absent where the plan has no row: each backup then goes when it was made to go. */
  readonly policy?: Retention;
  /** False when there are older rows than were read. */
  readonly whole: boolean;
}

/** PLAN_NOT_FOUND when there is neither a plan nor a backup of it; INVALID_INPUT for a policy that is none. */
export async function previewRetention(
  {
    catalog,
    clock,
  }: { readonly catalog: Pick<Catalog, 'getPlan' | 'getState' | 'listBackups'>; readonly clock: Clock },
  { planId, policy, change = {}, mostRows = Number.POSITIVE_INFINITY }: PreviewRequest,
): Promise<PreviewedRetention> {
  const row = await catalog.getPlan(planId);
  const { value: pause } = await readState(catalog, 'pause');
  const base = policy ?? row?.plan.retention;
  const isChanged = Object.keys(change).length > 0;
  const retention = isChanged ? parse(retentionSchema, { ...base, ...change }, 'retention to preview') : base;
  const preview = retentionPreview({
    planId,
    plan: row && { retention: row.plan.retention, paused: row.paused, deleted: row.deleted },
    pausedAll: pause != null,
    retention,
    now: clock.now().toISOString(),
  });
  let cursor: string | undefined;
  let seen = 0;
  do {
    const page = await catalog.listBackups(planId, { limit: rowsAPage, cursor });
    for (const each of page.rows) preview.add(each);
    seen += page.rows.length;
    cursor = page.cursor;
  } while (cursor !== undefined && seen < mostRows);
  if (!row && seen === 0) {
    throw new HoldfastError('PLAN_NOT_FOUND', `there is no plan ${planId}`, { details: { planId } });
  }
  return { ...preview.result(), policy: retention, whole: cursor === undefined };
}

/** What everybody may know of a stack: one word and four times, as watch noted them. One read. */
import type { Catalog } from '../ports/catalog.ts';
import { readState } from '../state.ts';

/** Watch looks once an hour; two rounds that came to nothing may pass before its word counts no more. */
const mostAgeMs = 3 * 3_600_000;

export interface PublicStatus {
  readonly at: string;
  readonly state: 'well' | 'trouble' | 'unknown';
  readonly checkedAt?: string;
  readonly since?: string;
  readonly lastBackupAt?: string;
  readonly lastProvenAt?: string;
}

export async function publicStatusOf(catalog: Pick<Catalog, 'getState'>, now: Date): Promise<PublicStatus> {
  const { value } = await readState(catalog, 'watch');
  const at = now.toISOString();
  if (!value) return { at, state: 'unknown' };
  const { completedAt, found } = value;
  const isKnown = found !== undefined && now.getTime() - Date.parse(completedAt) <= mostAgeMs;
  return {
    at,
    state: isKnown ? found.state : 'unknown',
    checkedAt: completedAt,
    since: isKnown ? found.since : undefined,
    lastBackupAt: found?.lastBackupAt,
    lastProvenAt: found?.lastProvenAt,
  };
}

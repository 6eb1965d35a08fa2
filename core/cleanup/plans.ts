/** The plans that have a row and those that only have a folder in the vault, in order of their ids, each once. */
import { planIdSchema } from '../format/layout.ts';
import type { CleanupDeps } from './context.ts';

/** In memory together: 40 bytes each. The catalog has a page for every 1000 of them. */
const mostPlans = 100_000;

export async function planIds(
  { catalog, vault }: Pick<CleanupDeps, 'catalog' | 'vault'>,
  after: string | undefined,
): Promise<readonly string[]> {
  const ids = new Set<string>();
  let cursor: string | undefined;
  do {
    const page = await catalog.listPlans({ limit: 1000, cursor });
    for (const { plan } of page.rows) ids.add(plan.id);
    cursor = page.cursor;
  } while (cursor !== undefined && ids.size < mostPlans);
  for await (const name of vault.folders('plans/', { after })) {
    if (ids.size >= mostPlans) break;
    if (planIdSchema.safeParse(name).success) ids.add(name);
  }
  return [...ids].filter((id) => after === undefined || id > after).sort();
}

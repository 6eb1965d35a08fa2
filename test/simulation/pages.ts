/**
 * A catalog that gives a plan's backups in pages of one to three rows, with something happening in between: what 500
 * rows, or one page of a store that is not isolated from what is written meanwhile, may come to.
 */
import type { Catalog } from '../../core/ports/catalog.ts';
import type { Random } from './random.ts';

const mostRows = 3;

export function inSmallPages(catalog: Catalog, random: Random, between: () => Promise<void>): Catalog {
  return {
    ...catalog,
    async listBackups(planId, options) {
      if (options?.cursor !== undefined) await between();
      return catalog.listBackups(planId, { ...options, limit: random.whole(1, mostRows) });
    },
  };
}

/** Small named values, replaced only by whoever has seen the revision that is there. */
import { randomUUID } from 'node:crypto';
import { HoldfastError } from '../../core/errors.ts';
import type { Catalog } from '../../core/ports/catalog.ts';
import { absent, equals } from './expression.ts';
import { toStateRow } from './items.ts';
import type { Store } from './store.ts';
import { stateKey } from './table.ts';

export function dynamoState(store: Store): Pick<Catalog, 'getState' | 'putState'> {
  return {
    async getState(name) {
      const item = await store.get(stateKey(name));
      return item && toStateRow(item);
    },

    async putState(name, value, expectedRevision) {
      // Tells our own write from another's when its reply was lost and the SDK sent it again.
      const putToken = randomUUID();
      const written = await store.update(
        stateKey(name),
        { set: { value, revision: expectedRevision + 1, putToken } },
        expectedRevision === 0 ? absent('pk') : equals('revision', expectedRevision),
      );
      if ('row' in written) return toStateRow(written.row);
      const stored = written.refused && toStateRow(written.refused);
      if (stored && written.refused?.putToken === putToken) return stored;
      const revision = stored?.revision ?? 0;
      throw new HoldfastError(
        'CONFLICT',
        `State ${name} is at revision ${revision}, not ${expectedRevision}`,
        {
          details: { name, revision, expectedRevision },
        },
      );
    },
  };
}

/** Entries of a table of contents for tests: what matters is given, the rest is as pg_dump leaves it. */
import type { TocEntry } from '../../../adapters/postgres/restore-toc.ts';

export function entryOf(given: Partial<TocEntry> & Pick<TocEntry, 'desc'>): TocEntry {
  return {
    ...{
      dumpId: 1,
      hasData: false,
      tableOid: '0',
      oid: '0',
      tag: '',
      section: 2,
      defn: undefined,
      dropStatement: undefined,
    },
    ...{
      copyStatement: undefined,
      namespace: undefined,
      tablespace: undefined,
      tableAccessMethod: undefined,
      relkind: 0,
    },
    ...{ owner: undefined, withOids: 'false', dependencies: [], position: new Uint8Array(9) },
    ...given,
  };
}

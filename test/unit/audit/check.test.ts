/** The catalog's index of the trail against the objects of the vault. */
import { beforeEach, describe, expect, it } from 'vitest';
import { checkAudit } from '../../../core/audit/check.ts';
import { auditKeysOf, readAudit, writeAudit } from '../../../core/audit/objects.ts';
import type { AuditEntry } from '../../../core/ports/catalog.ts';
import { testKeyRing } from '../../support/world.ts';
import { ada, auditWorld, refusing } from './world.ts';

const span = { from: '2026-11-20T00:00:00.000Z', to: '2026-11-23T00:00:00.000Z' };
let world: ReturnType<typeof auditWorld>;

/** What is looked at in place of the catalog and the vault. */
interface Instead {
  readonly rows?: (rows: readonly AuditEntry[]) => readonly AuditEntry[];
  readonly vault?: Partial<typeof world.vault>;
  readonly span?: typeof span;
}

function check({ rows = (all) => all, vault, span: other = span }: Instead = {}) {
  const { catalog, reading } = world;
  return checkAudit(
    {
      ...reading,
      catalog: {
        listAudit: async (month, options) => {
          const page = await catalog.listAudit(month, options);
          return { ...page, rows: rows(page.rows) };
        },
      },
      vault: { ...world.vault, ...vault },
    },
    { ...other, signal: new AbortController().signal },
  );
}

const faults = async (instead?: Instead) =>
  (await check(instead)).problems.named.map(({ fault, what }) => [fault, what]);

beforeEach(async () => {
  world = auditWorld();
  for (const writer of ['api', 'backup', 'cleanup', 'cli'] as const) {
    const intent = await world.trail(writer).begin(ada, `${writer}.does`, 'x', { a: 1 });
    world.clock.advance(500);
    if (writer !== 'cli') await intent.end('ok', { a: 2 });
  }
});

describe('a check of the trail', () => {
  it('finds nothing where rows and objects agree, and counts what nobody ended', async () => {
    expect(await check()).toEqual({ entries: 4, objects: 7, open: 1, problems: { count: 0, named: [] } });
  });

  it('finds a row whose object is gone', async () => {
    const [gone = ''] = await world.keys();
    const read: typeof world.vault.read = async (key, options) =>
      world.vault.read(key === gone ? `${key}-gone` : key, options);
    expect(await faults({ vault: { read } })).toEqual([['missing', gone]]);
  });

  it('finds an object that was altered, and a row that was', async () => {
    const keys = await world.keys();
    const other = keys[1] ?? '';
    // What lies under one key is another entry's.
    const read: typeof world.vault.read = async (key, options) =>
      world.vault.read(key === other ? (keys[0] ?? '') : key, options);
    expect(await faults({ vault: { read } })).toEqual([['altered', other]]);
    const blamed = (all: readonly AuditEntry[]) =>
      all.map((row) => (row.action === 'api.does' ? { ...row, by: 'eve' } : row));
    const { problems } = await check({ rows: blamed });
    expect(problems.named).toMatchObject([
      { fault: 'altered', why: expect.stringContaining('differ in by') },
    ]);
  });

  it('finds an intention that was sealed anew after its outcome, even with the same words', async () => {
    const [row] = (await world.rows()).filter(({ action }) => action === 'api.does');
    const key = row?.objects?.[0] ?? '';
    const { document } = await readAudit(key, world.reading);
    const anew = auditWorld().vault;
    const { signal } = new AbortController();
    await writeAudit(document, await auditKeysOf('api', testKeyRing()), { vault: anew, signal });
    const read: typeof world.vault.read = (name, options) =>
      (name === key ? anew : world.vault).read(name, options);
    const { problems } = await check({ vault: { read } });
    expect(problems.named).toMatchObject([
      { fault: 'altered', why: expect.stringContaining('not the object that its outcome was written for') },
    ]);
  });

  it('finds objects that no row knows, and rows that no object proves', async () => {
    const without = (all: readonly AuditEntry[]) => all.filter(({ action }) => action !== 'backup.does');
    expect(await faults({ rows: without })).toEqual([
      ['unlisted', expect.stringMatching(/^audit\/backup\/.*-intent$/)],
      ['unlisted', expect.stringMatching(/^audit\/backup\/.*-outcome$/)],
    ]);
    const vault = () => refusing(world.vault, /-outcome$/, () => new Error('away'));
    const intent = await world.trail('api', { vault }).begin(ada, 'api.again', 'x');
    await intent.end('ok');
    expect(await faults()).toEqual([['unwritten', expect.stringMatching(/^2026-11-21T/)]]);
  });

  it('looks at its span alone, and refuses one that is too long', async () => {
    const early = { from: '2026-11-21T10:00:00.000Z', to: '2026-11-21T10:00:01.000Z' };
    expect(await check({ span: early })).toMatchObject({ entries: 2, objects: 4, problems: { count: 0 } });
    await expect(check({ span: { ...span, to: '2028-01-01T00:00:00.000Z' } })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    });
  });
});

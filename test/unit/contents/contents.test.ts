/** What a backup holds, page by page: nothing twice, nothing left out, never more than a task can hold. */
import { describe, expect, it } from 'vitest';
import { heldPage } from '../../../adapters/held-page.ts';
import { memoryCatalog } from '../../../adapters/memory/catalog.ts';
import { fastClock } from '../../../adapters/memory/clock.ts';
import { recoveryDrivers } from '../../../adapters/registry.ts';
import { runBackup } from '../../../core/backup/run.ts';
import { asTask } from '../../../core/control/end-task.ts';
import { backupIdFor, manifestKey } from '../../../core/format/layout.ts';
import type { HeldItem } from '../../../core/ports/recovery.ts';
import { type Contents, listContents } from '../../../core/restore/contents.ts';
import { fakeRecovery } from '../../support/fake-recovery.ts';
import { fakePlan } from '../../support/fake-source.ts';
import { type FilesBackup, filesBackup } from '../../support/files-backup.ts';
import { flipBit, tamperWith } from '../../support/tampering-vault.ts';
import { fakeRequest, memoryWorld, silentLog } from '../../support/world.ts';

const live = () => new AbortController().signal;
const backupId = backupIdFor('fake', fakeRequest.slot);
const asked = { planId: 'fake', backupId, limit: 200 };

/** A backup of two sources, each of four segments, which the fake lists as tables. */
async function world(items?: readonly HeldItem[]) {
  const made = memoryWorld();
  const [source] = fakePlan().sources;
  const sources = ['main', 'other'].map((name) => ({ ...source, name, kind: 'postgres' }));
  const plan = { ...fakePlan(), sources } as typeof fakeRequest.plan;
  const row = await runBackup({ ...fakeRequest, plan }, made, live());
  expect(row.status).toBe('completed');
  const driver = fakeRecovery();
  const recovery = items
    ? {
        ...driver,
        listHeld: async (_: unknown, question: Parameters<typeof heldPage>[1]) => heldPage(items, question),
      }
    : driver;
  return { ...made, recoveryFor: () => recovery };
}

const namesOf = ({ items }: Contents) => items.map(({ component, name }) => `${component}/${name}`);

async function allPages(
  deps: Awaited<ReturnType<typeof world>>,
  question: { limit: number; prefix?: string },
) {
  const pages: Contents[] = [];
  let after: string | undefined;
  do {
    const page = await listContents(
      { ...asked, ...question, ...(after !== undefined && { after }) },
      deps,
      live(),
    );
    expect(page.whole).toBe(page.nextAfter === undefined);
    pages.push(page);
    after = page.nextAfter;
  } while (after !== undefined && pages.length < 5000);
  return pages;
}

describe('the contents of a backup', () => {
  it('name its components with what they hold, and every item of each', async () => {
    const page = await listContents(asked, await world(), live());
    expect(page.components).toMatchObject([
      {
        name: 'main',
        source: 'main',
        kind: 'postgres',
        title: 'fake',
        segments: 4,
        sourceBytes: 1000,
        items: 4,
      },
      { name: 'other' },
    ]);
    expect(page.items).toHaveLength(8);
    expect(page).toMatchObject({ whole: true });
  });

  it.each([1, 3, 4, 7, 8])('are the same in pages of %i', async (limit) => {
    const deps = await world();
    const whole = await listContents(asked, deps, live());
    const pages = await allPages(deps, { limit });
    expect(pages.every(({ items }) => items.length <= limit)).toBe(true);
    expect(pages.flatMap(namesOf)).toEqual(namesOf(whole));
  });

  it('of a full page are not looked for in the next component, whose index may be long', async () => {
    const deps = await world();
    const asked4 = { ...asked, limit: 4 };
    const recovery = deps.recoveryFor();
    const listed: string[] = [];
    const recoveryFor = () => ({
      ...recovery,
      listHeld: (...given: Parameters<typeof recovery.listHeld>) => {
        listed.push(given[0].name);
        return recovery.listHeld(...given);
      },
    });
    expect((await listContents(asked4, { ...deps, recoveryFor }, live())).nextAfter).toBe('main/pre-data-0');
    expect(listed).toEqual(['main']);
  });

  it('are narrowed to a component and to a prefix', async () => {
    const deps = await world();
    const page = await listContents({ ...asked, component: 'other', prefix: 'data' }, deps, live());
    expect(namesOf(page)).toEqual(['other/data-1', 'other/data-2']);
    expect(page.components).toHaveLength(2);
  });

  it.each([
    ['component', { component: 'third' }, 'one of main, other'],
    ['after', { after: 'third/x' }, 'COMPONENT/NAME'],
    ['after', { after: 'x' }, 'COMPONENT/NAME'],
    ['after', { after: 'main/data-1', component: 'other' }, 'COMPONENT/NAME'],
  ])('of no such %s are refused', async (field, question, allowed) => {
    await expect(listContents({ ...asked, ...question }, await world(), live())).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringMatching(new RegExp(`${field}.*${allowed}`)),
    });
  });

  it('fit into a task however long the names are, and go on behind the last one', async () => {
    const items = Array.from({ length: 300 }, (_, at) => ({
      name: `${String(at).padStart(4, '0')}${'"漢'.repeat(1000)}`,
      type: 'file',
    }));
    const deps = await world(items);
    const catalog = memoryCatalog();
    const pages = await allPages(deps, { limit: 1000 });
    expect(pages.length).toBeGreaterThan(5);
    expect(pages.flatMap(namesOf)).toEqual(
      ['main', 'other'].flatMap((component) => items.map(({ name }) => `${component}/${name}`)),
    );
    for (const [at, page] of pages.entries()) {
      const row = { taskId: `t-20261121t020000z-${at}`, kind: 'contents', status: 'pending' } as const;
      await catalog.createTask({ ...row, createdAt: fakeRequest.slot, createdBy: 'ada', correlationId: 'c' });
      // The catalog refuses a result that is too large.
      await asTask({ catalog, clock: fastClock(1), log: silentLog }, row.taskId, async () => page);
      expect(await catalog.getTask(row.taskId)).toMatchObject({ status: 'completed' });
    }
  });

  it('are not told of a manifest that was changed, nor of one that the catalog does not know', async () => {
    const deps = await world();
    const vault = tamperWith(deps.vault, {
      of: (key) => key === manifestKey('fake', backupId),
      bytes: (stored) => flipBit(stored, stored.length - 1000),
    });
    await expect(listContents(asked, { ...deps, vault }, live())).rejects.toMatchObject({
      code: expect.stringMatching(/^INTEGRITY_/),
    });
    const row = await deps.catalog.getBackup('fake', backupId);
    const other = { ...row, manifest: { lengthBytes: 1, sha256: '0'.repeat(64) } };
    const catalog = { getBackup: async () => other as never };
    await expect(listContents(asked, { ...deps, catalog }, live())).rejects.toMatchObject({
      code: 'INTEGRITY_HASH',
    });
  });
});

describe('the files of a backup', () => {
  const things = [
    { path: 'a/', type: 'dir' as const },
    { path: 'a/1', content: 'one' },
    { path: 'a/\u{1F600}', content: 'beyond the basic plane' },
    { path: 'a/\uFF5E', content: 'before it in bytes, behind it in UTF-16' },
    { path: 'a/link', type: 'symlink' as const, target: '1' },
    { path: 'b', content: 'two', mtime: '-1.5' },
    { path: 'gone', type: 'skipped' as const, code: 'vanished' as const },
    { path: 'z', content: 'last', mtime: '99999999999999' },
  ];
  const driverOf = ({ component }: FilesBackup) =>
    recoveryDrivers({ parallelism: 1, allowLoopback: true } as never)(component);
  const held = async (
    backup: FilesBackup,
    question: Partial<{ prefix: string; after: string; limit: number }> = {},
  ) =>
    driverOf(backup).listHeld(
      backup.component,
      { prefix: '', after: undefined, limit: 100, ...question },
      backup.open,
      live(),
    );

  it('are listed in the order of the index, with size, hash and time', async () => {
    const backup = await filesBackup({ things });
    const { items, more } = await held(backup);
    expect(more).toBe(false);
    expect(items.map(({ name, type }) => [name, type])).toEqual([
      ['a/', 'folder'],
      ['a/1', 'file'],
      ['a/link', 'link'],
      ['a/\uFF5E', 'file'],
      ['a/\u{1F600}', 'file'],
      ['b', 'file'],
      ['gone', 'skipped'],
      ['z', 'file'],
    ]);
    expect(items[1]).toMatchObject({
      bytes: 3,
      checksum: '7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed',
      modifiedAt: '2023-11-14T22:13:20.123Z',
    });
    expect(items[5]?.modifiedAt).toBe('1969-12-31T23:59:58.500Z');
    expect(items[7]).not.toHaveProperty('modifiedAt');
    expect(driverOf(backup).measure(backup.component)).toMatchObject({ items: 8 });
    // Nothing but the index was opened.
    expect(new Set(backup.opened)).toEqual(new Set(['b2/index']));
  });

  it('come once each in pages of any length, whatever their names are made of', async () => {
    const backup = await filesBackup({ things });
    const whole = (await held(backup)).items;
    for (const limit of [1, 2, 3, 7]) {
      const found: HeldItem[] = [];
      let more = true;
      while (more) {
        const page = await held(backup, { limit, after: found.at(-1)?.name });
        found.push(...page.items);
        more = page.more;
      }
      expect(found).toEqual(whole);
    }
    expect(
      (await held(backup, { prefix: 'a/', after: 'a/1', limit: 2 })).items.map(({ name }) => name),
    ).toEqual(['a/link', 'a/\uFF5E']);
  });

  it('are not told before the whole index was proven, even where the page is full long before', async () => {
    const many = Array.from({ length: 20_000 }, (_, at) => ({ path: `f${String(at).padStart(6, '0')}` }));
    const backup = await filesBackup({ things: many });
    const index = backup.stored.get('b2/index') as Buffer;
    backup.stored.set('b2/index', index.subarray(0, -20));
    await expect(held(backup, { limit: 1 })).rejects.toMatchObject({ code: 'INTEGRITY_ARCHIVE' });
  });

  it('end when they are stopped', async () => {
    const backup = await filesBackup({ things });
    const stopped = AbortSignal.abort(new Error('the deadline'));
    await expect(
      driverOf(backup).listHeld(
        backup.component,
        { prefix: '', after: undefined, limit: 1 },
        backup.open,
        stopped,
      ),
    ).rejects.toThrow('the deadline');
  });
});

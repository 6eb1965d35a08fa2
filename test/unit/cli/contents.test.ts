import { expect, it } from 'vitest';
import { addBackup, harness, type Invocation } from './fixtures.ts';

const components = [
  {
    name: 'main',
    source: 'main',
    kind: 'postgres',
    title: 'shop',
    segments: 4,
    plainBytes: 9,
    sourceBytes: 4096,
    items: 2500,
  },
];
const names = Array.from({ length: 2500 }, (_, at) => `public.t${String(at).padStart(4, '0')}`);

/** The restore function, with a database of 2,500 tables. */
function onInvoke({ event }: Invocation) {
  const { limit, after = 'main/', prefix = '' } = event as { limit: number; after?: string; prefix?: string };
  const left = names.filter((name) => name.startsWith(prefix) && `main/${name}` > after);
  const items = left.slice(0, limit).map((name) => ({ component: 'main', name, type: 'table', rows: 7 }));
  const whole = left.length <= limit;
  return { components, items, ...(!whole && { nextAfter: `main/${items.at(-1)?.name}` }), whole };
}

it('shows what a backup holds, as the function that has the keys says', async () => {
  const h = harness({ onInvoke });
  const { backupId } = await addBackup(h);
  const { code, stdout } = await h.run('contents', backupId, '--prefix', 'public.t000');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^COMPONENT +KIND +OF +ITEMS +SIZE\nmain +postgres +shop +2500 +4.0 KiB$/m);
  expect(stdout).toMatch(/^public.t0009 +table +7 +- +-$/m);
  expect(stdout).not.toContain('public.t0010');
  expect(h.invocations).toMatchObject([
    { functionName: 'f-restore', event: { task: 'contents', backupId, prefix: 'public.t000', limit: 200 } },
  ]);
});

it('turns as many pages as it takes, and says when there is more', async () => {
  const h = harness({ onInvoke });
  const { backupId } = await addBackup(h);
  const all = await h.run('--json', 'contents', backupId, '--limit', '10000');
  expect(all.json()).toMatchObject({ backupId, whole: true });
  expect((all.json() as { items: { name: string }[] }).items.map(({ name }) => name)).toEqual(names);
  expect(h.invocations).toHaveLength(3);
  const some = await h.run('contents', backupId, '--limit', '1200');
  expect(h.invocations.slice(3)).toMatchObject([
    { event: { limit: 1000 } },
    { event: { limit: 200, after: 'main/public.t0999' } },
  ]);
  expect(some.stdout).toContain('More: give --limit');
});

it('says so where no name is like that, and refuses a limit that is none', async () => {
  const h = harness({ onInvoke });
  const { backupId } = await addBackup(h);
  expect((await h.run('contents', backupId, '--prefix', 'x')).stdout).toContain(
    'Nothing in it has a name like that',
  );
  expect((await h.run('contents', backupId, '--limit', '0')).code).toBe(2);
});

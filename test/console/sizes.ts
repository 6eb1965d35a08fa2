/** What the pages of the built console fetch, in bytes as CloudFront sends them (brotli): read from Vite's manifest. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';

interface Chunk {
  readonly file: string;
  readonly imports?: readonly string[];
  readonly dynamicImports?: readonly string[];
  readonly css?: readonly string[];
}

export interface Sizes {
  /** Before anything is seen: the frame, sign-in, and the words of one language. */
  readonly initialScript: number;
  readonly initialStyle: number;
  /** By page: what it fetches besides, script and style, charts and other later parts not counted. */
  readonly routes: Readonly<Record<string, { readonly script: number; readonly style: number }>>;
  /** The public status page, all of it. */
  readonly status: number;
}

export async function sizesOf(dist: string): Promise<Sizes> {
  const manifest = JSON.parse(await readFile(join(dist, '.vite/manifest.json'), 'utf8')) as Record<
    string,
    Chunk
  >;
  const sizes = new Map<string, number>();
  const bytes = async (files: Iterable<string>) => {
    let sum = 0;
    for (const file of files) {
      let size = sizes.get(file);
      if (size === undefined) {
        const content = await readFile(join(dist, file));
        size = brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;
        sizes.set(file, size);
      }
      sum += size;
    }
    return sum;
  };
  const reached = (name: string, found = new Set<string>()): ReadonlySet<string> => {
    if (found.has(name)) return found;
    found.add(name);
    for (const next of manifest[name]?.imports ?? []) reached(next, found);
    return found;
  };
  const scripts = (names: Iterable<string>) =>
    [...names].flatMap((name) => manifest[name]?.file ?? []).filter((file) => file.endsWith('.js'));
  const styles = (names: Iterable<string>) => [
    ...new Set([...names].flatMap((name) => manifest[name]?.css ?? [])),
  ];
  const initial = new Set([...reached('index.html'), ...reached('text/en/all.ts')]);
  const routes: Record<string, { script: number; style: number }> = {};
  for (const name of Object.keys(manifest).filter((each) => /^pages\/.*\/page\.tsx$/.test(each))) {
    const more = [...reached(name)].filter((each) => !initial.has(each));
    routes[name.split('/')[1] ?? name] = {
      script: await bytes(scripts(more)),
      style: await bytes(styles(more)),
    };
  }
  const status = reached('status.html');
  return {
    initialScript: await bytes(scripts(initial)),
    initialStyle: await bytes(styles(initial)),
    routes,
    status: (await bytes([...scripts(status), ...styles(status)])) + (await bytes(['status.html'])),
  };
}

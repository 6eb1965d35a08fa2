/**
 * A directory of tools that is made once for this machine and used by every process after. Promises: two processes at
 * once share one making; what is there is whole (it is renamed into place); it carries a hash of its inputs in its name.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { withLock } from './lock.mjs';
import { toolsDir } from './tools-dir.ts';

/** Artefacts of other inputs are kept this long: another branch, or a program that still runs, may use them. */
const supersededKeptMilliseconds = 7 * 24 * 3600 * 1000;

/** @returns the directory; `make` fills an empty one. `outDir` is for tests. */
export async function artefact(
  name: string,
  inputs: unknown,
  make: (dir: string) => Promise<void>,
  outDir?: string,
): Promise<string> {
  const base = outDir ?? (await toolsDir());
  const dir = join(base, `${name}-${hash(inputs)}`);
  if (existsSync(dir)) return dir;
  await withLock(join(base, `.${name}.lock`), async () => {
    if (existsSync(dir)) return;
    const work = await mkdtemp(join(base, `.build-${name}-`));
    try {
      await make(work);
      await rename(work, dir);
      await removeSuperseded(base, name, dir);
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  });
  return dir;
}

async function removeSuperseded(base: string, name: string, current: string): Promise<void> {
  for (const found of await readdir(base)) {
    const path = join(base, found);
    if (path === current || found.slice(0, -17) !== name || !/-[0-9a-f]{16}$/.test(found)) continue;
    const { mtimeMs } = await stat(path);
    if (Date.now() - mtimeMs > supersededKeptMilliseconds) await rm(path, { recursive: true, force: true });
  }
}

function hash(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);
}

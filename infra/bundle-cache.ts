/**
 * Bundles that were made on this machine already: a stack is described many times from the same sources.
 *
 * Promises: what is given out is what esbuild would make now. A bundle is taken again only when the settings, the
 * lockfile and the content of every file that went into it are the same, and when it is itself as it was written.
 * Of processes that want the same one at the same time, one makes it.
 */
import { createHash, randomUUID } from 'node:crypto';
import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withLock } from '../layers/lock.mjs';

/** Times of files come from a coarser clock than ours: some milliseconds behind. */
const CLOCK_SLACK_MS = 100;

export interface MadeBundle {
  readonly contents: Uint8Array;
  /** All files that were read for it, relative to the repository. */
  readonly inputs: readonly string[];
}

export interface BundleCache {
  readonly dir: string;
  /** Inputs are below it. */
  readonly repository: string;
  /** Whatever else decides what a bundle is like. */
  readonly settings: string;
}

interface KeptRecord {
  readonly settings: string;
  /** SHA-256 of each input. */
  readonly inputs: Readonly<Record<string, string>>;
  /** SHA-256 of the bundle. */
  readonly output: string;
}

/** The bundle that is kept under this name if it is still what `make` would give, else what `make` gives. */
export async function keptOrMade(
  name: string,
  cache: BundleCache,
  make: () => Promise<MadeBundle>,
): Promise<Uint8Array> {
  const kept = await keptBundle(name, cache);
  if (kept) return kept;
  return withLock(join(cache.dir, `${name}.lock`), async () => {
    // Another process has made it while this one waited.
    const keptSince = await keptBundle(name, cache);
    if (keptSince) return keptSince;
    const began = Date.now() - CLOCK_SLACK_MS;
    const made = await make();
    await keep(name, cache, made, began);
    return made.contents;
  });
}

async function keptBundle(
  name: string,
  { dir, repository, settings }: BundleCache,
): Promise<Buffer | undefined> {
  try {
    const record: KeptRecord = JSON.parse(await readFile(join(dir, `${name}.json`), 'utf8'));
    if (record.settings !== sha256(settings)) return undefined;
    for (const [input, hash] of Object.entries(record.inputs))
      if (sha256(await readFile(join(repository, input))) !== hash) return undefined;
    const contents = await readFile(join(dir, `${name}.mjs`));
    return sha256(contents) === record.output ? contents : undefined;
  } catch {
    // Never made here, an input is gone, or one of the two files was cut short: it is made again.
    return undefined;
  }
}

async function keep(
  name: string,
  { dir, repository, settings }: BundleCache,
  made: MadeBundle,
  since: number,
): Promise<void> {
  const inputs: Record<string, string> = {};
  for (const input of made.inputs) {
    const path = join(repository, input);
    // Written while it was bundled: nobody knows which of the two went in.
    if ((await stat(path)).mtimeMs >= since) return;
    inputs[input] = sha256(await readFile(path));
  }
  const record: KeptRecord = { settings: sha256(settings), inputs, output: sha256(made.contents) };
  await replace(join(dir, `${name}.mjs`), made.contents);
  await replace(join(dir, `${name}.json`), JSON.stringify(record));
}

/** A reader sees the old file or the new one, never a part. */
async function replace(path: string, contents: Uint8Array | string): Promise<void> {
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, contents);
  await rename(draft, path);
}

function sha256(contents: Uint8Array | string): string {
  return createHash('sha256').update(contents).digest('hex');
}

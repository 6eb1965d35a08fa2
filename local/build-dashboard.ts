/**
 * Builds the web console into dashboard/dist, when its sources, or what they are built with, have changed since.
 *
 *     npm run build:dashboard        says how large it is; nothing is compressed here, CloudFront does that
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress } from 'node:zlib';
import { withLock } from '../layers/lock.mjs';
import { LOCAL_DIR } from '../layers/tools-dir.ts';

const repository = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const sources = join(repository, 'dashboard');
const dist = join(sources, 'dist');
/** In the folder itself, so that it goes when that is deleted; hidden, so that it is not served. */
const stampFile = join(dist, '.built-from');

/** Besides the sources: which packages, and how TypeScript is read. */
const also = ['package-lock.json', 'tsconfig.json', 'local/build-dashboard.ts'];
const BUILD_TIMEOUT_MS = 5 * 60_000;

/** The folder of the built console; builds it once, however many ask at the same time. */
export async function builtDashboard(
  options: { readonly onProgress?: ((line: string) => void) | undefined } = {},
): Promise<string> {
  const wanted = await hashOfSources();
  if ((await stamp()) === wanted) return dist;
  await withLock(join(LOCAL_DIR, 'dashboard.lock'), async () => {
    // Somebody else may have built it while this one waited.
    if ((await stamp()) === wanted) return;
    options.onProgress?.('building the console');
    await vite();
    await writeFile(stampFile, wanted);
  });
  return dist;
}

async function hashOfSources(): Promise<string> {
  const own = await readdir(sources, { recursive: true, withFileTypes: true });
  const files = own
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.startsWith(`${dist}/`));
  const hash = createHash('sha256');
  for (const path of [...files, ...also.map((name) => join(repository, name))].sort()) {
    const content = createHash('sha256').update(await readFile(path));
    hash.update(`${relative(repository, path)}\0${content.digest('hex')}\n`);
  }
  return hash.digest('hex');
}

const stamp = () => readFile(stampFile, 'utf8').catch(() => undefined);

function vite(): Promise<void> {
  const { promise, resolve: done, reject } = Promise.withResolvers<void>();
  const program = join(repository, 'node_modules/vite/bin/vite.js');
  const child = spawn(
    process.execPath,
    [program, 'build', '--config', join(sources, 'vite.config.ts'), '--logLevel', 'warn'],
    {
      cwd: repository,
      env: { ...process.env, NODE_ENV: 'production', NO_COLOR: '1', FORCE_COLOR: undefined },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: BUILD_TIMEOUT_MS,
    },
  );
  const said: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => said.push(chunk));
  child.once('error', reject);
  child.once('close', (code, signal) => {
    if (code === 0) return done();
    const output = Buffer.concat(said).toString().trim();
    reject(new Error(`the console could not be built (${signal ?? `exit code ${code}`}):\n${output}`));
  });
  return promise;
}

/** Every script and style sheet with its size as it travels, the largest first. */
async function sizes(): Promise<readonly string[]> {
  const files = (await readdir(join(dist, 'assets'))).filter((name) => /\.(?:js|css)$/.test(name));
  const measured = await Promise.all(
    files.map(async (name) => {
      const content = await readFile(join(dist, 'assets', name));
      return { name, bytes: (await promisify(brotliCompress)(content)).length };
    }),
  );
  return measured
    .sort((a, b) => b.bytes - a.bytes)
    .map(({ name, bytes }) => `${(bytes / 1024).toFixed(1).padStart(8)} KiB brotli  ${name}`);
}

if (import.meta.main) {
  try {
    await builtDashboard({ onProgress: console.log });
    for (const line of await sizes()) console.log(line);
    console.log(`The console is in ${relative(repository, dist)}.`);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}

/**
 * Builds the PostgreSQL tools: server and client with all they need, from Debian's packages, as a tree for this
 * machine or as a zip for a Lambda layer (see docs/decisions on why).
 *
 * Promises: the artefact's directory is named by a hash of everything that went in, and its marker is written
 * last, so that what is there is whole; it is reused without network while pins and builder are the same.
 *
 *     node layers/postgres/build.ts --arch x86_64|arm64 [--lambda] [--out DIR] [--refresh]
 */
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { withLock } from '../lock.mjs';
import { toolsDir } from '../tools-dir.ts';
import { zipDirectory } from '../zip.ts';
import { type DebianPackage, debianMirrors, fetchPackages } from './apt.ts';
import { assemble, ZONE_PATHS } from './assemble.ts';
import { available, run } from './command.ts';
import { buildInContainer } from './container.ts';
import { licensesOf } from './licenses.ts';
import { pins } from './pins.ts';

export type Arch = 'x86_64' | 'arm64';

export interface BuildRequest {
  readonly arch: Arch;
  /** Where artefacts are kept, each in a directory of its own. */
  readonly outDir: string;
  /** Make a zip laid out for /opt in a Lambda instead of a tree for this machine. */
  readonly forLambda?: boolean;
  /** Look for newer packages although an artefact of the same pins is there. */
  readonly refresh?: boolean;
  readonly onProgress?: (line: string) => void;
}

export interface PostgresTools {
  /** The artefact's directory. Without `forLambda` it is the prefix: `bin` is `<dir>/lib/postgresql/18/bin`. */
  readonly dir: string;
  /** With `forLambda`: the zip to publish as a layer. */
  readonly zip?: string;
  readonly manifest: ToolsManifest;
}

export interface ToolsManifest {
  readonly postgresVersion: string;
  readonly arch: Arch;
  readonly forLambda: boolean;
  /** Hash of all inputs; also in the directory's name. */
  readonly inputs: string;
  readonly packages: Readonly<Record<string, string>>;
  /** Of the packages that files were taken from; the texts are in share/licenses. */
  readonly licenses: Readonly<Record<string, readonly string[]>>;
  readonly unpackedBytes: number;
  readonly zippedBytes?: number;
}

/** What Lambda allows for layers and function together, unpacked. The tools must leave room for the rest. */
const MAX_UNPACKED_BYTES = 200 * 1024 * 1024;
const MARKER = '.complete';
/** Artefacts of other inputs are kept this long: another branch, or a program that still runs, may use them. */
const SUPERSEDED_KEPT_MS = 7 * 24 * 3600 * 1000;
const DEBIAN_ARCH = { x86_64: 'amd64', arm64: 'arm64' } as const;

/**
 * Builds the tools, or returns those that an earlier call built from the same inputs. Two processes at once
 * share one build.
 *
 * @throws Error that says what to do, when this host has neither Debian's apt nor a container engine
 */
export async function buildPostgresTools(request: BuildRequest): Promise<PostgresTools> {
  const progress = request.onProgress ?? (() => {});
  const outDir = resolve(request.outDir);
  await mkdir(outDir, { recursive: true });
  const lock = join(outDir, `.postgres-${request.arch}.lock`);
  const found = request.refresh ? undefined : await existing(request, outDir);
  const tools =
    found ??
    (await withLock(
      lock,
      async () => {
        const built = request.refresh ? undefined : await existing(request, outDir);
        return built ?? (await build({ ...request, outDir, onProgress: progress }));
      },
      { onWait: (pid) => progress(`waiting for process ${pid}, which builds the PostgreSQL programs`) },
    ));
  warnIfOld(tools.manifest.postgresVersion, progress);
  return tools;
}

async function build(request: BuildRequest & { onProgress: (line: string) => void }): Promise<PostgresTools> {
  const debianHost = (await available('apt-get')) && (await debianMirrors()).length > 0;
  if (!debianHost) {
    await buildInContainer(request);
    const built = await existing(request, request.outDir);
    if (!built) throw new Error('The container ended with success but left no PostgreSQL programs');
    return built;
  }
  return buildHere(request);
}

async function buildHere(
  request: BuildRequest & { onProgress: (line: string) => void },
): Promise<PostgresTools> {
  const { arch, outDir, onProgress } = request;
  const forLambda = request.forLambda ?? false;
  const packages = await fetchPackages({
    suite: pins.suite,
    architecture: DEBIAN_ARCH[arch],
    packages: pins.packages,
    excluded: pins.excluded,
    workDir: join(outDir, `.apt-${arch}`),
    onProgress,
  });
  const versions = Object.fromEntries(packages.map((p) => [p.name, p.version]));
  const inputs = hash([await ownInputs(), arch, forLambda, versions]);
  const name = `${artefactName(arch, forLambda)}-${inputs}`;
  const dir = join(outDir, name);

  if (!(await exists(join(dir, MARKER)))) {
    await rm(dir, { recursive: true, force: true });
    await removeLeftovers(outDir, arch);
    const work = await mkdtemp(join(outDir, `.build-${arch}-`));
    try {
      await buildInto({ work, packages, versions, inputs, arch, forLambda, onProgress });
      await rename(join(work, 'artefact'), dir);
      await writeFile(join(dir, MARKER), '');
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  }
  await removeSuperseded(outDir, artefactName(arch, forLambda), name);
  await writeFile(pointerPath(outDir, arch, forLambda), JSON.stringify({ own: await ownInputs(), name }));
  return open(dir);
}

interface Work {
  work: string;
  packages: DebianPackage[];
  versions: Record<string, string>;
  inputs: string;
  arch: Arch;
  forLambda: boolean;
  onProgress: (line: string) => void;
}

async function buildInto({
  work,
  packages,
  versions,
  inputs,
  arch,
  forLambda,
  onProgress,
}: Work): Promise<void> {
  const staging = join(work, 'staging');
  const tree = join(work, forLambda ? 'tree' : 'artefact');
  onProgress(`unpacking ${packages.length} packages`);
  await mkdir(staging);
  await unpackAll(packages, staging);
  onProgress('assembling');
  await mkdir(tree);
  await assemble({
    staging,
    target: tree,
    major: pins.major,
    arch,
    extraPrograms: pins.extraPrograms,
    locales: pins.locales,
    zonePath: forLambda ? ZONE_PATHS.layer : ZONE_PATHS.anywhere,
  });
  const licenses = await licensesOf(packages, staging, join(tree, 'share/licenses'));
  const manifest: ToolsManifest = {
    postgresVersion: upstreamVersion(versions[`postgresql-${pins.major}`]),
    arch,
    forLambda,
    inputs,
    packages: versions,
    licenses,
    unpackedBytes: await sizeOf(tree),
  };
  if (manifest.unpackedBytes > MAX_UNPACKED_BYTES) {
    throw new Error(
      `The tools are ${manifest.unpackedBytes} bytes unpacked; at most ${MAX_UNPACKED_BYTES} are allowed`,
    );
  }
  const writeManifest = (path: string, value: ToolsManifest) =>
    writeFile(path, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o644 });
  await writeManifest(join(tree, 'manifest.json'), manifest);
  if (!forLambda) return;

  onProgress('compressing the layer');
  const artefact = join(work, 'artefact');
  await mkdir(artefact, { mode: 0o755 });
  const { zippedBytes, unpackedBytes } = await zipDirectory(tree, join(artefact, 'layer.zip'));
  await writeManifest(join(artefact, 'manifest.json'), { ...manifest, unpackedBytes, zippedBytes });
}

/** What a build that was killed left; safe under the lock, which is held per architecture. */
async function removeLeftovers(outDir: string, arch: Arch): Promise<void> {
  const names = (await readdir(outDir)).filter((name) => name.startsWith(`.build-${arch}-`));
  await Promise.all(names.map((name) => rm(join(outDir, name), { recursive: true, force: true })));
}

async function removeSuperseded(outDir: string, artefact: string, current: string): Promise<void> {
  for (const name of await readdir(outDir)) {
    if (!name.startsWith(`${artefact}-`) || !/^[0-9a-f]{16}$/.test(name.slice(artefact.length + 1))) continue;
    const { mtimeMs } = await stat(join(outDir, name));
    if (name !== current && Date.now() - mtimeMs > SUPERSEDED_KEPT_MS) {
      await rm(join(outDir, name), { recursive: true, force: true });
    }
  }
}

async function unpackAll(packages: readonly DebianPackage[], staging: string): Promise<void> {
  const waiting = [...packages];
  const worker = async () => {
    for (let next = waiting.pop(); next; next = waiting.pop())
      await run('dpkg-deb', ['-x', next.file, staging]);
  };
  await Promise.all(Array.from({ length: Math.min(4, availableParallelism()) }, worker));
}

/** The artefact that was built from the pins and the builder as they are now, if it is there and whole. */
async function existing(
  { arch, forLambda = false }: BuildRequest,
  outDir: string,
): Promise<PostgresTools | undefined> {
  try {
    const pointer = JSON.parse(await readFile(pointerPath(outDir, arch, forLambda), 'utf8'));
    const dir = join(outDir, basename(pointer.name));
    if (pointer.own !== (await ownInputs()) || !(await exists(join(dir, MARKER)))) return undefined;
    return await open(dir);
  } catch {
    // Never built, or cut short while writing the pointer: the build decides.
    return undefined;
  }
}

async function open(dir: string): Promise<PostgresTools> {
  const manifest: ToolsManifest = JSON.parse(await readFile(join(dir, 'manifest.json'), 'utf8'));
  return manifest.forLambda ? { dir, zip: join(dir, 'layer.zip'), manifest } : { dir, manifest };
}

/** A hash of this folder and of how it is zipped: pins and builder. */
async function ownInputs(): Promise<string> {
  const here = dirname(fileURLToPath(import.meta.url));
  const own = (await readdir(here)).filter((f) => f.endsWith('.ts')).sort();
  const files = [...own, '../zip.ts'];
  return hash(await Promise.all(files.map(async (f) => [f, await readFile(join(here, f), 'utf8')])));
}

function hash(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);
}

function artefactName(arch: Arch, forLambda: boolean): string {
  return `postgresql-${pins.major}-${arch}${forLambda ? '-lambda' : ''}`;
}

function pointerPath(outDir: string, arch: Arch, forLambda: boolean): string {
  return join(outDir, `${artefactName(arch, forLambda)}.json`);
}

/** `18.6-3` → `18.6` */
function upstreamVersion(debianVersion: string | undefined): string {
  const match = /^(?:\d+:)?(\d+\.\d+)/.exec(debianVersion ?? '');
  if (!match?.[1]) throw new Error(`apt offers PostgreSQL ${debianVersion}, which is no release`);
  return match[1];
}

function warnIfOld(version: string, progress: (line: string) => void): void {
  const minor = (v: string) => Number(v.split('.')[1]);
  if (minor(version) < minor(pins.newestSecurityRelease)) {
    progress(
      `warning: PostgreSQL ${version} lacks the security fixes of ${pins.newestSecurityRelease}. ` +
        'Run `node layers/postgres/build.ts --refresh` when Debian has it; until then restore only what you trust.',
    );
  }
}

async function sizeOf(dir: string): Promise<number> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const sizes = await Promise.all(
    entries.filter((e) => e.isFile()).map(async (e) => (await stat(join(e.parentPath, e.name))).size),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function exists(path: string): Promise<boolean> {
  return Boolean(await stat(path).catch(() => undefined));
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      arch: { type: 'string', default: process.arch === 'arm64' ? 'arm64' : 'x86_64' },
      lambda: { type: 'boolean', default: false },
      out: { type: 'string' },
      refresh: { type: 'boolean', default: false },
    },
  });
  if (values.arch !== 'x86_64' && values.arch !== 'arm64') {
    console.error(`--arch ${values.arch}: must be x86_64 or arm64`);
    process.exit(2);
  }
  try {
    const tools = await buildPostgresTools({
      arch: values.arch,
      forLambda: values.lambda,
      refresh: values.refresh,
      outDir: values.out ?? (await toolsDir()),
      onProgress: (line) => console.error(line),
    });
    console.log(tools.zip ?? tools.dir);
  } catch (error) {
    for (let e: unknown = error; e instanceof Error; e = e.cause) console.error(e.message);
    process.exit(1);
  }
}

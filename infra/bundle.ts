/**
 * Bundles a function into a folder that Lambda runs as it is: one file, or for those that must be quick a few.
 *
 * Promises: the same sources give the same bytes (so an unchanged function is not deployed again), and everything
 * that the function needs is inside, the AWS SDK too: what runs is what was tested, whatever the runtime brings. What
 * was bundled from the same sources before is taken again (bundle-cache.ts).
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, version as esbuildVersion, type Plugin } from 'esbuild';
import { LOCAL_DIR } from '../layers/tools-dir.ts';
import { keptOrMade, type MadeBundle } from './bundle-cache.ts';

const repository = fileURLToPath(new URL('..', import.meta.url));

/** All functions of the stack; each is a file in functions/ that exports `handler`. */
export const functionNames = [
  'backup',
  'verify',
  'restore',
  'cleanup',
  'watch',
  'adopt',
  'notify',
  'api',
  'failures',
  'key-init',
  'vault-check',
] as const;
export type FunctionName = (typeof functionNames)[number];

/**
 * Somebody waits for the answer of these, so that their bundles are as small as they can be: local names are short
 * (those of functions are kept, so that a stack trace still reads), zod speaks English only, streams are Node's own,
 * credentials come from the environment, the one place where Lambda puts them, failures of most services are told by
 * their names alone, and what seals cannot make signatures of elliptic curves, which Holdfast's suite has none of
 * (core/format/seal.ts).
 */
const leanFunctions: ReadonlySet<FunctionName> = new Set(['api']);

/** Of big numbers the library needs one thing besides: lengths as 8 bytes (the format's uInt64), which are safe integers. */
const lengthsOnly = `export default class {
  #value;
  constructor(value) {
    const bytes = typeof value === 'number' ? undefined : Buffer.from(value);
    this.#value = bytes ? bytes.readBigUInt64BE() : BigInt(value);
  }
  toArray() {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64BE(this.#value);
    return [...bytes];
  }
  toNumber() {
    if (this.#value > BigInt(Number.MAX_SAFE_INTEGER)) throw new Error('a length above 2^53');
    return Number(this.#value);
  }
}`;

const withoutCurves = `const refuse = () => {
  throw new Error('this bundle has no signatures of elliptic curves');
};
export class SignatureKey { constructor() { refuse(); } }
export class VerificationKey { constructor() { refuse(); } }
export const der2raw = refuse;
export const raw2der = refuse;`;

/** Of all operations of a service: what is not asked for can stay out once it is seen to do nothing by being there. */
const sdkSchemas = /\/@aws-sdk\/client-([\w-]+)\/dist-es\/schemas\/schemas_0\.js$/;
/** Of whose failures nothing is asked but name, message and status, which the SDK's base exception has as well. */
const toldByName = ['cloudwatch-logs', 'kms', 'lambda', 'scheduler', 'secrets-manager', 'sns'];

function leanSchemas(text: string, service: string): string {
  const texts = new Map(
    [...text.matchAll(/^const (\w+) = (".*");$/gm)].map(([, name, value]) => [name, value]),
  );
  // `{ [_hE]: 404 }` could do anything, `{ "httpError": 404 }` cannot.
  const plain = text.replaceAll(/\[(_\w+)\]:/g, (whole, name) =>
    texts.has(name) ? `${texts.get(name)}:` : whole,
  );
  return toldByName.includes(service) ? plain.replaceAll(/^n0_registry\.registerError\(.*\);$/gm, '') : plain;
}

const lean: Plugin = {
  name: 'lean',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^\.\.\/locales\/index\.js$/ }, ({ importer }) =>
      importer.includes('/node_modules/zod/') ? { path: 'locales', namespace: 'lean' } : undefined,
    );
    onLoad({ filter: /^locales$/, namespace: 'lean' }, () => ({ contents: 'export {}' }));
    onResolve({ filter: /^@aws-sdk\/credential-provider-node$/ }, () => ({
      path: 'credentials',
      namespace: 'lean',
    }));
    // The same streams, as a package for old releases of Node.
    onResolve({ filter: /^readable-stream$/ }, () => ({ path: 'node:stream', external: true }));
    const ofCurves = { filter: /^(bn\.js|\.\/signature_key|\.\/ecdsa_signature)$/ };
    onResolve(ofCurves, ({ path, importer }) =>
      importer.includes('/node_modules/@aws-crypto/')
        ? { path: path.replace('./', ''), namespace: 'lean', sideEffects: false }
        : undefined,
    );
    onLoad({ filter: /^bn\.js$/, namespace: 'lean' }, () => ({ contents: lengthsOnly }));
    onLoad({ filter: /^(signature_key|ecdsa_signature)$/, namespace: 'lean' }, () => ({
      contents: withoutCurves,
    }));
    onLoad({ filter: sdkSchemas }, ({ path }) => ({
      contents: leanSchemas(readFileSync(path, 'utf8'), sdkSchemas.exec(path)?.[1] ?? ''),
    }));
    onLoad({ filter: /^credentials$/, namespace: 'lean' }, () => ({
      contents:
        "import { fromEnv } from '@aws-sdk/credential-provider-env';export const defaultProvider = () => fromEnv();",
      resolveDir: repository,
    }));
  },
};

/**
 * In several files, too: what is loaded later lies in one of its own, which a call that never needs it does not read,
 * and of a package that several of these load only what they use is there.
 */
const leanOf = (name: FunctionName) =>
  leanFunctions.has(name)
    ? { minifyIdentifiers: true, keepNames: true, splitting: true, plugins: [lean] }
    : {};

export interface BundleOptions {
  /** Where the entry files are; default: functions/ of this repository. */
  readonly functionsDir?: string;
  /** Where the bundles go, a folder for each function. */
  readonly outDir: string;
  /** Where bundles are kept for the next time. Default: `.local/bundles` of this repository. */
  readonly cacheDir?: string;
}

const settings = {
  // Paths in the output would otherwise depend on where the checkout lies.
  absWorkingDir: repository,
  write: false,
  metafile: true,
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  mainFields: ['module', 'main'],
  // Names of functions stay: a stack trace at 3 a.m. can be read without a source map, and zip takes the rest.
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'none',
  // CommonJS packages inside the bundle call require() for Node's own modules; ESM has none.
  banner: {
    js: [
      "import{createRequire as __createRequire}from'node:module';",
      "import{fileURLToPath as __fileURLToPath}from'node:url';",
      'const require=__createRequire(import.meta.url),__filename=__fileURLToPath(import.meta.url),',
      "__dirname=__fileURLToPath(new URL('.',import.meta.url));",
    ].join(''),
  },
  // Optional native speed-up of pg, which is not installed.
  external: ['pg-native'],
  logLevel: 'error',
} satisfies BuildOptions;

/**
 * Bundles `<functionsDir>/<name>.ts` into `<outDir>/<name>`, where it begins with index.mjs, and returns that folder: the
 * bundle's files are in it, and of an earlier bundle none. Throws when the entry is missing or does not compile.
 */
export async function bundleFunction(name: FunctionName, options: BundleOptions): Promise<string> {
  const entry = join(options.functionsDir ?? join(repository, 'functions'), `${name}.ts`);
  if (!existsSync(entry)) throw new Error(`Function ${name}: there is no ${entry}`);
  const path = relative(repository, entry);
  const cache = {
    dir: options.cacheDir ?? join(LOCAL_DIR, 'bundles'),
    repository,
    // Which file an import means is decided by the lockfile, how TypeScript is read by the other; this file has plugins.
    settings: JSON.stringify([
      esbuildVersion,
      settings,
      ...['package-lock.json', 'tsconfig.json', 'infra/bundle.ts'].map((file) =>
        readFileSync(join(repository, file), 'utf8'),
      ),
    ]),
  };
  const contents = await keptOrMade(path.replaceAll(/[^\w-]+/g, '_'), cache, () => make(name, path));
  const dir = resolve(options.outDir, name);
  mkdirSync(dir, { recursive: true });
  const files = unpacked(contents);
  for (const [file, text] of Object.entries(files)) writeFileSync(join(dir, file), text);
  for (const file of readdirSync(dir)) if (!(file in files)) rmSync(join(dir, file), { recursive: true });
  return dir;
}

/** The files of a bundle by name, as one that can be kept. */
const packed = (files: Readonly<Record<string, string>>) => Buffer.from(JSON.stringify(files));
const unpacked = (contents: Uint8Array) =>
  JSON.parse(Buffer.from(contents).toString('utf8')) as Readonly<Record<string, string>>;

/** What a plugin made itself is called `lean:credentials`; it is of this file. */
function isFile(input: string): boolean {
  return !input.startsWith('lean:');
}

async function make(name: FunctionName, entry: string): Promise<MadeBundle> {
  const result = await build({
    ...settings,
    ...leanOf(name),
    entryPoints: { index: entry },
    outdir: name,
    outExtension: { '.js': '.mjs' },
  });
  const files = result.outputFiles.map(({ path, text }) => [basename(path), text] as const);
  return {
    contents: packed(Object.fromEntries(files)),
    inputs: Object.keys(result.metafile.inputs).filter(isFile),
  };
}

/** Bundles several functions at once; the folder of each, by name. */
export async function bundleFunctions<N extends FunctionName>(
  names: readonly N[],
  options: BundleOptions,
): Promise<Readonly<Record<N, string>>> {
  const dirs = await Promise.all(
    names.map(async (name) => [name, await bundleFunction(name, options)] as const),
  );
  return Object.fromEntries(dirs) as Record<N, string>;
}

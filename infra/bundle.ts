/**
 * Bundles a function into one file that Lambda runs as it is.
 *
 * Promises: the same sources give the same bytes (so an unchanged function is not deployed again), and everything
 * that the function needs is inside, the AWS SDK too: what runs is what was tested, whatever the runtime brings. What
 * was bundled from the same sources before is taken again (bundle-cache.ts).
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
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
 * (those of functions are kept, so that a stack trace still reads), zod speaks English only, streams are Node's own, and
 * credentials come from the environment, the one place where Lambda puts them.
 */
const leanFunctions: ReadonlySet<FunctionName> = new Set(['api']);

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
    onLoad({ filter: /^credentials$/, namespace: 'lean' }, () => ({
      contents:
        "import { fromEnv } from '@aws-sdk/credential-provider-env';export const defaultProvider = () => fromEnv();",
      resolveDir: repository,
    }));
  },
};

const leanOf = (name: FunctionName) =>
  leanFunctions.has(name) ? { minifyIdentifiers: true, keepNames: true, plugins: [lean] } : {};

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
 * Bundles `<functionsDir>/<name>.ts` into `<outDir>/<name>/index.mjs` and returns that folder.
 * Throws when the entry is missing or does not compile.
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
  writeFileSync(join(dir, 'index.mjs'), contents);
  return dir;
}

/** What a plugin made itself is called `lean:credentials`; it is of this file. */
function isFile(input: string): boolean {
  return !input.startsWith('lean:');
}

async function make(name: FunctionName, entry: string): Promise<MadeBundle> {
  const result = await build({ ...settings, ...leanOf(name), entryPoints: [entry] });
  const [file] = result.outputFiles;
  if (!file || result.outputFiles.length !== 1) {
    throw new Error(`Function ${name}: esbuild made ${result.outputFiles.length} files, expected one`);
  }
  return { contents: file.contents, inputs: Object.keys(result.metafile.inputs).filter(isFile) };
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

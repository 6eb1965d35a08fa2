/** The PostgreSQL programs of this machine and the layers for Lambda, built on first use. */
import { join } from 'node:path';
import { type Arch, buildPostgresTools } from '../layers/postgres/build.ts';
import { toolsDir } from '../layers/tools-dir.ts';

export interface ToolsOptions {
  readonly onProgress?: (line: string) => void;
}

/** This machine's architecture, in AWS's words. */
export function hostArch(): Arch {
  return process.arch === 'arm64' ? 'arm64' : 'x86_64';
}

/**
 * The prefix of the PostgreSQL programs for this machine; builds them if necessary (some 20 s and 45 MB of
 * packages the first time). Programs are in `<root>/lib/postgresql/18/bin`.
 */
export async function postgresToolsRoot(options: ToolsOptions = {}): Promise<string> {
  const tools = await buildPostgresTools({ arch: hostArch(), outDir: await toolsDir(), ...options });
  return tools.dir;
}

/** The directory of PostgreSQL's programs for this machine; builds them if necessary. */
export async function postgresBinDir(options: ToolsOptions = {}): Promise<string> {
  return join(await postgresToolsRoot(options), 'lib/postgresql/18/bin');
}

/** The zip of the Lambda layer for one architecture; builds it if necessary. */
export async function postgresLayerZip(arch: Arch, options: ToolsOptions = {}): Promise<string> {
  const tools = await buildPostgresTools({ arch, forLambda: true, outDir: await toolsDir(), ...options });
  if (!tools.zip) throw new Error(`${tools.dir} holds no layer`);
  return tools.zip;
}

/** Runs the command line of this checkout against the local AWS, as a person would, and reads its JSON. */
import { spawn } from 'node:child_process';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LOCAL_DIR } from '../layers/tools-dir.ts';

const repository = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/** The parsed JSON of `holdfast --local --json …`; throws with what it said on standard error when it fails. */
export async function holdfast<T>(args: readonly string[], onLine: (line: string) => void): Promise<T> {
  onLine(`$ bin/holdfast --local ${args.join(' ')}`);
  const child = spawn(process.execPath, [join(repository, 'cli', 'main.ts'), '--local', '--json', ...args], {
    cwd: repository,
    // Its modules are compiled once for all the commands of a run.
    env: { ...process.env, NODE_COMPILE_CACHE: join(LOCAL_DIR, 'compiled') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-4000);
  });
  const code = await new Promise<number>((done, refuse) => {
    child.once('error', refuse);
    child.once('close', (exit) => done(exit ?? 1));
  });
  if (code !== 0)
    throw new Error(
      `holdfast ${args.join(' ')} ended with ${code}:\n${[errors.trim(), out.trim()].join('\n')}`,
    );
  return JSON.parse(out) as T;
}

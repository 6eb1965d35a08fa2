/** The Python environment of docs/without-holdfast.md, made by the document's own commands, once for each of them. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { withLock } from '../../layers/lock.mjs';
import { LOCAL_DIR } from '../../layers/tools-dir.ts';

/** The folder `venv` that the commands make; needs the package index the first time (about 20 s). */
export async function pythonEnvironment(commands: string): Promise<string> {
  const home = join(LOCAL_DIR, `python-${createHash('sha256').update(commands).digest('hex').slice(0, 8)}`);
  const stamp = join(home, 'ready');
  await mkdir(LOCAL_DIR, { recursive: true });
  return withLock(`${home}.lock`, async () => {
    if (!existsSync(stamp) || !existsSync(join(home, 'venv/bin/python'))) {
      await rm(home, { recursive: true, force: true });
      await mkdir(home, { recursive: true });
      await promisify(execFile)('sh', ['-eu', '-c', commands], { cwd: home, timeout: 300_000 });
      await writeFile(stamp, '');
    }
    return join(home, 'venv');
  });
}

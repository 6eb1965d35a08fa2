/** Private Python environments under `.local/`: one that the local AWS is installed into, and those of other tools. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withLock } from '../layers/lock.mjs';
import { CommandFailed, run } from '../layers/postgres/command.ts';
import { LOCAL_DIR } from '../layers/tools-dir.ts';

/** Released every few days, and every detail counts: an upgrade is a change of its own, with all tests. */
export const EMULATOR_REQUIREMENT = 'ministack[full]==1.5.33';
const OLDEST_PYTHON = [3, 10] as const;
const CANDIDATES = ['python3', 'python3.14', 'python3.13', 'python3.12', 'python3.11', 'python3.10'];

/** The Python program of the local AWS; makes its environment on first use (about 40 s). @throws as pythonWith */
export function emulatorPython(onProgress: (line: string) => void = () => {}): Promise<string> {
  const what = `installing the local AWS (${EMULATOR_REQUIREMENT}), about 40 s`;
  return pythonWith({ folder: 'venv', requirement: EMULATOR_REQUIREMENT, what }, onProgress);
}

export interface PythonEnvironment {
  /** Below `.local/`. */
  readonly folder: string;
  /** One package of PyPI at exactly one version. */
  readonly requirement: string;
  /** Said when it is made. */
  readonly what: string;
}

/**
 * The Python program of an environment that has the package; made once, however many ask at a time.
 *
 * @throws Error that says what to install, when there is no Python 3.10 or no venv module
 */
export async function pythonWith(
  { folder, requirement, what }: PythonEnvironment,
  onProgress: (line: string) => void = () => {},
): Promise<string> {
  const venv = join(LOCAL_DIR, folder);
  const python = join(venv, 'bin', 'python');
  const stamp = join(venv, '.holdfast');
  const isReady = () => isMade(python, stamp, requirement);
  if (isReady()) return python;
  await mkdir(LOCAL_DIR, { recursive: true });
  return withLock(
    join(LOCAL_DIR, `${folder}.lock`),
    async () => {
      if (isReady()) return python;
      const system = systemPython();
      await rm(venv, { recursive: true, force: true });
      onProgress(what);
      await makeVenv(system, venv);
      await run(
        python,
        ['-m', 'pip', 'install', '-q', '--no-input', '--disable-pip-version-check', requirement],
        { timeoutSeconds: 900 },
      );
      await writeFile(stamp, requirement);
      return python;
    },
    { onWait: (pid) => onProgress(`waiting for process ${pid}, which is at it: ${what}`) },
  );
}

/** `existsSync` follows the link to the Python it was made from, which may have been removed since. */
function isMade(python: string, stamp: string, requirement: string): boolean {
  return existsSync(python) && existsSync(stamp) && readFileSync(stamp, 'utf8') === requirement;
}

function systemPython(): string {
  const given = process.env.HOLDFAST_PYTHON;
  const seen: string[] = [];
  for (const candidate of given ? [given] : CANDIDATES) {
    const answer = spawnSync(candidate, ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])'], {
      encoding: 'utf8',
      timeout: 20_000,
    });
    if (answer.status !== 0) continue;
    const version = answer.stdout.trim();
    const [major = 0, minor = 0] = version.split('.').map(Number);
    if (major === OLDEST_PYTHON[0] && minor >= OLDEST_PYTHON[1]) return candidate;
    seen.push(`${candidate} is ${version}`);
  }
  throw new Error(
    `Python ${OLDEST_PYTHON.join('.')} or later is needed; ${seen.join(', ') || 'none was found'}. ` +
      'Install python3 and python3-venv, or give the program in HOLDFAST_PYTHON.',
  );
}

async function makeVenv(python: string, venv: string): Promise<void> {
  try {
    await run(python, ['-m', 'venv', venv]);
  } catch (cause) {
    await rm(venv, { recursive: true, force: true });
    const detail = cause instanceof CommandFailed ? cause.output.trim().split('\n').slice(-3).join('\n') : '';
    throw new Error(
      `${python} -m venv does not work. On Debian and Ubuntu, install the package python3-venv.\n${detail}`,
      { cause },
    );
  }
}

/**
 * Runs a TypeScript program of this project on Node 24, with nothing needed beforehand but a Node to start this.
 *
 *     node local/bootstrap.mjs <entry.ts> [args…]
 *
 * Installs the dependencies when there are none or the lockfile has changed, once, however many start at a time;
 * then becomes the program: its input, output, signals and exit code are passed through.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const OLDEST_NODE = 20;
const WANTED_NODE = 24;

if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE) {
  fail(`This is Node ${process.version}; Node ${OLDEST_NODE} or later is needed to start.`);
}

const repository = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const localDir = join(repository, '.local');
const nodePackage = join(repository, 'node_modules', 'node');
const node = join(nodePackage, 'bin', 'node');

const [entry, ...args] = process.argv.slice(2);
if (!entry) fail('Usage: node local/bootstrap.mjs <entry.ts> [args…]', 2);

try {
  await prepare();
} catch (error) {
  fail(error instanceof Error ? error.message : String(error));
}
become(node, [resolve(entry), ...args]);

async function prepare() {
  const stamp = join(localDir, 'dependencies');
  const lockfile = join(repository, 'package-lock.json');
  if (!existsSync(lockfile)) throw new Error(`${lockfile} is missing: this is not a whole checkout.`);
  const wanted = createHash('sha256').update(readFileSync(lockfile)).digest('hex');
  const isDone = () => existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted && nodeWorks();
  if (isDone()) return;

  const { withLock } = await import('../layers/lock.mjs');
  mkdirSync(localDir, { recursive: true });
  await withLock(
    join(localDir, 'dependencies.lock'),
    async () => {
      if (isDone()) return;
      if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
        await quietly(
          'installing dependencies (npm ci)',
          npm(),
          ['ci', '--no-audit', '--no-fund'],
          repository,
        );
      }
      if (!nodeWorks()) {
        // What npm runs by itself, unless install scripts are switched off.
        const script = join(nodePackage, 'installArchSpecificPackage.js');
        if (!existsSync(script)) throw new Error(`${script} is missing. Delete node_modules and try again.`);
        await quietly(`installing Node ${WANTED_NODE}`, process.execPath, [script], nodePackage);
      }
      if (!nodeWorks()) {
        throw new Error(`${node} does not run on this machine. Delete node_modules and try again.`);
      }
      writeFileSync(stamp, wanted);
    },
    { onWait: (pid) => say(`waiting for process ${pid}, which installs the dependencies`) },
  );
}

function nodeWorks() {
  if (!existsSync(node)) return false;
  const answer = spawnSync(node, ['--version'], { encoding: 'utf8', timeout: 20_000 });
  return answer.status === 0 && Number(/^v(\d+)/.exec(answer.stdout)?.[1]) >= WANTED_NODE;
}

/** The npm that came with this Node where that can be told, else the one on PATH. */
function npm() {
  const sibling = join(dirname(process.execPath), 'npm');
  return existsSync(sibling) ? sibling : 'npm';
}

/** Runs a command with one line of progress; all it wrote is shown only if it fails. */
function quietly(what, command, commandArgs, cwd) {
  return new Promise((done, refuse) => {
    const started = Date.now();
    say(`${what} …`);
    const child = spawn(command, commandArgs, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    const output = [];
    child.stdout.on('data', (chunk) => output.push(chunk));
    child.stderr.on('data', (chunk) => output.push(chunk));
    const stop = (signal) => child.kill(signal);
    process.once('SIGINT', stop);
    process.once('SIGTERM', stop);
    child.once('error', (cause) =>
      refuse(new Error(`${what}: could not start ${command}: ${cause.message}`)),
    );
    child.once('close', (code, signal) => {
      process.removeListener('SIGINT', stop);
      process.removeListener('SIGTERM', stop);
      if (code === 0) {
        say(`${what}: done in ${Math.round((Date.now() - started) / 1000)} s`);
        return done();
      }
      process.stderr.write(Buffer.concat(output));
      refuse(new Error(`${what} failed (${signal ?? `exit code ${code}`}); its output is above.`));
    });
  });
}

/** Hands over to the program: whatever ends it ends this process in the same way. */
function become(program, programArgs) {
  const child = spawn(program, programArgs, {
    stdio: 'inherit',
    env: { ...process.env, PATH: `${dirname(program)}${delimiter}${process.env.PATH ?? ''}` },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2']) {
    process.on(signal, () => {
      // A terminal sends Ctrl-C to the whole group, so the program has it already; a second one would mean "now".
      if (signal === 'SIGINT' && process.stdin.isTTY) return;
      child.kill(signal);
    });
  }
  child.once('error', (error) => fail(`Could not start ${program}: ${error.message}`));
  child.once('exit', (code, signal) => {
    process.exit(signal ? 128 + (constants.signals[signal] ?? 0) : (code ?? 1));
  });
}

function say(line) {
  process.stderr.write(`holdfast: ${line}\n`);
}

function fail(message, code = 1) {
  say(message);
  process.exit(code);
}

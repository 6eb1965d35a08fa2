/**
 * `npm run bench`: Holdfast against the raw tools, all sides in one run, alternating, medians. Options: `--json` (one
 * object on the last line), `--gigabytes 2`, `--rounds 3`, `--parallelism 2`, `--memory` (peak memory for 1 and 8 GB
 * too, which takes some minutes more), `--only cleanup` (planning of a million rows, no database).
 */
import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { memoryKeyStore } from '../adapters/memory/key-secrets.ts';
import { initialiseKeyRing } from '../core/keys/initialise.ts';
import { streamingNodeOptions } from '../infra/node-options.ts';
import { postgresBinDir, postgresToolsRoot } from '../local/tools.ts';
import { type PostgresServer, startPostgres } from '../test/support/postgres-server.ts';
import { exportArchives } from './archives.ts';
import { benchCleanup } from './cleanup.ts';
import { databaseSql } from './database.ts';
import type { Job } from './worker.ts';

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    memory: { type: 'boolean', default: false },
    gigabytes: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '3' },
    parallelism: { type: 'string', default: '2' },
    only: { type: 'string' },
  },
});
const gigabytes = Number(options.gigabytes);
const rounds = Number(options.rounds);
const parallelism = Number(options.parallelism);

const say = (text: string) => (options.json ? console.error(text) : console.log(text));

if (options.only !== undefined && options.only !== 'cleanup') {
  throw new Error(`--only ${options.only}: it may be cleanup`);
}
const cleanup = await benchCleanup(say);
if (options.only === 'cleanup') {
  if (options.json) console.log(JSON.stringify(cleanup));
  else console.table(figuresOf(cleanup));
  process.exit(0);
}

interface Run {
  readonly seconds: number;
  readonly peakRssMiB?: number;
  readonly cpuSeconds?: number;
  readonly [figure: string]: unknown;
}

process.env.HOLDFAST_TOOLS_ROOT = await postgresToolsRoot();
const bin = await postgresBinDir();
const home = await mkdtemp(join(tmpdir(), 'holdfast-bench-'));
await chmod(home, 0o777);

/** Runs a program and times the whole of it. */
async function timed(
  program: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Run> {
  const began = performance.now();
  await command(program, args, env);
  return { seconds: (performance.now() - began) / 1000 };
}

async function command(
  program: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<string> {
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let errors = '';
  child.stdout.on('data', (chunk) => (out += chunk));
  child.stderr.on('data', (chunk) => (errors = (errors + chunk).slice(-4000)));
  const code = await new Promise((resolve) => child.on('close', resolve));
  if (code !== 0) throw new Error(`${program} ended with ${code}: ${errors}`);
  return out;
}

async function worker(job: Job): Promise<Run> {
  // As the functions run.
  const args = [streamingNodeOptions, join(import.meta.dirname, 'worker.ts'), JSON.stringify(job)];
  const out = await command(process.execPath, args);
  return JSON.parse(out.trim().split('\n').at(-1) ?? '{}');
}

async function standIn(directory?: string): Promise<{ endpoint: string; stop(): void }> {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'stand-in.ts'), ...(directory ? [directory] : [])],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  const endpoint = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (line) => resolve(String(line).trim()));
    child.once('exit', () => reject(new Error('the stand-in did not start')));
  });
  return { endpoint, stop: () => child.kill() };
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

const round2 = (number: number) => Math.round(number * 100) / 100;

async function makeKeys(): Promise<string> {
  const store = memoryKeyStore();
  await initialiseKeyRing(store, new Date());
  const file = join(home, 'keys.json');
  await writeFile(file, JSON.stringify(store.values));
  return file;
}

async function psql(server: PostgresServer, database: string, sql: string): Promise<void> {
  const file = join(home, 'statement.sql');
  await writeFile(file, sql);
  await command(join(bin, 'psql'), [
    '-X',
    '-q',
    '-v',
    'ON_ERROR_STOP=1',
    '-d',
    server.url(database),
    '-f',
    file,
  ]);
}

async function makeDatabase(server: PostgresServer, name: string, size: number): Promise<void> {
  say(`making a database of about ${size} GB …`);
  await psql(server, 'postgres', `CREATE DATABASE ${name}`);
  await psql(server, name, databaseSql(size));
  // Settled and in the page cache before anything is timed.
  await psql(server, name, 'VACUUM (FREEZE, ANALYZE); CHECKPOINT;');
}

const server = await startPostgres({
  settings: {
    shared_buffers: '512MB',
    max_wal_size: '8GB',
    checkpoint_timeout: '1h',
    maintenance_work_mem: '256MB',
    autovacuum: 'off',
  },
});
const discard = await standIn();
const stored = await standIn(join(home, 'vault'));
const sides: Record<string, Run[]> = {};
const note = (side: string, run: Run) => {
  sides[side] = [...(sides[side] ?? []), run];
  say(
    `  ${side.padEnd(20)} ${run.seconds.toFixed(2)} s${run.peakRssMiB ? `, ${run.peakRssMiB.toFixed(0)} MiB` : ''}`,
  );
};

try {
  await makeDatabase(server, 'bench', gigabytes);
  const keysFile = await makeKeys();
  const url = server.url('bench');
  const jobs = String(parallelism);
  let slotMinute = 0;
  const nextSlot = () => new Date(Date.UTC(2026, 0, 1, 0, slotMinute++)).toISOString().replace('.000Z', 'Z');
  const job = (task: Job['task'], more: Partial<Job> = {}): Job => ({
    task,
    endpoint: discard.endpoint,
    url,
    evidence: 'none',
    parallelism,
    keysFile,
    slot: nextSlot(),
    ...more,
  });

  const dumpDir = join(home, 'fd');
  const dump = async () => {
    await rm(dumpDir, { recursive: true, force: true });
    return timed(join(bin, 'pg_dump'), [
      '-Fd',
      '-j',
      jobs,
      '-Z',
      'zstd:1',
      '--no-sync',
      '-f',
      dumpDir,
      '-d',
      url,
    ]);
  };

  say('backup: pg_dump -Fd against Holdfast without evidence, with counts, with checksums');
  await dump();
  await worker(job('backup'));
  for (let round = 0; round < rounds; round += 1) {
    note('pg_dump -Fd', await dump());
    note('backup', await worker(job('backup')));
    note('backup counts', await worker(job('backup', { evidence: 'counts' })));
    note('backup checksums', await worker(job('backup', { evidence: 'checksums' })));
  }

  say('one backup to read and restore from');
  const kept = job('backup', { endpoint: stored.endpoint });
  await worker(kept);
  const archivesDir = join(home, 'archives');
  await mkdir(archivesDir, { recursive: true });
  await exportArchives(stored.endpoint, keysFile, kept.slot, archivesDir);
  const archives = (await readdir(archivesDir)).map((name) => join(archivesDir, name));

  say('readable: pg_restore -f /dev/null over the same archives');
  const readAll = () =>
    timed('xargs', [
      '-a',
      join(home, 'archives.txt'),
      '-n',
      '1',
      '-P',
      jobs,
      join(bin, 'pg_restore'),
      '-f',
      '/dev/null',
    ]);
  await writeFile(join(home, 'archives.txt'), archives.map((path) => `${path}\n`).join(''));
  await readAll();
  for (let round = 0; round < rounds; round += 1) {
    note('pg_restore to null', await readAll());
    note('readable', await worker({ ...kept, task: 'readable' }));
  }

  say('restore: pg_restore -j from the directory');
  for (let round = 0; round < rounds; round += 1) {
    await psql(server, 'postgres', 'DROP DATABASE IF EXISTS raw');
    await psql(server, 'postgres', 'CREATE DATABASE raw TEMPLATE template0');
    note(
      'pg_restore -j',
      await timed(join(bin, 'pg_restore'), ['-j', jobs, '-d', server.url('raw'), dumpDir]),
    );
    await psql(server, 'postgres', 'DROP DATABASE raw');
    await psql(server, 'postgres', 'CHECKPOINT');
    note('restore', await worker({ ...kept, task: 'restore', database: `restored_${round}` }));
    await psql(server, 'postgres', `DROP DATABASE restored_${round}`);
    await psql(server, 'postgres', 'CHECKPOINT');
  }

  const memory: Record<string, number> = {};
  if (options.memory) {
    for (const size of [1, 8]) {
      await psql(server, 'postgres', 'DROP DATABASE IF EXISTS sized');
      await makeDatabase(server, 'sized', size);
      const run = await worker(job('backup', { url: server.url('sized'), evidence: 'checksums' }));
      memory[`${size}GB`] = Math.round(run.peakRssMiB ?? 0);
      say(`  peak memory for ${size} GB: ${memory[`${size}GB`]} MiB`);
    }
  }

  const middle = (side: string) => median((sides[side] ?? []).map((run) => run.seconds));
  const result = {
    gigabytes,
    parallelism,
    rounds,
    backupRatio: round2(middle('backup') / middle('pg_dump -Fd')),
    restoreRatio: round2(middle('restore') / middle('pg_restore -j')),
    readableRatio: round2(middle('readable') / middle('pg_restore to null')),
    peakRssMiB: Math.round(
      Math.max(
        ...['backup', 'backup checksums', 'readable', 'restore'].flatMap((side) =>
          (sides[side] ?? []).map((run) => run.peakRssMiB ?? 0),
        ),
      ),
    ),
    countsExtra: round2(middle('backup counts') / middle('backup') - 1),
    checksumsExtra: round2(middle('backup checksums') / middle('backup') - 1),
    ...cleanup,
    ...(options.memory ? { peakRssMiBBySize: memory } : {}),
    raw: sides,
  };
  if (options.json) console.log(JSON.stringify(result));
  else console.table(figuresOf(result));
} finally {
  discard.stop();
  stored.stop();
  await server.stop();
  await rm(home, { recursive: true, force: true });
}

/** The single numbers of a result; lists and raw runs are for --json. */
function figuresOf(result: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(result).filter(([, value]) => typeof value === 'number'));
}

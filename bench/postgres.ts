/** PostgreSQL: backup, restore and reading against pg_dump and pg_restore, over a database of its own. */
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { postgresBinDir, postgresToolsRoot } from '../local/tools.ts';
import { type PostgresServer, startPostgres } from '../test/support/postgres-server.ts';
import { exportArchives } from './archives.ts';
import { databaseSql } from './database.ts';
import { command, makeKeys, round2, sidesOf, standIn, timed, worker } from './sides.ts';
import type { Job } from './worker.ts';

export interface PostgresBenchOptions {
  readonly gigabytes: number;
  readonly rounds: number;
  readonly parallelism: number;
  /** Peak memory for 1 and 8 GB too, which takes some minutes more. */
  readonly memoryToo: boolean;
}

const postgres = (level: 'none' | 'counts' | 'checksums') => ({
  kind: 'postgres',
  evidence: { level },
  auth: 'scram',
});

export async function benchPostgres(
  say: (text: string) => void,
  { gigabytes, rounds, parallelism, memoryToo }: PostgresBenchOptions,
): Promise<Record<string, unknown>> {
  process.env.HOLDFAST_TOOLS_ROOT = await postgresToolsRoot();
  const bin = await postgresBinDir();
  const home = await mkdtemp(join(tmpdir(), 'holdfast-bench-'));
  await chmod(home, 0o777);

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
  const { sides, note, middle, peakRssMiB } = sidesOf(say);

  try {
    await makeDatabase(server, 'bench', gigabytes);
    const keysFile = await makeKeys(home);
    const url = server.url('bench');
    const jobs = String(parallelism);
    let slotMinute = 0;
    const nextSlot = () =>
      new Date(Date.UTC(2026, 0, 1, 0, slotMinute++)).toISOString().replace('.000Z', 'Z');
    const job = (task: Job['task'], more: Partial<Job> = {}): Job => ({
      task,
      endpoint: discard.endpoint,
      url,
      source: postgres('none'),
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
      note('backup counts', await worker(job('backup', { source: postgres('counts') })));
      note('backup checksums', await worker(job('backup', { source: postgres('checksums') })));
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
    if (memoryToo) {
      for (const size of [1, 8]) {
        await psql(server, 'postgres', 'DROP DATABASE IF EXISTS sized');
        await makeDatabase(server, 'sized', size);
        const run = await worker(job('backup', { url: server.url('sized'), source: postgres('checksums') }));
        memory[`${size}GB`] = Math.round(run.peakRssMiB ?? 0);
        say(`  peak memory for ${size} GB: ${memory[`${size}GB`]} MiB`);
      }
    }

    return {
      backupRatio: round2(middle('backup') / middle('pg_dump -Fd')),
      restoreRatio: round2(middle('restore') / middle('pg_restore -j')),
      readableRatio: round2(middle('readable') / middle('pg_restore to null')),
      peakRssMiB: peakRssMiB('backup', 'backup checksums', 'readable', 'restore'),
      countsExtra: round2(middle('backup counts') / middle('backup') - 1),
      checksumsExtra: round2(middle('backup checksums') / middle('backup') - 1),
      ...(memoryToo ? { peakRssMiBBySize: memory } : {}),
      raw: sides,
    };
  } finally {
    discard.stop();
    stored.stop();
    await server.stop();
    await rm(home, { recursive: true, force: true });
  }
}

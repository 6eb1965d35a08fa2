/** Throw-away servers: real, side by side, and gone when they are stopped. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { processStart } from '../../layers/lock.mjs';
import { type PostgresServer, startPostgres, systemPostgresVersions } from '../support/postgres-server.ts';

const TIMEOUT_MS = 60_000;
const running: PostgresServer[] = [];

async function start(...args: Parameters<typeof startPostgres>): Promise<PostgresServer> {
  const server = await startPostgres(...args);
  running.push(server);
  return server;
}

async function ask(
  server: PostgresServer,
  sql: string,
  extra: object = {},
): Promise<Record<string, unknown>> {
  const client = new Client({ connectionString: server.url(), ...extra });
  await client.connect();
  try {
    return (await client.query(sql)).rows[0];
  } finally {
    await client.end();
  }
}

afterEach(() => Promise.all(running.splice(0).map((server) => server.stop())));

describe('a throw-away server', () => {
  it('runs beside another, and both leave nothing behind', { timeout: TIMEOUT_MS }, async () => {
    const [one, two] = await Promise.all([start(), start()]);
    expect(one.port).not.toBe(two.port);
    expect(one.version).toMatch(/^18\.\d+$/);
    expect(await ask(one, 'select 1 as x')).toEqual({ x: 1 });
    expect(await ask(two, 'select 2 as x')).toEqual({ x: 2 });
    if (process.getuid?.() === 0) expect(statSync(`/proc/${one.pid}`).uid).not.toBe(0);
    await one.stop();
    expect(existsSync(one.dataDir)).toBe(false);
    expect(existsSync(`/proc/${one.pid}/exe`)).toBe(false);
    expect(await ask(two, 'select 3 as x')).toEqual({ x: 3 });
  });

  it('refuses a wrong password and a connection without TLS', { timeout: TIMEOUT_MS }, async () => {
    const server = await start({ tls: true });
    await expect(ask(server, 'select 1')).rejects.toThrow(/no pg_hba.conf entry|no encryption/);
    const ssl = { ca: readFileSync(server.caFile ?? '', 'utf8') };
    await expect(
      ask(server, 'select 1', { ssl, connectionString: undefined, ...wrongPassword(server) }),
    ).rejects.toThrow(/password authentication failed/);
    expect(await ask(server, 'select ssl from pg_stat_ssl where pid = pg_backend_pid()', { ssl })).toEqual({
      ssl: true,
    });
  });

  it('takes settings', { timeout: TIMEOUT_MS }, async () => {
    const server = await start({ settings: { work_mem: '5MB' }, auth: 'trust' });
    expect(await ask(server, 'show work_mem')).toEqual({ work_mem: '5MB' });
  });

  it('is stopped even when it hears no signal', { timeout: TIMEOUT_MS }, async () => {
    const server = await start();
    process.kill(server.pid, 'SIGSTOP');
    await server.stop();
    expect(existsSync(server.dataDir)).toBe(false);
  });

  it('goes with the process that started it, even if that one is killed', {
    timeout: TIMEOUT_MS,
  }, async () => {
    const module = new URL('../support/postgres-server.ts', import.meta.url).href;
    const code = `const { startPostgres } = await import(${JSON.stringify(module)});
      const { pid, dataDir } = await startPostgres();
      console.log(JSON.stringify({ pid, dataDir }));
      setTimeout(() => process.kill(process.pid, 'SIGKILL'), 100);`;
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' });
    const { pid, dataDir } = JSON.parse(child.stdout);
    expect(child.signal).toBe('SIGKILL');
    for (let wait = 0; wait < 100 && existsSync(dataDir); wait++) await sleep(50);
    expect(existsSync(dataDir)).toBe(false);
    expect(processStart(pid)).toBe('');
  });

  it.skipIf(systemPostgresVersions().length === 0)(
    'can be of a version that the machine has installed',
    { timeout: TIMEOUT_MS },
    async () => {
      const version = systemPostgresVersions()[0] ?? '';
      expect((await start({ version })).version.split('.')[0]).toBe(version);
    },
  );

  it('says which versions there are when asked for another', async () => {
    await expect(startPostgres({ version: '1' })).rejects.toThrow(/No PostgreSQL 1 .* 18 \(bundled\)/);
  });
});

function wrongPassword(server: PostgresServer) {
  return {
    host: server.host,
    port: server.port,
    user: server.superuser,
    password: 'wrong',
    database: 'postgres',
  };
}

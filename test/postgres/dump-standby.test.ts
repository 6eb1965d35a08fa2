/** Dumping a standby: what it cannot read is said, and a read that replication cancels is reported as that. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PostgresFacts } from '../../adapters/postgres/model.ts';
import { unprivilegedIdentity } from '../../adapters/postgres/run-as.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import {
  createDatabase,
  createSourceRole,
  dumpAll,
  dumpSource,
  openSource,
  psql,
  sourceUrl,
} from '../support/postgres-source.ts';

describe('a standby', () => {
  let primary: PostgresServer;
  let standby: PostgresServer;
  let base: string;

  beforeAll(async () => {
    primary = await startPostgres({ settings: { wal_level: 'replica', max_wal_senders: 4 } });
    await createSourceRole(primary);
    await createDatabase(primary, 'shop');
    await psql(
      primary,
      'shop',
      `CREATE TABLE rows AS SELECT g AS id, md5(g::text) AS filler FROM generate_series(1, 300000) g;
       CREATE UNLOGGED TABLE scratchpad AS SELECT 1 AS id;`,
    );
    base = await mkdtemp(join(tmpdir(), 'holdfast-standby-'));
    const dataDir = join(base, 'data');
    const env = {
      PGHOST: primary.host,
      PGPORT: String(primary.port),
      PGUSER: primary.superuser,
      PGPASSWORD: primary.password,
    };
    execFileSync(
      join(primary.binDir, 'pg_basebackup'),
      ['-D', dataDir, '-R', '-X', 'stream', '--checkpoint=fast'],
      { env, stdio: 'pipe' },
    );
    const conninfo = `host=${primary.host} port=${primary.port} user=${primary.superuser} password=${primary.password}`;
    const identity = unprivilegedIdentity();
    if (identity) execFileSync('chown', ['-R', `${identity.uid}:${identity.gid}`, base]);
    standby = await startPostgres({
      dataDir,
      password: primary.password,
      settings: { primary_conninfo: conninfo, max_standby_streaming_delay: 0, hot_standby_feedback: 'off' },
    });
  });
  afterAll(async () => {
    await standby?.stop();
    await primary?.stop();
    if (base) await rm(base, { recursive: true, force: true });
  });

  it('is dumped without the rows of unlogged tables, and says so', async () => {
    const dump = await dumpSource({ url: sourceUrl(standby, 'shop') });
    const facts = dump.facts as unknown as PostgresFacts;
    expect(facts.standby).toBe(true);
    expect(facts.notCovered).toEqual([
      { what: 'rows of unlogged tables: public.scratchpad', why: 'a standby does not have them' },
    ]);
    expect(dump.evidence.tables).toEqual([expect.objectContaining({ name: 'rows', rows: 300_000 })]);
  });

  it('that cancels a read for replication fails the run as what it is', async () => {
    const session = await openSource({ url: sourceUrl(standby, 'shop') });
    try {
      await psql(primary, 'shop', 'DELETE FROM rows WHERE id % 2 = 0');
      await psql(primary, 'shop', 'VACUUM rows');
      await sleep(3000);
      await expect(dumpAll(session).then(() => 'whole')).rejects.toMatchObject({
        code: 'SOURCE_QUERY_CANCELLED',
      });
    } finally {
      await session.close();
    }
  });
});

/** The database that is measured: about 2 GB on disk, shaped like a business: one big table, some middling, many small. */

/** SQL that makes about `gigabytes` GB (pg_database_size): half in one table, as real databases are. */
export function databaseSql(gigabytes: number): string {
  const rows = (perGigabyte: number) => Math.max(1000, Math.round(perGigabyte * gigabytes));
  return `
CREATE TABLE events (id bigint NOT NULL, at timestamptz NOT NULL, kind text NOT NULL, who integer NOT NULL, detail jsonb NOT NULL);
INSERT INTO events SELECT n, timestamptz '2024-01-01' + n * interval '3 seconds', (ARRAY['view','click','buy','return'])[1 + n % 4],
  (n * 7919::bigint) % 500000, jsonb_build_object('page', '/p/' || n % 9973, 'ms', n % 4001, 'token', md5(n::text))
  FROM generate_series(1, ${rows(2_900_000)}) n;
CREATE TABLE customers (id integer NOT NULL, email text NOT NULL, name text NOT NULL, city text NOT NULL, balance numeric(12,2) NOT NULL);
INSERT INTO customers SELECT n, 'c' || n || '@example.com', md5(n::text), (ARRAY['Ghent','Oslo','Lyon','Porto'])[1 + n % 4], (n % 100000) / 7.0
  FROM generate_series(1, ${rows(1_300_000)}) n;
CREATE TABLE lines (order_id integer NOT NULL, line smallint NOT NULL, product integer NOT NULL, quantity integer NOT NULL, price numeric(10,2) NOT NULL);
INSERT INTO lines SELECT n / 3, n % 3, (n * 104729::bigint) % 20000, 1 + n % 9, (n % 99999) / 100.0 FROM generate_series(1, ${rows(2_600_000)}) n;
CREATE TABLE documents (id integer NOT NULL, body text NOT NULL);
INSERT INTO documents SELECT n, repeat(md5(n::text) || ' ' || md5((n * 3)::text) || ' ', 12) FROM generate_series(1, ${rows(70_000)}) n;
${Array.from({ length: 20 }, (_, index) => `CREATE TABLE small_${index} AS SELECT n AS id, md5(n::text) AS value FROM generate_series(1, 500) n;`).join('\n')}
ALTER TABLE events ADD PRIMARY KEY (id);
ALTER TABLE customers ADD PRIMARY KEY (id);
ALTER TABLE lines ADD PRIMARY KEY (order_id, line);
ALTER TABLE documents ADD PRIMARY KEY (id);
CREATE INDEX ON events (who);
CREATE INDEX ON lines (product);
ANALYZE;
`;
}

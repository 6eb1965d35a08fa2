/** A database with much of what PostgreSQL has, small enough to be dumped and restored in a second. */

/** Cluster-wide: run once a server. Names are the tests' own. */
export const richRoles = `
  CREATE ROLE app_owner NOLOGIN; CREATE ROLE app_writer NOLOGIN; CREATE ROLE "App ""Reader""" NOLOGIN;
  CREATE ROLE app_group NOLOGIN; GRANT app_group TO app_writer;`;

export const richSchema = `
  CREATE SCHEMA app AUTHORIZATION app_owner;
  CREATE SCHEMA "Sales ""2026""";
  CREATE EXTENSION hstore WITH SCHEMA app;
  CREATE EXTENSION pg_trgm;
  CREATE TYPE app.status AS ENUM ('new', 'paid', 'Über');
  CREATE DOMAIN app.amount AS numeric(12, 2) CHECK (VALUE >= 0);
  CREATE TYPE app.pair AS (a int, b text);
  CREATE FUNCTION app.twice(n int) RETURNS int LANGUAGE sql IMMUTABLE RETURN n * 2;
  CREATE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.note := coalesce(NEW.note, 'x'); RETURN NEW; END $$;
  CREATE TABLE app.customers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, email text UNIQUE, tags app.hstore,
    status app.status NOT NULL DEFAULT 'new', score app.amount, p app.pair, note text,
    doubled int GENERATED ALWAYS AS (app.twice(length(name))) STORED, data jsonb, bin bytea);
  CREATE TABLE app.orders (
    id serial PRIMARY KEY, customer bigint NOT NULL REFERENCES app.customers DEFERRABLE INITIALLY DEFERRED,
    total app.amount, at timestamptz NOT NULL DEFAULT '2026-01-02 03:04:05+00', parent int REFERENCES app.orders);
  CREATE TABLE app.events (day date NOT NULL, kind text, body text) PARTITION BY RANGE (day);
  CREATE TABLE app.events_old PARTITION OF app.events FOR VALUES FROM (MINVALUE) TO ('2026-01-01');
  CREATE TABLE app.events_new PARTITION OF app.events DEFAULT;
  CREATE TABLE app.by_status (s app.status NOT NULL, n int) PARTITION BY HASH (s);
  CREATE TABLE app.by_status_0 PARTITION OF app.by_status FOR VALUES WITH (MODULUS 2, REMAINDER 0);
  CREATE TABLE app.by_status_1 PARTITION OF app.by_status FOR VALUES WITH (MODULUS 2, REMAINDER 1);
  CREATE TABLE "Sales ""2026"""."Line
Items" ("a b" int, "Ünïcode" text);
  CREATE TABLE app.parents (x int); CREATE TABLE app.children (y int) INHERITS (app.parents);
  CREATE TABLE app.nothing ();
  CREATE TABLE public.hidden (id int PRIMARY KEY, secret text);
  ALTER TABLE public.hidden ENABLE ROW LEVEL SECURITY; ALTER TABLE public.hidden FORCE ROW LEVEL SECURITY;
  CREATE POLICY only_writer ON public.hidden FOR SELECT TO app_writer, "App ""Reader""" USING (id > 0);
  CREATE UNLOGGED TABLE app.quick (a int);
  CREATE SEQUENCE app.shared INCREMENT BY 5 START 100;
  CREATE INDEX customers_trgm ON app.customers USING gin (name gin_trgm_ops);
  CREATE INDEX customers_lower ON app.customers (lower(name)) WHERE status <> 'new';
  CREATE STATISTICS app.corr ON name, email FROM app.customers;
  CREATE TRIGGER touch BEFORE INSERT ON app.customers FOR EACH ROW EXECUTE FUNCTION app.touch();
  CREATE VIEW app.rich AS SELECT id, name FROM app.customers WHERE score > 10;
  CREATE MATERIALIZED VIEW app.totals AS SELECT customer, sum(total) AS total FROM app.orders GROUP BY customer;
  CREATE RULE no_delete AS ON DELETE TO app.orders WHERE old.id < 0 DO INSTEAD NOTHING;
  CREATE COLLATION app.german (provider = icu, locale = 'de-u-co-phonebk');
  CREATE PUBLICATION changes FOR TABLE app.orders;
  INSERT INTO app.customers (name, email, status, score, tags, p, data, bin)
    SELECT 'name ' || i, 'c' || i || '@x.y', (enum_range(null::app.status))[1 + i % 3], i / 7.0, app.hstore('k', i::text),
      row(i::int, E'tab\\there\\nand \\\\ back')::app.pair, jsonb_build_object('i', i), decode(md5(i::text), 'hex') FROM generate_series(1, 2000) i;
  INSERT INTO app.orders (customer, total, parent) SELECT 1 + i % 2000, i, nullif(i / 2, 0) FROM generate_series(1, 5000) i;
  INSERT INTO app.events SELECT date '2025-06-01' + i % 400, 'k' || i % 5, repeat('e', i % 90) FROM generate_series(1, 3000) i;
  INSERT INTO app.by_status SELECT (enum_range(null::app.status))[1 + i % 3], i FROM generate_series(1, 99) i;
  INSERT INTO "Sales ""2026"""."Line
Items" SELECT i, 'ü' || i FROM generate_series(1, 50) i;
  INSERT INTO app.parents VALUES (1); INSERT INTO app.children VALUES (2, 3);
  INSERT INTO public.hidden SELECT i, 's' || i FROM generate_series(1, 20) i;
  SELECT nextval('app.shared'), nextval('app.shared');
  REFRESH MATERIALIZED VIEW app.totals;
  SELECT lo_from_bytea(900001, 'one'), lo_from_bytea(900002, convert_to(repeat('two', 50000), 'UTF8'));
  ALTER LARGE OBJECT 900001 OWNER TO app_owner; GRANT SELECT ON LARGE OBJECT 900002 TO app_writer;
  COMMENT ON LARGE OBJECT 900002 IS 'the second';
  SET CONSTRAINTS ALL IMMEDIATE;
  ALTER TABLE app.customers OWNER TO app_owner; ALTER TABLE app.orders OWNER TO app_owner;
  ALTER MATERIALIZED VIEW app.totals OWNER TO app_owner; ALTER TABLE public.hidden OWNER TO app_owner;
  ALTER FUNCTION app.touch() OWNER TO app_owner; ALTER STATISTICS app.corr OWNER TO app_owner;
  GRANT USAGE ON SCHEMA app TO app_writer; GRANT SELECT, INSERT ON app.orders TO app_writer;
  GRANT SELECT (id, name) ON app.customers TO "App ""Reader""" WITH GRANT OPTION;
  SET SESSION AUTHORIZATION "App ""Reader"""; RESET SESSION AUTHORIZATION;
  REVOKE INSERT, UPDATE ON app.orders FROM app_owner;
  ALTER DEFAULT PRIVILEGES FOR ROLE app_owner IN SCHEMA app GRANT SELECT ON TABLES TO app_writer;
  COMMENT ON TABLE app.orders IS 'it''s; "quoted"';`;

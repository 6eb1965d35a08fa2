/** Real, throw-away PostgreSQL servers for tests. */
export * from '../../local/postgres-server.ts';

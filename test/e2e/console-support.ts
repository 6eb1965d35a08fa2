/**
 * The whole of Holdfast for tests in a browser: the local AWS with the app deployed to it, a PostgreSQL server, the built
 * console, and people to sign in as. What a test does through the API it does as one of them.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import pg from 'pg';
import type { Browser, Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import { freePort } from '../../adapters/loopback.ts';
import { localApiUrl } from '../../local/api-url.ts';
import { builtDashboard } from '../../local/build-dashboard.ts';
import { type RunningConsole, startConsole } from '../../local/console/server.ts';
import { deployLocal } from '../../local/deploy.ts';
import { type Emulator, startEmulator } from '../../local/emulator.ts';
import { type PostgresServer, startPostgres } from '../../local/postgres-server.ts';
import { type LocalUser, makeUsers, signIn } from '../../local/users.ts';
import { openPage, type PageOptions } from '../support/browser.ts';
import { runSql } from './support.ts';

export type Role = LocalUser['role'];

/** Of databases on the server, and of the secrets that lead to them. */
const databases = ['first', 'shop', 'ledger'] as const;
export type Database = (typeof databases)[number];
export const secretOf = (database: Database) => `holdfast/sources/${database}`;
export const rowsOf = { customers: 500, orders: 2000 } as const;
/** Signing in longer ago than this is too long ago for what cannot be undone. */
export const stepUpMinutes = 1;

export interface Called {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: what the API answers is looked at field by field in the tests.
  readonly body: any;
}

export class ConsoleStack {
  readonly url: string;
  readonly server: PostgresServer;
  readonly outputs: Readonly<Record<string, string>>;
  readonly #parts: Parts;
  readonly #tokens: ReadonlyMap<Role, string>;
  readonly #secrets = new SecretsManagerClient({});

  private constructor(parts: Parts, tokens: ReadonlyMap<Role, string>) {
    this.#parts = parts;
    this.#tokens = tokens;
    this.url = parts.console.url;
    this.server = parts.server;
    this.outputs = parts.outputs;
  }

  static async start(): Promise<ConsoleStack> {
    const before = { ...process.env };
    const [work, server, distDir] = await Promise.all([
      mkdtemp(join(tmpdir(), 'holdfast-console-')),
      startPostgres(),
      builtDashboard(),
    ]);
    const password = randomBytes(9).toString('hex');
    const databasesMade = makeDatabases(server, password);
    const emulator = await startEmulator({
      stateDir: join(work, 'aws'),
      env: { HOLDFAST_LOCAL: 'no-iam' },
    });
    Object.assign(process.env, emulator.env);
    const port = await freePort();
    const { outputs, stackName } = await deployLocal({
      emulator,
      workDir: join(work, 'deploy'),
      options: {
        console: { url: `http://localhost:${port}` },
        api: { publicStatus: true, stepUpMinutes },
      },
    });
    const apiUrl = localApiUrl(emulator.endpoint, outputs.ApiUrl ?? '');
    const clientId = outputs.UserPoolClientId ?? '';
    const [console, users] = await Promise.all([
      startConsole({
        ...{ apiUrl, clientId, distDir, port, stackName, endpoint: emulator.endpoint },
        userPoolId: outputs.UserPoolId ?? '',
      }),
      makeUsers(outputs.UserPoolId ?? ''),
      databasesMade,
    ]);
    const tokens = await Promise.all(
      users.map(async (user) => [user.role, (await signIn(clientId, user)).access] as const),
    );
    const parts = { before, work, emulator, server, outputs, apiUrl, console, users, password };
    const stack = new ConsoleStack(parts, new Map(tokens));
    await Promise.all(databases.map((database) => stack.makeSecret(database)));
    return stack;
  }

  passwordOf(role: Role): string {
    return this.#parts.users.find((user) => user.role === role)?.password ?? '';
  }

  /** Undefined: nobody has signed in. */
  async call(as: Role | undefined, method: string, path: string, body?: unknown): Promise<Called> {
    const reply = await fetch(`${this.#parts.apiUrl}${path}`, {
      method,
      headers: {
        ...(as && { authorization: `Bearer ${this.#tokens.get(as)}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: reply.status, headers: reply.headers, body: await reply.json() };
  }

  /** What was started comes to its end at its Location. */
  async ended(started: Called) {
    expect(started, JSON.stringify(started.body)).toMatchObject({ status: 202 });
    const place = started.headers.get('location') ?? '';
    return until(`the end of ${place}`, async () => {
      const { status, body } = await this.call('viewer', 'GET', place);
      return status === 200 && /^(?:completed|failed|cancelled)$/.test(body.status) ? body : undefined;
    });
  }

  async makePlan(id: string, database: Database = id as Database, more: object = {}): Promise<void> {
    const made = await this.call('admin', 'POST', '/v1/plans', {
      ...{ id, sources: [{ kind: 'postgres', name: 'main', secret: secretOf(database) }] },
      // Not while the test runs.
      schedule: { cron: '0 2 1 1 *' },
      ...more,
    });
    expect(made, JSON.stringify(made.body)).toMatchObject({ status: 201 });
  }

  /** A backup of the plan, proven by being restored. */
  async proven(plan: string): Promise<string> {
    const backup = await this.ended(await this.call('operator', 'POST', '/v1/backups', { plan }));
    expect(backup, JSON.stringify(backup.error)).toMatchObject({ status: 'completed' });
    const { backupId } = backup;
    const path = `/v1/backups/${backupId}/verify`;
    const drill = await this.ended(await this.call('operator', 'POST', path, { level: 'restored' }));
    expect(drill, JSON.stringify(drill)).toMatchObject({ status: 'completed' });
    return backupId;
  }

  async makeSecret(database: Database): Promise<void> {
    const SecretString = this.#secretOf(database, this.#parts.password);
    await this.#secrets.send(new CreateSecretCommand({ Name: secretOf(database), SecretString }));
  }

  /** Undefined: the right one again. */
  async setPassword(database: Database, wrong?: string): Promise<void> {
    const SecretString = this.#secretOf(database, wrong ?? this.#parts.password);
    await this.#secrets.send(new PutSecretValueCommand({ SecretId: secretOf(database), SecretString }));
  }

  #secretOf(dbname: Database, password: string): string {
    const { port } = this.server;
    return JSON.stringify({
      engine: 'postgres',
      host: '127.0.0.1',
      port,
      username: 'holdfast',
      password,
      dbname,
    });
  }

  /** Rows of each table of the database, and what is in them, or undefined when there is no such database. */
  async contents(database: string): Promise<Readonly<Record<string, string>> | undefined> {
    const client = new pg.Client({ connectionString: this.server.url(database) });
    try {
      await client.connect();
    } catch (thrown) {
      if ((thrown as { code?: string }).code === '3D000') return undefined;
      throw thrown;
    }
    try {
      const { rows: tables } = await client.query<{ name: string }>(
        `SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1`,
      );
      const sums: Record<string, string> = {};
      for (const { name } of tables) {
        const table = pg.escapeIdentifier(name);
        const { rows } = await client.query<{ sum: string }>(
          `SELECT count(*) || ' rows ' || md5(string_agg(t::text, '|' ORDER BY id)) AS sum FROM ${table} t`,
        );
        sums[name] = rows[0]?.sum ?? '';
      }
      return sums;
    } finally {
      await client.end();
    }
  }

  /** Databases of the server whose names begin so. */
  async databasesLike(start: string): Promise<readonly string[]> {
    const client = new pg.Client({ connectionString: this.server.url('postgres') });
    await client.connect();
    try {
      const { rows } = await client.query<{ datname: string }>(
        'SELECT datname FROM pg_database WHERE starts_with(datname, $1) ORDER BY 1',
        [start],
      );
      return rows.map(({ datname }) => datname);
    } finally {
      await client.end();
    }
  }

  async stop(): Promise<void> {
    const { before, work, emulator, server, console } = this.#parts;
    this.#secrets.destroy();
    await console.close();
    await emulator.stop();
    await server.stop();
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
    Object.assign(process.env, before);
    await rm(work, { recursive: true, force: true });
  }
}

interface Parts {
  readonly before: NodeJS.ProcessEnv;
  readonly work: string;
  readonly emulator: Emulator;
  readonly server: PostgresServer;
  readonly outputs: Readonly<Record<string, string>>;
  readonly apiUrl: string;
  readonly console: RunningConsole;
  readonly users: readonly LocalUser[];
  /** Of the role that backs up and restores. */
  readonly password: string;
}

async function makeDatabases(server: PostgresServer, password: string): Promise<void> {
  await runSql(
    server.url('postgres'),
    `CREATE ROLE holdfast LOGIN CREATEDB BYPASSRLS PASSWORD '${password}' IN ROLE pg_read_all_data`,
    // It owns them, so that it may put another in their place.
    ...databases.map((name) => `CREATE DATABASE ${name} OWNER holdfast`),
  );
  const { customers, orders } = rowsOf;
  await Promise.all(
    databases.map((name) =>
      runSql(
        server.url(name),
        'SET ROLE holdfast',
        'CREATE TABLE customers (id integer PRIMARY KEY, name text NOT NULL)',
        'CREATE TABLE orders (id integer PRIMARY KEY, customer integer NOT NULL REFERENCES customers, note text)',
        `INSERT INTO customers SELECT n, md5('${name}' || n) FROM generate_series(1, ${customers}) n`,
        `INSERT INTO orders SELECT n, 1 + n % ${customers}, md5(n::text) FROM generate_series(1, ${orders}) n`,
      ),
    ),
  );
}

/** Asks again and again until something is there. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined>,
  withinSeconds = 60,
): Promise<T> {
  for (
    const giveUpAt = Date.now() + withinSeconds * 1000;
    ;
    await new Promise((wait) => setTimeout(wait, 200))
  ) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > giveUpAt) throw new Error(`${what} is not there after ${withinSeconds} s`);
  }
}

/** A window of somebody who is signed in, at an address of the console. */
export async function openAs(
  { stack, browser }: { readonly stack: ConsoleStack; readonly browser: Browser },
  role: Role,
  path = '/',
  options: PageOptions = {},
) {
  const opened = await openPage(browser, options);
  // Longer than anything takes beside other tests.
  opened.page.setDefaultTimeout(30_000);
  await opened.page.goto(`${stack.url}${path}`);
  await signInOn(opened.page, role, stack);
  await opened.page.getByRole('main').locator('h1').waitFor();
  return opened;
}

/** On the local sign-in page, wherever it is. */
export async function signInOn(page: Page, role: Role, stack: ConsoleStack): Promise<void> {
  await page.getByLabel('User').selectOption(role);
  await page.getByLabel('Password').fill(stack.passwordOf(role));
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** Its text without line breaks, as it is read. */
export async function said(of: Locator): Promise<string> {
  return (await of.innerText()).replaceAll(/\s+/g, ' ').trim();
}

/** More are on no page of the console. */
const mostStops = 120;

/** As a person without a mouse gets there; where the focus is can be seen. */
export async function tabTo(page: Page, target: Locator): Promise<void> {
  await target.waitFor();
  for (let stops = 0; stops < mostStops; stops++) {
    await page.keyboard.press('Tab');
    if (await target.evaluate((element) => element === element.ownerDocument.activeElement)) {
      expect(await target.evaluate((element) => element.matches(':focus-visible'))).toBe(true);
      return;
    }
  }
  throw new Error(`${target} is not to be reached by the Tab key`);
}

/** Goes there by keyboard and presses it. */
export async function press(page: Page, target: Locator): Promise<void> {
  await tabTo(page, target);
  await page.keyboard.press('Enter');
}

/** Why a button does nothing, as it is told to who cannot see it; undefined where it can be pressed. */
export async function whyNot(of: Locator): Promise<string | undefined> {
  await of.waitFor();
  const [isOff, own, other] = await Promise.all(
    ['aria-disabled', 'aria-description', 'aria-describedby'].map((name) => of.getAttribute(name)),
  );
  if (isOff === null) return undefined;
  return own ?? (await of.page().locator(`[id="${other}"]`).textContent()) ?? '';
}

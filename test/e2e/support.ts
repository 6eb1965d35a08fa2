/** What every test of the deployed stack needs: to call its functions, the command line, and the database. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import pg from 'pg';

/** Calls a function and waits; `error` is Lambda's word for one that threw. */
export async function invoke(
  functionName: string | undefined,
  event: unknown,
): Promise<{ readonly reply: Record<string, unknown>; readonly error?: string }> {
  const client = new LambdaClient({});
  const { Payload, FunctionError } = await client.send(
    new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify(event) }),
  );
  client.destroy();
  return { reply: JSON.parse(Buffer.from(Payload ?? []).toString() || 'null'), error: FunctionError };
}

/** Runs statements one after the other. */
export async function runSql(url: string, ...statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

const compileCache = join(import.meta.dirname, '..', '..', '.local', 'compiled');
const cliPath = join(import.meta.dirname, '..', '..', 'cli', 'main.ts');

/** The command line with the environment of the test, its exit code, and the JSON that it printed. */
export async function holdfast(...args: readonly string[]) {
  const child = spawn(process.execPath, [cliPath, '--json', ...args], {
    // Its modules are compiled once for all the commands of a run.
    env: {
      ...process.env,
      // With the rights of the test: signing in to the API is looked at by itself.
      HOLDFAST_API: 'none',
      HOLDFAST_PASSPHRASE: 'correct horse battery staple',
      NODE_COMPILE_CACHE: compileCache,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let errors = '';
  child.stdout.on('data', (text: Buffer) => {
    out += text.toString();
  });
  child.stderr.on('data', (text: Buffer) => {
    errors += text.toString();
  });
  const code = await new Promise<number>((done) => child.once('close', (exit) => done(exit ?? 1)));
  // biome-ignore lint/suspicious/noExplicitAny: what a command prints is looked at field by field in the tests.
  const json = (out === '' ? undefined : JSON.parse(out)) as any;
  return { code, json, errors };
}

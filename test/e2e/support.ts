/** What every test of the deployed stack needs: to call its functions, and to talk to the database. */
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

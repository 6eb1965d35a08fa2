/** Who changed keys, when and how: never what they are. */
import { randomUUID } from 'node:crypto';
import type { Cli, CliContext } from '../context.ts';

export async function auditKeys(
  cli: Cli,
  context: CliContext,
  entry: { readonly action: string; readonly target: string; readonly detail: string },
): Promise<void> {
  await context.catalog.appendAudit({
    ...entry,
    at: cli.clock.now().toISOString(),
    id: randomUUID(),
    by: await context.caller(),
    correlationId: cli.correlationId,
  });
}

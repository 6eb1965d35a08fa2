/**
 * `holdfast backup PLAN --here`: this process makes the backup, with the caller's own rights, of folders and databases
 * that no function reaches. Row, manifest and signature are those of any other backup. Ctrl-C fails the run: what it
 * wrote so far is left over for cleanup, and its row says that it was cancelled.
 */
import { randomUUID } from 'node:crypto';
import { openFurtherVault } from '../adapters/further-vault.ts';
import { type BackupDeps, runBackup } from '../core/backup/run.ts';
import { chosenSources } from '../core/backup/sources.ts';
import { HoldfastError, hasCode } from '../core/errors.ts';
import { copyToFurther } from '../core/mirror/further.ts';
import type { FurtherVault, Plan } from '../core/plan.ts';
import type { BackupRow } from '../core/ports/catalog.ts';
import type { Log } from '../core/ports/index.ts';
import { requireMade, type Wish } from './backup-run.ts';
import type { BackupParts, Cli, CliContext } from './context.ts';
import { whileShowing } from './watch.ts';

/** Its completed row; throws as it failed. ACCESS_DENIED before anything begins when a secret cannot be read. */
export async function backupHere(cli: Cli, context: CliContext, plan: Plan, wish: Wish): Promise<BackupRow> {
  const parts = await context.backupParts();
  await checkSecrets(plan, wish, parts);
  const createdBy = await context.caller();
  const stop = new AbortController();
  const release = cli.onInterrupt(() => {
    cli.out.note('Stopping; what was written so far is cleaned up later.');
    stop.abort(
      new HoldfastError('CANCELLED', 'stopped by ctrl-C', { next: 'Nothing was kept: run it again.' }),
    );
  });
  const deps: BackupDeps = {
    ...parts,
    vault: context.vault,
    catalog: context.catalog,
    clock: cli.clock,
    log: progressLog(cli),
    // Whoever watches this terminal is told by it: of the failure itself once, when the command ends.
    alerts: {
      publish: async ({ kind, subject, why }) =>
        kind === 'copy-failed' ? cli.out.warn(`${subject}: ${why}`) : cli.out.detail(subject),
    },
  };
  const { clock, correlationId } = cli;
  const slot = clock.now().toISOString();
  const request = { plan, slot, token: randomUUID(), createdBy, correlationId, ...wish };
  try {
    const row = await whileShowing(cli, `making a backup of ${plan.id} here`, () =>
      runBackup(request, deps, stop.signal),
    );
    const made = requireMade(row);
    const openFurther = (vault: FurtherVault) =>
      openFurtherVault(vault, { secrets: parts.secrets, allowLoopback: true });
    await copyToFurther(made, plan, correlationId, { ...deps, openFurther }, stop.signal);
    return made;
  } finally {
    release();
  }
}

/** What it will need, asked for beforehand: nothing is begun that could not be ended. */
async function checkSecrets(plan: Plan, { only }: Wish, { keyRing, secrets }: BackupParts): Promise<void> {
  await readable('the public keys', () => keyRing.publicKeys());
  await readable('the signing key of backups', () => keyRing.signingKey('backup'));
  for (const { name, secret } of chosenSources(plan, only)) {
    if (typeof secret !== 'string') continue;
    await readable(`the secret ${secret} of source ${name}`, () => secrets.get(secret));
  }
}

async function readable(what: string, read: () => Promise<unknown>): Promise<void> {
  try {
    await read();
  } catch (thrown) {
    if (!hasCode(thrown, 'ACCESS_DENIED')) throw thrown;
    throw new HoldfastError(
      'ACCESS_DENIED',
      `--here needs ${what}, which you may not read: ${thrown.message}`,
      {
        cause: thrown,
        next: 'Ask for the right to read it (docs/operations.md), or leave --here out: then the function makes the backup.',
      },
    );
  }
}

/** The run's own words, on stderr: details with --verbose, what went wrong always. */
function progressLog(cli: Cli): Log {
  const log: Log = {
    info: (message, fields) => cli.out.detail(withFields(message, fields)),
    warn: (message, fields) => cli.out.warn(withFields(message, fields)),
    // The failure itself is printed once, when the command ends.
    error: (message, fields) => cli.out.detail(withFields(message, fields)),
    with: () => log,
  };
  return log;
}

function withFields(message: string, fields: Readonly<Record<string, unknown>> = {}): string {
  const shown = Object.entries(fields).flatMap(([name, value]) =>
    typeof value === 'object' ? [] : [`${name} ${String(value)}`],
  );
  return shown.length > 0 ? `${message} (${shown.join(', ')})` : message;
}

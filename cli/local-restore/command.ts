/**
 * `holdfast restore --from FOLDER|s3://… --key FILE`: the same restore, carried out by this process, without a stack
 * and, from a folder, without AWS. Everything that the stack would know comes from the copy and the key file.
 */
import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { silentLog } from '../../adapters/log/quiet.ts';
import { memoryCatalog } from '../../adapters/memory/catalog.ts';
import { memorySecrets } from '../../adapters/memory/secrets.ts';
import { programDir } from '../../adapters/postgres/programs.ts';
import { recoveryDrivers } from '../../adapters/registry.ts';
import { HoldfastError, hasCode } from '../../core/errors.ts';
import type { BackupRow, Catalog, RestoreRow } from '../../core/ports/catalog.ts';
import type { KeyRing } from '../../core/ports/keys.ts';
import type { Vault } from '../../core/ports/vault.ts';
import { findBackup } from '../../core/recovery/find.ts';
import type { Unreadable } from '../../core/recovery/unreadable.ts';
import { archivedOf, estimateReturn } from '../../core/restore/archive.ts';
import { type RestoreDeps, runRestore } from '../../core/restore/run.ts';
import type { Cli } from '../context.ts';
import { knownCode } from '../failure.ts';
import { readKeyFile, readSignersFile } from '../key-file.ts';
import { findRestore, rowFailure } from '../lookup.ts';
import type { Step } from '../progress.ts';
import { agree, describeWait } from '../restore-agreement.ts';
import { describeOrder, type RestoreOptions, restoreIdFor, restoreOrder } from '../restore-order.ts';
import { summary } from '../restore-view.ts';
import { watch } from '../watch.ts';
import { type ChosenBackup, chooseBackup, keysOf, openCopy } from './copy.ts';
import { readTarget } from './target.ts';

export interface LocalRestoreOptions extends RestoreOptions {
  readonly from: string;
  readonly backup: string | undefined;
  readonly latest?: string;
  readonly key?: string;
  readonly passphraseFile?: string;
  readonly signers?: string;
  readonly targetEnv?: string;
  readonly targetFile?: string;
  readonly yes: boolean;
}

/** How often it is looked whether archived objects are back: they take hours. */
const archivePollMilliseconds = 10 * 60_000;

/** Name of the target in the order; the only secret that there is. */
const targetSecret = 'target';

export async function localRestore(cli: Cli, options: LocalRestoreOptions): Promise<void> {
  // What is missing on this machine is said before anything is asked or read.
  requirePrograms();
  const target = await readTarget(options);
  const vault = openCopy(options.from, cli.region);
  const chosen = await chooseBackup(vault, options);
  const keyRing = await ringFor(cli, vault, chosen, options);
  const catalog = memoryCatalog();
  const row = await adoptOne(cli, chosen, vault, keyRing, catalog);

  const order = { ...restoreOrder(row, { ...options, from: 'vault' }), secret: targetSecret };
  const where = options.targetEnv ? `$${options.targetEnv}` : options.targetFile;
  for (const line of describeOrder(row, order))
    cli.out.note(line.replace(`the server in secret ${targetSecret}`, `the server in ${where}`));
  const archived = await archivedOf(row, order.component, vault);
  const wait = archived.length > 0 ? estimateReturn(archived, order.returnSpeed, cli.clock.now()) : undefined;
  if (wait) for (const line of describeWait(wait, order.returnSpeed)) cli.out.note(line);
  await agree(cli, order, options.yes, wait);

  const createdAt = cli.clock.now().toISOString();
  const restoreId = restoreIdFor(createdAt, randomBytes(4).toString('hex'));
  await catalog.createRestore(
    {
      restoreId,
      planId: row.planId,
      backupId: row.backupId,
      status: 'pending',
      createdBy: 'local',
      createdAt,
      request: order,
      correlationId: cli.correlationId,
    },
    createdAt,
  );
  const end = await carryOut(cli, restoreId, {
    vault,
    catalog,
    keyRing,
    secrets: memorySecrets({ [targetSecret]: target }),
    // Whoever would be told is watching.
    alerts: { publish: async () => {} },
    clock: cli.clock,
    log: silentLog,
    recoveryFor: recoveryDrivers({ allowLoopback: true }),
    parallelism: Math.min(8, Math.max(1, availableParallelism())),
  });
  if (end.status !== 'completed') throw rowFailure(end.error, { restoreId, backupId: row.backupId });
  cli.out.result(end, () => summary(end));
}

function requirePrograms(): void {
  try {
    programDir();
  } catch (thrown) {
    if (!hasCode(thrown, 'TOOLS_MISSING')) throw thrown;
    throw new HoldfastError('TOOLS_MISSING', thrown.message, {
      cause: thrown,
      next: "Install PostgreSQL's client programs, version 17 or later and not older than the backup's, and put their folder into PG_BIN: export PG_BIN=/usr/lib/postgresql/18/bin",
    });
  }
}

/** The keys in the file, for what the manifest was sealed with; and who may have signed it. */
async function ringFor(
  cli: Cli,
  vault: Vault,
  chosen: ChosenBackup,
  options: LocalRestoreOptions,
): Promise<KeyRing> {
  if (options.key === undefined) {
    throw new HoldfastError(
      'INVALID_INPUT',
      '--from a folder or bucket needs --key FILE, since no stack is asked',
      {
        next: 'Give the export of the keys, or the JSON of the private key secret.',
      },
    );
  }
  const file = await readKeyFile(cli, options.key, options);
  const signers =
    options.signers === undefined ? file.signers : await readSignersFile(cli, options.signers, options);
  if (!signers) {
    throw new HoldfastError(
      'INTEGRITY_SIGNATURE',
      'nothing at hand says who wrote this backup: the key file has no public signing keys',
      {
        next: 'Use an export of the keys, which has them, or give the public key secret with --signers FILE.',
      },
    );
  }
  const wanted = await keysOf(vault, chosen);
  const privateKeys = file.keysFor(wanted);
  if (!privateKeys.some(({ id }) => wanted.includes(id))) {
    throw new HoldfastError(
      'KEY_MISSING',
      `${chosen.backupId} is sealed for ${wanted.join(', ') || 'other kinds of keys'}, which the key file does not hold`,
      {
        details: { needed: wanted },
        next: 'Use the key file that has one of these keys.',
      },
    );
  }
  return {
    publicKeys: async () => ({ recipients: [], signers }),
    privateKeys: async () => privateKeys,
    signingKey: async () => {
      throw new HoldfastError('ACCESS_DENIED', 'nothing is signed without a stack');
    },
  };
}

/** The catalog of this process: the one backup, as a rebuild would find it. */
async function adoptOne(
  cli: Cli,
  { planId, backupId }: ChosenBackup,
  vault: Vault,
  keyRing: KeyRing,
  catalog: Catalog,
): Promise<BackupRow> {
  const problems: Unreadable[] = [];
  const note = (problem: Unreadable) => problems.push(problem);
  const found = await findBackup(planId, backupId, { vault, keyRing, clock: cli.clock }, note);
  if (found.outcome === 'found') {
    const { row } = found;
    for (const { key, why } of problems) cli.out.detail(`${key}: ${why}`);
    if (found.marked) {
      cli.out.warn(
        'this backup is marked for expiry: its objects may go any day. Copy them first if it takes long.',
      );
    }
    if (row.verification?.status === 'failed')
      cli.out.warn(`this backup FAILED its last verification: ${row.verification.detail}`);
    await catalog.adoptBackup(row, cli.clock.now().toISOString());
    return row;
  }
  const [problem] = problems;
  throw new HoldfastError(
    problem ? knownCode(problem.code) : 'OBJECT_MISSING',
    problem ? `${problem.key}: ${problem.why}` : `backup ${backupId} has no manifest`,
  );
}

/** Runs it to its end, showing how it goes; while objects are on their way it looks now and then. */
async function carryOut(cli: Cli, restoreId: string, deps: RestoreDeps): Promise<RestoreRow> {
  const stop = new AbortController();
  let settled: { readonly row: RestoreRow | undefined } | { readonly error: unknown } | undefined;
  const work = async () => {
    for (;;) {
      const row = await runRestore(restoreId, deps, stop.signal);
      if (row?.status !== 'waiting') return row;
      await deps.clock.sleep(archivePollMilliseconds, stop.signal);
    }
  };
  const running = work().then(
    (row) => {
      settled = { row };
    },
    (error: unknown) => {
      settled = { error };
    },
  );
  try {
    return await watch(cli, {
      look: async (): Promise<{ readonly end: RestoreRow } | Step> => {
        const row = await findRestore(deps.catalog, restoreId);
        if (settled && 'error' in settled) throw settled.error;
        if (settled) return { end: settled.row ?? row };
        if (row.status === 'waiting')
          return { step: `waiting for ${row.waitingFor?.objects} archived objects` };
        const { step = 'checking the backup', plainBytes, totalBytes } = row.progress ?? {};
        return { step, ...(plainBytes ? { doneBytes: plainBytes, totalBytes } : {}) };
      },
      // Nothing goes on without this process: ctrl-C is a cancel, and the target is put back as it was.
      interrupted: async () => {
        cli.out.note('Cancelling; the target is put back as it was.');
        await deps.catalog.requestCancel(restoreId).catch((thrown: unknown) => {
          if (!hasCode(thrown, 'CONFLICT')) throw thrown;
        });
        const { status } = await findRestore(deps.catalog, restoreId);
        if (status === 'waiting') stop.abort(new HoldfastError('CANCELLED', 'cancelled while it waited'));
        return 'go-on';
      },
    });
  } finally {
    await running;
  }
}

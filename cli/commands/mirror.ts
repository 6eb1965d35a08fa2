/** `holdfast mirror`: the sealed backups on a disk of one's own, and back. */
import { mkdir } from 'node:fs/promises';
import { furtherVaultNamed, openFurtherVault } from '../../adapters/further-vault.ts';
import { secretsManagerClient, secretsManagerSecrets } from '../../adapters/secrets/secrets-manager.ts';
import { HoldfastError, InvalidInput } from '../../core/errors.ts';
import { planIdSchema } from '../../core/format/layout.ts';
import { type Mirrored, mirror } from '../../core/mirror/mirror.ts';
import type { Vault } from '../../core/ports/vault.ts';
import { auditedIfPossible } from '../audited.ts';
import type { Cli, CliContext } from '../context.ts';
import { copyIntoVault } from '../copy-into.ts';
import { exitCodes } from '../failure.ts';
import { openCopy } from '../local-restore/copy.ts';
import { argument } from '../lookup.ts';
import { ProgressLine } from '../progress.ts';
import { printable } from '../table.ts';
import { formatBytes } from '../units.ts';

export interface MirrorCommandOptions {
  readonly to?: string;
  readonly from?: string;
  readonly toVault: boolean;
  readonly plan?: string;
  readonly check: boolean;
}

/** So many problems are printed; `--json` has up to 1000. */
const mostPrinted = 20;

/** 0, or 7 when something could not be brought: everything else is there then. */
export async function mirrorBackups(cli: Cli, options: MirrorCommandOptions): Promise<number> {
  const { to, from, toVault } = options;
  const isOut = to !== undefined && from === undefined && !toVault;
  const isBack = to === undefined && from !== undefined && toVault;
  if (isOut) return mirrorOut(cli, to, options);
  if (isBack) return mirrorBack(cli, from, options);
  throw new InvalidInput('command line', [
    { field: '--to, --from, --to-vault', allowed: '--to COPY, or --from COPY --to-vault' },
  ]);
}

async function mirrorOut(cli: Cli, to: string, options: MirrorCommandOptions): Promise<number> {
  const planId = options.plan === undefined ? undefined : argument(planIdSchema, options.plan, '--plan');
  const context = await cli.connect();
  const target = await openTarget(cli, context, to, planId);
  const line = new ProgressLine(cli.out, cli.clock);
  const stopping = new AbortController();
  const done = cli.onInterrupt(() =>
    stopping.abort(
      new HoldfastError(
        'CANCELLED',
        'stopped; what was brought is whole, and repeating the command goes on',
        {},
      ),
    ),
  );
  let result: Mirrored;
  try {
    result = await mirror(
      { from: context.vault, to: target },
      {
        planId,
        check: options.check,
        signal: stopping.signal,
        onObject: ({ backups, copied, copiedBytes, present }) =>
          line.show({
            step: `${backups} backups, ${copied} objects brought, ${present} there`,
            doneBytes: copiedBytes,
          }),
      },
    );
  } finally {
    done();
    line.clear();
  }
  cli.out.result({ location: target.location, ...result }, () => printable(summary(target, result)));
  return result.problems.count > 0 ? exitCodes.integrity : 0;
}

async function openTarget(
  cli: Cli,
  { catalog }: CliContext,
  to: string,
  planId: string | undefined,
): Promise<Vault> {
  const [, name] = /^vault:(.+)$/.exec(to) ?? [];
  if (name !== undefined) {
    const row = planId === undefined ? undefined : await catalog.getPlan(planId);
    if (!row) {
      const allowed = 'vault:NAME together with --plan, of a plan that there is';
      throw new InvalidInput('command line', [{ field: '--to', value: JSON.stringify(to), allowed }]);
    }
    const secrets = secretsManagerSecrets(secretsManagerClient());
    return openFurtherVault(furtherVaultNamed(name, row.plan), { secrets, allowLoopback: true });
  }
  // A folder of sealed backups is nobody else's to read.
  if (!to.startsWith('s3://')) await mkdir(to, { recursive: true, mode: 0o700 });
  return openCopy(to, cli.region);
}

async function mirrorBack(cli: Cli, from: string, options: MirrorCommandOptions): Promise<number> {
  if (options.plan !== undefined || options.check) {
    throw new InvalidInput('command line', [
      { field: '--plan, --check', allowed: 'only with --to: what is brought back is always compared' },
    ]);
  }
  const context = await cli.connect();
  const entry = { action: 'vault.copy-into', target: 'vault', detail: `from ${from}`.slice(0, 1000) };
  const copied = await auditedIfPossible(cli, context, entry, async () => {
    const result = await copyIntoVault(cli, context, from);
    return { result, after: result };
  });
  cli.out.result({ location: context.vault.location, ...copied }, () =>
    copied.backups > 0
      ? 'They are in the vault. Make their rows with: holdfast catalog rebuild'
      : 'Nothing was lacking in the vault.',
  );
  return copied.problems > 0 ? exitCodes.integrity : 0;
}

function summary({ location }: Vault, result: Mirrored): string {
  const { backups, copied, copiedBytes, present, expiring, problems } = result;
  const lines = [
    `${location} has ${backups} backups: ${copied} objects (${formatBytes(copiedBytes)}) were brought, ${present} were there.`,
  ];
  if (expiring > 0) lines.push(`${expiring} backups are marked for expiry and were not brought.`);
  for (const { key, code, why } of problems.named.slice(0, mostPrinted))
    lines.push(`  ${key}: ${why} (${code})`);
  if (problems.count > mostPrinted)
    lines.push(`  … and ${problems.count - mostPrinted} more (--json has them).`);
  if (problems.count === 0) lines.push(`Try it: holdfast verify --from ${location} --key KEYFILE`);
  return lines.join('\n');
}

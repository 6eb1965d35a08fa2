/**
 * `holdfast audit verify`: compares the catalog's list of the trail with the sealed objects in the vault. With AWS
 * credentials that may read the private key secret: what proves the trail must not be asked of whom it is about.
 */
import { checkAudit } from '../../core/audit/check.ts';
import { HoldfastError } from '../../core/errors.ts';
import type { Cli } from '../context.ts';
import { exitCodes } from '../failure.ts';
import { instant } from '../instant.ts';
import { ProgressLine } from '../progress.ts';
import { printable } from '../table.ts';

const defaultSpanMs = 31 * 86_400_000;
/** So many are printed; --json has up to 1000. */
const mostPrinted = 50;

/** 0, or 7 when something is not as it was written. */
export async function auditVerify(
  cli: Cli,
  options: { readonly from?: string; readonly to?: string },
): Promise<number> {
  const now = cli.clock.now();
  const to = options.to === undefined ? now.toISOString() : instant(options.to, '--to', now);
  const from =
    options.from === undefined
      ? new Date(Date.parse(to) - defaultSpanMs).toISOString()
      : instant(options.from, '--from', now);
  const { catalog, vault, keys } = await cli.connect();
  const stop = new AbortController();
  const release = cli.onInterrupt(() =>
    stop.abort(new HoldfastError('CANCELLED', 'stopped; nothing was changed')),
  );
  const line = new ProgressLine(cli.out, cli.clock);
  try {
    const [privateKeys, { signers }] = await Promise.all([keys.privateKeys(), keys.publicKeys()]);
    const found = await checkAudit(
      { catalog, vault, privateKeys, signers },
      {
        from,
        to,
        signal: stop.signal,
        onDay: (day, { entries }) => line.show({ step: `${day} compared, ${entries} entries so far` }),
      },
    );
    line.clear();
    const { entries, objects, open, problems } = found;
    cli.out.result({ from, to, ...found }, () =>
      printable(
        [
          `${entries} entries and ${objects} objects compared, ${open} of them without an outcome: ${problems.count === 0 ? 'all is as it was written' : `${problems.count} WRONG`}.`,
          ...problems.named
            .slice(0, mostPrinted)
            .map(({ fault, what, why }) => `  ${fault}: ${what}: ${why}`),
          ...(problems.count > mostPrinted ? [`  … and ${problems.count - mostPrinted} more`] : []),
        ].join('\n'),
      ),
    );
    return problems.count > 0 ? exitCodes.integrity : 0;
  } finally {
    release();
    line.clear();
  }
}

/** Opens a verification report from the vault, with the caller's own right to the private keys. */
import { HoldfastError } from '../core/errors.ts';
import { contextOfKey } from '../core/format/context.ts';
import { openDocument } from '../core/format/sealed-document.ts';
import { parse } from '../core/parse.ts';
import { type Report, reportSchema } from '../core/report.ts';
import type { CliContext } from './context.ts';

/** A report lists at most a few hundred differences; this is far above the largest. */
const maxReportBytes = 64 * 1024 * 1024;

/** The report under that key. Throws ACCESS_DENIED where the caller may not read the private keys, INTEGRITY_*. */
export async function fetchReport(
  { vault, keys }: Pick<CliContext, 'vault' | 'keys'>,
  key: string,
): Promise<Report> {
  const [privateKeys, { signers }] = await Promise.all([keys.privateKeys(), keys.publicKeys()]);
  const chunks: Uint8Array[] = [];
  let lengthBytes = 0;
  for await (const chunk of await vault.read(key)) {
    lengthBytes += chunk.length;
    if (lengthBytes > maxReportBytes) {
      throw new HoldfastError('INTEGRITY_LENGTH', `report ${key} is longer than ${maxReportBytes} bytes`);
    }
    chunks.push(chunk);
  }
  const bytes = Buffer.concat(chunks);
  const document = await openDocument({
    bytes,
    type: 'report',
    privateKeys,
    signers,
    context: contextOfKey(key),
  });
  return parse(reportSchema, document, `report ${key}`);
}

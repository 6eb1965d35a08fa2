/**
 * What keeping a GiB for a month costs, US dollars: the list of https://aws.amazon.com/s3/pricing/, tab "Storage &
 * requests", US East (N. Virginia), the dearest step of Standard, as it stood in 2025. Requests, transfer, versions
 * that are kept for undelete, second copies and other regions (up to about twice as dear) are not in it: an estimate,
 * and called one wherever it is shown.
 */
import type { StorageClass } from '../ports/vault.ts';

export const pricesAsOf = '2025';
export const pricesRegion = 'us-east-1';

export const usdPerGiBMonth: Readonly<Record<StorageClass, number>> = {
  STANDARD: 0.023,
  STANDARD_IA: 0.0125,
  GLACIER_IR: 0.004,
  DEEP_ARCHIVE: 0.00099,
};

const gib = 1024 ** 3;

/** A month, to the cent. */
export function monthlyUsd(bytesByClass: Readonly<Partial<Record<StorageClass, number>>>): number {
  const usd = Object.entries(bytesByClass).reduce(
    (sum, [storageClass, bytes = 0]) => sum + (bytes / gib) * usdPerGiBMonth[storageClass as StorageClass],
    0,
  );
  return Math.round(usd * 100) / 100;
}

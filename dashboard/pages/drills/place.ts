/** A drill in an address: `20261121T020000Z-3f9a1c22@2026-11-21T03:10:00.000Z`, the backup and when it ended. Pure. */

export interface DrillPlace {
  readonly backupId: string;
  readonly at: string;
}

export const drillText = ({ backupId, at }: DrillPlace): string => `${backupId}@${at}`;

/** Undefined for what is none. */
export function drillPlace(value: string): DrillPlace | undefined {
  const [backupId = '', at = ''] = value.split('@');
  return /^[0-9A-Za-z-]{8,80}$/.test(backupId) && !Number.isNaN(Date.parse(at))
    ? { backupId, at: new Date(at).toISOString() }
    : undefined;
}

/** Of the one that ended then: the API lists spans. */
export function spanOfPlace({ at }: DrillPlace): { readonly from: string; readonly to: string } {
  return { from: at, to: new Date(Date.parse(at) + 1).toISOString() };
}

const dayMs = 86_400_000;

/** Days of an address, both included, as instants: from (inclusive) and to (exclusive). */
export function spanOfDays({
  from,
  to,
}: {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}): { readonly from?: string; readonly to?: string } {
  return {
    ...(from !== undefined && { from: `${from}T00:00:00.000Z` }),
    ...(to !== undefined && { to: new Date(Date.parse(`${to}T00:00:00Z`) + dayMs).toISOString() }),
  };
}

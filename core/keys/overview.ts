/** Every wrapping key that the ring knows, and what was done with it: for people. */
import type { State } from '../state.ts';
import type { PublicKeysDocument } from './documents.ts';

export type KeyUse = 'current' | 'recovery' | 'kms' | 'old';

export interface KeyOverview {
  readonly id: string;
  readonly use: KeyUse;
  /** `2026-11-21`, from its id; absent for KMS keys, which have an age of their own. */
  readonly madeOn?: string;
  readonly ageDays?: number;
  readonly kmsKeyArn?: string;
  readonly exportedAt?: string;
  readonly provenAt?: string;
  readonly provenBackup?: string;
}

/** The current one first, then what new objects are sealed for too, then old ones, newest first. */
export function keyOverview(
  document: PublicKeysDocument,
  known: State<'keys'> | undefined,
  now: Date,
): readonly KeyOverview[] {
  const order: readonly KeyUse[] = ['current', 'recovery', 'kms', 'old'];
  const rows: KeyOverview[] = [
    ...document.recipients.map(({ id, current, recovery }) => ({
      id,
      use: current ? ('current' as const) : recovery ? ('recovery' as const) : ('old' as const),
      ...age(id, now),
      ...known?.keys[id],
    })),
    ...(document.kms ?? []).map(({ id, kmsKeyArn }) => ({
      id,
      use: 'kms' as const,
      kmsKeyArn,
      ...known?.keys[id],
    })),
  ];
  return rows.sort(
    (a, b) => order.indexOf(a.use) - order.indexOf(b.use) || (b.madeOn ?? '').localeCompare(a.madeOn ?? ''),
  );
}

/** The day a key was made, from its id `wk-<yyyymmdd>-<hash>`. */
export function madeOn(keyId: string): string | undefined {
  const [, year, month, day] = /^wk-(\d{4})(\d\d)(\d\d)-/.exec(keyId) ?? [];
  return year === undefined ? undefined : `${year}-${month}-${day}`;
}

function age(id: string, now: Date): { madeOn?: string; ageDays?: number } {
  const day = madeOn(id);
  if (day === undefined) return {};
  return { madeOn: day, ageDays: Math.max(0, Math.floor((now.getTime() - Date.parse(day)) / 86_400_000)) };
}

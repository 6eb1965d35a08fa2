/** What tasks answered, read with care: the document leaves their form open. Pure. */

export interface Told {
  readonly kind: string;
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
  readonly next?: string;
}

/** Whom a test of a plan told; undefined where it says nothing of that. */
export function toldOf(result: unknown): readonly Told[] | undefined {
  const { notifications } = record(result);
  if (notifications === undefined) return undefined;
  return list(record(notifications).results).map((each) => {
    const { kind, name, ok, detail, next } = record(each);
    return {
      ...{
        kind: String(kind ?? ''),
        name: String(name ?? ''),
        ok: ok === true,
        detail: String(detail ?? ''),
      },
      ...(typeof next === 'string' && { next }),
    };
  });
}

export interface PlannedLine {
  readonly planId: string;
  readonly backupId: string;
  readonly tier: string;
  readonly storedBytes?: number;
  readonly action: string;
  readonly why: string;
}

export interface CleanupResult {
  readonly dryRun: boolean;
  /** What was marked; of a dry run what would be, as far as it names it. */
  readonly going: { readonly backups: number; readonly bytes: number };
  readonly leftovers: { readonly objects: number; readonly bytes: number };
  readonly keptBackups: number;
  readonly complete: boolean;
  readonly skipped: readonly string[];
  readonly failed: readonly string[];
  /** Of a dry run: what would go. What stays is only counted. */
  readonly planned: readonly PlannedLine[];
  readonly plannedLeft: number;
}

/** What cleanup plans for those that stay, and for those that go. */
const stays: ReadonlySet<string> = new Set(['keep', 'none', 'recheck']);
const goes: ReadonlySet<string> = new Set(['expire', 'finish', 'leftovers', 'orphan']);

export function cleanupOf(result: unknown): CleanupResult | undefined {
  const found = record(result);
  if (found.marked === undefined) return undefined;
  const marked = record(found.marked);
  const leftovers = record(found.leftovers);
  const dryRun = found.dryRun === true;
  const planned = list(found.planned).flatMap(plannedLine);
  // A dry run marks nothing, and counts nothing as marked.
  const would = planned.filter(({ action }) => goes.has(action));
  return {
    ...{ dryRun, planned, plannedLeft: number(found.plannedLeft), complete: found.complete !== false },
    going: dryRun
      ? {
          backups: would.length,
          bytes: would.reduce((sum, { storedBytes = 0 }) => sum + storedBytes, 0),
        }
      : { backups: number(marked.backups), bytes: number(marked.bytes) },
    leftovers: { objects: number(leftovers.objects), bytes: number(leftovers.bytes) },
    keptBackups: Object.values(record(found.kept)).reduce<number>((sum, count) => sum + number(count), 0),
    skipped: list(found.skipped).map((each) => `${record(each).what}: ${record(each).why}`),
    failed: list(found.failed).map((each) => {
      const { planId, code, message } = record(each);
      return `${planId ?? ''} ${message} (${code})`.trim();
    }),
  };
}

function plannedLine(raw: unknown): readonly PlannedLine[] {
  const { planId, backupId, tier, storedBytes, action, why } = record(raw);
  if (typeof action !== 'string' || stays.has(action)) return [];
  return [
    {
      ...{ planId: String(planId), backupId: String(backupId), tier: String(tier ?? ''), action },
      ...(typeof storedBytes === 'number' && { storedBytes }),
      why: String(why ?? ''),
    },
  ];
}

const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const number = (value: unknown): number => (typeof value === 'number' ? value : 0);

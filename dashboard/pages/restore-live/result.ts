/** What came of a restore, out of a row that another release may have written: what is not as expected is left out. Pure. */

export interface Item {
  readonly name: string;
  readonly type: string;
  readonly source?: Side;
  readonly backup?: Side;
  readonly restored?: Side;
  readonly same: boolean;
}

interface Side {
  readonly rows?: number;
  readonly checksum?: string;
}

export interface Result {
  readonly target: string | undefined;
  readonly component: string | undefined;
  readonly seconds: number | undefined;
  readonly skipped: readonly string[];
  readonly nextSteps: readonly string[];
  /** Undefined: nothing was compared. */
  readonly comparison:
    | {
        readonly compared: readonly (readonly [what: string, count: number])[];
        readonly differences: readonly string[];
        readonly notProven: readonly { readonly what: string; readonly why: string }[];
        readonly items: readonly Item[];
        readonly itemsLeft: number;
      }
    | undefined;
}

export function resultOf(raw: Readonly<Record<string, unknown>>): Result {
  const { comparison } = raw;
  return {
    target: text(raw.target),
    component: text(raw.component),
    seconds: number(raw.seconds),
    skipped: texts(raw.skipped),
    nextSteps: texts(raw.nextSteps),
    comparison: isRecord(comparison)
      ? {
          compared: Object.entries(isRecord(comparison.compared) ? comparison.compared : {}).flatMap(
            ([what, count]) => (typeof count === 'number' ? [[what, count] as const] : []),
          ),
          differences: texts(comparison.differences),
          notProven: list(comparison.notProven).flatMap((each) =>
            isRecord(each) ? [{ what: String(each.what ?? ''), why: String(each.why ?? '') }] : [],
          ),
          items: list(comparison.items).flatMap(itemOf),
          itemsLeft: number(comparison.itemsLeft) ?? 0,
        }
      : undefined,
  };
}

function itemOf(raw: unknown): readonly Item[] {
  if (!isRecord(raw) || typeof raw.name !== 'string') return [];
  const sides = Object.fromEntries(
    (['source', 'backup', 'restored'] as const).flatMap((side) => {
      const found = raw[side];
      return isRecord(found) ? [[side, { rows: number(found.rows), checksum: text(found.checksum) }]] : [];
    }),
  );
  return [{ name: raw.name, type: text(raw.type) ?? '', same: raw.same === true, ...sides }];
}

/** - `missing`: it is not there. - `fewer`, `more`: by so many. - `content`: as many, and not the same. - `other`: the API says. */
export type Difference =
  | { readonly how: 'missing' | 'content' | 'other' }
  | { readonly how: 'fewer' | 'more'; readonly by: number };

/** How what is there differs from what was backed up; undefined when it does not. */
export function differenceOf({ source, backup, restored, same }: Item): Difference | undefined {
  if (same) return undefined;
  if (!restored) return { how: 'missing' };
  const before = source?.rows ?? backup?.rows;
  if (before !== undefined && restored.rows !== undefined && before !== restored.rows) {
    const by = Math.abs(before - restored.rows);
    return { how: restored.rows < before ? 'fewer' : 'more', by };
  }
  if (
    source?.checksum !== undefined &&
    restored.checksum !== undefined &&
    source.checksum !== restored.checksum
  )
    return { how: 'content' };
  return { how: 'other' };
}

/** Whether the contents were compared, and how it came out. */
export function contentOf({ source, restored }: Item): 'same' | 'differs' | 'unknown' {
  if (source?.checksum === undefined || restored?.checksum === undefined) return 'unknown';
  return source.checksum === restored.checksum ? 'same' : 'differs';
}

type Rec = Readonly<Record<string, unknown>>;
const isRecord = (value: unknown): value is Rec =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const texts = (value: unknown): readonly string[] => list(value).map(String);
const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
const number = (value: unknown) => (typeof value === 'number' ? value : undefined);

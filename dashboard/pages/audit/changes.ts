/** What an entry of the trail changed: fields that are other than before, by their path. Pure, and bounded. */

export interface Change {
  /** `schedule.cron`; empty: the whole. */
  readonly path: string;
  readonly before?: string;
  readonly after?: string;
}

/** More are seen in the JSON below. */
export const mostChanges = 100;

/** Undefined on either side: it was not there. */
export function changesOf(before: unknown, after: unknown): readonly Change[] {
  const found: Change[] = [];
  collect('', before, after, found);
  return found;
}

function collect(path: string, before: unknown, after: unknown, found: Change[]): void {
  if (found.length >= mostChanges) return;
  if (isObject(before) && isObject(after)) {
    for (const name of [...new Set([...Object.keys(before), ...Object.keys(after)])].sort())
      collect(path === '' ? name : `${path}.${name}`, before[name], after[name], found);
    return;
  }
  if (JSON.stringify(before) === JSON.stringify(after)) return;
  found.push({
    path,
    ...(before !== undefined && { before: shown(before) }),
    ...(after !== undefined && { after: shown(after) }),
  });
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const shown = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));

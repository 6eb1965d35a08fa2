/** What a connection test found, read with care: a task's result is of its kind, and the document leaves its form open. Pure. */

export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
  readonly next?: string;
}

export interface TestResult {
  readonly ok: boolean;
  /** Of each source, and last of the stack (`source` is undefined). */
  readonly groups: readonly { readonly source?: string; readonly checks: readonly Check[] }[];
}

export function testResultOf(value: unknown): TestResult | undefined {
  if (!isObject(value) || typeof value.ok !== 'boolean') return undefined;
  const sources = Array.isArray(value.sources) ? value.sources.filter(isObject) : [];
  const groups = [
    ...sources.map(({ source, checks }) => ({ source: String(source), checks: checksOf(checks) })),
    { checks: checksOf(value.checks) },
  ];
  return { ok: value.ok, groups: groups.filter(({ checks }) => checks.length > 0) };
}

function checksOf(value: unknown): readonly Check[] {
  if (!Array.isArray(value)) return [];
  return value.filter(isObject).map(({ name, ok, detail, next }) => ({
    ...{ name: String(name), ok: ok === true, detail: typeof detail === 'string' ? detail : '' },
    ...(typeof next === 'string' && { next }),
  }));
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** What the test of a plan found. The API's document leaves the form of a task's result open, so it is looked at here. Pure. */

export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
  readonly next?: string | undefined;
}

export interface TestResult {
  readonly ok: boolean;
  readonly sources: readonly { readonly source: string; readonly checks: readonly Check[] }[];
  readonly checks: readonly Check[];
  readonly notifications?: { readonly results: readonly Check[] } | undefined;
}

/** Undefined for what is none. */
export function resultOf(value: unknown): TestResult | undefined {
  const found = fieldsOf(value);
  if (!found || typeof found.ok !== 'boolean') return undefined;
  const told = fieldsOf(found.notifications);
  return {
    ok: found.ok,
    sources: listOf(found.sources).flatMap((each) => {
      const fields = fieldsOf(each);
      return fields ? [{ source: String(fields.source), checks: checksOf(fields.checks) }] : [];
    }),
    checks: checksOf(found.checks),
    ...(told && { notifications: { results: checksOf(told.results) } }),
  };
}

/** All of them, in the order that they were made in. */
export function allChecks({ sources, checks, notifications }: TestResult): readonly Check[] {
  return [...sources.flatMap((each) => each.checks), ...checks, ...(notifications?.results ?? [])];
}

function checksOf(value: unknown): readonly Check[] {
  return listOf(value).flatMap((each) => {
    const fields = fieldsOf(each);
    if (!fields) return [];
    const { name, ok, detail, next } = fields;
    return [
      {
        name: String(name),
        ok: ok === true,
        detail: typeof detail === 'string' ? detail : '',
        ...(typeof next === 'string' && { next }),
      },
    ];
  });
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;

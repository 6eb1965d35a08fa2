/** Parse once, at the edge: turns zod's issues into one InvalidInput that names field, value and what is allowed. */
import type { z } from 'zod';
import { type InputIssue, InvalidInput } from './errors.ts';

/**
 * Parses `value` with `schema`, or throws InvalidInput titled `what`.
 * `secretFields` are last path names whose values are never shown.
 */
export function parse<T extends z.ZodType>(
  schema: T,
  value: unknown,
  what: string,
  secretFields: readonly string[] = [],
): z.output<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new InvalidInput(
    what,
    result.error.issues.slice(0, 20).map((issue) => toInputIssue(issue, value, secretFields)),
  );
}

function toInputIssue(issue: z.core.$ZodIssue, root: unknown, secretFields: readonly string[]): InputIssue {
  const field = issue.path.map(String).join('.') || '(whole)';
  const found = issue.path.reduce<unknown>(
    (at, key) =>
      at === null || at === undefined ? undefined : (at as Record<PropertyKey, unknown>)[key as string],
    root,
  );
  const secret = issue.path.some((key) => secretFields.includes(String(key)));
  const shown =
    found === undefined || secret || typeof found === 'object' ? undefined : JSON.stringify(found);
  return shown === undefined
    ? { field, allowed: issue.message }
    : { field, value: shown.slice(0, 100), allowed: issue.message };
}

/**
 * What the reader of a message calls a field of an order: one door has the fields of its body, another has flags. Core
 * knows the order's own names; each door translates (`Called`), in sentences and in the issues of InvalidInput.
 */
import { InvalidInput } from '../errors.ts';

/**
 * By the order's own name: `component`, `replace`, `compare`, `restorePoint`, `withoutRestorePoint`, `options.database`;
 * and `makeRestorePoint`, for the way to make one.
 */
export type Called = (field: string) => string;

/** What a kind refused about its options, as fields of the order that they are in. */
export function inOptions<T>(ask: () => T): T {
  try {
    return ask();
  } catch (thrown) {
    if (!(thrown instanceof InvalidInput)) throw thrown;
    const issues = thrown.issues.map((issue) => ({ ...issue, field: optionField(issue.field) }));
    throw new InvalidInput('restore', issues);
  }
}

const prefix = 'options.';

function optionField(field: string): string {
  if (field === '(whole)') return 'options';
  return field.startsWith(prefix) ? field : `${prefix}${field}`;
}

/** Where options come from: the CDK's context, in cdk.json and on the command line. */
import { InvalidInput } from '../core/errors.ts';

/** Context keys that carry options: `holdfast` (an object, or JSON from `-c`) and `holdfast.<field>[.<field>]`. */
const CONTEXT_KEY = 'holdfast';

/**
 * The options as they stand in the CDK's context. `-c holdfast.alertEmail=ops@example.com` wins over the object in
 * cdk.json. Values from the command line are JSON where they parse as it, otherwise text.
 */
export function optionsFromContext(context: Readonly<Record<string, unknown>>): unknown {
  const base = context[CONTEXT_KEY] ?? {};
  const options: unknown = typeof base === 'string' ? jsonObject(base) : structuredClone(base);
  const overrides = Object.entries(context).filter(([key]) => key.startsWith(`${CONTEXT_KEY}.`));
  for (const [key, value] of overrides.sort(([a], [b]) => a.localeCompare(b))) {
    const path = key.split('.').slice(1);
    if (path.some((name) => !/^[A-Za-z]+$/.test(name))) {
      throw new InvalidInput('stack options', [
        { field: key, allowed: 'names of letters, separated by dots' },
      ]);
    }
    setAt(options, path, typeof value === 'string' ? scalar(value, path) : value);
  }
  return options;
}

function jsonObject(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidInput('stack options', [
      { field: `-c ${CONTEXT_KEY}`, value: JSON.stringify(text.slice(0, 98)), allowed: 'a JSON object' },
    ]);
  }
}

/** An account id is text that looks like a number; all other fields that do are numbers. */
function scalar(text: string, path: readonly string[]): unknown {
  if (path.at(-1) === 'account') return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function setAt(target: unknown, path: readonly string[], value: unknown): void {
  let at = target as Record<string, unknown>;
  for (const name of path.slice(0, -1)) {
    const inner = at[name];
    if (typeof inner !== 'object' || inner === null) at[name] = {};
    at = at[name] as Record<string, unknown>;
  }
  at[path.at(-1) as string] = value;
}

/** The context in arguments meant for the CDK's command line: `-c key=value`, `--context key=value`, `--context=key=value`. */
export function contextFromArguments(args: readonly string[]): Record<string, string> {
  const context: Record<string, string> = {};
  for (const [index, arg] of args.entries()) {
    const joined = /^(?:-c|--context)=(.*)$/s.exec(arg)?.[1];
    const pair = joined ?? (arg === '-c' || arg === '--context' ? args[index + 1] : undefined);
    const [key, ...value] = pair?.split('=') ?? [];
    if (key && value.length > 0) context[key] = value.join('=');
  }
  return context;
}

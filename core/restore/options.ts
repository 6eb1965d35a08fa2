/** The options of a restore belong to the kind of what is restored: its schema parses them, before anything is touched. */
import { z } from 'zod';
import { InvalidInput } from '../errors.ts';
import { parse } from '../parse.ts';

/**
 * The options with the kind's defaults, or InvalidInput: an option that the kind does not have is named, with those
 * that it has; `called` is what the reader calls those in the sentence.
 */
export function parseOptions<O>(
  kind: string,
  schema: z.ZodType<O>,
  options: Record<string, unknown>,
  called: (name: string) => string = (name) => name,
): O {
  const what = `options of a restore of kind ${kind}`;
  const names = optionNames(schema);
  const unknown = names ? Object.keys(options).filter((name) => !names.includes(name)) : [];
  if (names && unknown.length > 0) {
    const allowed = `is not for ${kind}, which takes ${names.map(called).join(', ')}`;
    throw new InvalidInput(
      what,
      unknown.slice(0, 20).map((field) => ({ field, allowed })),
    );
  }
  return parse(schema, options, what);
}

/** Whether the kind has an option of that name. */
export function takesOption(schema: z.ZodType, name: string): boolean {
  return optionNames(schema)?.includes(name) ?? false;
}

/** Undefined where the schema is no plain object: then its own message must do. */
function optionNames(schema: z.ZodType): readonly string[] | undefined {
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : undefined;
}

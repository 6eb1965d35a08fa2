/** A line of the log as one line of text: the function, what happened, and what it was about. Pure. */
export function lineText({
  function: from,
  message,
  fields,
}: {
  readonly function: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}): string {
  const about = Object.entries(fields)
    .filter(([name]) => !hidden.has(name))
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  return [`[${from}]`, message, ...about].join(' ');
}

/** The same in every line of one run. */
const hidden: ReadonlySet<string> = new Set(['planId', 'backupId', 'restoreId', 'correlationId', 'attempt']);

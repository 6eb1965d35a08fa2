/**
 * Statements that pg_restore could not execute: which of them follow from what is known to be impossible here (and
 * make an object "not proven"), and which are failures. Pure.
 */
import type { FailedStatement } from './restore-run.ts';
import { describe, select } from './restore-select.ts';
import { decoded, type TocEntry } from './restore-toc.ts';

export interface Explained {
  readonly entry: TocEntry;
  readonly why: string;
}

export interface Explanation {
  readonly explained: readonly Explained[];
  readonly failures: readonly FailedStatement[];
}

/** What only a superuser may, in the server's words; a drill has none for a backup's statements. */
const needsSuperuser =
  /must be superuser|[Oo]nly superusers? can|permission denied to (?:create|set|change)|Must be superuser|only supports? superuser|permission denied for language|permission denied for foreign/;
const lacksLocale =
  /could not create locale|locale name|could not open collator|ICU locale|collation .* (?:does not exist|for encoding)|no collation was derived/;

function reasonOf(message: string): string | undefined {
  if (needsSuperuser.test(message)) return 'it needs a superuser, which a drill does not give to a backup';
  if (lacksLocale.test(message)) return 'the scratch server lacks the locale';
  return undefined;
}

/** `entries` are those of all sections, whose dump ids belong to one dump. */
export function explain(failed: readonly FailedStatement[], entries: readonly TocEntry[]): Explanation {
  const roots = new Map<number, string>();
  for (const { entry, message } of failed) {
    const reason = entry ? reasonOf(message) : undefined;
    if (entry && reason) roots.set(entry.dumpId, reason);
  }
  const { leftOut } = select(entries, (entry) => roots.get(entry.dumpId));
  const because = new Map(leftOut.map((left) => [left.dumpId, left.why]));
  const tables = new Set(
    leftOut.filter((left) => left.what.startsWith('TABLE ')).map((left) => left.what.slice('TABLE '.length)),
  );
  const explained: Explained[] = [];
  const failures: FailedStatement[] = [];
  for (const failure of failed) {
    const { entry } = failure;
    const why = entry && !failure.during.startsWith('data') ? because.get(entry.dumpId) : undefined;
    const dataOfMissing =
      entry &&
      failure.during.startsWith('data') &&
      tables.has(`${decoded(entry.namespace)}.${decoded(entry.tag)}`);
    if (entry && why !== undefined) explained.push({ entry, why });
    else if (entry && dataOfMissing) explained.push({ entry, why: 'its definition is not proven' });
    else failures.push(failure);
  }
  return { explained, failures };
}

/** One line for a report or an error. */
export function failureLine(failure: FailedStatement): string {
  const what = failure.entry ? describe(failure.entry) : failure.command.slice(0, 100);
  return `${failure.during}: ${what}: ${failure.message.split('\n')[0]}`.slice(0, 500);
}

/**
 * From what was restored to what is used: the commands for it, quoted so that they can be pasted. They say what they do,
 * and none is run from here. Pure.
 */
import { type Kind, kindOf, orderedNames } from '../restore/choices.ts';

export interface Sentence {
  readonly words: string;
  /** What can be copied of it. */
  readonly command?: string;
}

const commandAtEnd = /^(.*?:)\s+((?:DROP|ALTER|SELECT|db\.|holdfast |aws |pg_|psql |mongo).+)$/s;
const inTicks = /`([^`]+)`/;

/** A step as the API says it, with its command on its own. */
export function sentenceOf(step: string): Sentence {
  const ticks = inTicks.exec(step)?.[1];
  if (ticks !== undefined) return { words: step.replaceAll('`', ''), command: ticks };
  const [, words, command] = commandAtEnd.exec(step) ?? [];
  return words === undefined || command === undefined ? { words: step } : { words, command };
}

export interface Way {
  readonly id: 'swap' | 'copyTables' | 'copyCollections' | 'copyFiles' | 'look';
  readonly command: string;
}

export interface Restored {
  readonly kind: Kind | undefined;
  readonly target: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly replaced: boolean;
}

/** `shop_restored_20261121t020000z` was restored from `shop`. */
const restoredPattern = /^(.+)_restored_\d{8}t\d{6}z$/;

/** The name that it was restored from; undefined where somebody gave it another. */
export const restoredFrom = (target: string): string | undefined => restoredPattern.exec(target)?.[1];

/** Of what an order was about: its options tell the kind, where the plan is not known any more. */
export function kindOfOrder(
  planned: readonly { readonly kind: string; readonly name: string }[],
  { component }: { readonly component?: string | undefined },
): Kind | undefined {
  const candidates = planned.filter(
    ({ name }) => component === undefined || component === name || component.startsWith(`${name}-`),
  );
  const [first] = candidates;
  return first && candidates.every(({ kind }) => kind === first.kind) ? kindOf(first.kind) : undefined;
}

/** None where it is in use already. */
export function waysOf({ kind, target, options, replaced }: Restored): readonly Way[] {
  if (replaced || kind === undefined || target === '') return [];
  return byKind[kind](target, orderedNames(options));
}

const byKind: Readonly<Record<Kind, (target: string, names: readonly string[]) => readonly Way[]>> = {
  postgres: (target, names) => {
    const look = { id: 'look', command: `psql --dbname=${shell(target)} --command='\\dt+ *.*'` } as const;
    const was = restoredFrom(target);
    if (was === undefined) return [look];
    if (names.length > 0) {
      const tables = names.map((name) => `--table=${shell(name)}`).join(' ');
      const command = `pg_dump --data-only ${tables} ${shell(target)} | psql --single-transaction ${shell(was)}`;
      return [look, { id: 'copyTables', command }];
    }
    const rename = (from: string, to: string) => `ALTER DATABASE ${quoted(from)} RENAME TO ${quoted(to)};`;
    return [look, { id: 'swap', command: `${rename(was, `${was}_before`)}\n${rename(target, was)}` }];
  },
  mongodb: (target, names) => {
    const was = restoredFrom(target);
    if (was === undefined) return [];
    const all = names.length > 0 ? names.map((name) => name.replace(`${was}.`, '')) : ['*'];
    const each = all.map(
      (name) =>
        `mongodump --db=${shell(target)} ${name === '*' ? '' : `--collection=${shell(name)} `}--archive | mongorestore --archive --nsFrom=${shell(`${target}.${name}`)} --nsTo=${shell(`${was}.${name}`)}`,
    );
    return [{ id: 'copyCollections', command: each.join('\n') }];
  },
  files: (target) => {
    if (!target.startsWith('s3://')) return [{ id: 'look', command: `ls -l ${shell(target)}` }];
    return [
      { id: 'look', command: `aws s3 ls --recursive --human-readable ${shell(target)}` },
      { id: 'copyFiles', command: `aws s3 cp --recursive ${shell(target)} s3://BUCKET/PREFIX/` },
    ];
  },
};

/** For a POSIX shell: as it is where that is safe. */
export function shell(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** For SQL. */
const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;

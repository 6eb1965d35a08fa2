/**
 * Which indexes of a table can be built as soon as its rows are there, while other tables still load, and in what
 * order. Pure. Promises: only indexes over plain columns are early, whose making cannot read another table (an
 * expression can, by a function that only says that it is immutable); no two jobs at a time want the same table in
 * ways that make one wait for the other.
 */
import { decoded, type TocEntry } from './restore-toc.ts';

const identifier = `(?:"(?:[^"]|"")*"|[a-z_][a-z0-9_$]*)`;
const table = `(${identifier})\\.(${identifier})`;
/** Parentheses within would be an expression. */
const columns = `\\([^()]*\\)(?: INCLUDE \\([^()]*\\))?(?: WITH \\([^()]*\\))?`;
const nulls = `(?: NULLS NOT DISTINCT)?`;
const deferred = `(?: DEFERRABLE)?(?: INITIALLY DEFERRED)?`;

const plainConstraint = new RegExp(
  `^\\s*ALTER TABLE ONLY ${table}\\s+ADD CONSTRAINT ${identifier} (?:PRIMARY KEY|UNIQUE)${nulls} ${columns}${deferred};\\s*$`,
);
const plainIndex = new RegExp(
  `^\\s*CREATE (?:UNIQUE )?INDEX ${identifier} ON ${table} USING [a-z_]+ ${columns.replace('(?: WITH', `${nulls}(?: WITH`)};\\s*$`,
);

/** The table, as `schema.name`, of an index or a constraint that can be early; undefined for everything else. */
export function earlyIndexOf(entry: TocEntry): string | undefined {
  const form =
    entry.desc === 'CONSTRAINT' ? plainConstraint : entry.desc === 'INDEX' ? plainIndex : undefined;
  const match = form?.exec(decoded(entry.defn));
  return match ? `${unquoted(match[1] ?? '')}.${unquoted(match[2] ?? '')}` : undefined;
}

function unquoted(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}

export interface IndexJob {
  readonly entries: readonly TocEntry[];
  readonly tables: readonly string[];
  /** Adding a constraint locks out everything else on its table; indexes only lock out writers. */
  readonly exclusive: boolean;
  /** Of the segment that the rows came from, for the order of work. */
  readonly bytes: number;
}

export class IndexQueue {
  readonly #early = new Map<string, TocEntry[]>();
  readonly #waiting: IndexJob[] = [];
  readonly #running = new Set<IndexJob>();
  readonly #given = new Set<number>();

  constructor(entries: readonly TocEntry[]) {
    for (const entry of entries) {
      const key = earlyIndexOf(entry);
      if (key !== undefined) this.#early.set(key, [...(this.#early.get(key) ?? []), entry]);
    }
  }

  /**
   * The rows of these tables are there. A table that came alone is large: each of its indexes is a job; the many
   * small ones of a segment are one job together, because each job starts a program.
   */
  loaded(tables: readonly string[], bytes: number): void {
    const ready = tables.filter((key) => this.#early.has(key));
    const entriesOf = (keys: readonly string[]) => keys.flatMap((key) => this.#early.get(key) ?? []);
    const jobs: IndexJob[] =
      tables.length === 1
        ? entriesOf(ready).map((entry) => ({
            ...{ entries: [entry], tables: ready, bytes, exclusive: entry.desc === 'CONSTRAINT' },
          }))
        : ready.length > 0
          ? [{ entries: entriesOf(ready), tables: ready, bytes, exclusive: true }]
          : [];
    for (const key of ready) this.#early.delete(key);
    this.#waiting.push(...jobs);
    // Large ones first, so that none of them is left alone at the end; what locks most, before what can share.
    this.#waiting.sort((a, b) => b.bytes - a.bytes || Number(b.exclusive) - Number(a.exclusive));
  }

  /** The next job that need not wait for another one, or undefined. */
  take(): IndexJob | undefined {
    const at = this.#waiting.findIndex((job) => ![...this.#running].some((other) => inTheWay(job, other)));
    if (at < 0) return undefined;
    const [job] = this.#waiting.splice(at, 1);
    if (job === undefined) return undefined;
    this.#running.add(job);
    for (const entry of job.entries) this.#given.add(entry.dumpId);
    return job;
  }

  done(job: IndexJob): void {
    this.#running.delete(job);
  }

  get waiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** True when a job had this entry, so that it is not to be made again. */
  had(entry: TocEntry): boolean {
    return this.#given.has(entry.dumpId);
  }
}

function inTheWay(job: IndexJob, other: IndexJob): boolean {
  return (job.exclusive || other.exclusive) && job.tables.some((table) => other.tables.includes(table));
}

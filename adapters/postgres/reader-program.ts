/**
 * Counts the rows of archives that Node cannot unpack (lz4): pg_restore turns the archive into SQL text, and the
 * rows between each COPY statement of the table of contents and its `\.` are counted. Slower than reader-blocks.ts,
 * and just as much a proof: pg_restore must end with success and every COPY statement must come once.
 */
import type { Reading } from './reader.ts';
import { rejoinArchive, type SplitArchive } from './restore-archive.ts';
import { runProgram } from './restore-program.ts';
import { damaged, decoded, type TocEntry } from './restore-toc.ts';
import { countNewlines } from './rows.ts';

const newline = 10;

export async function countByProgram(
  archive: SplitArchive,
  expected: ReadonlyMap<number, TocEntry>,
  options: { readonly binDir: string; readonly signal?: AbortSignal },
): Promise<Pick<Reading, 'tables' | 'largeObjects' | 'plainBytes'>> {
  const text = new CopyText(expected);
  const result = await runProgram({
    ...{ binDir: options.binDir, program: 'pg_restore', args: ['--section=data', '--file=-'], env: {} },
    ...{
      input: rejoinArchive(archive, archive.head.entries),
      onOutput: (bytes: Uint8Array) => text.push(bytes),
    },
    ...(options.signal ? { signal: options.signal } : {}),
  });
  if (result.exitCode !== 0)
    throw damaged(`pg_restore ended with ${result.exitCode}: ${result.stderr.slice(-500)}`);
  return text.found();
}

interface Copying {
  readonly entry: TocEntry;
  rows: number;
}

/** Reads the SQL text line by line outside COPY, and in whole pieces inside. */
class CopyText {
  readonly #waiting: Map<string, TocEntry>;
  readonly #tables: Reading['tables'][number][] = [];
  #line: Buffer = Buffer.alloc(0);
  #copying: Copying | undefined;
  #largeObjects = 0;
  #plainBytes = 0;

  constructor(expected: ReadonlyMap<number, TocEntry>) {
    const tables = [...expected.values()].filter((entry) => entry.desc === 'TABLE DATA');
    this.#waiting = new Map(tables.map((entry) => [(entry.copyStatement ?? '').trimEnd(), entry]));
    if (this.#waiting.size !== tables.length) throw damaged('two of its tables have the same COPY statement');
  }

  push(bytes: Uint8Array): void {
    let rest: Buffer = this.#line.length > 0 ? Buffer.concat([this.#line, bytes]) : Buffer.from(bytes);
    while (rest.length > 0) {
      const used = this.#copying ? this.#rows(rest) : this.#outside(rest);
      if (used === 0) break;
      rest = rest.subarray(used);
    }
    this.#line = Buffer.from(rest);
  }

  /** Whole lines of rows up to `\.`; returns the bytes that are done with. */
  #rows(bytes: Buffer): number {
    const copying = this.#copying as Copying;
    const atOnce = bytes.subarray(0, terminator.length).equals(terminator);
    const end = atOnce ? 0 : bytes.indexOf(terminatorLine) + 1;
    // Without the end in sight, the last line stays for the next piece: it may be the beginning of it.
    const until = atOnce || end > 0 ? end : bytes.lastIndexOf(newline, bytes.length - 2) + 1;
    const rows = bytes.subarray(0, until);
    copying.rows += countNewlines(rows);
    this.#plainBytes += rows.length;
    if (!bytes.subarray(until, until + 3).equals(terminator)) return until;
    const { entry } = copying;
    this.#tables.push({ schema: decoded(entry.namespace), name: decoded(entry.tag), rows: copying.rows });
    this.#copying = undefined;
    return until + terminator.length;
  }

  #outside(bytes: Buffer): number {
    const end = bytes.indexOf(newline);
    if (end < 0) return 0;
    const line = bytes.subarray(0, end).toString('latin1');
    const entry = this.#waiting.get(line);
    if (entry) {
      this.#waiting.delete(line);
      this.#copying = { entry, rows: 0 };
    } else if (line.startsWith('SELECT pg_catalog.lo_open(')) {
      this.#largeObjects++;
    }
    return end + 1;
  }

  found() {
    const [missing] = this.#waiting.values();
    if (missing)
      throw damaged(`the rows of ${decoded(missing.namespace)}.${decoded(missing.tag)} are not in it`);
    if (this.#copying) throw damaged('it ends within the rows of a table');
    return { tables: this.#tables, largeObjects: this.#largeObjects, plainBytes: this.#plainBytes };
  }
}

const terminator = Buffer.from('\\.\n', 'latin1');
const terminatorLine = Buffer.from('\n\\.\n', 'latin1');

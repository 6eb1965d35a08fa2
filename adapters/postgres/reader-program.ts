/**
 * Counts the rows of archives that Node cannot unpack (lz4): pg_restore turns the archive into SQL text, and the
 * rows between each COPY statement of the table of contents and its `\.` are counted. Slower than reader-blocks.ts,
 * and just as much a proof: pg_restore must end with success and every COPY statement must come once.
 */
import type { Reading } from './reader.ts';
import { BlockScanner } from './reader-blocks.ts';
import { rejoinArchive, type SplitArchive } from './restore-archive.ts';
import { runProgram } from './restore-program.ts';
import { damaged, decoded, type TocEntry } from './restore-toc.ts';
import { NewlineCounter } from './rows.ts';

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
      input: rejoinArchive({ head: archive.head, body: wholeBlocks(archive.body) }, archive.head.entries),
      onOutput: (bytes: Uint8Array) => text.push(bytes),
    },
    ...(options.signal ? { signal: options.signal } : {}),
  });
  if (result.exitCode !== 0)
    throw damaged(`pg_restore ended with ${result.exitCode}: ${result.stderr.slice(-500)}`);
  return text.found();
}

/** pg_restore stops after the last entry; whether the archive ends there is seen by its lengths. */
async function* wholeBlocks(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const nothing = () => undefined;
  const scanner = new BlockScanner({ begin: nothing, bytes: nothing, largeObject: nothing, end: nothing });
  for await (const chunk of body) {
    await scanner.push(chunk);
    yield chunk;
  }
  scanner.finish();
}

interface Copying {
  readonly entry: TocEntry;
  rows: number;
}

/** Reads the SQL text line by line outside COPY, and in whole pieces inside. */
class CopyText {
  readonly #waiting: Map<string, TocEntry>;
  readonly #tables: Reading['tables'][number][] = [];
  readonly #newlines = new NewlineCounter();
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
    copying.rows += this.#newlines.count(rows);
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
    const statement = line.startsWith('COPY ') ? this.#statement(line) : undefined;
    if (statement !== undefined) {
      // A name may have line feeds in it, and the statement then too.
      if (bytes.length < statement.length + 1) return 0;
      if (bytes.subarray(0, statement.length).toString('latin1') === statement) {
        this.#copying = { entry: this.#waiting.get(statement) as TocEntry, rows: 0 };
        this.#waiting.delete(statement);
        return statement.length + 1;
      }
    }
    if (line.startsWith('SELECT pg_catalog.lo_open(')) {
      this.#largeObjects++;
    }
    return end + 1;
  }

  /** The statement that begins with this line: pg_restore writes them in the order of the table of contents. */
  #statement(line: string): string | undefined {
    const [next] = this.#waiting.keys();
    return next?.startsWith(line) ? next : undefined;
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

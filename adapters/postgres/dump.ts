/**
 * One segment, dumped: pg_dump's output as it comes, with a walker reading along. Promises: `output` ends normally
 * only when pg_dump ended with success, its archive is whole, and exactly the tables that were asked for are in it;
 * aborting ends the tool and everything that it started, even one that was stopped.
 */

import { HoldfastError } from '../../core/errors.ts';
import type { SegmentDump } from '../../core/ports/source.ts';
import { type ConnectionSettings, libpqEnvironment } from './connection.ts';
import { fromProgram } from './errors.ts';
import type { QualifiedName } from './model.ts';
import { listNames, nameKey } from './names.ts';
import { type ProgramName, type ProgramsOptions, type RunningProgram, spawnProgram } from './programs.ts';
import { type DumpExclusions, type DumpSegment, filterText } from './segments.ts';
import type { PostgresSource } from './source.ts';
import { ArchiveWalker, GlobalsWalker } from './walker.ts';

export interface DumpRequest {
  readonly settings: ConnectionSettings;
  /** Exported by the holder. */
  readonly snapshot: string;
  readonly segment: DumpSegment;
  readonly exclusions: DumpExclusions;
  readonly compression: PostgresSource['compression'];
  readonly lockTimeoutSeconds: number;
  readonly standby: boolean;
  /** The database's own: archives are in UTF-8, but where bytes have no encoding. */
  readonly encoding: string;
  /** False leaves large objects out. */
  readonly largeObjects: boolean;
  readonly tools: ProgramsOptions;
  readonly signal: AbortSignal;
  /** Makes an error of the tool more exact, where another connection can tell: which table is locked. */
  readonly explain: (error: HoldfastError) => Promise<HoldfastError>;
}

/** Starts nothing until `output` is read. */
export function dumpSegment(request: DumpRequest): SegmentDump {
  const walker = request.segment.scope.kind === 'globals' ? new GlobalsWalker() : new ArchiveWalker();
  let contents: Record<string, unknown> | undefined;
  async function* output(): AsyncGenerator<Uint8Array> {
    const running = await start(request);
    try {
      for await (const chunk of running.stdout as AsyncIterable<Buffer>) {
        walker.push(chunk);
        yield chunk;
      }
      await succeeded(request, running);
      contents = walker.end();
      if (walker instanceof ArchiveWalker) checkTables(request.segment, walker.contents().tables);
    } catch (thrown) {
      throw await failure(request, running, thrown);
    } finally {
      await running.kill();
    }
  }
  return {
    output: output(),
    contents() {
      if (contents === undefined)
        throw new HoldfastError('INTERNAL', `segment ${request.segment.name} has not ended`);
      return contents;
    },
  };
}

async function start(request: DumpRequest): Promise<RunningProgram> {
  request.signal.throwIfAborted();
  const { program, args, stdin } = commandOf(request);
  const env = await libpqEnvironment(request.settings);
  return spawnProgram(program, args, { ...request.tools, env, stdin, signal: request.signal });
}

async function succeeded(request: DumpRequest, running: RunningProgram): Promise<void> {
  const end = await running.finished;
  if (end.exitCode === 0) return;
  throw fromProgram({ program: commandOf(request).program, ...end }, `dumping ${request.segment.name}`);
}

/** The first reason wins: a deadline, then what the tool says, then what the walker saw. */
async function failure(request: DumpRequest, running: RunningProgram, thrown: unknown): Promise<unknown> {
  await running.kill();
  if (request.signal.aborted) return request.signal.reason;
  const walkerSaysWhy = thrown instanceof HoldfastError;
  if (!walkerSaysWhy) return thrown;
  return request.explain(thrown);
}

/** Compression levels: zstd 1 costs about nothing (docs/performance.md); gzip 1 for the same reason. */
const compressionArguments: Readonly<Record<PostgresSource['compression'], string>> = {
  zstd: 'zstd:1',
  gzip: 'gzip:1',
  lz4: 'lz4:1',
  none: 'none',
};

/** Encodings whose bytes mean nothing to a converter; the archive keeps them as they are. */
const rawEncodings = new Set(['SQL_ASCII', 'MULE_INTERNAL']);

interface Command {
  readonly program: ProgramName;
  readonly args: readonly string[];
  readonly stdin: string;
}

/** Nothing secret is in the arguments, and no name of a table. */
export function commandOf(
  request: Omit<DumpRequest, 'settings' | 'tools' | 'signal' | 'explain'> & {
    readonly settings: Pick<ConnectionSettings, 'database'>;
  },
): Command {
  const { segment, snapshot, standby, encoding } = request;
  const { scope } = segment;
  if (scope.kind === 'globals') return globalsCommand(request.settings.database);
  const section = scope.kind === 'section' ? scope.section : 'data';
  const args = [
    ...['--format=custom', `--compress=${compressionArguments[request.compression]}`, `--section=${section}`],
    ...[
      `--snapshot=${snapshot}`,
      '--no-password',
      `--lock-wait-timeout=${request.lockTimeoutSeconds * 1000}`,
    ],
    ...['--filter=-', '--strict-names'],
    ...(rawEncodings.has(encoding) ? [] : ['--encoding=UTF8']),
    // Unlogged tables cannot be read on a standby.
    ...(standby ? ['--no-unlogged-table-data'] : []),
    ...(request.largeObjects ? [] : ['--no-large-objects']),
  ];
  return { program: 'pg_dump', args, stdin: filterText(scope, request.exclusions) };
}

/** The connection string form, so that a name with `=` in it is not taken for one. */
function globalsCommand(database: string): Command {
  const quoted = database.replaceAll('\\', '\\\\').replaceAll("'", "\\'");
  const args = ['--globals-only', '--no-role-passwords', '--no-password', `--database=dbname='${quoted}'`];
  return { program: 'pg_dumpall', args, stdin: '' };
}

/** A segment of tables holds these and no others. What `rest` holds is checked when all are there (confirm). */
function checkTables(segment: DumpSegment, tables: readonly QualifiedName[]): void {
  if (segment.scope.kind !== 'tables') return;
  const found = new Set(tables.map(nameKey));
  const missing = segment.scope.tables.filter((table) => !found.has(nameKey(table)));
  if (missing.length > 0) {
    throw new HoldfastError(
      'SOURCE_CHANGED',
      `pg_dump left out tables of ${segment.name}: ${listNames(missing)}`,
    );
  }
  if (found.size !== segment.scope.tables.length || tables.length !== found.size) {
    throw new HoldfastError(
      'DUMP_FAILED',
      `${segment.name} holds other tables than were asked for: ${listNames(tables)}`,
    );
  }
}

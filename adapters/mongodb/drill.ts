/**
 * The restore drill: a backup restored into a scratch server, with the names that it has, and compared with the
 * manifest. Promises: the server is reached from this machine only and is gone afterwards, with its data; differences
 * mean that the backup is not what the source was; the report says which server it was, and when it was none of
 * MongoDB's (docs/decisions/0101).
 */
import { accessSync, constants } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { HoldfastError, hasCode } from '../../core/errors.ts';
import type { Component } from '../../core/manifest.ts';
import type { Comparison, OpenSegment, RecoveryContext } from '../../core/ports/recovery.ts';
import { guardSpace, reservedBytes } from '../scratch/space.ts';
import { wipeScratch } from '../scratch/wipe.ts';
import { systemResolver } from './address.ts';
import { closeQuietly, connect, type MongoConnection, orAborted } from './connection.ts';
import { type RunningMongod, startMongod } from './drill-server.ts';
import { fromServer } from './errors.ts';
import { type MongodbFacts, mongodbFactsSchema } from './model.ts';
import type { ToolsOptions } from './programs.ts';
import { operationsFor, oplogOf, restoreArchives } from './restore-archives.ts';
import { compareRestored, identify } from './restore-compare.ts';
import { sameNames } from './restore-options.ts';

export interface DrillOptions {
  readonly component: Component;
  readonly open: OpenSegment;
  readonly workDir: string;
  readonly tools: ToolsOptions;
  /** A program that takes --port, --dbpath and --bind_ip; default: HOLDFAST_MONGOD, the layer's, PATH. */
  readonly mongod?: string;
  readonly context: RecoveryContext;
}

const layerBin = '/opt/mongo/bin';

/** @throws HoldfastError NO_SCRATCH_SERVER, saying where it looked */
export function mongodPath(given?: string): string {
  const named = given ?? process.env.HOLDFAST_MONGOD;
  const candidates = named
    ? [named]
    : [layerBin, ...(process.env.PATH ?? '').split(':').filter((dir) => dir.startsWith('/'))].map((dir) =>
        join(dir, 'mongod'),
      );
  const found = candidates.find(isExecutable);
  if (found !== undefined) return found;
  throw new HoldfastError(
    'NO_SCRATCH_SERVER',
    named
      ? `a restore drill needs the server program ${named}, which is not there`
      : 'a restore drill needs a MongoDB server program, and there is none here (HOLDFAST_MONGOD, the layer, PATH)',
    { details: { considered: candidates.slice(0, 20) } },
  );
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Where a server's own files begin: an empty one takes 200 to 300 MB, most of it journal. */
const emptyServerBytes = 384 * 1024 * 1024;

/** High on purpose: the server compresses, but builds indexes on disk. Nothing where there is no server to fill. */
export function drillBytes(component: Component, mongod?: string): number {
  try {
    mongodPath(mongod);
  } catch {
    return 0;
  }
  return (
    Math.ceil(mongodbFactsSchema.parse(component.facts).sizeBytes * 1.3) + emptyServerBytes + reservedBytes
  );
}

/** @throws HoldfastError NO_SCRATCH_SERVER, SCRATCH_FAILED, SCRATCH_TOO_SMALL, INTEGRITY_*; the signal's reason */
export async function drill(options: DrillOptions): Promise<Comparison> {
  const path = mongodPath(options.mongod);
  const facts = mongodbFactsSchema.parse(options.component.facts);
  const { workDir } = options;
  // What an earlier drill left must not count against this one, nor its server go on.
  await wipeScratch(workDir);
  const dataDir = join(workDir, 'data');
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const guard = guardSpace(workDir, options.context.signal);
  let server: RunningMongod | undefined;
  try {
    server = await startMongod({ path, dataDir, signal: guard.signal }).catch((cause) => {
      guard.signal.throwIfAborted();
      throw new HoldfastError('SCRATCH_FAILED', `the scratch server did not start: ${cause.message}`);
    });
    return await drillIn(
      server,
      { ...options, context: { ...options.context, signal: guard.signal } },
      facts,
    );
  } catch (thrown) {
    // Whatever broke because the disk was full is told as that.
    guard.signal.throwIfAborted();
    throw thrown;
  } finally {
    guard.stop();
    await server?.stop();
    await wipeScratch(workDir);
  }
}

async function drillIn(
  server: RunningMongod,
  options: DrillOptions,
  facts: MongodbFacts,
): Promise<Comparison> {
  const { component, open, tools, context } = options;
  const connection = scratchConnection(server.port);
  const client = await connect(connection, context.signal);
  try {
    const identity = await orAborted(identify(client), context.signal);
    const target = sameNames(facts);
    // A scratch server knows no users: everything is allowed. One that is no MongoDB server cannot replay.
    const oplog = oplogOf(component);
    const replayed = identity.real ? oplog?.written : undefined;
    await restoreArchives({
      ...{ component, open, facts, target, connection, tools, context },
      replayOplog: replayed !== undefined,
      requireServer: () => client.db('admin').command({ ping: 1 }),
    });
    const comparison = await orAborted(
      compareRestored({ client, facts, target, server: identity, ...(replayed ? { replayed } : {}) }),
      context.signal,
    );
    const notReplayed =
      oplog === undefined || replayed !== undefined
        ? []
        : [
            {
              what: `the oplog, with ${operationsFor(oplog, target)} writes of the time of the dump`,
              why: 'the scratch server cannot replay it',
            },
          ];
    return { ...comparison, notProven: [...comparison.notProven, ...notReplayed] };
  } catch (thrown) {
    context.signal.throwIfAborted();
    requireOfBackup(thrown, server);
    if (!hasCode(thrown, 'RESTORE_FAILED')) throw fromServer(thrown, 'the restore drill');
    // A backup that cannot be restored to its end is what a drill is there to find.
    return {
      compared: {},
      differences: [thrown.message],
      notProven: [],
      facts: { sourceServerVersion: facts.serverVersion },
    };
  } finally {
    await closeQuietly(client);
  }
}

/** What became of the scratch server says nothing about the backup. @throws HoldfastError SCRATCH_FAILED, SCRATCH_TOO_SMALL */
function requireOfBackup(thrown: unknown, server: RunningMongod): void {
  const text = `${thrown instanceof Error ? thrown.message : thrown}`;
  const disk = /No space left on device|Disk quota exceeded|OutOfDiskSpace/i;
  if (disk.test(text) || disk.test(server.log()))
    throw new HoldfastError('SCRATCH_TOO_SMALL', `the drill broke off: ${text}`);
  const lost = server.ended() || hasCode(thrown, 'SOURCE_LOST', 'SOURCE_UNREACHABLE');
  if (!lost && !/OutOfMemoryError|out of memory/i.test(text + server.log())) return;
  throw new HoldfastError('SCRATCH_FAILED', `the drill broke off: ${text}`, {
    details: { log: server.log().slice(-2000) },
    next: 'Look at the log of the scratch server; more memory helps if it ran out.',
  });
}

const host = '127.0.0.1';
const selectionSeconds = 20;

function scratchConnection(port: number): MongoConnection {
  const options = `directConnection=true&tls=false&serverSelectionTimeoutMS=${selectionSeconds * 1000}`;
  return {
    uri: `mongodb://${host}:${port}/?${options}`,
    hosts: [{ host, port }],
    tls: false,
    direct: true,
    secrets: [],
    serverSelectionSeconds: selectionSeconds,
    rules: { allowLoopback: true, resolver: systemResolver },
  };
}

import { HoldfastError } from '../../core/errors.ts';
import type { Segment } from '../../core/manifest.ts';
import type {
  ComponentTarget,
  Confirmed,
  OpenContext,
  PlannedSegment,
  SegmentDump,
  SourceSession,
} from '../../core/ports/source.ts';
import { type Catalogue, type CatalogueCollection, countDocuments, readCatalogue } from './catalogue.ts';
import { closeQuietly, type MongoConnection, orAborted } from './connection.ts';
import { announcedTwice, countFacts, dumpedCounts, requireCounts } from './counts.ts';
import { dumpSegment, listNames } from './dump.ts';
import { fromServer, mongoError } from './errors.ts';
import {
  type CountFact,
  type MongodbEvidence,
  type MongodbFacts,
  mongoArchiveContentsSchema,
  mongodbEvidenceSchema,
} from './model.ts';
import { byName, show } from './names.ts';
import { type ToolsOptions, toolVersion } from './programs.ts';
import { deploymentTitle, type Reached, reach } from './reach.ts';
import type { Scope } from './scope.ts';
import { type MongoSegment, planSegments } from './segments.ts';
import { readDatabases, type ServerFacts } from './server.ts';
import { differences, heldOf, isOptional, madeMeanwhile, notCovered, withoutUuid } from './session-seen.ts';
import type { MongodbSource } from './source.ts';

export interface SessionRequest {
  readonly source: MongodbSource;
  readonly target: ComponentTarget;
  readonly context: OpenContext;
  readonly connection: MongoConnection;
  readonly tools: ToolsOptions;
}

/** @throws HoldfastError for everything that can be known before bytes flow, or the reason of the context's signal */
export async function openSession(request: SessionRequest): Promise<SourceSession> {
  const { source, target, connection, context, tools } = request;
  const { signal } = context;
  const version = await toolVersion('mongodump', tools);
  const reached = await reach(source, connection, signal);
  try {
    const { client, server, scope } = reached;
    const databases = databasesOf(scope, server, target);
    const startedAt = performance.now();
    const catalogue = await orAborted(readCatalogue(client, databases, source.exclude), signal);
    const before =
      source.evidence.level === 'none'
        ? new Map<string, number>()
        : await orAborted(countDocuments(client, catalogue.collections, howToCount(server)), signal);
    const countedSeconds = (performance.now() - startedAt) / 1000;
    return new MongoSession(request, reached, { version, databases, catalogue, before, countedSeconds });
  } catch (thrown) {
    await closeQuietly(reached.client);
    signal.throwIfAborted();
    throw fromServer(thrown, `opening ${target.title}`, connection.secrets);
  }
}

/** The whole deployment's dump holds `admin` too, with users and roles. */
function databasesOf(scope: Scope, server: ServerFacts, target: ComponentTarget): readonly string[] {
  if (scope.kind === 'deployment') {
    if (target.title === deploymentTitle(server)) return ['admin', ...scope.databases];
  } else if (scope.databases.includes(target.title)) return [target.title];
  throw mongoError(
    'SOURCE_CHANGED',
    `the server changed while the run began: ${target.title} is not what is backed up now (${scope.reason})`,
  );
}

/** Shards count documents on the move twice unless they are read. */
function howToCount(server: ServerFacts): { readonly exact: boolean; readonly serverVersion: string } {
  return { exact: server.topology === 'sharded', serverVersion: server.serverVersion };
}

interface Opened {
  readonly version: string;
  readonly databases: readonly string[];
  readonly catalogue: Catalogue;
  readonly before: ReadonlyMap<string, number>;
  readonly countedSeconds: number;
}

class MongoSession implements SourceSession {
  readonly target: ComponentTarget;
  readonly parallelism: number;
  readonly segments: readonly MongoSegment[];
  readonly sourceBytes: number;
  readonly tools: Readonly<Record<string, string>>;
  readonly #request: SessionRequest;
  readonly #reached: Reached;
  readonly #opened: Opened;
  readonly #warnings: string[] = [];

  constructor(request: SessionRequest, reached: Reached, opened: Opened) {
    const { source, target, context } = request;
    const { catalogue, databases, version } = opened;
    this.target = target;
    this.parallelism = source.parallelism ?? context.defaultParallelism;
    this.#request = request;
    this.#reached = reached;
    this.#opened = opened;
    this.tools = { mongodump: version, server: reached.server.serverVersion };
    this.sourceBytes = catalogue.hasSizes
      ? catalogue.collections.reduce((sum, one) => sum + one.sizeBytes, 0)
      : databases.reduce((sum, name) => sum + (reached.bytesOnDisk.get(name) ?? 0), 0);
    this.segments = planSegments({
      ...(this.#isDeployment ? {} : { database: target.title }),
      ...{ collections: catalogue.collections, exclude: source.exclude },
      ...{ compression: source.compression, parallelism: this.parallelism },
    });
    this.#warnOfWhatIsKnown();
  }

  get #isDeployment(): boolean {
    return this.#reached.scope.kind === 'deployment';
  }

  get warnings(): readonly string[] {
    return this.#warnings;
  }

  #warnOfWhatIsKnown(): void {
    const { source } = this.#request;
    const { server, oplogObstacle: obstacle } = this.#reached;
    if (!this.#opened.catalogue.hasSizes) {
      this.#warnings.push(
        'the user may not ask for the sizes of collections (collStats, in the role clusterMonitor): each database is dumped in one piece',
      );
    }
    const meansAll = !this.#isDeployment && source.databases === 'all';
    if (
      meansAll &&
      source.consistency === 'auto' &&
      server.topology === 'replica-set' &&
      obstacle !== undefined
    )
      this.#warnings.push(`not one instant of all databases, but each collection for itself: ${obstacle}`);
    const excluded = new Set(this.#opened.catalogue.excluded.map(show));
    // One that names no database may be meant for another.
    const unknown = source.exclude.collections.flatMap(({ database, collection }) =>
      database === this.target.title && !excluded.has(show({ database, collection }))
        ? [{ database, collection }]
        : [],
    );
    if (unknown.length > 0)
      this.#warnings.push(`excluded collections that are not there: ${listNames(unknown)}`);
  }

  dump(segment: PlannedSegment, signal: AbortSignal): SegmentDump {
    const planned = this.segments[segment.index];
    if (planned === undefined) throw new HoldfastError('INTERNAL', `no segment ${segment.index}`);
    const { connection, source, tools } = this.#request;
    const { client } = this.#reached;
    return dumpSegment({
      ...{ connection, segment: planned, compression: source.compression, tools, signal },
      requireServer: () => client.db('admin').command({ ping: 1 }),
    });
  }

  /** Counted when the session began; there is no snapshot in which it could be counted again. */
  async evidence(): Promise<MongodbEvidence> {
    const { before, countedSeconds, catalogue } = this.#opened;
    return {
      level: this.#request.source.evidence.level,
      collections: catalogue.collections.flatMap(({ database, collection }) => {
        const documents = before.get(show({ database, collection }));
        return documents === undefined ? [] : [{ database, collection, documents }];
      }),
      seconds: countedSeconds,
    };
  }

  async confirm(segments: readonly Segment[], evidence: Record<string, unknown>): Promise<Confirmed> {
    const { signal } = this.#request.context;
    try {
      return await this.#confirmed(segments, mongodbEvidenceSchema.parse(evidence), signal);
    } catch (thrown) {
      signal.throwIfAborted();
      throw fromServer(thrown, `confirming ${this.target.title}`, this.#request.connection.secrets);
    }
  }

  async #confirmed(
    segments: readonly Segment[],
    evidence: MongodbEvidence,
    signal: AbortSignal,
  ): Promise<Confirmed> {
    const { source } = this.#request;
    const { client, server } = this.#reached;
    const contents = segments.map((one) => mongoArchiveContentsSchema.parse(one.contents));
    const twice = announcedTwice(contents);
    if (twice.length > 0) throw mongoError('DUMP_FAILED', `more than one segment holds ${listNames(twice)}`);
    const databases = await orAborted(this.#databasesNow(), signal);
    const now = await orAborted(readCatalogue(client, databases, source.exclude), signal);
    this.#requireSame(now.collections);
    const { held, missed } = this.#isDeployment
      ? heldOf(now.collections, contents)
      : { held: this.#opened.catalogue.collections, missed: [] };
    const counted = held.filter((one) => one.type !== 'view' && !isOptional(one, contents));
    const after =
      evidence.level === 'none'
        ? new Map<string, number>()
        : await orAborted(countDocuments(client, counted, howToCount(server)), signal);
    const counts = countFacts(counted, {
      before: this.#opened.before,
      dumped: dumpedCounts(contents),
      after,
    });
    const verdict = await requireCounts({
      ...{ counts, contents, tolerance: source.countTolerance },
      countAgain: (strange) => {
        const names = new Set(strange.map(show));
        const again = counted.filter((one) => names.has(show(one)));
        return orAborted(countDocuments(client, again, { ...howToCount(server), exact: true }), signal);
      },
    });
    this.#warnings.push(...verdict.warnings);
    const facts = this.#facts(held, verdict.counts, missed);
    return { consistency: this.#isDeployment ? 'oplog' : 'per-collection', facts };
  }

  /** Of a deployment those that were made meanwhile, too. */
  async #databasesNow(): Promise<readonly string[]> {
    const { databases } = this.#opened;
    if (!this.#isDeployment) return databases;
    const present = await readDatabases(this.#reached.client);
    return [...new Set([...databases, ...present.map((one) => one.name)])];
  }

  /** @throws HoldfastError SOURCE_CHANGED naming what is not as it was; with the oplog everything may change */
  #requireSame(now: readonly CatalogueCollection[]): void {
    if (this.#isDeployment) return;
    const before = new Map(this.#opened.catalogue.collections.map((one) => [show(one), one]));
    const after = new Map(now.map((one) => [show(one), one]));
    const changed = [
      ...[...before.keys()].filter((key) => !after.has(key)).map((key) => `${key} is gone`),
      ...[...after.keys()].filter((key) => !before.has(key)).map((key) => `${key} is new`),
      ...[...before].flatMap(([key, one]) => {
        const other = after.get(key);
        return other === undefined ? [] : differences(one, other).map((what) => `${key} ${what}`);
      }),
    ];
    if (changed.length === 0) return;
    const more = changed.length > 10 ? ` and ${changed.length - 10} more` : '';
    throw mongoError(
      'SOURCE_CHANGED',
      `collections changed during the dump: ${changed.slice(0, 10).join(', ')}${more}`,
      { details: { changed: changed.slice(0, 100) } },
    );
  }

  #facts(
    collections: readonly CatalogueCollection[],
    counts: readonly CountFact[],
    missed: readonly CatalogueCollection[],
  ): MongodbFacts {
    const { source } = this.#request;
    const { server, scope } = this.#reached;
    const { atlasProxy, ...said } = server;
    return {
      ...said,
      scope: this.#isDeployment ? 'deployment' : 'database',
      ...(this.#isDeployment ? {} : { database: this.target.title }),
      databases: [...new Set([...this.#opened.databases, ...collections.map((one) => one.database)])],
      consistencyReason: scope.reason,
      readPreference: source.readPreference,
      sizeBytes: this.sourceBytes,
      collections: collections.map(withoutUuid).sort(byName),
      counts: [...counts],
      countTolerance: source.countTolerance,
      notCovered: [...notCovered(this.#isDeployment, server, atlasProxy), ...madeMeanwhile(missed)],
      excluded: { collections: [...this.#opened.catalogue.excluded] },
    };
  }

  close(): Promise<void> {
    return closeQuietly(this.#reached.client);
  }
}

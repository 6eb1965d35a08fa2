/**
 * One database being backed up: the snapshot with its locks, the plan of segments, the dumps, the evidence, and the
 * confirmation at the end. Promises: everything is read under one snapshot; when the connection that holds it is
 * lost, running dumps are stopped and the run fails; `confirm` returns facts only when all agree.
 */
import { HoldfastError } from '../../core/errors.ts';
import type { Component, Segment } from '../../core/manifest.ts';
import type {
  ComponentTarget,
  PlannedSegment,
  SegmentDump,
  SourceContext,
  SourceSession,
} from '../../core/ports/source.ts';
import { dumpedTables, evidenceTables, requireAgreement } from './agreement.ts';
import { brokenReferences } from './broken-references.ts';
import {
  type Catalogue,
  type CatalogueTable,
  dumpExclusions,
  readCatalogue,
  readSizes,
} from './catalogue.ts';
import {
  findIncomplete,
  type LargeObjects,
  leftOut,
  lockedTables,
  type NotCovered,
  readLargeObjects,
  requireComplete,
  requireReadable,
} from './completeness.ts';
import { type ConnectionSettings, connect, endQuietly } from './connection.ts';
import { dumpSegment } from './dump.ts';
import { fromServer } from './errors.ts';
import { collectEvidence, type EvidenceTable } from './evidence.ts';
import { type CommonFacts, readFacts, readServer, type ServerFacts } from './facts.ts';
import {
  changedObjects,
  type Fingerprint,
  readFingerprint,
  readInventory,
  readSuperuserOnly,
} from './inventory.ts';
import { type PostgresFacts, postgresEvidenceSchema } from './model.ts';
import { listNames } from './names.ts';
import { dumpVersion, type ProgramsOptions } from './programs.ts';
import { type DumpSegment, planSegments } from './segments.ts';
import { lockedError, SnapshotHolder, tablesWaitedFor } from './snapshot.ts';
import type { PostgresSource } from './source.ts';
import { readUndumped } from './undumped.ts';
import { requireSupported } from './versions.ts';

export interface SessionRequest {
  readonly source: PostgresSource;
  readonly target: ComponentTarget;
  readonly context: SourceContext;
  readonly settings: ConnectionSettings;
  readonly tools: ProgramsOptions;
  /** This component carries the roles of the server. */
  readonly globals: boolean;
}

/** How often the holder is asked whether it lives; a broken connection is mostly noticed at once. */
const watchIntervalMilliseconds = 30_000;

/** @throws HoldfastError for everything that can be known before bytes flow, or the reason of the context's signal */
export async function openSession(request: SessionRequest): Promise<SourceSession> {
  const { settings, source, context, tools } = request;
  const { signal } = context;
  const version = await dumpVersion(tools);
  const client = await connect(settings, { applicationName: 'holdfast snapshot', signal });
  try {
    const server = await readServer(client);
    requireSupported(server, version);
    const holder = await SnapshotHolder.begin(client);
    const view = await readView(holder, request, server).catch((thrown: unknown) => {
      throw fromServer(thrown, `reading the catalogue of ${settings.database}`);
    });
    requireComplete(view.incomplete, source.onIncomplete);
    signal.throwIfAborted();
    return new PostgresSession(request, holder, view, version);
  } catch (thrown) {
    await endQuietly(client);
    signal.throwIfAborted();
    throw thrown;
  }
}

/** Everything that was read under the snapshot. */
interface View {
  readonly server: ServerFacts;
  readonly catalogue: Catalogue;
  readonly dumped: readonly CatalogueTable[];
  readonly sizes: ReadonlyMap<string, number>;
  readonly largeObjects: LargeObjects;
  readonly common: CommonFacts;
  readonly inventory: PostgresFacts['inventory'];
  readonly superuserOnly: PostgresFacts['superuserOnly'];
  readonly incomplete: readonly NotCovered[];
  readonly fingerprint: Fingerprint;
  readonly broken: readonly string[];
}

async function readView(holder: SnapshotHolder, request: SessionRequest, server: ServerFacts): Promise<View> {
  const { client } = holder;
  const { source, context } = request;
  const catalogue = await readCatalogue(client, source.exclude);
  requireReadable(catalogue, server.user);
  // Locks come before sizes: asking for the size of a table that is locked would wait for it without a name.
  await holder.lock(lockedTables(catalogue), source.lockTimeoutSeconds, context.signal);
  const dumped = dumpedTables(catalogue.tables, server.standby);
  const largeObjects = await readLargeObjects(client, server);
  const undumped = await readUndumped(client, catalogue, server);
  return {
    ...{ server, catalogue, dumped, largeObjects },
    sizes: await readSizes(client, dumped),
    common: await readFacts(client, server),
    inventory: await readInventory(client, server.versionNum, undumped),
    superuserOnly: await readSuperuserOnly(client, server.versionNum, undumped),
    incomplete: await findIncomplete(client, server, largeObjects),
    fingerprint: await readFingerprint(client, undumped),
    broken: await brokenReferences(client, catalogue),
  };
}

class PostgresSession implements SourceSession {
  readonly target: ComponentTarget;
  readonly sourceBytes: number;
  readonly parallelism: number;
  readonly segments: readonly DumpSegment[];
  readonly tools: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
  readonly #request: SessionRequest;
  readonly #holder: SnapshotHolder;
  readonly #view: View;
  readonly #evidenceTables: readonly EvidenceTable[];
  readonly #notCovered: readonly NotCovered[];
  /** Aborted when the snapshot is lost. */
  readonly #lost = new AbortController();
  readonly #watch: NodeJS.Timeout;
  #closed = false;

  constructor(request: SessionRequest, holder: SnapshotHolder, view: View, dumpVersion: string) {
    this.#request = request;
    this.#holder = holder;
    this.#view = view;
    this.target = request.target;
    this.sourceBytes = view.common.sizeBytes;
    this.parallelism = request.source.parallelism ?? request.context.defaultParallelism;
    this.tools = { pg_dump: dumpVersion, server: view.server.version };
    const { tables, incomparable } = evidenceTables(view.catalogue.tables, view.dumped, view.sizes);
    this.#evidenceTables = tables;
    this.#notCovered = [
      ...view.incomplete,
      ...leftOut(view.catalogue, view.server),
      ...withoutEvidence(incomparable),
    ];
    this.warnings = [
      ...this.#notCovered.map(
        ({ what, why }) => `not in the backup of ${request.target.title}: ${what}: ${why}`,
      ),
      ...view.broken,
    ];
    this.segments = planSegments({
      tables: view.dumped
        .filter(mayStandAlone)
        .map((table) => ({ schema: table.schema, name: table.name, bytes: view.sizes.get(table.oid) ?? 0 })),
      otherBytes: view.largeObjects.bytes,
      parallelism: this.parallelism,
      globals: request.globals,
    });
    this.#watch = setInterval(() => void this.#checkHolder(), watchIntervalMilliseconds);
    this.#watch.unref();
    holder.client.once('end', () => void this.#checkHolder());
  }

  async #checkHolder(): Promise<void> {
    if (this.#closed) return;
    await this.#holder.check().catch((error: unknown) => {
      if (!this.#closed) this.#lost.abort(error);
    });
  }

  dump(segment: PlannedSegment, signal: AbortSignal): SegmentDump {
    const planned = this.segments[segment.index];
    if (planned === undefined) throw new HoldfastError('INTERNAL', `there is no segment ${segment.index}`);
    const { source, settings, tools } = this.#request;
    return dumpSegment({
      ...{ settings, tools, segment: planned, snapshot: this.#holder.snapshot },
      exclusions: dumpExclusions(this.#view.catalogue),
      compression: source.compression,
      lockTimeoutSeconds: source.lockTimeoutSeconds,
      standby: this.#view.server.standby,
      encoding: this.#view.server.encoding,
      largeObjects: this.#view.largeObjects.unreadable === 0,
      signal: AbortSignal.any([signal, this.#lost.signal]),
      explain: (error) => this.#explain(error),
    });
  }

  /** A lost snapshot and a locked table are known better here than by the tool that failed of it. */
  async #explain(error: HoldfastError): Promise<HoldfastError> {
    if (this.#lost.signal.aborted) return this.#lost.signal.reason as HoldfastError;
    if (error.code !== 'SOURCE_LOCKED') return error;
    const tables = await this.#withConnection(tablesWaitedFor).catch(() => []);
    return tables.length === 0 ? error : lockedError(tables, this.#request.source.lockTimeoutSeconds, error);
  }

  async #withConnection<T>(use: (client: Awaited<ReturnType<typeof connect>>) => Promise<T>): Promise<T> {
    const { signal } = this.#request.context;
    const client = await connect(this.#request.settings, { applicationName: 'holdfast check', signal });
    try {
      return await use(client);
    } catch (thrown) {
      signal.throwIfAborted();
      throw thrown;
    } finally {
      await endQuietly(client);
    }
  }

  async evidence(signal: AbortSignal): Promise<Record<string, unknown>> {
    const { source, settings } = this.#request;
    const { catalogue, server, largeObjects } = this.#view;
    const taken = await collectEvidence({
      open: (stop) =>
        connect(settings, { applicationName: 'holdfast evidence', ...(stop ? { signal: stop } : {}) }),
      tables: this.#evidenceTables,
      sequences: catalogue.sequences,
      level: source.evidence.level,
      checksumUpToBytes: source.evidence.checksumUpToBytes,
      sourceVersionNum: server.versionNum,
      largeObjects: largeObjects.unreadable === 0,
      snapshot: this.#holder.snapshot,
      signal: AbortSignal.any([signal, this.#lost.signal]),
    });
    // What is not dumped (facts.notCovered says why) is not there after a restore.
    return largeObjects.unreadable === 0 ? taken : { ...taken, largeObjects: { count: 0, hashed: 0 } };
  }

  async confirm(
    segments: readonly Segment[],
    evidence: Record<string, unknown>,
  ): Promise<Pick<Component, 'consistency' | 'facts'>> {
    this.#request.context.signal.throwIfAborted();
    this.#lost.signal.throwIfAborted();
    requireAgreement(this.#view.dumped, segments, {
      planned: this.#evidenceTables,
      taken: postgresEvidenceSchema.parse(evidence),
    });
    await this.#requireUnchanged();
    // Last: nothing above was read after the snapshot was gone.
    await this.#holder.check().catch((thrown: unknown) => {
      this.#request.context.signal.throwIfAborted();
      throw thrown;
    });
    return { consistency: 'snapshot', facts: this.#facts() };
  }

  async #requireUnchanged(): Promise<void> {
    const now = await this.#withConnection((client) => readFingerprint(client)).catch((thrown: unknown) => {
      this.#request.context.signal.throwIfAborted();
      throw fromServer(thrown, 'comparing the schema before and after');
    });
    const changed = changedObjects(this.#view.fingerprint, now);
    if (changed.length === 0) return;
    const more = changed.length > 10 ? ` and ${changed.length - 10} more` : '';
    throw new HoldfastError(
      'SOURCE_CHANGED',
      `dropped or redefined during the dump: ${changed.slice(0, 10).join(', ')}${more}`,
      {
        details: { changed: changed.slice(0, 100) },
      },
    );
  }

  #facts(): PostgresFacts {
    const { common, inventory, superuserOnly, catalogue } = this.#view;
    return {
      ...common,
      inventory,
      superuserOnly: [...superuserOnly],
      notCovered: [...this.#notCovered],
      excluded: catalogue.excluded,
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#watch);
    await this.#holder.close();
  }
}

/** Extension tables go with the rest: what of them is dumped is the extension's to say. */
function mayStandAlone(table: CatalogueTable): boolean {
  return table.kind === 'r' && table.extension === undefined;
}

function withoutEvidence(
  roots: readonly { readonly schema: string; readonly name: string }[],
): readonly NotCovered[] {
  if (roots.length === 0) return [];
  return [
    {
      what: `evidence of ${listNames(roots)}`,
      why: 'partitions by hash of an enum of which some are left out cannot be compared',
    },
  ];
}

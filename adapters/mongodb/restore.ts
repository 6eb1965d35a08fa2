/**
 * Restores a backup into a server. Promises: nothing on the target is touched before everything that can be checked
 * was; without `drop` or `replace` it goes only where no collection is; what fails is undone where the databases were
 * empty before, else the error says what may be left; what is left out is in `skipped`.
 */
import type { Document, MongoClient } from 'mongodb';
import { asHoldfastError, HoldfastError } from '../../core/errors.ts';
import type { Component } from '../../core/manifest.ts';
import type { Comparison, OpenSegment, RecoveryContext, RestoreOutcome } from '../../core/ports/recovery.ts';
import { show } from './archive.ts';
import { closeQuietly, connect, type MongoConnection, orAborted } from './connection.ts';
import { fromServer, mongoError } from './errors.ts';
import { type MongodbFacts, mongodbFactsSchema } from './model.ts';
import type { ToolsOptions } from './programs.ts';
import { toolPath } from './programs.ts';
import { oplogOperations, restoreArchives } from './restore-archives.ts';
import { compareRestored, identify, renamed, type ServerIdentity } from './restore-compare.ts';
import {
  describeTarget,
  isWanted,
  type MongodbRestoreRequest,
  type RestoreTarget,
  requireDistinct,
  restoreTarget,
} from './restore-options.ts';
import { dropDatabases } from './restore-undo.ts';

export interface RestoreOptions {
  readonly component: Component;
  readonly open: OpenSegment;
  readonly request: MongodbRestoreRequest;
  readonly connection: MongoConnection;
  readonly tools: ToolsOptions;
  readonly context: RecoveryContext;
}

interface Run extends RestoreOptions {
  readonly client: MongoClient;
  readonly facts: MongodbFacts;
  readonly target: RestoreTarget;
  readonly server: ServerIdentity;
  /** Collections that were there before, by the database's new name. */
  readonly before: ReadonlyMap<string, readonly string[]>;
}

/** @throws HoldfastError INVALID_INPUT, TARGET_EXISTS, TARGET_UNSUITABLE, RESTORE_FAILED, SOURCE_*, INTEGRITY_*; the signal's reason */
export async function restore(options: RestoreOptions): Promise<RestoreOutcome> {
  const facts = mongodbFactsSchema.parse(options.component.facts);
  const target = restoreTarget(facts, options.request);
  requireDistinct(target);
  toolPath('mongorestore', options.tools);
  const client = await connect(options.connection, options.context.signal);
  try {
    const { server, before } = await lookAtTarget(options, client, target);
    return await carryOut({ ...options, client, facts, target, server, before });
  } finally {
    await closeQuietly(client);
  }
}

async function lookAtTarget(options: RestoreOptions, client: MongoClient, target: RestoreTarget) {
  const { signal } = options.context;
  try {
    const server = await orAborted(identify(client), signal);
    const before = new Map<string, readonly string[]>();
    for (const name of target.databases.values()) {
      const found = await orAborted(
        client.db(name).listCollections({}, { nameOnly: true }).toArray(),
        signal,
      );
      before.set(
        name,
        found.map((one: Document) => String(one.name)).filter((one) => !one.startsWith('system.')),
      );
    }
    const taken = [...before].find(([, collections]) => collections.length > 0);
    if (taken && !target.drop) {
      throw mongoError(
        'TARGET_EXISTS',
        `the database ${taken[0]} has ${taken[1].length} collections already`,
        {
          details: { database: taken[0], collections: taken[1].slice(0, 20) },
          next: 'Choose another name for the database, or use drop or replace after reading what they do.',
        },
      );
    }
    return { server, before };
  } catch (thrown) {
    signal.throwIfAborted();
    throw fromServer(thrown, 'looking at the target', options.connection.secrets);
  }
}

async function carryOut(run: Run): Promise<RestoreOutcome> {
  const { component, facts, target, context } = run;
  const oplog = await decideOplog(run);
  let comparison: Comparison | undefined;
  try {
    await restoreArchives({ ...run, replayOplog: oplog.replay });
    context.signal.throwIfAborted();
    if (run.request.compare) comparison = await compare(run, oplog.replay ? oplog.operations : 0);
  } catch (thrown) {
    throw await undone(run, thrown);
  }
  const skipped = [
    ...(target.only === undefined ? [] : ['every collection that was not asked for']),
    ...(oplog.why === undefined ? [] : [oplog.why]),
    ...(oplog.replay ? [] : ownCollections(run)),
    ...facts.notCovered.map(({ what, why }) => `${what}: not in the backup, ${why}`),
    ...keptCollections(run),
  ];
  context.log.info('restored', {
    component: component.name,
    target: describeTarget(target),
    skipped: skipped.length,
  });
  return {
    target: describeTarget(target),
    ...(comparison ? { comparison } : {}),
    skipped,
    nextSteps: nextSteps(run, comparison),
  };
}

/** What is restored is not thrown away because it could not be counted. */
async function compare(run: Run, replayed: number): Promise<Comparison> {
  const { client, facts, target, server, context } = run;
  try {
    return await orAborted(compareRestored({ client, facts, target, replayed, server }), context.signal);
  } catch (thrown) {
    context.signal.throwIfAborted();
    const { message: why } = fromServer(thrown, 'comparing what was restored', run.connection.secrets);
    context.log.warn('not compared', { why });
    return { compared: {}, differences: [], notProven: [{ what: 'all that was restored', why }], facts: {} };
  }
}

interface OplogDecision {
  readonly replay: boolean;
  readonly operations: number;
  /** Why what was written during the dump is not in what was restored. */
  readonly why?: string;
}

/** mongorestore replays it only into databases of the same names, whole, and the server only for who may do anything. */
async function decideOplog(run: Run): Promise<OplogDecision> {
  const operations = oplogOperations(run.component);
  if (operations === undefined) return { replay: false, operations: 0 };
  const obstacle = await oplogObstacle(run);
  if (obstacle === undefined) return { replay: true, operations };
  const why =
    operations === 0
      ? undefined
      : `${operations} operations of the oplog, which were made during the dump, so that each collection is as of the moment it was read: ${obstacle}`;
  return { replay: false, operations, ...(why === undefined ? {} : { why }) };
}

async function oplogObstacle({ target, client, context, server }: Run): Promise<string | undefined> {
  if (target.only !== undefined) return 'they can be replayed only with all collections';
  if ([...target.databases].some(([from, to]) => from !== to))
    return 'they can be replayed only into databases of the same names (replace)';
  if (!server.real) return 'the server is no MongoDB server';
  try {
    const status = await orAborted(
      client.db('admin').command({ connectionStatus: 1, showPrivileges: true }),
      context.signal,
    );
    const { authenticatedUsers = [], authenticatedUserPrivileges = [] } = status.authInfo ?? {};
    if (authenticatedUsers.length === 0) return undefined;
    const may = authenticatedUserPrivileges.some(
      (one: Document) => one.resource?.anyResource === true && one.actions?.includes('anyAction'),
    );
    return may ? undefined : 'the user may not (it takes anyAction on anyResource)';
  } catch {
    context.signal.throwIfAborted();
    return 'the server does not tell what the user may do';
  }
}

async function undone(run: Run, thrown: unknown): Promise<HoldfastError> {
  const { before, client, facts, target } = run;
  const empty = [...before].filter(([, collections]) => collections.length === 0).map(([name]) => name);
  const left = await dropDatabases(client, empty);
  for (const [name, collections] of before) {
    const touched = facts.collections
      .filter((one) => isWanted(target, one) && renamed(one, target).database === name)
      .map((one) => one.collection);
    if (collections.length === 0 || touched.length === 0) continue;
    const shown = touched.slice(0, 20).join(', ');
    const more = touched.length > 20 ? ` and ${touched.length - 20} more` : '';
    left.push(`in the database ${name} these collections may be gone, or restored in part: ${shown}${more}`);
  }
  const error = asHoldfastError(thrown, 'RESTORE_FAILED');
  if (left.length === 0) return error;
  return new HoldfastError(error.code, `${error.message}; this is left on the target: ${left.join('; ')}`, {
    cause: thrown,
    details: { ...error.details, left },
    next: 'Mend the cause and restore again into the same place with drop, or drop by hand what the message lists.',
  });
}

/** Users, roles and settings of the deployment, where the backup is of all of it. */
function ownCollections({ facts, target }: Run): string[] {
  const own = facts.databases.filter((name) => !target.databases.has(name));
  return own.length === 0
    ? []
    : [`collections of ${own.join(', ')}: they are the server's own (docs/mongodb.md)`];
}

/** With `drop` and `replace`: what the backup does not hold stays, and a person should know. */
function keptCollections({ before, facts, target }: Run): string[] {
  const restored = new Set(
    facts.collections.filter((one) => isWanted(target, one)).map((one) => show(renamed(one, target))),
  );
  return [...before].flatMap(([database, collections]) => {
    const kept = collections.filter((collection) => !restored.has(show({ database, collection })));
    if (kept.length === 0) return [];
    const shown = kept.slice(0, 20).join(', ');
    return [
      `left as they were in ${database}, since the backup does not hold them: ${shown}${kept.length > 20 ? ` and ${kept.length - 20} more` : ''}`,
    ];
  });
}

function nextSteps(run: Run, comparison: Comparison | undefined): readonly string[] {
  const names = [...run.target.databases.values()];
  const drops = names.slice(0, 10).map((name) => `db.getSiblingDB(${JSON.stringify(name)}).dropDatabase()`);
  if (comparison && comparison.differences.length > 0) {
    return [
      'Do not use it before the differences are understood.',
      ...(run.target.drop ? [] : [`To remove it: ${drops.join('; ')}`]),
    ];
  }
  if (run.target.drop) return ['Check that the applications work with it; what was there before is gone.'];
  return [
    `Look at ${names.slice(0, 10).join(', ')}, then point the applications at it, or copy from it what is needed.`,
    `To remove it: ${drops.join('; ')}`,
  ];
}

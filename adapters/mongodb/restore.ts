/**
 * Restores a backup into a server. Promises: nothing on the target is touched before everything that can be checked
 * was; without `drop` or `replace` it goes only where no collection is; what fails is undone where the databases were
 * empty before, else the error says what may be left; what is left out is in `skipped`; users and roles of
 * the server are touched only where that was asked for.
 */
import type { Document, MongoClient } from 'mongodb';
import { asHoldfastError, HoldfastError } from '../../core/errors.ts';
import type { Component } from '../../core/manifest.ts';
import type { Comparison, OpenSegment, RecoveryContext, RestoreOutcome } from '../../core/ports/recovery.ts';
import { closeQuietly, connect, type MongoConnection, orAborted } from './connection.ts';
import { fromServer } from './errors.ts';
import { type MongodbFacts, mongoArchiveContentsSchema, mongodbFactsSchema } from './model.ts';
import { show, withoutBuckets } from './names.ts';
import type { ToolsOptions } from './programs.ts';
import { toolPath } from './programs.ts';
import { type ArchivedOplog, operationsFor, oplogOf, restoreArchives } from './restore-archives.ts';
import { compareRestored, identify, renamed, type ServerIdentity } from './restore-compare.ts';
import {
  describeTarget,
  isWanted,
  type MongodbRestoreRequest,
  type RestoreTarget,
  requireDistinct,
  restoreTarget,
} from './restore-options.ts';
import { collectionsThere, requireRoom } from './restore-there.ts';
import { dropDatabases } from './restore-undo.ts';

export interface RestoreOptions {
  readonly component: Component;
  readonly open: OpenSegment;
  readonly request: MongodbRestoreRequest;
  readonly connection: MongoConnection;
  readonly tools: ToolsOptions;
  readonly context: RecoveryContext;
}

/** What it takes to say what becomes of the oplog. */
export interface OplogRun extends Pick<RestoreOptions, 'component' | 'context'> {
  readonly client: MongoClient;
  readonly target: RestoreTarget;
  readonly server: ServerIdentity;
}

interface Run extends RestoreOptions, OplogRun {
  readonly facts: MongodbFacts;
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
    const before = await collectionsThere(client, target, signal);
    requireRoom(before, target);
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
    await restoreArchives({
      ...run,
      replayOplog: oplog.replay,
      requireServer: () => run.client.db('admin').command({ ping: 1 }),
    });
    context.signal.throwIfAborted();
    if (run.request.compare) context.onStep?.('compare');
    if (run.request.compare) comparison = await compare(run, oplog.replay ? oplog.written : undefined);
  } catch (thrown) {
    throw await undone(run, oplog, thrown);
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
async function compare(run: Run, replayed: ArchivedOplog['written'] | undefined): Promise<Comparison> {
  const { client, facts, target, server, context } = run;
  try {
    return await orAborted(
      compareRestored({ client, facts, target, server, ...(replayed ? { replayed } : {}) }),
      context.signal,
    );
  } catch (thrown) {
    context.signal.throwIfAborted();
    const { message: why } = fromServer(thrown, 'comparing what was restored', run.connection.secrets);
    context.log.warn('not compared', { why });
    return { compared: {}, differences: [], notProven: [{ what: 'all that was restored', why }], facts: {} };
  }
}

export interface OplogDecision {
  readonly replay: boolean;
  readonly written: ArchivedOplog['written'];
  /** Why what was written during the dump is not in what was restored. */
  readonly why?: string;
}

/**
 * mongorestore replays it only into databases of the same names, whole, and the server only for who may do anything.
 * Along with it come users and roles: it cannot be told to leave them.
 * @throws HoldfastError TARGET_UNSUITABLE when users and roles were asked for, and cannot be brought back
 */
export async function decideOplog(run: OplogRun): Promise<OplogDecision> {
  const oplog = oplogOf(run.component);
  const written: OplogDecision['written'] = oplog?.written ?? new Map();
  if (oplog === undefined) {
    if (run.target.usersAndRoles) throw cannotBringUsers('the backup has no oplog');
    return { replay: false, written };
  }
  const obstacle = run.target.usersAndRoles ? await oplogObstacle(run) : usersWouldCome;
  if (obstacle === undefined) return { replay: true, written };
  if (run.target.usersAndRoles) throw cannotBringUsers(obstacle);
  const operations = operationsFor(oplog, run.target);
  if (operations === 0) return { replay: false, written };
  const why = `${operations} writes of the oplog, which were made during the dump, so that each collection is as of the moment it was read: ${obstacle}`;
  return { replay: false, written, why };
}

const usersWouldCome =
  'mongorestore replays them only along with the users and roles of the backup (usersAndRoles, with replace)';

function cannotBringUsers(obstacle: string): HoldfastError {
  return new HoldfastError(
    'TARGET_UNSUITABLE',
    `users and roles were asked for, and come back only along with the oplog: ${obstacle}`,
    { next: 'Leave out usersAndRoles, or mend what the message names (docs/mongodb.md, Restoring).' },
  );
}

async function oplogObstacle({ target, client, context, server }: OplogRun): Promise<string | undefined> {
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

async function undone(run: Run, oplog: OplogDecision, thrown: unknown): Promise<HoldfastError> {
  const { before, client, facts, target } = run;
  const empty = [...before].filter(([, collections]) => collections.length === 0).map(([name]) => name);
  const left = await dropDatabases(client, ownOf(run, oplog, empty), thrown);
  for (const [name, collections] of before) {
    const touched = facts.collections
      .filter((one) => isWanted(target, one) && renamed(one, target).database === name)
      .map((one) => one.collection);
    if (collections.length === 0 || touched.length === 0) continue;
    const shown = touched.slice(0, 20).join(', ');
    const more = touched.length > 20 ? ` and ${touched.length - 20} more` : '';
    left.push(`in the database ${name} these collections may be gone, or restored in part: ${shown}${more}`);
  }
  if (oplog.replay)
    left.push(
      target.drop
        ? 'in admin, users and roles may be those of the backup, and those of the server gone'
        : 'in admin, users and roles of the backup may have come to those of the server',
    );
  const error = asHoldfastError(thrown, 'RESTORE_FAILED');
  if (left.length === 0) return error;
  return new HoldfastError(error.code, `${error.message}; this is left on the target: ${left.join('; ')}`, {
    cause: thrown,
    details: { ...error.details, left },
    next: 'Mend the cause and restore again into the same place with drop, or drop by hand what the message lists.',
  });
}

/** Of each of these databases the collections that this restore can have made. */
function ownOf(
  run: Run,
  oplog: OplogDecision,
  databases: readonly string[],
): ReadonlyMap<string, ReadonlySet<string>> {
  const { component, facts, target } = run;
  const archived = component.segments.flatMap((segment) => {
    const contents = mongoArchiveContentsSchema.safeParse(segment.contents);
    return contents.success ? contents.data.announced : [];
  });
  const made = [...facts.collections, ...archived, ...oplog.written.values()].map((one) =>
    renamed(withoutBuckets(one), target),
  );
  return new Map(
    databases.map((name) => [
      name,
      new Set(made.filter((one) => one.database === name).map((one) => one.collection)),
    ]),
  );
}

/** Users, roles and settings of the deployment, where the backup is of all of it. */
function ownCollections({ facts, target }: Run): string[] {
  const own = facts.databases.filter((name) => !target.databases.has(name));
  return own.length === 0
    ? []
    : [
        `collections of ${own.join(', ')}, with users and roles: those of the server stay as they are (docs/mongodb.md)`,
      ];
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
  const users = run.target.usersAndRoles
    ? [
        run.target.drop
          ? 'All users and roles of the server are those of the backup now: log in with a password of that time, and make again what came later.'
          : 'The users and roles of the backup are on the server now, too: look at db.getSiblingDB("admin").system.users.find().',
      ]
    : [];
  if (run.target.drop)
    return [...users, 'Check that the applications work with it; what was there before is gone.'];
  return [
    ...users,
    `Look at ${names.slice(0, 10).join(', ')}, then point the applications at it, or copy from it what is needed.`,
    `To remove it: ${drops.join('; ')}`,
  ];
}

/**
 * The look at a server before a restore: each thing that the restore would refuse (restore.ts) as a check of its own,
 * by the very functions that refuse it, and what a person should know besides. Changes nothing.
 */
import type { MongoClient } from 'mongodb';
import type { Component } from '../../core/manifest.ts';
import type { Preflight, RecoveryContext } from '../../core/ports/recovery.ts';
import { Checks, type Seen } from '../../core/restore/checks.ts';
import { closeQuietly, connect, describeHosts, type MongoConnection, orAborted } from './connection.ts';
import { fromServer } from './errors.ts';
import { type MongodbFacts, mongodbFactsSchema } from './model.ts';
import { neededBytes, rightsSeen, spaceSeen } from './preflight-server.ts';
import { decideOplog } from './restore.ts';
import { identify, type ServerIdentity } from './restore-compare.ts';
import {
  describeTarget,
  type MongodbRestoreRequest,
  type RestoreTarget,
  requireDistinct,
  restoreTarget,
} from './restore-options.ts';
import { collectionsThere, requireRoom } from './restore-there.ts';

export interface PreflightOptions {
  readonly component: Component;
  readonly request: MongodbRestoreRequest;
  /** From the secret to checked hosts, as the restore does it. */
  readonly resolve: () => Promise<MongoConnection>;
  readonly context: RecoveryContext;
}

export async function preflight(options: PreflightOptions): Promise<Preflight> {
  const { component, request, resolve, context } = options;
  const { signal } = context;
  const facts = mongodbFactsSchema.parse(component.facts);
  let secrets: readonly string[] = [];
  const checks = new Checks(signal, (thrown, what) => fromServer(thrown, what, secrets));
  const chosen = await checks.check(
    'selection',
    'What of it is restored, and under which names',
    () => {
      const target = restoreTarget(facts, request);
      requireDistinct(target);
      return target;
    },
    describeTarget,
  );
  const needsBytes = chosen && neededBytes(facts, chosen.value);
  const known = needsBytes === undefined ? {} : { needsBytes };
  const reached = await checks.check(
    'reach',
    'The server can be reached and lets us in',
    async () => {
      const connection = await resolve();
      secrets = connection.secrets;
      return { connection, client: await connect(connection, signal) };
    },
    ({ connection }) =>
      `${connection.user ?? 'nobody'} at ${describeHosts(connection)}, tls ${connection.tls ? 'on' : 'off'}`,
  );
  if (!reached) return { checks: checks.list, ...known };
  const { client } = reached.value;
  try {
    const server = await checks.check(
      'version',
      'Its version',
      () => orAborted(identify(client), signal),
      (found) => versionSeen(facts, found),
    );
    if (chosen) await lookAt({ ...options, checks, client, target: chosen.value, server: server?.value });
    if (needsBytes !== undefined) {
      await checks.check(
        'space',
        'Room at the target',
        () => spaceSeen(client, needsBytes, signal),
        (seen) => seen,
      );
    }
  } finally {
    await closeQuietly(client);
  }
  return { checks: checks.list, ...known };
}

interface Look extends PreflightOptions {
  readonly checks: Checks;
  readonly client: MongoClient;
  readonly target: RestoreTarget;
  readonly server: ServerIdentity | undefined;
}

async function lookAt({ checks, client, target, server, component, context }: Look): Promise<void> {
  const { signal } = context;
  await checks.check(
    'name',
    'What is in its place',
    async () => {
      const there = await collectionsThere(client, target, signal);
      requireRoom(there, target);
      return there;
    },
    thereSeen,
  );
  await checks.check(
    'rights',
    'The user may restore',
    () => rightsSeen(client, target, signal),
    (seen) => seen,
  );
  if (!server) return;
  await checks.check(
    'oplog',
    'What was written during the dump',
    () => decideOplog({ component, context, client, target, server }),
    ({ replay, why }): Seen => {
      if (why !== undefined) {
        return { state: 'warning', detail: `left out: ${why}`, next: oplogNext };
      }
      return replay ? 'replayed, with users and roles' : 'nothing has to be replayed';
    },
  );
}

const oplogNext =
  'Restore all of it under its own names with usersAndRoles, if one instant for all collections matters (docs/mongodb.md, Restoring).';

function versionSeen({ serverVersion }: MongodbFacts, { version, real }: ServerIdentity): Seen {
  if (!real) {
    return {
      state: 'warning',
      detail: `it calls itself ${version}, and is no MongoDB server: it keeps less than one`,
      next: 'Restore onto a MongoDB server, where views, options and validators matter.',
    };
  }
  const seen = `MongoDB ${version}; the backup is of ${serverVersion}`;
  if (majorOf(version) >= majorOf(serverVersion)) return seen;
  return {
    state: 'warning',
    detail: `${seen}: options and index types that the older one does not know end the restore`,
    next: `Restore onto MongoDB ${majorOf(serverVersion)} or later.`,
  };
}

function majorOf(version: string): number {
  return Number.parseInt(version, 10) || 0;
}

function thereSeen(there: ReadonlyMap<string, readonly string[]>): Seen {
  const taken = [...there].filter(([, collections]) => collections.length > 0);
  if (taken.length === 0) return `no collection in ${[...there.keys()].join(', ')}`;
  const words = taken.map(([database, collections]) => `${collections.length} in ${database}`);
  return {
    state: 'warning',
    detail: `collections that are there: ${words.join(', ')}; those of the same names are dropped, the others stay`,
    next: 'Make a restore point first, or restore under another name.',
  };
}

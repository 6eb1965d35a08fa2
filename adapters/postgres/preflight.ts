/**
 * The look at a server before a restore: each thing that the restore would refuse (restore-plan.ts, target.ts) as a
 * check of its own, by the very functions that refuse it, and what a person should know besides. Changes nothing.
 */
import type pg from 'pg';
import type { Component } from '../../core/manifest.ts';
import type { OpenSegment, Preflight, RecoveryContext } from '../../core/ports/recovery.ts';
import { Checks, type Seen } from '../../core/restore/checks.ts';
import type { ConnectionSettings } from './connection.ts';
import { withClient } from './database-client.ts';
import { createStatement, major } from './database-create.ts';
import { fromServer } from './errors.ts';
import { type PostgresFacts, postgresFactsSchema } from './model.ts';
import { extensionsSeen, localeSeen } from './preflight-server.ts';
import { isSilent } from './restore-excuses.ts';
import { allEntries, type DefinitionHeads, readDefinitions } from './restore-heads.ts';
import type { PostgresRestoreRequest } from './restore-options.ts';
import { checkRoles, chooseNames, lookAtRoles, onlySelection } from './restore-plan.ts';
import { needsSuperuser, neverRestored, select } from './restore-select.ts';
import {
  lookAtTarget,
  neededBytesFor,
  requireCreator,
  requireExtensions,
  requireTargetSpace,
  type SeenTarget,
  wantedExtensions,
} from './target.ts';

export interface PreflightOptions {
  readonly component: Component;
  /** Absent where the definitions lie in an archive class. */
  readonly open: OpenSegment | undefined;
  readonly request: PostgresRestoreRequest;
  /** From the secret to a server that let us in, as the restore does it. */
  readonly reach: () => Promise<ConnectionSettings>;
  readonly context: RecoveryContext;
}

export async function preflight(options: PreflightOptions): Promise<Preflight> {
  const { component, open, context, reach } = options;
  const facts = postgresFactsSchema.parse(component.facts);
  const needsBytes = neededBytesFor(facts.sizeBytes);
  const checks = new Checks(context.signal, (thrown, what) => fromServer(thrown, what));
  const reached = await checks.check(
    'reach',
    'The server can be reached and lets us in',
    reach,
    ({ user, host, port, tls }) => `${user} at ${host}:${port}, tls ${tls}`,
  );
  if (!reached) return { checks: checks.list, needsBytes };
  const heads = open && (await definitions(checks, component, open, context));
  const { value: settings } = reached;
  await checks.check(
    'session',
    'It answers to the end',
    () =>
      withClient(settings, settings.database, (client) =>
        lookAt({ ...options, checks, client, settings, facts, heads }),
      ),
    () => undefined,
  );
  return { checks: checks.list, needsBytes };
}

async function definitions(
  checks: Checks,
  component: Component,
  open: OpenSegment,
  { signal }: RecoveryContext,
): Promise<DefinitionHeads | undefined> {
  const read = await checks.check(
    'definitions',
    'The definitions in the backup',
    () => readDefinitions(component, open, signal),
    (heads) => `read to their end: ${allEntries(heads).length} entries`,
  );
  return read?.value;
}

interface Look extends PreflightOptions {
  readonly checks: Checks;
  readonly client: pg.Client;
  readonly settings: ConnectionSettings;
  readonly facts: PostgresFacts;
  readonly heads: DefinitionHeads | undefined;
}

async function lookAt(look: Look): Promise<void> {
  const { checks, client, settings, facts, request, context } = look;
  const target = await lookAtTarget(client);
  checks.add('version', 'Its version', versionSeen(facts, target));
  await checks.check(
    'rights',
    'The role may restore',
    () => requireCreator(target, { otherSecret: request.options.secret !== undefined }),
    () => rightsSeen(target),
  );
  await checks.check(
    'name',
    request.replace ? 'The database can be replaced' : 'The name is free',
    () => chooseNames(client, facts, request, context.clock.now()),
    (names) =>
      names.replaces
        ? `${names.replaces.name} can be; it stays as ${names.replaces.kept}`
        : `there is no database ${names.database}`,
  );
  await lookAtDefinitions(look, target);
  await checks.check(
    'locale',
    'Encoding and locale',
    () => {
      createStatement('preflight', facts, target.versionNum);
      return localeSeen(client, facts);
    },
    (seen) => seen,
  );
  await checks.check(
    'extensions',
    'Extensions',
    async (): Promise<Seen> => {
      if (request.options.only !== undefined) return 'a part of a backup brings none';
      await requireExtensions(client, wantedExtensions(facts));
      return extensionsSeen(client, facts, target);
    },
    (seen) => seen,
  );
  await checks.check(
    'space',
    'Room at the target',
    () => requireTargetSpace(client, settings, facts.sizeBytes),
    (freeBytes) => spaceSeen(facts, freeBytes, settings),
  );
}

/** What only the archive's own tables of contents tell. */
async function lookAtDefinitions(look: Look, target: SeenTarget): Promise<void> {
  const { checks, client, facts, request, heads, open } = look;
  const title = 'Owners and roles';
  if (!heads) {
    // Where they could not be read, that has failed already.
    if (open) return;
    const detail = 'the definitions, which name the roles, lie in an archive class';
    checks.add('roles', title, { state: 'unknown', detail, next: afterReturn });
    return;
  }
  const { only } = request.options;
  const chosen = await checks.check(
    'selection',
    'What of it is restored',
    () => onlySelection(heads, request),
    (selection) => (selection ? `${selection.data.size} tables with their data` : 'all of it'),
  );
  await checks.check(
    'roles',
    title,
    async () => {
      const { state } = await lookAtRoles(client, target, facts, heads, request);
      return { state, skipped: checkRoles(target, state, request) };
    },
    ({ state, skipped }) => {
      if (request.options.noOwner) return 'left out, as asked for';
      if (skipped.length > 0)
        return { state: 'warning', detail: skipped.join('; '), next: membershipsByHand };
      const made = state.missing.map(({ name }) => name);
      return made.length > 0 ? `they will be made, without login: ${made.join(', ')}` : 'all are there';
    },
  );
  if (chosen && only === undefined)
    checks.add('left-out', 'Everything can come back', leftOutSeen(heads, target));
}

const afterReturn = 'Nothing: the restore looks at it when the objects are back, before it touches anything.';
const membershipsByHand = 'Grant these memberships by hand, where they are wanted.';

function versionSeen(facts: PostgresFacts, { version, versionNum }: SeenTarget): Seen {
  if (major(versionNum) >= major(facts.serverVersionNum)) {
    return `PostgreSQL ${version}; the backup is of ${facts.serverVersion}`;
  }
  return {
    state: 'warning',
    detail: `PostgreSQL ${version} is older than that of the backup (${facts.serverVersion}): what it does not know ends the restore, and the new database is dropped again`,
    next: `Restore onto PostgreSQL ${major(facts.serverVersionNum)} or later.`,
  };
}

function rightsSeen({ user, superuser, createRole }: SeenTarget): Seen {
  if (superuser) return `${user} is a superuser`;
  return `${user} may create databases${createRole ? ' and roles' : ''}`;
}

const mostNamed = 10;

function leftOutSeen(heads: DefinitionHeads, { superuser, user }: SeenTarget): Seen {
  const reason = superuser
    ? neverRestored
    : (entry: Parameters<typeof neverRestored>[0]) => neverRestored(entry) ?? needsSuperuser(entry);
  const out = select(allEntries(heads), reason).leftOut.filter((left) => !isSilent(left));
  if (out.length === 0) return 'nothing has to be left out';
  const named = out.slice(0, mostNamed).map(({ what, why }) => `${what}: ${why}`);
  const more = out.length > mostNamed ? `; and ${out.length - mostNamed} more` : '';
  return {
    state: 'warning',
    detail: `${out.length} left out: ${named.join('; ')}${more}`,
    next: superuser
      ? 'Make them by hand afterwards, where they are wanted.'
      : `Make them by hand afterwards, or restore with a superuser instead of ${user}.`,
  };
}

function spaceSeen(facts: PostgresFacts, freeBytes: number | undefined, { local }: ConnectionSettings): Seen {
  const needs = `the restore takes about ${neededBytesFor(facts.sizeBytes)} bytes, by the size of the source`;
  if (freeBytes !== undefined) return `${needs}; ${freeBytes} are free`;
  const why = local
    ? 'the role may not see where the server keeps its data'
    : 'no SQL tells how much is free on the server’s disk';
  return {
    state: 'unknown',
    detail: `${needs}; ${why}`,
    next: 'Look at the free storage of the server yourself (of RDS: the metric FreeStorageSpace).',
  };
}

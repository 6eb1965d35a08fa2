/**
 * Everything that is decided about a restore before the target is touched: names, roles, what is left out. The checks
 * of the target are here, in the order in which a person would want to hear of them; nothing here changes anything.
 */
import type pg from 'pg';
import { HoldfastError } from '../../core/errors.ts';
import type { ConnectionSettings } from './connection.ts';
import { createStatement } from './database-create.ts';
import type { PostgresFacts } from './model.ts';
import { requireReplaceable } from './replace.ts';
import { allEntries, type DefinitionHeads } from './restore-heads.ts';
import { type OnlySelection, selectOnly, unknownNames } from './restore-only.ts';
import { besideName, databaseNameOf, type PostgresRestoreRequest } from './restore-options.ts';
import { isOfDatabase } from './restore-select.ts';
import { decoded } from './restore-toc.ts';
import { neededRoles, type RoleNeed } from './roles.ts';
import {
  databaseExists,
  lookAtTarget,
  type RoleState,
  readRoles,
  requireCreator,
  requireExtensions,
  requireTargetSpace,
  rolesMissing,
  type Target,
  unsuitable,
  wantedExtensions,
} from './target.ts';

export interface RestorePlan {
  readonly target: Target;
  /** What is created first, beside everything else. */
  readonly database: string;
  /** With --replace: whose place it takes, and what that is called afterwards. */
  readonly replaces?: { readonly name: string; readonly kept: string };
  /** Undefined with --no-owner. */
  readonly owner?: string;
  /** Old name to new one. */
  readonly roleMap: ReadonlyMap<string, string>;
  readonly rolesToCreate: readonly RoleNeed[];
  /** Roles that the backup speaks of and that the target has, or will have, under these names. */
  readonly roles: ReadonlySet<string>;
  readonly only?: OnlySelection;
  readonly skipped: readonly string[];
}

export interface PlanInput {
  readonly client: pg.Client;
  readonly settings: ConnectionSettings;
  readonly facts: PostgresFacts;
  readonly heads: DefinitionHeads;
  readonly request: PostgresRestoreRequest;
  readonly now: Date;
}

/** @throws HoldfastError INVALID_INPUT, TARGET_EXISTS, TARGET_ROLES_MISSING, TARGET_SPACE, TARGET_UNSUITABLE */
export async function planRestore(input: PlanInput): Promise<RestorePlan> {
  const { client, settings, facts, heads, request, now } = input;
  const only = onlySelection(heads, request);
  const target = await lookAtTarget(client);
  requireCreator(target, { otherSecret: request.options.secret !== undefined });
  const names = await chooseNames(client, facts, request, now);
  const { roleMap, needs, state } = await lookAtRoles(client, target, facts, heads, request);
  const skipped = checkRoles(target, state, request);
  // Building the statement refuses what this version cannot have.
  createStatement(names.database, facts, target.versionNum);
  if (only === undefined) await requireExtensions(client, wantedExtensions(facts));
  await requireTargetSpace(client, settings, facts.sizeBytes);
  const missing = new Set(state.missing.map((need) => need.name));
  return {
    ...{ target, ...names, roleMap, skipped },
    ...(request.options.noOwner ? {} : { owner: roleMap.get(facts.owner) ?? facts.owner }),
    rolesToCreate: request.options.createRoles ? state.missing : [],
    roles: new Set(
      needs.map((need) => need.name).filter((name) => request.options.createRoles || !missing.has(name)),
    ),
    ...(only === undefined ? {} : { only }),
  };
}

/** Which roles the backup speaks of, under the names that they would have, and which of them the target has. */
export async function lookAtRoles(
  client: pg.Client,
  target: Target,
  facts: PostgresFacts,
  heads: DefinitionHeads,
  request: PostgresRestoreRequest,
) {
  const roleMap = new Map(Object.entries(request.options.roleMap));
  const needs = mappedNeeds(facts, heads, roleMap);
  const owners = request.options.noOwner ? [] : ownersOf(facts, heads, roleMap);
  return { roleMap, needs, state: await readRoles(client, target, needs, owners) };
}

/** @throws HoldfastError INVALID_INPUT for what the backup does not hold */
export function onlySelection(
  heads: DefinitionHeads,
  request: PostgresRestoreRequest,
): OnlySelection | undefined {
  if (request.options.only === undefined) return undefined;
  const unknown = unknownNames(allEntries(heads), request.options.only);
  if (unknown.length > 0) {
    throw new HoldfastError('INVALID_INPUT', `only: the backup has no ${unknown.slice(0, 20).join(', ')}`);
  }
  if (request.replace) {
    throw new HoldfastError('INVALID_INPUT', 'only: a part of a backup cannot replace a whole database');
  }
  return selectOnly(allEntries(heads), request.options.only);
}

/** @throws HoldfastError TARGET_EXISTS, TARGET_UNSUITABLE */
export async function chooseNames(
  client: pg.Client,
  facts: PostgresFacts,
  request: PostgresRestoreRequest,
  now: Date,
) {
  const wanted = databaseNameOf(facts.database, request);
  if (request.replace) {
    await requireReplaceable(client, wanted);
    const names = {
      database: besideName(wanted, 'restored', now.toISOString()),
      kept: besideName(wanted, 'before', now.toISOString()),
    };
    for (const name of [names.database, names.kept]) await requireFree(client, name);
    return { database: names.database, replaces: { name: wanted, kept: names.kept } };
  }
  await requireFree(client, wanted);
  return { database: wanted };
}

async function requireFree(client: pg.Client, name: string): Promise<void> {
  if (!(await databaseExists(client, name))) return;
  throw new HoldfastError('TARGET_EXISTS', `the target has a database ${name} already`, {
    details: { database: name },
  });
}

/** What owns, is granted to or named in a policy, and the groups of these: logins that merely belong to them are not needed. */
function mappedNeeds(
  facts: PostgresFacts,
  heads: DefinitionHeads,
  roleMap: ReadonlyMap<string, string>,
): readonly RoleNeed[] {
  const entries = allEntries(heads).filter((entry) => !isOfDatabase(entry));
  const all = new Map(neededRoles(facts, entries).map((need) => [need.name, need]));
  const named = neededRoles({ ...facts, roles: [] }, entries).map((need) => need.name);
  const upwards = new Set<string>();
  for (const queue = [...named]; queue.length > 0; ) {
    const name = queue.pop() as string;
    if (upwards.has(name)) continue;
    upwards.add(name);
    // A role that is replaced brings its own memberships.
    if (!roleMap.has(name)) queue.push(...(all.get(name)?.memberOf ?? []));
  }
  const needs = new Map<string, RoleNeed>();
  for (const name of upwards) {
    const need = all.get(name) ?? { name, inherit: true, memberOf: [] };
    const mapped = roleMap.get(name);
    if (mapped === undefined)
      needs.set(name, { ...need, memberOf: need.memberOf.map((group) => roleMap.get(group) ?? group) });
    else if (!needs.has(mapped)) needs.set(mapped, { name: mapped, inherit: true, memberOf: [] });
  }
  return [...needs.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function ownersOf(
  facts: PostgresFacts,
  heads: DefinitionHeads,
  roleMap: ReadonlyMap<string, string>,
): readonly string[] {
  const owners = [facts.owner, ...allEntries(heads).map((entry) => decoded(entry.owner))].filter(
    (name) => name !== '',
  );
  return [...new Set(owners.map((name) => roleMap.get(name) ?? name))];
}

/** @returns what is left out; @throws TARGET_ROLES_MISSING, TARGET_UNSUITABLE */
export function checkRoles(
  target: Target,
  state: RoleState,
  request: PostgresRestoreRequest,
): readonly string[] {
  if (request.options.noOwner) return ['owners and grants: not restored, by request'];
  const lacking = rolesMissing(state);
  if (lacking && !request.options.createRoles) throw lacking;
  if (state.missing.length > 0 && !target.superuser && !target.createRole) {
    throw unsuitable(`the role ${target.user} may not create roles`);
  }
  if (state.notOurs.length > 0) {
    const list = state.notOurs.map((name) => `"${name}"`).join(', ');
    throw unsuitable(
      `the role ${target.user} cannot make objects of others: GRANT ${list} TO "${target.user}"`,
    );
  }
  return state.missingMemberships.map(
    ({ member, group }) =>
      `membership of ${member} in ${group}: both roles were there before, and are left as they are`,
  );
}

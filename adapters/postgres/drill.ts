/**
 * The restore drill (rules 12 and 13): a backup restored into a scratch server by a role that is no superuser, and
 * compared with the evidence. Promises: differences mean that the backup is not what the source was; whatever could
 * not be tried is in `notProven` with its reason; no statement of the backup ever runs as a superuser.
 */
import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { HoldfastError, hasCode } from '../../core/errors.ts';
import type { Component } from '../../core/manifest.ts';
import type { Comparison, OpenSegment, RecoveryContext } from '../../core/ports/recovery.ts';
import { ComparisonBuilder } from '../comparison.ts';
import { guardSpace, requireSpace, reservedBytes } from '../scratch/space.ts';
import { wipeScratch } from '../scratch/wipe.ts';
import { compareRestored } from './compare-restored.ts';
import type { ConnectionSettings } from './connection.ts';
import { withClient } from './database-client.ts';
import { createWithStandIn } from './database-create.ts';
import { makeDrillExtensions } from './drill-extensions.ts';
import {
  type PostgresEvidence,
  type PostgresFacts,
  postgresEvidenceSchema,
  postgresFactsSchema,
} from './model.ts';
import { quoteIdentifier, quoteLiteral } from './names.ts';
import { excuses } from './restore-excuses.ts';
import { explain, failureLine } from './restore-explain.ts';
import { allEntries, type DefinitionHeads, readDefinitions } from './restore-heads.ts';
import { runRestore } from './restore-run.ts';
import { needsSuperuser, neverRestored } from './restore-select.ts';
import type { TocEntry } from './restore-toc.ts';
import { createRoles, neededRoles } from './roles.ts';
import { OwnerLender } from './roles-lend.ts';
import { grantByMembership } from './roles-sql.ts';
import { type ScratchServer, withScratchServer } from './scratch.ts';

export interface DrillOptions {
  readonly binDir: string;
  readonly component: Component;
  readonly open: OpenSegment;
  readonly workDir: string;
  readonly context: RecoveryContext;
  /** Free space below which a drill is stopped; for tests. */
  readonly keepFreeBytes?: number;
}

const database = 'drill';

/**
 * @throws HoldfastError SCRATCH_FAILED, SCRATCH_TOO_SMALL, INTEGRITY_*; the signal's reason
 */
export async function drill(options: DrillOptions): Promise<Comparison> {
  const facts = postgresFactsSchema.parse(options.component.facts);
  const evidence = postgresEvidenceSchema.parse(options.component.evidence);
  await makeRoom(options);
  const guard = guardSpace(options.workDir, options.context.signal, options.keepFreeBytes);
  const context = { ...options.context, signal: guard.signal };
  try {
    return await withScratchServer(
      { binDir: options.binDir, workDir: options.workDir, signal: guard.signal },
      (server) => drillIn(server, { ...options, context }, facts, evidence),
    );
  } catch (thrown) {
    // Whatever broke because the disk was full is told as that.
    guard.signal.throwIfAborted();
    throw thrown;
  } finally {
    guard.stop();
  }
}

/** What an earlier drill left must not count against this one. */
async function makeRoom({ workDir, component }: DrillOptions): Promise<void> {
  await wipeScratch(workDir);
  await mkdir(workDir, { recursive: true });
  try {
    await requireSpace(workDir, drillBytes(component));
  } catch (thrown) {
    await wipeScratch(workDir);
    throw thrown;
  }
}

/**
 * All that a drill asks for, with what must stay free. High on purpose: indexes are made again and may be larger than
 * the source's, and building them sorts on disk.
 */
export function drillBytes(component: Component): number {
  const facts = postgresFactsSchema.parse(component.facts);
  return Math.ceil(facts.sizeBytes * 1.3) + 256 * 1024 * 1024 + reservedBytes;
}

async function drillIn(
  server: ScratchServer,
  options: DrillOptions,
  facts: PostgresFacts,
  evidence: PostgresEvidence,
): Promise<Comparison> {
  const result = new ComparisonBuilder();
  const { context } = options;
  const heads = await readDefinitions(options.component, options.open, context.signal);
  const roles = neededRoles(facts, allEntries(heads));
  const drillRole = `holdfast_drill_${randomBytes(6).toString('hex')}`;
  const password = randomBytes(24).toString('base64url');
  const version = await withClient(server.superuser, 'postgres', async (client) => {
    await createRoles(client, roles);
    await client.query(
      `CREATE ROLE ${quoteIdentifier(drillRole)} LOGIN NOSUPERUSER BYPASSRLS INHERIT PASSWORD ${quoteLiteral(password)}`,
    );
    for (const role of roles) {
      await client.query(`GRANT ${quoteIdentifier(role.name)} TO ${quoteIdentifier(drillRole)}`);
    }
    const { rows } = await client.query<{ num: string; text: string }>(
      `SELECT pg_catalog.current_setting('server_version_num') AS num, pg_catalog.current_setting('server_version') AS text`,
    );
    const num = Number(rows[0]?.num);
    const lacks = await createWithStandIn(client, database, facts, num, facts.owner);
    if (lacks !== undefined) {
      result.notProven(`the order of texts in the database's own locale (${facts.collate})`, lacks);
    }
    return { num, text: rows[0]?.text ?? '' };
  });
  const settings = server.access(drillRole, password);
  let restored: Awaited<ReturnType<typeof restoreIntoScratch>>;
  try {
    restored = await restoreIntoScratch(server, options, facts, {
      ...{ settings, drillRole, version: version.num, roles, heads },
    });
  } catch (thrown) {
    context.signal.throwIfAborted();
    if (!hasCode(thrown, 'RESTORE_FAILED')) throw thrown;
    requireOfBackup(thrown.message, server);
    // A backup that cannot be restored to its end is what a drill is there to find.
    describeRun(result, facts, version.text, []);
    result.difference(`pg_restore: ${thrown.message}`);
    return result.build();
  }
  describeRun(result, facts, version.text, restored.otherVersions);
  const explanation = explain(restored.run.failed, allEntries(heads));
  for (const failure of explanation.failures) {
    const line = failureLine(failure);
    requireOfBackup(line, server);
    result.difference(line);
  }
  const excused = excuses(restored.run.leftOut, explanation.explained, allEntries(heads));
  for (const { what, why } of excused.lines) result.notProven(what, why);
  await compareRestored(result, { facts, evidence, settings, database, context, excused });
  return result.build();
}

/**
 * What the runtime or the scratch server could not do says nothing about the backup.
 * @throws HoldfastError SCRATCH_TOO_SMALL, SCRATCH_FAILED
 */
function requireOfBackup(message: string, server: ScratchServer): void {
  const disk = /No space left on device|Disk quota exceeded/.test(message);
  const lost =
    /was killed by |server closed the connection|connection to server|terminating connection|out of (?:shared )?memory|Cannot allocate memory/;
  if (!disk && !lost.test(message)) return;
  throw new HoldfastError(disk ? 'SCRATCH_TOO_SMALL' : 'SCRATCH_FAILED', `the drill broke off: ${message}`, {
    details: { log: server.log().slice(-2000) },
    ...(disk
      ? {}
      : { next: 'Look at the log of the scratch server; more memory for the function helps if it ran out.' }),
  });
}

interface ScratchRole {
  readonly settings: ConnectionSettings;
  readonly drillRole: string;
  readonly version: number;
  readonly roles: readonly { readonly name: string }[];
  readonly heads: DefinitionHeads;
}

async function restoreIntoScratch(
  server: ScratchServer,
  options: DrillOptions,
  facts: PostgresFacts,
  as: ScratchRole,
) {
  let otherVersions: readonly { name: string; here: string; there: string }[] = [];
  const isRole = new Set(as.roles.map((role) => role.name));
  const workDir = join(options.workDir, 'segments');
  await mkdir(workDir, { recursive: true, mode: 0o700 });
  const run = await runRestore({
    ...{ component: options.component, open: options.open, heads: as.heads, binDir: options.binDir, workDir },
    ...{
      context: options.context,
      settings: as.settings,
      database,
      serverVersionNum: as.version,
      superuser: false,
    },
    args: ['--no-security-labels'],
    reason: drillReason,
    rewrite: grantByMembership,
    makeExtensions: async (names) => {
      const made = await makeDrillExtensions(server.superuser, database, names, facts, as.drillRole);
      otherVersions = made.otherVersions;
      return made.missing;
    },
    lender: new OwnerLender(as.settings, database, (name) => isRole.has(name)),
  });
  return { run, otherVersions };
}

function drillReason(entry: TocEntry): string | undefined {
  return neverRestored(entry) ?? needsSuperuser(entry) ?? userMapping(entry);
}

/** They hold passwords for other servers, and their servers are not made. */
function userMapping(entry: TocEntry): string | undefined {
  return ['USER MAPPING', 'SERVER', 'FOREIGN TABLE'].includes(entry.desc)
    ? 'a drill makes nothing that reaches other servers'
    : undefined;
}

function describeRun(
  result: ComparisonBuilder,
  facts: PostgresFacts,
  version: string,
  otherVersions: readonly { readonly name: string; readonly here: string; readonly there: string }[],
): void {
  result.fact('sourceServerVersion', facts.serverVersion);
  result.fact('scratchServerVersion', version);
  for (const { name, here, there } of otherVersions) {
    result.notProven(`extension ${name} in version ${there}`, `the scratch server has ${here}`);
  }
  for (const { what, why } of facts.notCovered) result.notProven(what, `not in the backup: ${why}`);
}

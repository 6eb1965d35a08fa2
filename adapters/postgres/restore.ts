/**
 * Restores a backup into a server (rules 14 to 17). Promises: nothing on the target is touched before everything that
 * can be checked was; it goes into a new database, and what fails is undone, or the error lists exactly what is left;
 * what is left out is in `skipped`; with --replace, the old database is kept and both names change at once or not at all.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asHoldfastError, HoldfastError } from '../../core/errors.ts';
import type { Component } from '../../core/manifest.ts';
import type { Comparison, OpenSegment, RecoveryContext, RestoreOutcome } from '../../core/ports/recovery.ts';
import { ComparisonBuilder } from '../comparison.ts';
import { compareRestored } from './compare-restored.ts';
import { type ConnectionSettings, connect, libpqEnvironment, withDatabase } from './connection.ts';
import { withClient } from './database-client.ts';
import { createStatement } from './database-create.ts';
import { applyFacts } from './database-facts.ts';
import { type PostgresFacts, postgresEvidenceSchema, postgresFactsSchema } from './model.ts';
import { quoteIdentifier } from './names.ts';
import { replaceDatabase } from './replace.ts';
import { type Excuses, excuses, isSilent } from './restore-excuses.ts';
import { explain, failureLine } from './restore-explain.ts';
import { tryExtensions } from './restore-extensions.ts';
import { allEntries, type DefinitionHeads, readDefinitions } from './restore-heads.ts';
import { boundedLines } from './restore-lines.ts';
import type { PostgresRestoreRequest } from './restore-options.ts';
import { planRestore, type RestorePlan } from './restore-plan.ts';
import { runProgram } from './restore-program.ts';
import { runRestore } from './restore-run.ts';
import { describe, needsSuperuser, neverRestored } from './restore-select.ts';
import { decoded, type TocEntry } from './restore-toc.ts';
import { Undo } from './restore-undo.ts';
import { createRoles } from './roles.ts';
import { OwnerLender } from './roles-lend.ts';
import { grantByMembership, mapRoles, rolesOf, withoutMaintain } from './roles-sql.ts';

export interface RestoreOptions {
  readonly binDir: string;
  readonly component: Component;
  readonly open: OpenSegment;
  readonly request: PostgresRestoreRequest;
  /** The server; its database is where administrative statements run, and never the one that is replaced. */
  readonly settings: ConnectionSettings;
  readonly context: RecoveryContext;
}

/** @throws HoldfastError TARGET_*, RESTORE_FAILED, EVIDENCE_MISMATCH (only with --replace), INTEGRITY_*; the signal's reason */
export async function restore(options: RestoreOptions): Promise<RestoreOutcome> {
  const { settings, context, request } = options;
  const facts = postgresFactsSchema.parse(options.component.facts);
  const heads = await readDefinitions(options.component, options.open, context.signal);
  context.signal.throwIfAborted();
  const plan = await withClient(settings, settings.database, (client) =>
    planRestore({ client, settings, facts, heads, request, now: context.clock.now() }),
  );
  const undo = new Undo(settings, settings.database);
  const workDir = await mkdtemp(join(tmpdir(), 'holdfast-restore-'));
  try {
    return await carryOut({ ...options, facts, heads, plan, undo, workDir });
  } catch (thrown) {
    throw await undone(undo, thrown);
  } finally {
    await rm(workDir, { recursive: true, force: true });
  }
}

async function undone(undo: Undo, thrown: unknown): Promise<HoldfastError> {
  const left = await undo.undo();
  const error = asHoldfastError(thrown, 'RESTORE_FAILED');
  if (left.length === 0) return error;
  return new HoldfastError(error.code, `${error.message}; this is left on the target: ${left.join('; ')}`, {
    cause: thrown,
    details: { ...error.details, left },
    // Where a database is closed to connections, that comes first.
    next: `${error.details.statements === undefined ? '' : `${error.next} `}Remove by hand what the message lists.`,
  });
}

interface Run extends RestoreOptions {
  readonly facts: PostgresFacts;
  readonly heads: DefinitionHeads;
  readonly plan: RestorePlan;
  readonly undo: Undo;
  readonly workDir: string;
}

async function carryOut(run: Run): Promise<RestoreOutcome> {
  const { plan, context, facts } = run;
  context.onStep?.('create');
  await prepare(run);
  context.onStep?.('load');
  const { skipped, excused } = await restoreSegments(run);
  if (lacksMaintain(run))
    skipped.push(`the privilege MAINTAIN: PostgreSQL ${plan.target.version} does not have it`);
  skipped.push(...(await applyDatabaseFacts(run)));
  context.onStep?.('analyse');
  await analyse(run);
  context.signal.throwIfAborted();
  if (run.request.compare) context.onStep?.('compare');
  const comparison = run.request.compare ? await compareWithEvidence(run, excused) : undefined;
  if (plan.replaces) context.onStep?.('replace');
  if (plan.replaces) await takePlace(run, plan.replaces, comparison);
  const database = plan.replaces?.name ?? plan.database;
  context.log.info('restored', { database, skipped: skipped.length, source: facts.database });
  return {
    target: database,
    ...(comparison ? { comparison } : {}),
    skipped: boundedLines(skipped),
    nextSteps: nextSteps(run, database, comparison),
  };
}

/** Roles, then the database: the first things that are touched. */
async function prepare(run: Run): Promise<void> {
  const { plan, settings, facts, undo } = run;
  await withClient(settings, settings.database, async (client) => {
    await createRoles(client, plan.rolesToCreate, (name, sql) => undo.makeRole(client, name, sql));
    if (!plan.target.superuser) {
      for (const { name } of plan.rolesToCreate) {
        await client.query(`GRANT ${quoteIdentifier(name)} TO ${quoteIdentifier(plan.target.user)}`);
      }
    }
    const statement = createStatement(plan.database, facts, plan.target.versionNum, plan.owner);
    await undo.makeDatabase(client, plan.database, statement);
  });
}

async function restoreSegments(run: Run): Promise<{ readonly skipped: string[]; readonly excused: Excuses }> {
  const { plan, settings, heads, request, context } = run;
  const { superuser } = plan.target;
  const { only } = plan;
  const result = await runRestore({
    ...{ component: run.component, open: run.open, heads, binDir: run.binDir, workDir: run.workDir, context },
    ...{ settings, database: plan.database, serverVersionNum: plan.target.versionNum, superuser },
    args: [
      ...(request.options.noOwner ? ['--no-owner', '--no-privileges'] : []),
      ...(superuser ? [] : ['--no-security-labels']),
    ],
    reason: (entry) => leaveOut(run, entry),
    ...(only === undefined
      ? {}
      : {
          wantsData: (entry: TocEntry) => only.data.has(`${decoded(entry.namespace)}.${decoded(entry.tag)}`),
        }),
    rewrite: (entry) => rewrite(plan, entry),
    makeExtensions: async (names) =>
      superuser ? new Map() : tryExtensions(settings, plan.database, names, run.facts),
    ...(superuser || request.options.noOwner
      ? {}
      : { lender: new OwnerLender(settings, plan.database, (name) => plan.roles.has(name)) }),
  });
  const entries = allEntries(heads);
  // A superuser can do everything: then every error is a failure.
  const explained = superuser ? { explained: [], failures: result.failed } : explain(result.failed, entries);
  if (explained.failures.length > 0) throw failed(explained.failures.map(failureLine));
  const leftOut = result.leftOut.filter((left) => left.why !== notAsked && !isSilent(left));
  return {
    skipped: [
      ...plan.skipped,
      ...leftOut.map((left) => `${left.what}: ${left.why}`),
      ...explained.explained.map(({ entry, why }) => `${describe(entry)}: ${why}`),
      ...(only === undefined ? [] : ['everything that was not asked for, large objects among it']),
    ],
    excused: excuses(result.leftOut, explained.explained, entries),
  };
}

/** PostgreSQL 17. */
const firstWithMaintain = 170_000;

function lacksMaintain({ plan, heads, request }: Run): boolean {
  if (plan.target.versionNum >= firstWithMaintain || request.options.noOwner) return false;
  return allEntries(heads).some((entry) => withoutMaintain(entry) !== entry);
}

function rewrite(plan: RestorePlan, entry: TocEntry): TocEntry | undefined {
  const mapped = mapRoles(entry, plan.roleMap);
  const granted = plan.target.superuser ? mapped : grantByMembership(mapped);
  return plan.target.versionNum < firstWithMaintain ? withoutMaintain(granted) : granted;
}

const notAsked = 'not asked for';

function leaveOut(run: Run, entry: TocEntry): string | undefined {
  const { plan, request } = run;
  if (plan.only && entry.hasData === false && !['SEQUENCE SET'].includes(entry.desc)) {
    const known = plan.only.dumpIds.has(entry.dumpId);
    if (!known && entry.desc === 'FK CONSTRAINT' && plan.only.data.has(tableOf(entry)))
      return 'its other table was not asked for';
    if (!known) return plan.only.lacking.get(entry.dumpId) ?? notAsked;
  }
  const never = neverRestored(entry) ?? (plan.target.superuser ? undefined : needsSuperuser(entry));
  if (never !== undefined) return never;
  if (request.options.noOwner && entry.desc === 'POLICY') {
    const missing = rolesOf({ ...entry, owner: undefined }).find(
      (role) => !plan.roles.has(plan.roleMap.get(role) ?? role),
    );
    if (missing !== undefined)
      return `the role ${missing} is not on the target; without the policy the table shows less, never more`;
  }
  return undefined;
}

/** The tag of a constraint is `table name`. */
function tableOf(entry: TocEntry): string {
  return `${decoded(entry.namespace)}.${decoded(entry.tag).split(' ')[0]}`;
}

function failed(lines: readonly string[]): HoldfastError {
  const shown = lines.slice(0, 5).join('; ');
  const more = lines.length > 5 ? ` and ${lines.length - 5} more` : '';
  return new HoldfastError('RESTORE_FAILED', `the restore had ${lines.length} errors: ${shown}${more}`, {
    details: { errors: lines.slice(0, 50) },
  });
}

async function applyDatabaseFacts(run: Run): Promise<readonly string[]> {
  const { plan, facts, settings, request } = run;
  const here = (name: string) => {
    const mapped = plan.roleMap.get(name) ?? name;
    return plan.roles.has(mapped) ? mapped : undefined;
  };
  return withClient(settings, settings.database, (client) =>
    applyFacts(
      client,
      plan.database,
      {
        comment: facts.comment,
        acl: request.options.noOwner ? null : facts.acl,
        settings: facts.settings,
        owner: facts.owner,
      },
      here,
    ),
  );
}

/** Without statistics the first queries would be slow; dumps leave them out (rule 6). */
async function analyse(run: Run): Promise<void> {
  const { plan, settings, context } = run;
  const result = await runProgram({
    ...{ binDir: run.binDir, program: 'vacuumdb', signal: context.signal },
    args: ['--analyze-only', '--no-password', '--quiet', `--jobs=${context.parallelism}`],
    env: await libpqEnvironment(withDatabase(settings, plan.database)),
  });
  // A table that cannot be analysed is restored nevertheless; autovacuum comes by.
  if (result.exitCode !== 0) context.log.warn('analyze failed', { stderr: result.stderr.slice(-500) });
}

async function compareWithEvidence(run: Run, excused: Excuses): Promise<Comparison> {
  const { plan, facts, settings, context } = run;
  const result = new ComparisonBuilder();
  result.fact('sourceServerVersion', facts.serverVersion);
  result.fact('targetServerVersion', plan.target.version);
  const evidence = postgresEvidenceSchema.parse(run.component.evidence);
  const only = plan.only === undefined ? {} : { only: plan.only.data };
  const otherRoles = run.request.options.noOwner || plan.roleMap.size > 0;
  await compareRestored(result, {
    facts,
    evidence,
    settings,
    database: plan.database,
    context,
    excused,
    otherRoles,
    ...only,
  });
  return result.build();
}

async function takePlace(
  run: Run,
  replaces: NonNullable<RestorePlan['replaces']>,
  comparison: Comparison | undefined,
): Promise<void> {
  if (comparison && comparison.differences.length > 0) {
    throw new HoldfastError(
      'EVIDENCE_MISMATCH',
      `${replaces.name} was not replaced: what was restored differs from the evidence: ${comparison.differences.slice(0, 3).join('; ')}`,
      { details: { differences: comparison.differences } },
    );
  }
  run.context.signal.throwIfAborted();
  const { settings, plan } = run;
  await replaceDatabase(() => connect(settings), {
    name: replaces.name,
    restored: plan.database,
    kept: replaces.kept,
  });
}

function nextSteps(run: Run, database: string, comparison: Comparison | undefined): readonly string[] {
  const { replaces } = run.plan;
  if (replaces) {
    return [
      `Check that the applications work with ${database}.`,
      `Subscriptions, publications and other replication of the old database went with it to ${replaces.kept}: subscriptions are never restored; disable those that still run there (ALTER SUBSCRIPTION … DISABLE) and set replication up again in ${database} where it is wanted.`,
      `Then drop what it replaced: DROP DATABASE ${quoteIdentifier(replaces.kept)};`,
    ];
  }
  if (comparison && comparison.differences.length > 0) {
    return [
      `Do not use ${database} before the differences are understood.`,
      `To remove it: DROP DATABASE ${quoteIdentifier(database)};`,
    ];
  }
  return [`Look at ${database}, then point the applications at it, or copy from it what is needed.`];
}

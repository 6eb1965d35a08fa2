/** The main job, step by step, through the real stack and the real command line. */
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CreateSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { CreateEmailIdentityCommand, SESv2Client } from '@aws-sdk/client-sesv2';
import pg from 'pg';
import type { LocalState } from '../cli/local-state.ts';
import type { CleanupResult } from '../core/cleanup/context.ts';
import type { BackupRow, RestoreRow, VerificationState } from '../core/ports/catalog.ts';
import type { Comparison } from '../core/ports/recovery.ts';
import type { Report } from '../core/report.ts';
import type { RetentionPreview } from '../core/retention-preview.ts';
import { AlertListener } from './alert-listener.ts';
import { localApiUrl } from './api-url.ts';
import { builtDashboard } from './build-dashboard.ts';
import { consolePort, startConsoleProcess } from './console/process.ts';
import { deployLocal } from './deploy.ts';
import { startEmulator } from './emulator.ts';
import { holdfast } from './holdfast.ts';
import { fullBackup, makeUploads, uploadsBucket } from './journey-full.ts';
import { mailDir, startMailCatcher } from './mail.ts';
import { mongodProgram } from './mongo/mongod.ts';
import { runDir, shownFile, stateFile } from './run-dir.ts';
import { startSample } from './sample/server.ts';
import { mustHold, type StepOutcome, type Steps } from './steps.ts';
import { stopEverything } from './stop-everything.ts';
import { hostArch, postgresLayerZip, postgresToolsRoot } from './tools.ts';
import { makeUsers } from './users.ts';

export interface JourneyResult {
  readonly planId: string;
  readonly backupId: string;
  /** Lines for the end: where things are. */
  readonly where: readonly string[];
}

interface Source {
  readonly planId: string;
  readonly sourceSecret: string;
  readonly targetSecret: string;
  readonly bytes: number;
}

const secretPrefix = 'holdfast/sources/';
/** Mail that the functions send goes into files (mail.ts). */
const mailFrom = 'holdfast@example.com';
const recipient = 'ops@example.com';

export async function journey(
  steps: Steps,
  options: { readonly database: string | undefined; readonly once: boolean },
): Promise<JourneyResult> {
  let env: Readonly<Record<string, string>> = {};
  let outputs: Readonly<Record<string, string>> = {};
  let endpoint = '';
  let distDir = '';
  let source: Source | undefined;
  let backup: BackupRow | undefined;
  let signIn = '';
  const where: string[] = [];

  await steps.run('setup', 'PostgreSQL programs, Lambda layer, console and local AWS', async (say) => {
    await stopEverything();
    const toolsRoot = await postgresToolsRoot({ onProgress: say });
    await postgresLayerZip(hostArch(), { onProgress: say });
    distDir = await builtDashboard({ onProgress: say });
    const mongod = options.database ? undefined : await mongodProgram({ onProgress: say });
    const mailHost = await startMailCatcher();
    const emulator = await startEmulator({
      stateDir: runDir,
      detached: true,
      onProgress: say,
      // The functions inherit it: sources on this machine are allowed, and the layer's programs are found.
      env: {
        HOLDFAST_LOCAL: 'no-iam',
        HOLDFAST_TOOLS_ROOT: toolsRoot,
        SMTP_HOST: mailHost,
        ...(mongod && { HOLDFAST_MONGOD: mongod.path }),
      },
    });
    env = emulator.env;
    Object.assign(process.env, env);
    endpoint = emulator.endpoint;
    if (!options.database) await makeUploads();
    return { detail: `local AWS at ${endpoint}` };
  });

  await steps.run('deploy', 'The CDK app, as it is', async (say) => {
    const port = await consolePort();
    const deployed = await deployLocal({
      emulator: { endpoint, env },
      workDir: join(runDir, '..', 'deploy'),
      options: {
        notifications: { mailFrom, recipients: [recipient], everyPlan: true },
        ...(!options.database && { filesBuckets: [uploadsBucket] }),
        api: { publicStatus: true },
        console: { url: `http://localhost:${port}` },
      },
      onProgress: say,
    });
    outputs = deployed.outputs;
    const apiUrl = localApiUrl(endpoint, outputs.ApiUrl ?? '');
    const [users] = await Promise.all([makeUsers(outputs.UserPoolId ?? ''), maySend(mailFrom)]);
    const region = env.AWS_REGION ?? 'us-east-1';
    const { stackName } = deployed;
    const consoleUrl = await startConsoleProcess({
      ...{ apiUrl, endpoint, region, stackName, distDir, port },
      userPoolId: outputs.UserPoolId ?? '',
      clientId: outputs.UserPoolClientId ?? '',
    });
    const state: LocalState = {
      ...{ endpoint, region, stackName, env, apiUrl, consoleUrl },
      users: Object.fromEntries(users.map(({ role, password }) => [role, { name: role, password }])),
    };
    await writeFile(stateFile, JSON.stringify(state), { mode: 0o600 });
    const admin = users.find(({ role }) => role === 'admin');
    signIn = `${consoleUrl}/ (user admin, password ${admin?.password})`;
    where.push(
      `\nVault       s3://${outputs.VaultBucket}/ on ${endpoint}`,
      `Catalog     DynamoDB table ${outputs.CatalogTable}`,
      `API         ${apiUrl}/v1 (who may sign in: ${stateFile})`,
      `Mail        ${mailDir}`,
    );
    return {
      detail: `stack ${deployed.stackName}; ${deployed.settings.length} settings that the emulator's CloudFormation ignores applied and read back`,
    };
  });

  await steps.run('source', options.database ? 'Your database' : 'The sample database', async (say) => {
    source = options.database ? await ownDatabase(options.database) : await sampleDatabase(say, where);
    return { bytes: source.bytes, detail: `${(source.bytes / 1e6).toFixed(0)} MB` };
  });
  const { planId, sourceSecret, targetSecret } = source as unknown as Source;

  const listener = await AlertListener.start(outputs.AlertsTopicArn ?? '');
  const byHand = options.once ? false : existsSync(shownFile);
  await steps.run('plan', `Plan ${planId}: tested, then applied with a schedule of its own`, async (say) => {
    const tested = await holdfast<{ sources: { checks: unknown[] }[] }[]>(
      ['plan', 'test', '-f', await writePlan(planId, sourceSecret, '0 2 * * *')],
      say,
    );
    const checks = tested.flatMap(({ sources }) => sources.flatMap((one) => one.checks));
    const cron = byHand ? '0 2 * * *' : cronOf(nextMinute(new Date()));
    const file = await writePlan(planId, sourceSecret, cron);
    const applied = await holdfast<{ nextRunAt?: string }[]>(['plan', 'apply', '-f', file], say);
    return { detail: `${checks.length} checks passed; next run ${applied[0]?.nextRunAt}` };
  });

  await steps.run('alert', 'A plan that is broken on purpose must raise an alert', async (say) => {
    // A database of one's own is not knocked at with a wrong password: there the secret is missing.
    const expected = options.database ? 'SECRET_NOT_FOUND' : 'SOURCE_AUTH';
    if (!options.database) await createSecret(`${secretPrefix}broken`, withWrongPassword(sourceSecret));
    const file = await writePlan('broken', `${secretPrefix}broken`, '0 3 1 1 *');
    await holdfast(['plan', 'apply', '-f', file], say);
    const outcome = await holdfast(['backup', 'broken'], say).then(
      () => 'completed',
      () => 'failed',
    );
    mustHold(outcome === 'failed', 'a backup of a broken plan completed');
    const alert = await listener.next((one) => one.planId === 'broken', 30);
    for (const line of alert.text.split('\n')) say(`│ ${line}`);
    mustHold(alert.code === expected, `the alert says ${alert.code}, not ${expected}`);
    const rows = await holdfast<BackupRow[]>(['list', 'broken'], say);
    mustHold(
      rows.every((row) => row.status === 'failed'),
      'the broken plan has a backup that is not failed',
    );
    return { detail: `"${alert.subject}"` };
  });

  if (byHand) {
    await steps.run('backup', 'A backup by hand (its schedule was shown the first time)', async (say) => {
      backup = await holdfast<BackupRow>(['backup', planId], say);
      return backupOutcome(backup);
    });
  } else {
    await steps.run('schedule', 'EventBridge Scheduler fires the backup function', async (say) => {
      backup = await scheduledRow(planId, () => true, say);
      return { detail: `run ${backup.backupId} has started by itself` };
    });
    await steps.run('backup', 'The backup', async (say) => {
      backup = await scheduledRow(
        planId,
        (row) => row.status === 'completed' || row.status === 'failed',
        say,
      );
      mustHold(backup.status === 'completed', `the backup ${backup.status}: ${backup.error?.message}`);
      return backupOutcome(backup);
    });
  }
  const { backupId } = backup as unknown as BackupRow;

  await steps.run(
    'verify',
    'The verify function restores it into a scratch server and compares',
    async (say) => {
      type Proof = VerificationState & { report: Report };
      const proof = await holdfast<Proof>(['verify', backupId, '--level', 'restored', '--report'], say);
      mustHold(
        proof.status === 'passed' && proof.level === 'restored',
        `verification ${proof.status} at ${proof.level}`,
      );
      const comparison = proof.report.components[0]?.comparison;
      for (const { what, why } of comparison?.notProven ?? []) say(`not proven: ${what} (${why})`);
      return { bytes: backup?.sourceBytes, rows: comparison?.compared.rows, detail: describe(comparison) };
    },
  );

  await steps.run('restore', 'A restore brings it back as a new database beside the old one', async (say) => {
    const row = await holdfast<RestoreRow>(['restore', backupId, '--secret', targetSecret, '--yes'], say);
    const result = row.result as { target: string; comparison?: Comparison; skipped: string[] };
    mustHold(row.status === 'completed', `the restore ${row.status}: ${row.error?.message}`);
    for (const skipped of result.skipped) say(`left out: ${skipped}`);
    // Whatever came of the comparison: a database of one's own is left as it was.
    if (options.database) {
      await dropDatabase(options.database, result.target);
      say(`database ${result.target} removed again`);
    } else where.push(`Restored    database ${result.target}, beside shop`);
    mustHold(
      (result.comparison?.differences.length ?? 1) === 0,
      `the restored database differs from the evidence: ${result.comparison?.differences.slice(0, 5).join('; ')}`,
    );
    return {
      bytes: backup?.sourceBytes,
      rows: result.comparison?.compared.rows,
      detail: `${result.target}: ${describe(result.comparison)}`,
    };
  });
  if (!options.database) await fullBackup(steps, { sourceSecret, where });

  await steps.run('retention', 'What the policy keeps, and what cleanup would mark today', async (say) => {
    const preview = await holdfast<RetentionPreview>(['retention', 'preview', planId, '--daily', '7'], say);
    for (const { backupId: id, tier, verdict, why, expiresThen } of preview.lines)
      say(`│ ${id}  ${tier.padEnd(7)}  ${verdict}: ${why}, until ${expiresThen ?? 'further notice'}`);
    const { planned = [] } = await holdfast<CleanupResult>(['cleanup', '--dry-run'], say);
    const cleaned = await holdfast<CleanupResult>(['cleanup'], say);
    mustHold(
      cleaned.complete && cleaned.marked.backups === 0,
      `cleanup of a history that has just begun: ${JSON.stringify(cleaned)}`,
    );
    const kept = Object.values(cleaned.kept).reduce((sum, count) => sum + count, 0);
    return { detail: `${kept} kept, none has expired; ${planned.length} lines in the dry run` };
  });

  await steps.run(
    'status',
    'The broken plan is mended: watch says that it is well again, status is green',
    async (say) => {
      await mendBroken(options.database, sourceSecret, say);
      await holdfast(['watch'], say);
      if (!options.database) {
        const well = await listener.next((one) => one.planId === 'broken' && one.state === 'recovered', 30);
        say(`│ ${well.subject}`);
      }
      const status = await holdfast<{ ok: boolean }>(['status'], say);
      mustHold(status.ok, 'status is not green');
      return { detail: 'everything is all right' };
    },
  );
  await listener.stop();
  await writeFile(shownFile, new Date().toISOString());
  // The last line: what somebody wants next.
  where.push(`Backup      ${backupId}`, `Console     ${signIn}`);
  return { planId, backupId, where };
}

/** SES sends from addresses that are known to it. */
async function maySend(EmailIdentity: string): Promise<void> {
  const client = new SESv2Client({});
  await client.send(new CreateEmailIdentityCommand({ EmailIdentity }));
  client.destroy();
}

/**
 * What the alert asks for. A database of one's own is not dumped a second time for the show: there the plan is
 * switched off.
 */
async function mendBroken(
  database: string | undefined,
  sourceSecret: string,
  say: (line: string) => void,
): Promise<void> {
  if (database) {
    const file = await writePlan('broken', `${secretPrefix}broken`, '0 3 1 1 *', { enabled: false });
    await holdfast(['plan', 'apply', '-f', file], say);
    return;
  }
  const client = new SecretsManagerClient({});
  await client.send(
    new PutSecretValueCommand({
      SecretId: `${secretPrefix}broken`,
      SecretString: values.get(sourceSecret) ?? '',
    }),
  );
  client.destroy();
  say('the right password is in the secret now');
  await holdfast(['backup', 'broken'], say);
}

async function sampleDatabase(say: (line: string) => void, where: string[]): Promise<Source> {
  const sample = await startSample(say);
  await createSecret(`${secretPrefix}sample`, sample.secrets.backup);
  await createSecret(`${secretPrefix}sample-restore`, sample.secrets.restore);
  where.push(
    `Database    ${sample.server.host}:${sample.server.port}, superuser ${sample.server.superuser}; data in ${sample.server.dataDir}`,
  );
  return {
    planId: 'sample',
    sourceSecret: `${secretPrefix}sample`,
    targetSecret: `${secretPrefix}sample-restore`,
    bytes: sample.bytes,
  };
}

async function ownDatabase(url: string): Promise<Source> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ bytes: string }>(
    'SELECT pg_database_size(current_database())::text AS bytes',
  );
  await client.end();
  await createSecret(`${secretPrefix}yours`, url);
  const secret = `${secretPrefix}yours`;
  return { planId: 'yours', sourceSecret: secret, targetSecret: secret, bytes: Number(rows[0]?.bytes) };
}

async function dropDatabase(url: string, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`DROP DATABASE ${pg.escapeIdentifier(name)}`);
  await client.end();
}

async function writePlan(
  id: string,
  secret: string,
  cron: string,
  fields: { readonly enabled?: boolean } = {},
): Promise<string> {
  const directory = join(runDir, 'plans');
  await mkdir(directory, { recursive: true });
  const file = join(directory, `${id}.json`);
  const plan = {
    id,
    sources: [{ kind: 'postgres', name: 'main', secret }],
    schedule: { cron, timeZone: 'UTC' },
    verification: { level: 'restored' },
    ...fields,
  };
  await writeFile(file, JSON.stringify(plan, null, 2));
  return file;
}

const values = new Map<string, string>();

async function createSecret(name: string, value: string): Promise<void> {
  const client = new SecretsManagerClient({});
  await client.send(new CreateSecretCommand({ Name: name, SecretString: value }));
  client.destroy();
  values.set(name, value);
}

function withWrongPassword(secret: string): string {
  const value = values.get(secret) ?? '';
  if (value.startsWith('{')) return JSON.stringify({ ...JSON.parse(value), password: 'not-the-password' });
  const url = new URL(value);
  url.password = 'not-the-password';
  return url.toString();
}

/** The run that the schedule started, as soon as it is as far as asked; the emulator fires within ten seconds. */
async function scheduledRow(
  planId: string,
  farEnough: (row: BackupRow) => boolean,
  say: (line: string) => void,
): Promise<BackupRow> {
  say('$ bin/holdfast --local list (again and again)');
  const giveUpAt = Date.now() + 5 * 60_000;
  for (;;) {
    const rows = await holdfast<BackupRow[]>(['list', planId], () => {});
    const row = rows.find((one) => one.trigger === 'schedule');
    if (row && farEnough(row)) return row;
    mustHold(Date.now() < giveUpAt, 'the schedule did not fire, or its run did not end, within five minutes');
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

function backupOutcome(row: BackupRow): StepOutcome {
  const seconds = (Date.parse(row.completedAt ?? '') - Date.parse(row.startedAt ?? '')) / 1000;
  const { sourceBytes = 0, storedBytes = 1 } = row;
  const detail = `${mb(sourceBytes)} in ${mb(storedBytes)} (${(sourceBytes / storedBytes).toFixed(1)} : 1), tier ${row.tier}`;
  return { bytes: row.sourceBytes, seconds, detail };
}

/** The next full minute that is far enough away for a plan to be applied before it. */
function nextMinute(now: Date): Date {
  return new Date(Math.ceil((now.getTime() + 8_000) / 60_000) * 60_000);
}

function cronOf(at: Date): string {
  return `${at.getUTCMinutes()} ${at.getUTCHours()} * * *`;
}

/** `10 tables, 2,258,000 rows, 10 checksums, …`; the kinds of the inventory are added up. */
function describe(comparison: Comparison | undefined): string {
  const sums = new Map<string, number>();
  for (const [what, count] of Object.entries(comparison?.compared ?? {})) {
    const name = what.startsWith('inventory ') ? 'other objects by name' : what;
    sums.set(name, (sums.get(name) ?? 0) + count);
  }
  return [...sums].map(([what, count]) => `${count.toLocaleString('en')} ${what}`).join(', ');
}

function mb(bytes: number | undefined): string {
  return `${((bytes ?? 0) / 1e6).toFixed(1)} MB`;
}

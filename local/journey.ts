/** The main job, step by step, through the real stack and the real command line. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import pg from 'pg';
import type { BackupRow, RestoreRow, VerificationState } from '../core/ports/catalog.ts';
import type { Comparison } from '../core/ports/recovery.ts';
import type { Report } from '../core/report.ts';
import { AlertListener } from './alert-listener.ts';
import { deployLocal } from './deploy.ts';
import { startEmulator } from './emulator.ts';
import { holdfast } from './holdfast.ts';
import { runDir, stateFile } from './run-dir.ts';
import { startSample } from './sample/server.ts';
import { mustHold, type Steps } from './steps.ts';
import { stopEverything } from './stop-everything.ts';
import { hostArch, postgresLayerZip, postgresToolsRoot } from './tools.ts';

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

export async function journey(
  steps: Steps,
  options: { readonly database: string | undefined },
): Promise<JourneyResult> {
  let env: Readonly<Record<string, string>> = {};
  let outputs: Readonly<Record<string, string>> = {};
  let endpoint = '';
  let source: Source | undefined;
  let backup: BackupRow | undefined;
  const where: string[] = [];

  await steps.run('setup', 'PostgreSQL programs, Lambda layer and local AWS', async (say) => {
    await stopEverything();
    const toolsRoot = await postgresToolsRoot({ onProgress: say });
    await postgresLayerZip(hostArch(), { onProgress: say });
    const emulator = await startEmulator({
      stateDir: runDir,
      detached: true,
      onProgress: say,
      // The functions inherit it: sources on this machine are allowed, and the layer's programs are found.
      env: { HOLDFAST_LOCAL: 'no-iam', HOLDFAST_TOOLS_ROOT: toolsRoot },
    });
    env = emulator.env;
    endpoint = emulator.endpoint;
    return { detail: `local AWS at ${endpoint}` };
  });

  await steps.run('deploy', 'The CDK app, as it is', async (say) => {
    const deployed = await deployLocal({
      emulator: { endpoint, env },
      workDir: join(runDir, '..', 'deploy'),
      onProgress: say,
    });
    outputs = deployed.outputs;
    const state = { endpoint, region: env.AWS_REGION ?? 'us-east-1', stackName: deployed.stackName, env };
    await writeFile(stateFile, JSON.stringify(state), { mode: 0o600 });
    where.push(
      `\nVault       s3://${outputs.VaultBucket}/ on ${endpoint}`,
      `Catalog     DynamoDB table ${outputs.CatalogTable}`,
    );
    return {
      detail: `stack ${deployed.stackName}; ${deployed.settings.length} settings that the emulator's CloudFormation ignores applied and read back`,
    };
  });
  Object.assign(process.env, env);

  await steps.run('source', options.database ? 'Your database' : 'The sample database', async (say) => {
    source = options.database ? await ownDatabase(options.database) : await sampleDatabase(say, where);
    return { bytes: source.bytes, detail: `${(source.bytes / 1e6).toFixed(0)} MB` };
  });
  const { planId, sourceSecret, targetSecret } = source as unknown as Source;

  const listener = await AlertListener.start(outputs.AlertsTopicArn ?? '');
  const fireAt = new Date(Date.now() + 75_000);
  await steps.run(
    'plan',
    `Plan ${planId}: tested, then applied; its schedule fires in about a minute`,
    async (say) => {
      const cron = `${fireAt.getUTCMinutes()} ${fireAt.getUTCHours()} * * *`;
      const file = await writePlan(planId, sourceSecret, cron);
      const tested = await holdfast<{ sources: { checks: unknown[] }[] }[]>(
        ['plan', 'test', '-f', file],
        say,
      );
      const checks = tested.flatMap(({ sources }) => sources.flatMap((one) => one.checks));
      const applied = await holdfast<{ nextRunAt?: string }[]>(['plan', 'apply', '-f', file], say);
      return { detail: `${checks.length} checks passed; next run ${applied[0]?.nextRunAt}` };
    },
  );

  await steps.run(
    'alert',
    'A plan that is broken on purpose (wrong password) must raise an alert',
    async (say) => {
      await createSecret(`${secretPrefix}broken`, await withWrongPassword(sourceSecret));
      await holdfast(
        ['plan', 'apply', '-f', await writePlan('broken', `${secretPrefix}broken`, '0 3 1 1 *')],
        say,
      );
      const outcome = await holdfast(['backup', 'broken'], say).then(
        () => 'completed',
        () => 'failed',
      );
      mustHold(outcome === 'failed', 'a backup with a wrong password completed');
      const alert = await listener.next((one) => one.planId === 'broken', 30);
      for (const line of alert.text.split('\n')) say(`│ ${line}`);
      mustHold(alert.code === 'SOURCE_AUTH', `the alert says ${alert.code}, not SOURCE_AUTH`);
      const rows = await holdfast<BackupRow[]>(['list', 'broken'], say);
      mustHold(
        rows.every((row) => row.status === 'failed'),
        'the broken plan has a backup that is not failed',
      );
      return { detail: `"${alert.subject}"` };
    },
  );

  await steps.run(
    'backup',
    `The schedule fires the backup (at ${fireAt.toISOString().slice(11, 16)} UTC)`,
    async (say) => {
      const row = await scheduledBackup(planId, say);
      mustHold(row.status === 'completed', `the backup ${row.status}: ${row.error?.message}`);
      backup = row;
      const seconds = (Date.parse(row.completedAt ?? '') - Date.parse(row.startedAt ?? '')) / 1000;
      where.push(`Backup      ${row.backupId}`);
      return {
        bytes: row.sourceBytes,
        detail: `${mb(row.sourceBytes)} in ${mb(row.storedBytes)} (${row.compressionRatio} : 1) in ${seconds.toFixed(1)} s of run, tier ${row.tier}`,
      };
    },
  );
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
    const result = row.result as { database: string; comparison?: Comparison; skipped: string[] };
    mustHold(row.status === 'completed', `the restore ${row.status}: ${row.error?.message}`);
    mustHold(
      (result.comparison?.differences.length ?? 1) === 0,
      'the restored database differs from the evidence',
    );
    for (const skipped of result.skipped) say(`left out: ${skipped}`);
    if (options.database) {
      await dropDatabase(options.database, result.database);
      say(`database ${result.database} removed again`);
    } else where.push(`Restored    database ${result.database}, beside shop`);
    return {
      bytes: backup?.sourceBytes,
      rows: result.comparison?.compared.rows,
      detail: `${result.database}: ${describe(result.comparison)}`,
    };
  });
  await listener.stop();
  return { planId, backupId, where };
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

async function writePlan(id: string, secret: string, cron: string): Promise<string> {
  const directory = join(runDir, 'plans');
  await mkdir(directory, { recursive: true });
  const file = join(directory, `${id}.json`);
  const plan = {
    id,
    sources: [{ kind: 'postgres', name: 'main', secret }],
    schedule: { cron, timeZone: 'UTC' },
    verification: { level: 'restored' },
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

async function withWrongPassword(secret: string): Promise<string> {
  const value = values.get(secret) ?? '';
  if (value.startsWith('{')) return JSON.stringify({ ...JSON.parse(value), password: 'not-the-password' });
  const url = new URL(value);
  url.password = 'not-the-password';
  return url.toString();
}

/** Waits for the run that the schedule starts; the emulator fires within ten seconds of the minute. */
async function scheduledBackup(planId: string, say: (line: string) => void): Promise<BackupRow> {
  say('waiting for EventBridge Scheduler');
  const giveUpAt = Date.now() + 5 * 60_000;
  let seen = false;
  for (;;) {
    const rows = await holdfast<BackupRow[]>(['list', planId], () => {});
    const row = rows.find((one) => one.trigger === 'schedule');
    if (row && !seen) {
      say(`run ${row.backupId} has started by itself`);
      seen = true;
    }
    if (row && (row.status === 'completed' || row.status === 'failed')) return row;
    mustHold(Date.now() < giveUpAt, 'the schedule did not fire, or its run did not end, within five minutes');
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

function describe(comparison: Comparison | undefined): string {
  return Object.entries(comparison?.compared ?? {})
    .map(([what, count]) => `${count.toLocaleString('en')} ${what}`)
    .join(', ');
}

function mb(bytes: number | undefined): string {
  return `${((bytes ?? 0) / 1e6).toFixed(1)} MB`;
}

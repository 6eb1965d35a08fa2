/** Puts the adapters together for a function: no decisions, only which port is which thing on AWS. */

import { readdir, rm, statfs } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Context } from 'aws-lambda';
import { systemClock } from '../adapters/clock.ts';
import { dynamoCatalog } from '../adapters/dynamodb/catalog.ts';
import { openFurtherVault } from '../adapters/further-vault.ts';
import { kmsKey } from '../adapters/kms/keyring.ts';
import { structuredLog } from '../adapters/log/log.ts';
import { s3Client } from '../adapters/s3/client.ts';
import { s3Vault } from '../adapters/s3/vault.ts';
import { secretsManagerClient, secretsManagerSecrets } from '../adapters/secrets/secrets-manager.ts';
import { snsAlerts } from '../adapters/sns/alerts.ts';
import { HoldfastError } from '../core/errors.ts';
import { type KeySecretIds, keyRing } from '../core/keys/ring.ts';
import type { FurtherVault } from '../core/plan.ts';
import type { Log } from '../core/ports/index.ts';
import packageJson from '../package.json' with { type: 'json' };
import { type Environment, readEnvironment } from './environment.ts';

/**
 * Time kept back for aborting uploads, recording the failure and telling it, seconds: DynamoDB and SNS may each take
 * 20 s and more when they are slow to answer.
 */
const marginSeconds = 60;

export interface Deadline {
  /** Aborts with DEADLINE a margin before the function would be killed: there is no SIGTERM to wait for. */
  readonly signal: AbortSignal;
  readonly secondsLeft: () => number;
  clear(): void;
}

export function deadlineOf(context: Pick<Context, 'getRemainingTimeInMillis'>): Deadline {
  const controller = new AbortController();
  const leftMs = () => context.getRemainingTimeInMillis() - marginSeconds * 1000;
  const stop = () =>
    controller.abort(
      new HoldfastError(
        'DEADLINE',
        `Stopped ${marginSeconds} s before the function's time limit would have killed it`,
      ),
    );
  const timer = setTimeout(stop, Math.max(0, leftMs()));
  return { signal: controller.signal, secondsLeft: () => leftMs() / 1000, clear: () => clearTimeout(timer) };
}

/**
 * Everything that more than one function needs, made once a process. What only one needs is wired beside
 * (wiring-cleanup.ts …), so that no bundle holds clients that its function never calls.
 */
export function wire() {
  const environment = readEnvironment();
  const secrets = secretsManagerSecrets(secretsManagerClient());
  const s3 = s3Client();
  const lock = environment.HOLDFAST_OBJECT_LOCK;
  return {
    environment,
    secrets,
    s3,
    clock: systemClock,
    vault: s3Vault({
      client: s3,
      bucket: environment.HOLDFAST_VAULT_BUCKET,
      prefix: environment.HOLDFAST_VAULT_PREFIX,
      objectLock: lock && { mode: lock.mode },
    }),
    lockDays: lock?.days,
    catalog: dynamoCatalog({ tableName: environment.HOLDFAST_TABLE }),
    keyRing: keyRing(secrets, keySecretIds(environment), kmsKey),
    alerts: snsAlerts({ topicArn: environment.HOLDFAST_TOPIC_ARN }),
    openFurther: (vault: FurtherVault) =>
      openFurtherVault(vault, { secrets, allowLoopback: environment.HOLDFAST_LOCAL !== undefined }),
    stackName: environment.HOLDFAST_STACK_NAME,
    undeleteDays: environment.HOLDFAST_UNDELETE_DAYS,
    cleanupEveryDays: environment.HOLDFAST_CLEANUP_EVERY_DAYS,
    quotaBytes: environment.HOLDFAST_QUOTA_BYTES,
    keyAgeDays: environment.HOLDFAST_KEY_AGE_DAYS,
    holdfastVersion: packageJson.version,
    parallelism: Math.min(8, Math.max(1, availableParallelism())),
    allowLoopback: environment.HOLDFAST_LOCAL !== undefined,
    vaultBucket: environment.HOLDFAST_VAULT_BUCKET,
    /** False on a local AWS that lets every role do everything: then refusals prove nothing. */
    iamEnforced: environment.HOLDFAST_LOCAL !== 'no-iam',
  };
}
export type Wiring = ReturnType<typeof wire>;

function keySecretIds(environment: Environment): KeySecretIds {
  return {
    public: environment.HOLDFAST_SECRET_PUBLIC ?? '',
    private: environment.HOLDFAST_SECRET_PRIVATE,
    index: environment.HOLDFAST_SECRET_INDEX,
    signing: {
      backup: environment.HOLDFAST_SECRET_SIGNING_BACKUP,
      verify: environment.HOLDFAST_SECRET_SIGNING_VERIFY,
      operator: environment.HOLDFAST_SECRET_SIGNING_OPERATOR,
    },
  };
}

/** The log of one invocation. */
export function invocationLog(context: Pick<Context, 'awsRequestId' | 'functionName'>): Log {
  return structuredLog({ function: context.functionName, requestId: context.awsRequestId });
}

/** Where scratch servers of this machine live: a folder for each process, since processes may share a machine. */
const scratchPrefix = 'holdfast-drill-';

export const scratch = {
  workDir: join(tmpdir(), `${scratchPrefix}${process.pid}`),
  /** Wipes what processes left that died in a drill (a sandbox is used again, with its /tmp), then measures. */
  async freeBytes(): Promise<number> {
    for (const name of await readdir(tmpdir())) {
      const pid = name.startsWith(scratchPrefix) ? Number(name.slice(scratchPrefix.length)) : undefined;
      if (pid === undefined || (pid !== process.pid && isAlive(pid))) continue;
      await rm(join(tmpdir(), name), { recursive: true, force: true });
    }
    const { bavail, bsize } = await statfs(tmpdir());
    return bavail * bsize;
  },
};

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    // Somebody else's process is alive as well.
    return (thrown as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * What the API works with. Nearly every call needs the catalog and nothing else, so that only its client is loaded with
 * the function; whatever else is loaded by the first call that asks for it.
 */
import { systemClock } from '../adapters/clock.ts';
import { dynamoCatalog } from '../adapters/dynamodb/catalog.ts';
import { parsePlan } from '../adapters/kinds.ts';
import { structuredLog } from '../adapters/log/log.ts';
import type { ApiDeps, SignInFacts } from '../api/deps.ts';
import { signInBy } from '../api/sign-in.ts';
import type { ShownSettings } from '../core/control/settings.ts';
import { HoldfastError } from '../core/errors.ts';
import packageJson from '../package.json' with { type: 'json' };
import { type Environment, readEnvironment } from './environment.ts';

/** Loads once; a failure is not kept. */
function later<T>(load: () => Promise<T>): () => Promise<T> {
  let loaded: Promise<T> | undefined;
  return () => {
    loaded ??= load().catch((thrown) => {
      loaded = undefined;
      throw thrown;
    });
    return loaded;
  };
}

export function wireApi(environment: Environment = readEnvironment()): ApiDeps {
  const secrets = later(async () => {
    const { secretsManagerClient, secretsManagerSecrets } = await import(
      '../adapters/secrets/secrets-manager.ts'
    );
    return secretsManagerSecrets(secretsManagerClient());
  });
  const readSecrets = { get: async (secretId: string) => (await secrets()).get(secretId) };
  const scheduler = later(() => plansScheduler(environment));
  const starter = later(() => functionStarter(environment));
  const recipients = later(async () => {
    const { snsRecipients } = await import('../adapters/sns/recipients.ts');
    return snsRecipients({ topicArn: environment.HOLDFAST_TOPIC_ARN });
  });
  // For pins, which are sealed for every recipient and signed.
  const sealing = later(async () => {
    const [{ keyRing }, { kmsKey }] = await Promise.all([
      import('../core/keys/ring.ts'),
      import('../adapters/kms/keyring.ts'),
    ]);
    const { HOLDFAST_SECRET_PUBLIC = '', HOLDFAST_SECRET_SIGNING_OPERATOR: operator } = environment;
    return keyRing(readSecrets, { public: HOLDFAST_SECRET_PUBLIC, signing: { operator } }, kmsKey);
  });
  // Only its public half: status seals nothing, so that KMS keys need no client.
  const keys = later(async () => {
    const { keyRing } = await import('../core/keys/ring.ts');
    return keyRing(readSecrets, { public: environment.HOLDFAST_SECRET_PUBLIC ?? '' });
  });
  const catalog = dynamoCatalog({ tableName: environment.HOLDFAST_TABLE });
  const log = structuredLog({ function: 'api' });
  const sealingRing: ApiDeps['keyRing'] = {
    publicKeys: async () => (await sealing()).publicKeys(),
    signingKey: async (role) => (await sealing()).signingKey(role),
  };
  const vault = later(async () => {
    const [{ s3Client }, { s3Vault }] = await Promise.all([
      import('../adapters/s3/client.ts'),
      import('../adapters/s3/vault.ts'),
    ]);
    const lock = environment.HOLDFAST_OBJECT_LOCK;
    return s3Vault({
      client: s3Client(),
      bucket: environment.HOLDFAST_VAULT_BUCKET,
      prefix: environment.HOLDFAST_VAULT_PREFIX,
      objectLock: lock && { mode: lock.mode },
    });
  });
  const logs = later(async () => {
    const { cloudWatchLogReader } = await import('../adapters/cloudwatch/logs.ts');
    return cloudWatchLogReader({ groups: environment.HOLDFAST_LOG_GROUPS, clock: systemClock });
  });
  // Loaded with the first call that changes something.
  const trail = later(async () => {
    const [{ auditTrail }, { gapTeller }, { loggable }, { snsAlerts }] = await Promise.all([
      import('../core/audit/trail.ts'),
      import('../core/audit/tell.ts'),
      import('../adapters/log/fields.ts'),
      import('../adapters/sns/alerts.ts'),
    ]);
    const alerts = snsAlerts({ topicArn: environment.HOLDFAST_TOPIC_ARN });
    return auditTrail({
      writer: 'api',
      vault,
      keyRing: sealingRing,
      catalog,
      clock: systemClock,
      log,
      tellGap: gapTeller({ alerts, clock: systemClock }),
      redact: (value) => loggable({ value }).value,
      lockDays: environment.HOLDFAST_OBJECT_LOCK?.days,
    });
  });
  return {
    catalog,
    clock: systemClock,
    log,
    audit: { begin: async (...intention) => (await trail()).begin(...intention) },
    signIn: signInBy(signInSettings(environment), () => systemClock.now()),
    secrets: readSecrets,
    vault,
    links: later(async () => {
      const [{ s3Client }, { s3Links }] = await Promise.all([
        import('../adapters/s3/client.ts'),
        import('../adapters/s3/presign.ts'),
      ]);
      const { HOLDFAST_VAULT_BUCKET: bucket, HOLDFAST_VAULT_PREFIX: prefix } = environment;
      return s3Links({ client: s3Client(), bucket, prefix });
    }),
    keyRing: sealingRing,
    logReader: { read: async (question) => (await logs()).read(question) },
    parsePlan,
    scheduler: {
      put: async (...plan) => (await scheduler()).put(...plan),
      get: async (planId) => (await scheduler()).get(planId),
      async *list() {
        yield* (await scheduler()).list();
      },
      remove: async (planId) => (await scheduler()).remove(planId),
    },
    starter: { start: async (target, event) => (await starter()).start(target, event) },
    health: {
      keyRing: { publicKeys: async () => (await keys()).publicKeys() },
      recipients: { list: async () => (await recipients()).list() },
    },
    settings: {
      secretPrefixes: {
        source: environment.HOLDFAST_SOURCE_SECRET_PREFIX,
        vault: environment.HOLDFAST_VAULT_SECRET_PREFIX,
        channel: environment.HOLDFAST_CHANNEL_SECRET_PREFIX,
      },
      version: packageJson.version,
      stackName: environment.HOLDFAST_STACK_NAME,
      allowFrom: environment.HOLDFAST_ALLOW_FROM,
      groups: environment.HOLDFAST_GROUPS,
      signIn: signInFacts(environment),
      publicStatus: environment.HOLDFAST_PUBLIC_STATUS === 'on',
      stepUpMinutes: environment.HOLDFAST_STEP_UP_MINUTES,
      corsOrigins: environment.HOLDFAST_CORS_ORIGINS,
      shown: shownSettings(environment),
      health: {
        cleanupEveryDays: environment.HOLDFAST_CLEANUP_EVERY_DAYS,
        quotaBytes: environment.HOLDFAST_QUOTA_BYTES,
        undeleteDays: environment.HOLDFAST_UNDELETE_DAYS,
        keyAgeDays: environment.HOLDFAST_KEY_AGE_DAYS || undefined,
      },
    },
  };
}

function shownSettings(environment: Environment): ShownSettings {
  const { tierCeilings, replica, ...shown } = environment.HOLDFAST_SHOWN;
  return {
    region: environment.AWS_REGION,
    vault: {
      bucket: environment.HOLDFAST_VAULT_BUCKET,
      prefix: environment.HOLDFAST_VAULT_PREFIX,
      objectLock: environment.HOLDFAST_OBJECT_LOCK,
      tierCeilings,
      replica,
    },
    ...shown,
  };
}

function signInFacts(environment: Environment): SignInFacts {
  const { HOLDFAST_CLIENT_IDS: clientIds, HOLDFAST_AUDIENCE: audience } = environment;
  return {
    issuer: needed(environment, 'HOLDFAST_ISSUER'),
    audience,
    clientId: clientIds?.[0],
    ...environment.HOLDFAST_SIGN_IN,
  };
}

function signInSettings(environment: Environment) {
  return {
    issuer: needed(environment, 'HOLDFAST_ISSUER'),
    clientIds: environment.HOLDFAST_CLIENT_IDS,
    audience: environment.HOLDFAST_AUDIENCE,
    groupsClaim: environment.HOLDFAST_GROUPS_CLAIM,
    groups: environment.HOLDFAST_GROUPS,
    jwksUrl: environment.HOLDFAST_JWKS_URL,
    allowLoopback: environment.HOLDFAST_LOCAL !== undefined,
  };
}

async function plansScheduler(environment: Environment) {
  const { eventBridgeScheduler } = await import('../adapters/scheduler/scheduler.ts');
  return eventBridgeScheduler({
    groupName: needed(environment, 'HOLDFAST_SCHEDULE_GROUP'),
    backupFunctionArn: needed(environment, 'HOLDFAST_BACKUP_FUNCTION_ARN'),
    roleArn: needed(environment, 'HOLDFAST_SCHEDULE_ROLE_ARN'),
    deadLetterArn: needed(environment, 'HOLDFAST_SCHEDULE_DLQ_ARN'),
  });
}

async function functionStarter(environment: Environment) {
  const { lambdaStarter } = await import('../adapters/lambda/starter.ts');
  return lambdaStarter({
    functions: {
      backup: environment.HOLDFAST_BACKUP_FUNCTION,
      verify: environment.HOLDFAST_VERIFY_FUNCTION,
      restore: environment.HOLDFAST_RESTORE_FUNCTION,
      cleanup: environment.HOLDFAST_CLEANUP_FUNCTION,
      notify: environment.HOLDFAST_NOTIFY_FUNCTION,
    },
  });
}

type Needed =
  | 'HOLDFAST_ISSUER'
  | 'HOLDFAST_SCHEDULE_GROUP'
  | 'HOLDFAST_SCHEDULE_ROLE_ARN'
  | 'HOLDFAST_SCHEDULE_DLQ_ARN'
  | 'HOLDFAST_BACKUP_FUNCTION_ARN';

function needed(environment: Environment, name: Needed): string {
  const { [name]: value } = environment;
  if (value !== undefined) return value;
  throw new HoldfastError('STACK_NOT_FOUND', `the environment of the API lacks ${name}`, {
    next: 'Deploy again with `npm run deploy`: the template sets it.',
  });
}

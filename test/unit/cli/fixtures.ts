/**
 * A command line without a terminal or AWS, and the API that it speaks to: the same application as behind the gateway, over
 * a catalog and a vault in memory, with a clock that jumps when somebody sleeps. What functions do, a test plays.
 */

import { parsePlan } from '../../../adapters/kinds.ts';
import { memoryCatalog } from '../../../adapters/memory/catalog.ts';
import { memoryKeyStore } from '../../../adapters/memory/key-secrets.ts';
import { memoryLogReader } from '../../../adapters/memory/log-reader.ts';
import { memoryScheduler } from '../../../adapters/memory/scheduler.ts';
import { memorySecrets } from '../../../adapters/memory/secrets.ts';
import { memoryVault } from '../../../adapters/memory/vault.ts';
import { type ApiConnection, apiClient } from '../../../cli/api/client.ts';
import { inProcessApi } from '../../../cli/api/in-process.ts';
import type { Cli, CliContext, FunctionInvoker, Questions } from '../../../cli/context.ts';
import { exitCodeOf, printFailure } from '../../../cli/failure.ts';
import { Output } from '../../../cli/output.ts';
import { buildProgram } from '../../../cli/program.ts';
import { Interrupted } from '../../../cli/progress.ts';
import type { SigningIn } from '../../../cli/sign-in/signing-in.ts';
import { parseStackOutputs } from '../../../cli/stack.ts';
import type { Role } from '../../../core/control/actor.ts';
import { asHoldfastError, rowErrorOf } from '../../../core/errors.ts';
import { backupIdFor } from '../../../core/format/layout.ts';
import { keyRing } from '../../../core/keys/ring.ts';
import type { BackupRow, Catalog } from '../../../core/ports/catalog.ts';
import type { Clock } from '../../../core/ports/index.ts';
import { testDocuments } from '../keys/support.ts';

export const startIso = '2026-11-21T10:00:00.000Z';

export const stackOutputs: Readonly<Record<string, string>> = {
  VaultBucket: 'vault',
  VaultPrefix: '/',
  CatalogTable: 'catalog',
  AlertsTopicArn: 'arn:aws:sns:eu-central-1:123456789012:alerts',
  BackupFunction: 'f-backup',
  BackupFunctionArn: 'arn:aws:lambda:eu-central-1:123456789012:function:f-backup',
  VerifyFunction: 'f-verify',
  RestoreFunction: 'f-restore',
  FailuresFunction: 'f-failures',
  CleanupFunction: 'f-cleanup',
  WatchFunction: 'f-watch',
  AdoptFunction: 'f-adopt',
  ScheduleGroup: 'plans',
  ScheduleRoleArn: 'arn:aws:iam::123456789012:role/schedule',
  ScheduleDlqArn: 'arn:aws:sqs:eu-central-1:123456789012:dlq',
  SecretPublicArn: 'public',
  SecretPrivateArn: 'private',
  SecretSigningBackupArn: 'signing-backup',
  SecretSigningVerifyArn: 'signing-verify',
  SecretSigningOperatorArn: 'signing-operator',
  SecretIndexArn: 'index',
  ReplicaBucket: 'none',
  ReplicaRegion: 'none',
  SourceSecretPrefix: 'holdfast/sources/',
  VaultSecretPrefix: 'holdfast/vaults/',
  ChannelSecretPrefix: 'holdfast/channels/',
  FilesBuckets: '[{"name":"photos","prefixes":["2026/"]}]',
  ObjectLock: 'none',
};

export const plan = parsePlan({
  id: 'shop',
  sources: [{ kind: 'postgres', name: 'main', secret: 'holdfast/sources/shop' }],
});

/** Who is signed in. */
export const ada = 'ada@example.org';

export interface Invocation {
  readonly how: 'call' | 'start';
  readonly functionName: string;
  readonly event: Record<string, unknown>;
}

export interface Harness {
  readonly catalog: Catalog;
  readonly context: CliContext;
  readonly clock: Clock;
  readonly invocations: Invocation[];
  /** What was asked of the person. */
  readonly asked: string[];
  /** Calls of the API, `GET /v1/plans?limit=20`. */
  readonly calls: string[];
  readonly createdSecrets: ReadonlyMap<string, string>;
  /** Presses ctrl-C. */
  interrupt(): void;
  /** Runs `holdfast <args>`. */
  run(...args: string[]): Promise<Ran>;
}

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** stdout as JSON; throws unless it is exactly one value. */
  readonly json: () => unknown;
}

export interface HarnessOptions {
  /**
   * Answers of functions. Of one that was started the reply is dropped, unless it was with a task: then it is what came
   * of it, and a failure is the task's.
   */
  readonly onInvoke?: (invocation: Invocation, harness: Harness) => unknown;
  /** Called whenever the command waits: the world moves on. */
  readonly onSleep?: (harness: Harness) => unknown;
  readonly interactive?: boolean;
  readonly answers?: readonly (string | boolean | undefined)[];
  readonly context?: Partial<CliContext>;
  readonly secrets?: Readonly<Record<string, string>>;
  /** Of ada. Default: admin. */
  readonly role?: Role;
  /** In the place of what the API would be asked. */
  readonly fetch?: ApiConnection['fetch'];
  readonly tokens?: ApiConnection['tokens'];
  readonly signingIn?: SigningIn;
}

export function harness(options: HarnessOptions = {}): Harness {
  let nowMs = Date.parse(startIso);
  const handlers: (() => void)[] = [];
  const clock: Clock = {
    now: () => new Date(nowMs),
    async sleep(milliseconds, signal) {
      signal?.throwIfAborted();
      nowMs += milliseconds;
      await options.onSleep?.(self);
      signal?.throwIfAborted();
    },
  };
  const invocations: Invocation[] = [];
  const invoke = async (invocation: Invocation) => {
    invocations.push(invocation);
    return options.onInvoke?.(invocation, self);
  };
  const functions: FunctionInvoker = {
    call: (functionName, event) => invoke({ how: 'call', functionName, event: event as never }),
  };
  /** As the functions end what has a task (core/control/end-task.ts). */
  async function startTask(functionName: string, event: Record<string, unknown>): Promise<void> {
    const { taskId } = event;
    const started = invoke({ how: 'start', functionName, event });
    if (typeof taskId !== 'string') return void (await started);
    const completedAt = clock.now().toISOString();
    try {
      const result = await started;
      if (result === undefined) return;
      await context.catalog.finishTask(taskId, { status: 'completed', completedAt, result });
    } catch (thrown) {
      const error = rowErrorOf(asHoldfastError(thrown));
      await context.catalog.finishTask(taskId, { status: 'failed', completedAt, error });
    }
  }
  const calls: string[] = [];
  const asked: string[] = [];
  const answers = [...(options.answers ?? [])];
  const ask = async (message: string) => {
    asked.push(message);
    return answers.shift();
  };
  const questions: Questions = {
    confirm: async (message) => (await ask(message)) === true,
    text: async (message) => (await ask(message)) as string | undefined,
    secret: async (message) => (await ask(message)) as string | undefined,
    choose: async (message) => (await ask(message)) as string | undefined,
  };
  const createdSecrets = new Map<string, string>();
  const catalog = memoryCatalog();
  const vault = memoryVault();
  const logReader = memoryLogReader();
  const nothingWrong = async () => [{ name: 'all', ok: true, detail: 'well' }];
  const context: CliContext = {
    stackName: 'Holdfast',
    stack: parseStackOutputs('Holdfast', stackOutputs),
    catalog,
    scheduler: memoryScheduler(),
    vault,
    keeping: vault,
    keys: keyRing(memorySecrets(options.secrets ?? testDocuments()), {
      public: 'public',
      private: 'private',
      signing: { operator: 'signing-operator' },
    }),
    keyStore: memoryKeyStore({ ...options.secrets }),
    functions,
    starter: { start: (target, event) => startTask(`f-${target}`, event as never) },
    recipients: {
      list: async () => [{ protocol: 'email', endpoint: 'ada@example.com', confirmed: true }],
    },
    logReader,
    links: async () => ({
      linkTo: async (key, { versionId }) => `https://vault.test/${key}?versionId=${versionId}`,
    }),
    backupParts: async () => {
      throw new Error('this test makes no backup itself');
    },
    createSecret: async (name, value) => {
      createdSecrets.set(name, value);
    },
    inspector: { vault: nothingWrong, table: nothingWrong, secrets: nothingWrong, alerts: nothingWrong },
    caller: async () => 'arn:aws:iam::123456789012:user/ada',
    ...options.context,
  };
  const self: Harness = {
    catalog,
    context,
    clock,
    invocations,
    asked,
    calls,
    createdSecrets,
    interrupt: () => handlers.at(-1)?.(),
    run: (...args) => runProgram(args),
  };

  const role = options.role ?? 'admin';
  const application = inProcessApi({
    context,
    clock,
    identity: async () => ({ subject: 'ada', name: ada, groups: [`holdfast-${role}`], role }),
    warn: () => {},
  });

  async function runProgram(args: readonly string[]): Promise<Ran> {
    let code = 0;
    let stdout = '';
    let stderr = '';
    const terminal = {
      stdout: { write: (text: string) => (stdout += text) },
      stderr: { write: (text: string) => (stderr += text) },
      widthColumns: 120,
      colour: false,
      live: false,
      interactive: options.interactive ?? false,
    };
    const program = buildProgram({
      version: '0.0.0',
      open: (global): Cli => ({
        out: new Output(terminal, global),
        clock,
        questions,
        correlationId: 'cli-test',
        api: async () =>
          apiClient({
            address: 'https://api.test',
            tokens: options.tokens ?? { current: async () => 'a-token', renewed: async () => undefined },
            clock,
            correlationId: 'cli-test',
            note: (text) => terminal.stderr.write(`${text}\n`),
            fetch: async (request) => {
              const { pathname, search } = new URL(request.url);
              calls.push(`${request.method} ${pathname}${search}`);
              return (options.fetch ?? application)(request);
            },
          }),
        signingIn: async () => {
          if (options.signingIn) return options.signingIn;
          throw new Error('this test signs nobody in');
        },
        connect: async () => context,
        onInterrupt(handler) {
          handlers.push(handler);
          return () => void handlers.splice(handlers.indexOf(handler) >>> 0, 1);
        },
      }),
      async run(cli, command) {
        try {
          const result = await command();
          code = typeof result === 'number' ? result : 0;
        } catch (thrown) {
          if (thrown instanceof Interrupted) {
            code = 130;
            return;
          }
          const error = asHoldfastError(thrown);
          printFailure(cli.out, error, cli.correlationId);
          code = exitCodeOf(error);
        }
      },
    });
    await program.parseAsync(args, { from: 'user' });
    return { code, stdout, stderr, json: () => JSON.parse(stdout) };
  }
  return self;
}

export interface BackupSpec {
  readonly planId?: string;
  readonly slot?: string;
  readonly end?: 'completed' | 'failed' | 'running';
}

/** A backup in the catalog, made as a run makes it. Returns its row. */
export async function addBackup(
  { catalog }: Pick<Harness, 'catalog'>,
  spec: BackupSpec = {},
): Promise<BackupRow> {
  const { planId = 'shop', slot = '2026-11-21T02:00:00Z', end = 'completed' } = spec;
  const backupId = backupIdFor(planId, slot);
  const claim = await catalog.claimRun(claimFor(planId, backupId, slot));
  const owner = { planId, backupId, attempt: claim.row.attempt };
  if (end === 'running') return claim.row;
  if (end === 'failed')
    return catalog.failRun(owner, { code: 'SOURCE_AUTH', message: 'no such password' }, slot);
  return complete(catalog, owner, slot);
}

export function claimFor(planId: string, backupId: string, slot: string) {
  return {
    planId,
    backupId,
    source: 'main',
    kind: 'database',
    trigger: 'schedule',
    createdBy: 'scheduler',
    slot,
    correlationId: 'c-1',
    tier: 'daily',
    now: slot,
    leaseUntil: new Date(Date.parse(slot) + 60_000).toISOString(),
  } as const;
}

export async function complete(
  catalog: Catalog,
  owner: { planId: string; backupId: string; attempt: number },
  at: string,
): Promise<BackupRow> {
  await catalog.prepareCompletion(owner, {
    sourceBytes: 4_000_000_000,
    storedBytes: 1_000_000_000,
    compressionRatio: 4,
    expiresAt: '2026-12-21T02:00:00Z',
    locations: ['s3://vault'],
    tools: { pg_dump: '18.1' },
    manifest: { lengthBytes: 10, sha256: 'ab'.repeat(32) },
    warnings: [],
  });
  return catalog.completeRun(owner, new Date(Date.parse(at) + 90_000).toISOString());
}

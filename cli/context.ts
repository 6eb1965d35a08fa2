/**
 * What a command works with: the API, by whoever is signed in; and the stack itself with AWS credentials, for what must
 * work when there is no API. Each is put together once a command asks for it (`decrypt` asks for neither); commands see
 * ports only, so that each can be tested with the in-memory adapters.
 */
import { randomBytes } from 'node:crypto';
import type { BackupDeps } from '../core/backup/run.ts';
import type { KeySecretStore } from '../core/keys/store.ts';
import type { Catalog } from '../core/ports/catalog.ts';
import type { Clock } from '../core/ports/index.ts';
import type { Keeping } from '../core/ports/keeping.ts';
import type { KeyRing } from '../core/ports/keys.ts';
import type { ObjectLinks } from '../core/ports/links.ts';
import type { LogReader } from '../core/ports/log-reader.ts';
import type { PlanScheduler } from '../core/ports/scheduler.ts';
import type { Alarms, FunctionStarter, Recipients } from '../core/ports/surroundings.ts';
import type { Vault } from '../core/ports/vault.ts';
import type { Api } from './api/client.ts';
import type { Output } from './output.ts';
import type { SigningIn } from './sign-in/signing-in.ts';
import type { StackOutputs } from './stack.ts';

/**
 * Calls the stack's functions with the caller's own rights. Throws ACCESS_DENIED when the caller may not invoke,
 * STACK_NOT_FOUND when there is no such function.
 */
export interface FunctionInvoker {
  /**
   * Waits for the reply, at most as long as a function can run (15 minutes). A failure inside the function is thrown
   * with the code that it named, or CRASHED. Never sent twice: a broken connection is an error.
   */
  call(functionName: string, event: unknown): Promise<unknown>;
}

/** One thing that was looked at; `ok` undefined means that it could not be looked at. */
export interface Finding {
  readonly name: string;
  readonly ok: boolean | undefined;
  readonly detail: string;
  /** How to mend it, when not ok. */
  readonly next?: string;
}

/** Looks at the parts of the stack, changes nothing, reads no secret value. Each answer is a list of findings. */
export interface StackInspector {
  vault(): Promise<readonly Finding[]>;
  table(): Promise<readonly Finding[]>;
  /** Present and filled, by their versions alone. */
  secrets(): Promise<readonly Finding[]>;
  /** Somebody confirmed hears alerts. */
  alerts(): Promise<readonly Finding[]>;
}

/** Makes the catalog's table again, when somebody deleted it. */
export interface TableMaker {
  exists(): Promise<boolean>;
  /** Empty, under the stack's name for it, protected as the stack protects it; ready when it returns. */
  create(): Promise<void>;
}

/** What a backup in this process is made with, besides what every command has. */
export type BackupParts = Pick<
  BackupDeps,
  'keyRing' | 'secrets' | 'driverFor' | 'categoryOf' | 'defaultParallelism' | 'holdfastVersion' | 'lockDays'
>;

/** A connected stack. Everything in it acts with the caller's own rights. */
export interface CliContext {
  readonly stackName: string;
  readonly stack: StackOutputs;
  readonly catalog: Catalog;
  readonly table?: TableMaker;
  readonly scheduler: PlanScheduler;
  readonly vault: Vault;
  /** The second copy, where the stack has one. */
  readonly replica?: Vault;
  /** To objects of the vault; loaded when it is called. */
  links(): Promise<ObjectLinks>;
  /** Marks, delete markers and unfinished uploads of the vault. */
  readonly keeping: Keeping;
  readonly keys: KeyRing;
  /** The key secrets themselves: for commands that add keys. */
  readonly keyStore: KeySecretStore;
  readonly functions: FunctionInvoker;
  /** The same functions by their part in the stack, never waited for. */
  readonly starter: FunctionStarter;
  readonly recipients: Recipients;
  /** Absent for a stack of an earlier release. */
  readonly alarms?: Alarms;
  /** What its functions have logged; loaded when it is asked. */
  readonly logReader: LogReader;
  readonly inspector: StackInspector;
  /** Loaded when it is called: `backup --here` alone needs the drivers. */
  backupParts(): Promise<BackupParts>;
  /** Makes a secret; CONFLICT when there is one of that name. */
  createSecret(name: string, value: string, description: string): Promise<void>;
  /** Who runs the command: the ARN of the caller, at most 200 characters. */
  caller(): Promise<string>;
}

/** Questions to the person at the keyboard. */
export interface Questions {
  confirm(message: string): Promise<boolean>;
  /** What was typed; undefined when the question was left. */
  text(message: string): Promise<string | undefined>;
  /** Like text, not shown while it is typed. */
  secret(message: string): Promise<string | undefined>;
  /** One of these values, by what is said of each; undefined when the question was left. */
  choose(
    message: string,
    choices: readonly { readonly value: string; readonly label: string }[],
  ): Promise<string | undefined>;
}

/** Where a command runs. */
export interface Cli {
  readonly out: Output;
  readonly clock: Clock;
  readonly questions: Questions;
  /** Names this run in the functions' logs, in rows and in failures. */
  readonly correlationId: string;
  /** As given with --region; for commands that speak to AWS without a stack. */
  readonly region?: string | undefined;
  /** Finds the API of the stack; the same client each time. Calls are those of whoever is signed in. */
  api(): Promise<Api>;
  /** How one signs in to that API. */
  signingIn(): Promise<SigningIn>;
  /** Finds the stack and connects to it with AWS credentials; the same context each time. */
  connect(): Promise<CliContext>;
  /**
   * Calls `handler` on ctrl-C instead of ending, until the returned function is called. Only the newest handler
   * hears it.
   */
  onInterrupt(handler: () => void): () => void;
}

export function newCorrelationId(): string {
  return `cli-${randomBytes(8).toString('hex')}`;
}

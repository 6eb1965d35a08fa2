/** Puts the adapters together for a function: no decisions, only which port is which thing on AWS. */
import { availableParallelism } from 'node:os';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SNSClient } from '@aws-sdk/client-sns';
import type { Context } from 'aws-lambda';
import { HoldfastError } from '../core/errors.ts';

/** Time kept back for aborting uploads, recording the failure and telling it, seconds. */
export const marginSeconds = 30;

/** Aborts with DEADLINE a margin before the function would be killed; there is no SIGTERM to wait for. */
export function deadlineSignal(context: Pick<Context, 'getRemainingTimeInMillis'>): {
  readonly signal: AbortSignal;
  readonly secondsLeft: () => number;
  clear(): void;
} {
  const controller = new AbortController();
  const leftMs = () => context.getRemainingTimeInMillis() - marginSeconds * 1000;
  const timer = setTimeout(
    () =>
      controller.abort(
        new HoldfastError('DEADLINE', `Stopped ${marginSeconds} s before the function's time limit would have killed it`),
      ),
    Math.max(0, leftMs()),
  );
  return { signal: controller.signal, secondsLeft: () => leftMs() / 1000, clear: () => clearTimeout(timer) };
}

/** One worker a core, at most 8 (the design's default). */
export function defaultParallelism(): number {
  return Math.min(8, Math.max(1, availableParallelism()));
}

/** Clients of one process, made once: standard retries with jitter, five tries each. */
export const clients = {
  s3: () => new S3Client({ maxAttempts: 5 }),
  dynamodb: () => new DynamoDBClient({ maxAttempts: 5 }),
  secrets: () => new SecretsManagerClient({ maxAttempts: 5 }),
  sns: () => new SNSClient({ maxAttempts: 5 }),
};

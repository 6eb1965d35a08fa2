/**
 * What every handler has in common: a log of its own, a deadline, figures of what it used, and errors that keep their code
 * on the way out. Lambda hands on an error's name and message only, so the code stands in both.
 */
import type { Context } from 'aws-lambda';
import { logMetrics } from '../adapters/log/metrics.ts';
import { sandboxUse } from '../adapters/scratch/used.ts';
import { correlationOf } from '../core/correlation.ts';
import { asHoldfastError } from '../core/errors.ts';
import type { Log } from '../core/ports/index.ts';
import { type Metrics, noMetrics } from '../core/ports/metrics.ts';
import { type Deadline, deadlineOf, invocationLog } from './wiring.ts';

export interface Invocation {
  /** Every line has the invocation's correlation id. */
  readonly log: Log;
  readonly deadline: Deadline;
  /** Lambda keeps it over its own retries: the failures function finds a run by it. */
  readonly requestId: string;
  /** The event's own, or one that is made of the request id. */
  readonly correlationId: string;
  readonly metrics: Metrics;
}

export interface EntryOptions {
  /** Writes what each invocation used; for functions that do the heavy work. */
  readonly stackName?: string;
}

export function entry(
  handle: (event: unknown, invocation: Invocation) => Promise<unknown>,
  { stackName }: EntryOptions = {},
): (event: unknown, context: Context) => Promise<unknown> {
  return async (event, context) => {
    const { awsRequestId: requestId, functionName } = context;
    const correlationId = correlationOf(event, requestId);
    const log = invocationLog(context).with({ correlationId });
    const deadline = deadlineOf(context);
    const metrics =
      stackName === undefined
        ? noMetrics
        : logMetrics({ stackName, functionName, fields: { correlationId, requestId } });
    try {
      return await handle(event, { log, deadline, requestId, correlationId, metrics });
    } catch (thrown) {
      const { code, message } = asHoldfastError(thrown);
      log.error('invocation failed', { code, message, error: thrown });
      const error = new Error(`${code}: ${message}`, { cause: thrown });
      error.name = code;
      throw error;
    } finally {
      deadline.clear();
      if (stackName !== undefined) await noteUse(metrics, log);
    }
  };
}

async function noteUse(metrics: Metrics, log: Log): Promise<void> {
  try {
    metrics.put(await sandboxUse());
  } catch (error) {
    log.warn('what the invocation used is not known', { error });
  }
}

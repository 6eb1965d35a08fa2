/**
 * What every handler has in common: a log of its own, a deadline, and errors that keep their code on the way out.
 * Lambda hands on an error's name and message only, so the code stands in both.
 */
import type { Context } from 'aws-lambda';
import { asHoldfastError } from '../core/errors.ts';
import type { Log } from '../core/ports/index.ts';
import { type Deadline, deadlineOf, invocationLog } from './wiring.ts';

export interface Invocation {
  readonly log: Log;
  readonly deadline: Deadline;
  /** Lambda keeps it over its own retries: the failures function finds a run by it. */
  readonly requestId: string;
}

export function entry(
  handle: (event: unknown, invocation: Invocation) => Promise<unknown>,
): (event: unknown, context: Context) => Promise<unknown> {
  return async (event, context) => {
    const log = invocationLog(context);
    const deadline = deadlineOf(context);
    try {
      return await handle(event, { log, deadline, requestId: context.awsRequestId });
    } catch (thrown) {
      const { code, message } = asHoldfastError(thrown);
      log.error('invocation failed', { code, message, error: thrown });
      const error = new Error(`${code}: ${message}`, { cause: thrown });
      error.name = code;
      throw error;
    } finally {
      deadline.clear();
    }
  };
}

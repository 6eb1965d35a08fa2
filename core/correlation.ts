/**
 * The one id by which everything that belongs together is found: log lines, alerts, rows and entries of the audit trail. It
 * comes with what a person asked for; what a schedule started is named after the invocation, which Lambda keeps over its
 * own retries.
 */
const given = /^[\x21-\x7e]{1,100}$/;

/** Of an event as it came, before anything of it is believed. */
export function correlationOf(event: unknown, requestId: string): string {
  const { task, correlationId } = (typeof event === 'object' && event !== null ? event : {}) as {
    readonly task?: unknown;
    readonly correlationId?: unknown;
  };
  if (typeof correlationId === 'string' && given.test(correlationId)) return correlationId;
  // What comes by a topic or a queue was started by no schedule.
  return task === undefined ? requestId : `sched-${requestId}`;
}

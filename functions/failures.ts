/** Reads the failures queue: crashed functions and schedules that could not start their run. */
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { handleFailure } from '../core/failures.ts';
import { invocationLog, wire } from './wiring.ts';

const wiring = wire();
const logGroupOf = (functionName: string) => wiring.environment.HOLDFAST_LOG_GROUPS[functionName];

export async function handler(event: SQSEvent, context: Context): Promise<SQSBatchResponse> {
  const log = invocationLog(context);
  const batchItemFailures: { itemIdentifier: string }[] = [];
  for (const { messageId, body, messageAttributes, attributes } of event.Records) {
    const named = Object.entries(messageAttributes ?? {}).map(([name, { stringValue }]) => [
      name,
      stringValue ?? '',
    ]);
    const sentAt = new Date(Number(attributes?.SentTimestamp) || Date.now()).toISOString();
    try {
      const alert = await handleFailure(
        { body, attributes: Object.fromEntries(named), sentAt },
        { ...wiring, log, logGroupOf },
      );
      log.info('failure handled', { messageId, alert: alert?.kind ?? 'none needed' });
    } catch (error) {
      // The queue delivers it again, five times, and then an alarm speaks for it.
      log.error('failure could not be handled', { messageId, error });
      batchItemFailures.push({ itemIdentifier: messageId });
    }
  }
  return { batchItemFailures };
}

/** Who is subscribed to the topic of the alerts. An unconfirmed subscription gets nothing. */
import { paginateListSubscriptionsByTopic, SNSClient } from '@aws-sdk/client-sns';
import { HoldfastError } from '../../core/errors.ts';
import type { Recipient, Recipients } from '../../core/ports/surroundings.ts';
import { promptHandler } from '../aws-http.ts';

/** SNS allows millions; a topic of alerts has a handful. */
const mostSubscriptions = 1000;

export interface SnsRecipientsOptions {
  readonly topicArn: string;
  /** Default: one of its own, configured from the environment. */
  readonly client?: SNSClient;
}

export function snsRecipients({ topicArn, client = recipientsClient() }: SnsRecipientsOptions): Recipients {
  return {
    async list() {
      const found: Recipient[] = [];
      try {
        for await (const page of paginateListSubscriptionsByTopic({ client }, { TopicArn: topicArn })) {
          for (const { Protocol, Endpoint, SubscriptionArn } of page.Subscriptions ?? []) {
            // Until it is confirmed it has the words PendingConfirmation in place of an ARN.
            const confirmed = SubscriptionArn?.startsWith('arn:') === true;
            found.push({ protocol: Protocol ?? '?', endpoint: Endpoint ?? '?', confirmed });
          }
          if (found.length >= mostSubscriptions) break;
        }
      } catch (thrown) {
        throw refused(thrown, topicArn);
      }
      return found;
    },
  };
}

function refused(thrown: unknown, topicArn: string): HoldfastError {
  const name = thrown instanceof Error ? thrown.name : 'Error';
  const said = thrown instanceof Error ? thrown.message : String(thrown);
  const message = `sns:ListSubscriptionsByTopic on ${topicArn} failed: ${name}: ${said}`;
  const options = { cause: thrown, details: { topicArn, name } };
  // The caller's own rights say nothing about who hears alerts.
  return new HoldfastError(
    /^Authorization|AccessDenied/.test(name) ? 'ACCESS_DENIED' : 'ALERT_FAILED',
    message,
    options,
  );
}

function recipientsClient(): SNSClient {
  return new SNSClient({ retryMode: 'standard', maxAttempts: 5, requestHandler: promptHandler() });
}

/**
 * Who is subscribed to the topic of the alerts. An unconfirmed subscription gets nothing, one with a filter not all:
 * alarms of CloudWatch carry nothing that could be filtered by. Functions are left out, the stack's own notify among them:
 * a function is no person, and whether it tells one is not to be seen from here.
 */
import {
  GetSubscriptionAttributesCommand,
  paginateListSubscriptionsByTopic,
  SNSClient,
  type Subscription,
} from '@aws-sdk/client-sns';
import { HoldfastError } from '../../core/errors.ts';
import type { Recipient, Recipients } from '../../core/ports/surroundings.ts';
import { promptHandler } from '../aws-http.ts';

/** SNS allows millions; a topic of alerts has a handful. */
const mostSubscriptions = 1000;
/** Each is a request of its own. */
const mostFiltersRead = 100;

export interface SnsRecipientsOptions {
  readonly topicArn: string;
  /** Default: one of its own, configured from the environment. */
  readonly client?: SNSClient;
}

export function snsRecipients({ topicArn, client = recipientsClient() }: SnsRecipientsOptions): Recipients {
  return {
    async list() {
      const found: Recipient[] = [];
      let filtersRead = 0;
      try {
        for await (const page of paginateListSubscriptionsByTopic({ client }, { TopicArn: topicArn })) {
          for (const each of page.Subscriptions ?? []) {
            const { Protocol: protocol = '?', Endpoint: endpoint = '?' } = each;
            if (protocol === 'lambda') continue;
            // Until it is confirmed it has the words PendingConfirmation in place of an ARN.
            const confirmed = each.SubscriptionArn?.startsWith('arn:') === true;
            const isRead = confirmed && filtersRead < mostFiltersRead && isOwn(each, topicArn);
            if (isRead) filtersRead += 1;
            const filtered = isRead ? await hasFilter(client, each) : undefined;
            found.push({ protocol, endpoint, confirmed, filtered });
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

/** Another account's subscription tells its filter to that account alone. */
function isOwn({ Owner }: Subscription, topicArn: string): boolean {
  return !Owner || Owner === topicArn.split(':')[4];
}

async function hasFilter(client: SNSClient, { SubscriptionArn }: Subscription): Promise<boolean> {
  const { Attributes } = await client.send(new GetSubscriptionAttributesCommand({ SubscriptionArn }));
  const policy = Attributes?.FilterPolicy;
  return policy !== undefined && policy !== '' && policy !== '{}';
}

function refused(thrown: unknown, topicArn: string): HoldfastError {
  const name = thrown instanceof Error ? thrown.name : 'Error';
  const said = thrown instanceof Error ? thrown.message : String(thrown);
  const message = `sns:ListSubscriptionsByTopic and GetSubscriptionAttributes on ${topicArn} failed: ${name}: ${said}`;
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

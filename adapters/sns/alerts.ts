/**
 * Alerts through an SNS topic. Attributes (`planId`, `kind`, `severity`, `state`, `code`, and `plans`, the list of all
 * plans that it is about) let a subscription filter; `alert` is the whole of it as JSON, for notify. The text is for people; it and the
 * words in the JSON pass through the same redaction as the log, whatever was put into them.
 */
import { type MessageAttributeValue, PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import type { Alert } from '../../core/alerts.ts';
import { HoldfastError } from '../../core/errors.ts';
import { alertAttribute, writeAlert } from '../../core/notify/alert-attribute.ts';
import type { Alerts } from '../../core/ports/index.ts';
import { promptHandler } from '../aws-http.ts';
import { redact } from '../log/redact.ts';

/** SNS takes 256 KiB with the attributes; a person reads less. */
const maxTextCharacters = 50_000;

export interface SnsAlertsOptions {
  readonly topicArn: string;
  /** Default: one of its own, configured from the environment. */
  readonly client?: SNSClient;
}

export function snsAlerts({ topicArn, client = alertClient() }: SnsAlertsOptions): Alerts {
  return {
    async publish(alert) {
      try {
        await client.send(
          new PublishCommand({
            TopicArn: topicArn,
            Subject: redact(alert.subject).slice(0, 100),
            Message: redact(alert.text).slice(0, maxTextCharacters),
            MessageAttributes: attributesOf(alert),
          }),
        );
      } catch (thrown) {
        const name = thrown instanceof Error ? thrown.name : 'Error';
        const said = thrown instanceof Error ? thrown.message : String(thrown);
        throw new HoldfastError(
          'ALERT_FAILED',
          `"${alert.subject}" was not published to ${topicArn}: ${name}: ${said}`,
          {
            cause: thrown,
            details: { topicArn, kind: alert.kind, planId: alert.planId, name },
          },
        );
      }
    },
  };
}

/** Eight attempts with full jitter span several seconds; an alert is worth the wait, a function's margin is not more. */
function alertClient(): SNSClient {
  return new SNSClient({
    retryMode: 'standard',
    maxAttempts: 8,
    requestHandler: promptHandler(),
  });
}

/** SNS refuses an empty value, so what is not known is left out. */
function attributesOf(alert: Alert): Record<string, MessageAttributeValue> {
  const { planId, kind, severity, state = 'broken', code } = alert;
  const known = Object.entries({ planId, kind, severity, state, code }).filter(([, value]) => value);
  const plans = alert.planIds ?? (planId === undefined ? [] : [planId]);
  return {
    ...Object.fromEntries(known.map(([name, StringValue]) => [name, { DataType: 'String', StringValue }])),
    [alertAttribute]: { DataType: 'String', StringValue: writeAlert(alert, redact) },
    ...(plans.length > 0 && { plans: { DataType: 'String.Array', StringValue: JSON.stringify(plans) } }),
  };
}

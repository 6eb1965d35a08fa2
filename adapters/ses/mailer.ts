/** Mails by Amazon SES. The sender, or its domain, must be verified there; out of its sandbox it takes every recipient. */
import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import { HoldfastError } from '../../core/errors.ts';
import type { Mailer } from '../../core/ports/notify.ts';
import { promptHandler } from '../aws-http.ts';

export interface SesMailerOptions {
  /** `holdfast@example.org`, or `Holdfast <holdfast@example.org>`. */
  readonly from: string;
  /** Default: one of its own, configured from the environment. */
  readonly client?: SESv2Client;
}

export function sesMailer({ from, client = mailClient() }: SesMailerOptions): Mailer {
  return {
    async send({ to, subject, html, text }) {
      const of = (Data: string) => ({ Data, Charset: 'UTF-8' });
      const Headers = [
        // RFC 3834, and what Exchange knows: absence notices must not answer.
        { Name: 'Auto-Submitted', Value: 'auto-generated' },
        { Name: 'X-Auto-Response-Suppress', Value: 'All' },
      ];
      try {
        await client.send(
          new SendEmailCommand({
            FromEmailAddress: from,
            Destination: { ToAddresses: [to] },
            Content: { Simple: { Subject: of(subject), Body: { Html: of(html), Text: of(text) }, Headers } },
          }),
        );
      } catch (thrown) {
        throw mailError(thrown, from, to);
      }
    },
  };
}

function mailError(thrown: unknown, from: string, to: string): HoldfastError {
  const name = thrown instanceof Error ? thrown.name : 'Error';
  const said = thrown instanceof Error ? thrown.message : String(thrown);
  const message = `SES did not take the mail from ${from} to ${to}: ${name}: ${said}`;
  return new HoldfastError('NOTIFY_FAILED', message, {
    cause: thrown,
    details: { name },
    next:
      nextSteps[name] ??
      'Look at SES in this region: its health, its sending limits, and whether the account may send.',
  });
}

/** By the names of SES's errors (Amazon SES API v2 reference, SendEmail). */
const nextSteps: Readonly<Record<string, string>> = {
  MessageRejected:
    'Verify the sender (notifications.mailFrom) in SES; while the account is in the sandbox of SES, verify the recipient too or ask for production access.',
  MailFromDomainNotVerifiedException: 'Verify the domain of the sender (notifications.mailFrom) in SES.',
  NotFoundException: 'Verify the sender (notifications.mailFrom) in SES, in the region of the stack.',
  AccessDeniedException: 'Deploy again: the notify function lacks ses:SendEmail for this sender.',
  AccountSuspendedException: 'AWS has suspended sending for this account: see the SES console.',
  SendingPausedException: 'Sending is paused for this account: see the SES console.',
  LimitExceededException: 'The daily quota of SES is used up: ask for a higher one.',
  TooManyRequestsException: 'SES was asked too often: ask for a higher sending rate.',
};

/** An alert is worth the wait: five attempts with full jitter. */
function mailClient(): SESv2Client {
  return new SESv2Client({ retryMode: 'standard', maxAttempts: 5, requestHandler: promptHandler() });
}

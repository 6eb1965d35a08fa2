/** What notify works with: the catalog, secrets of channels, SES, and the topic for what it could not tell. No vault. */
import { webhookChannels } from '../adapters/http/webhook.ts';
import { sesMailer } from '../adapters/ses/mailer.ts';
import { wire } from './wiring.ts';

export function wireNotify() {
  const wiring = wire();
  const { environment, secrets, clock, allowLoopback } = wiring;
  const from = environment.HOLDFAST_MAIL_FROM;
  return {
    ...wiring,
    mailFrom: from,
    ...(from !== undefined && { mailer: sesMailer({ from }) }),
    channels: webhookChannels({
      secrets,
      clock,
      allowLoopback,
      secretPrefix: environment.HOLDFAST_CHANNEL_SECRET_PREFIX,
    }),
    stack: environment.HOLDFAST_NOTIFY,
    ...(environment.HOLDFAST_CONSOLE_URL !== undefined && { consoleUrl: environment.HOLDFAST_CONSOLE_URL }),
  };
}
export type NotifyWiring = ReturnType<typeof wireNotify>;

/**
 * Sends notices to channels: reads the channel's secret, writes the notice as its kind takes it, signs it, and posts it.
 * Repeated three times where that may help (429, 5xx, no answer), as long as the receiver asks for, within reason.
 */
import { HoldfastError } from '../../core/errors.ts';
import { type ChannelSecret, isChannelSecret, parseChannelSecret } from '../../core/notify/channel-secret.ts';
import { discordMessage } from '../../core/notify/discord.ts';
import type { Notice } from '../../core/notify/notice.ts';
import { slackMessage } from '../../core/notify/slack.ts';
import { signatureOf, webhookMessage } from '../../core/notify/webhook.ts';
import type { Clock, Secrets } from '../../core/ports/index.ts';
import type { ChannelSender } from '../../core/ports/notify.ts';
import {
  type Answer,
  answered,
  type PublicRequestOptions,
  type Purpose,
  publicRequest,
} from './public-request.ts';

/** Of one attempt, from the name to the answer. */
const timeoutMilliseconds = 10_000;
/** Before the second, third and fourth attempt, where the receiver does not say. */
const waitsMs = [1_000, 4_000, 15_000] as const;
/** A receiver that asks for more is not waited for: the function lives five minutes. */
const longestWaitMs = 30_000;

export interface WebhookChannelsOptions extends Omit<PublicRequestOptions, 'timeoutMilliseconds'> {
  readonly secrets: Secrets;
  readonly clock: Clock;
  /** Below it lie the secrets of channels: no other is read. */
  readonly secretPrefix: string;
  readonly timeoutMilliseconds?: number;
}

export function webhookChannels(options: WebhookChannelsOptions): ChannelSender {
  return {
    async send({ name, secret: secretId }, notice) {
      if (!isChannelSecret(secretId, options.secretPrefix)) {
        throw new HoldfastError(
          'ACCESS_DENIED',
          `the secret ${secretId} of the channel ${name} is not below ${options.secretPrefix}`,
          {
            next: `Give the secret a name that begins with ${options.secretPrefix}, and name that in the plan.`,
          },
        );
      }
      const secret = parseChannelSecret(await options.secrets.get(secretId), secretId);
      const body = JSON.stringify(messageOf(secret.kind, notice));
      await postPatiently(secret, body, options, {
        what: `the channel ${name}`,
        code: 'NOTIFY_FAILED',
        forbiddenNext: `Channels lead to a public service: correct the URL in the secret ${secretId}.`,
      });
    },
  };
}

function messageOf(kind: ChannelSecret['kind'], notice: Notice): Readonly<Record<string, unknown>> {
  if (kind === 'slack') return slackMessage(notice);
  if (kind === 'discord') return discordMessage(notice);
  return webhookMessage(notice);
}

async function postPatiently(
  secret: ChannelSecret,
  body: string,
  options: WebhookChannelsOptions,
  purpose: Purpose,
): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    const wait = waitsMs[attempt];
    let answer: Answer;
    try {
      answer = await post(secret, body, options, purpose);
    } catch (thrown) {
      const mayPass = thrown instanceof HoldfastError && thrown.details.mayPass === true;
      if (!mayPass || wait === undefined) throw thrown;
      await options.clock.sleep(jittered(wait));
      continue;
    }
    const { status } = answer;
    if (status >= 200 && status < 300) return;
    const mayPass = status === 429 || status >= 500;
    const askedMs = mayPass ? retryAfterMs(answer.retryAfter, options.clock.now()) : undefined;
    if (!mayPass || wait === undefined || (askedMs ?? 0) > longestWaitMs)
      throw refused(answer, attempt, purpose);
    await options.clock.sleep(askedMs ?? jittered(wait));
  }
}

function post(
  { url, signingKey }: ChannelSecret,
  body: string,
  options: WebhookChannelsOptions,
  purpose: Purpose,
) {
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(Buffer.byteLength(body)),
    // Of this attempt: a receiver may refuse what was signed long ago.
    ...(signingKey !== undefined && {
      'holdfast-signature': signatureOf(body, signingKey, options.clock.now()),
    }),
  };
  const limits = { timeoutMilliseconds, ...options };
  return publicRequest(url, { method: 'POST', headers, body }, limits, purpose);
}

function refused(answer: Answer, attempt: number, { what }: Purpose): HoldfastError {
  const times = attempt === 0 ? '' : ` at the ${attempt + 1}. attempt`;
  return new HoldfastError('NOTIFY_FAILED', `${what} at ${answer.host} ${answered(answer)}${times}`, {
    details: { status: answer.status },
  });
}

/** Seconds, also broken ones (Discord), or a date (RFC 9110, 10.2.3). */
function retryAfterMs(header: string | undefined, now: Date): number | undefined {
  if (header === undefined) return undefined;
  const seconds = Number(header);
  const milliseconds = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - now.getTime();
  return Number.isFinite(milliseconds) ? Math.max(0, milliseconds) : undefined;
}

/** So that several functions do not come back together. */
function jittered(milliseconds: number): number {
  return milliseconds * (0.75 + Math.random() * 0.5);
}

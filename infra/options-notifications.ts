/** Options about telling people, beside the topic of the alerts: mail of the stack's own and channels. */
import { z } from 'zod';
import { stackNotificationsSchema } from '../core/notify/settings.ts';

/** Lambda takes 4,096 bytes of environment; what else is told there needs less than half. */
const mostCharacters = 2_000;

export function notificationsOptions() {
  return {
    notifications: z
      .strictObject({
        /** Sender of the stack's mail, verified in SES in the stack's region; without it there is no mail. */
        mailFrom: z.email('an e-mail address').max(254, 'an e-mail address').optional(),
        ...stackNotificationsSchema.shape,
      })
      .prefault({}),
  };
}

type Fields = z.output<z.ZodObject<ReturnType<typeof notificationsOptions>>>;

interface Around extends Fields {
  readonly channelSecretPrefix: string;
}

/** Options that are each right and do not go together: where, and what is allowed. */
export function* notificationsContradictions({
  notifications: { mailFrom, ...whom },
  channelSecretPrefix: prefix,
}: Around): Generator<{ readonly at: readonly string[]; readonly message: string }> {
  if (whom.recipients.length > 0 && mailFrom === undefined) {
    yield { at: ['notifications', 'recipients'], message: 'only with notifications.mailFrom, the sender' };
  }
  for (const [index, { secret }] of whom.channels.entries()) {
    const name = secret.startsWith('arn:') ? secret.split(':').slice(6).join(':') : secret;
    if (!name.startsWith(prefix) || name.length === prefix.length) {
      const message = `a secret below ${prefix} (channelSecretPrefix), which notify may read`;
      yield { at: ['notifications', 'channels', String(index), 'secret'], message };
    }
  }
  const characters = JSON.stringify(whom).length;
  if (characters > mostCharacters) {
    const message = `at most ${mostCharacters} characters as JSON (they are ${characters}): an environment of Lambda has a limit`;
    yield { at: ['notifications'], message };
  }
}

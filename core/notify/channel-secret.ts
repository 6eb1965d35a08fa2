/** What a channel's secret holds. Whoever can read it can write to the channel, so nothing of it stands in a message. */
import { z } from 'zod';
import { HoldfastError } from '../errors.ts';

export const channelKinds = ['slack', 'discord', 'webhook'] as const;

const schema = z.strictObject({
  kind: z.enum(channelKinds),
  url: z
    .string()
    .max(2048)
    .refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)),
  /** Both sides know it; at least 128 bits written in any way. */
  signingKey: z.string().min(16).max(1024).optional(),
});
export type ChannelSecret = z.infer<typeof schema>;

/** SECRET_INVALID, without the value. Whether the URL may be contacted is checked when it is. */
export function parseChannelSecret(text: string, secretId: string): ChannelSecret {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's own message quotes the text.
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const fields = [
    ...new Set(result.error.issues.map(({ path }) => path.map(String).join('.') || 'the whole')),
  ];
  throw new HoldfastError(
    'SECRET_INVALID',
    `the secret ${secretId} is no channel (${fields.join(', ')}): {"kind": "slack" | "discord" | "webhook", "url": "https://…"}, for a webhook with "signingKey" of 16 to 1024 characters, and nothing else`,
    {
      next: 'Correct the secret (docs/notifications.md, Channels), then try it with `holdfast plan test --notify`.',
    },
  );
}

/** A name, or an ARN whose name, begins with the prefix below which the secrets of channels lie. */
export function isChannelSecret(secretId: string, prefix: string): boolean {
  const name = /^arn:[^:]+:secretsmanager:[^:]*:[^:]*:secret:(.+)$/.exec(secretId)?.[1] ?? secretId;
  return name.startsWith(prefix);
}

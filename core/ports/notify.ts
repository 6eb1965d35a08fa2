/** How notices leave: as a mail to one person, or to a channel whose URL lies in a secret. */
import type { Notice } from '../notify/notice.ts';
import type { Channel } from '../plan.ts';

export interface Mail {
  /** One address: nobody sees who else is told. */
  readonly to: string;
  readonly subject: string;
  readonly html: string;
  /** The same for who reads no HTML. */
  readonly text: string;
}

/** Hands a mail over to who delivers it. Throws NOTIFY_FAILED after bounded retries. */
export interface Mailer {
  send(mail: Mail): Promise<void>;
}

/**
 * Sends a notice to Slack, Discord or a webhook, repeated when it may help. Throws NOTIFY_FAILED, HOST_FORBIDDEN,
 * SECRET_NOT_FOUND, SECRET_INVALID, ACCESS_DENIED, SECRETS_UNAVAILABLE; none names more of the URL than its host.
 */
export interface ChannelSender {
  send(channel: Pick<Channel, 'name' | 'secret'>, notice: Notice): Promise<void>;
}

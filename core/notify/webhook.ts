/** A notice as JSON for a webhook of one's own (docs/notifications.md): fields may be added, none changes its meaning. */
import { createHmac } from 'node:crypto';
import type { Notice } from './notice.ts';

export function webhookMessage(notice: Notice): Readonly<Record<string, unknown>> {
  const { id, event, tone, subject, headline, lead, next, link, remark, facts, at, stackName, about } =
    notice;
  const { plans, ...alert } = about;
  return {
    format: 'holdfast/notice',
    version: 1,
    id,
    event,
    tone,
    stack: stackName,
    at,
    subject,
    headline,
    text: lead,
    next,
    link: link?.url,
    remark,
    ...alert,
    facts: facts.map(({ label, value }) => ({ label, value })),
    plans,
  };
}

/** `t=<seconds since 1970>,v1=<hex HMAC-SHA256 of "t.body">`: who knows the key knows that it comes from here, and when. */
export function signatureOf(body: string, signingKey: string, at: Date): string {
  const t = Math.floor(at.getTime() / 1000);
  const v1 = createHmac('sha256', signingKey).update(`${t}.${body}`).digest('hex');
  return `t=${t},v1=${v1}`;
}

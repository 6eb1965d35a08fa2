/**
 * Tells people: what the alerts topic says, good news, and how the week went; also tries whom a plan names, and itself.
 * What one recipient or channel does has no bearing on the others.
 */
import { z } from 'zod';
import { noticeEventSchema } from '../core/events.ts';
import type { NotifyDeps } from '../core/notify/context.ts';
import { lookAtEverybody } from '../core/notify/look-at-everybody.ts';
import { type Told, tellAlert } from '../core/notify/tell-alert.ts';
import { tellSuccess } from '../core/notify/tell-success.ts';
import { tellWeek } from '../core/notify/tell-week.ts';
import { tryEverybody } from '../core/notify/try-everybody.ts';
import { parse } from '../core/parse.ts';
import { scheduledTimePlaceholder } from '../core/schedule.ts';
import { entry } from './entry.ts';
import { selfTestNotify } from './self-test-notify.ts';
import { wireNotify } from './wiring-notify.ts';

const wiring = wireNotify();

/** What SNS hands to a function (AWS Lambda Developer Guide, Amazon SNS): one record a call, and this allows for more. */
const topicEvent = z.object({
  Records: z
    .array(
      z.object({
        Sns: z.object({
          MessageId: z.string(),
          Subject: z.string().nullish(),
          Message: z.string(),
          Timestamp: z.string(),
          MessageAttributes: z.record(z.string(), z.object({ Value: z.string() })).default({}),
        }),
      }),
    )
    .min(1)
    .max(100),
});

export const handler = entry(async (event, { log, deadline, requestId }) => {
  const deps: NotifyDeps = { ...wiring, log };
  const messages = topicEvent.safeParse(event);
  if (messages.success) return tellAll(messages.data, requestId, deps);
  const request = parse(noticeEventSchema, event, 'event');
  if (request.task === 'self-test') return selfTestNotify(wiring);
  if (request.task === 'success') return tellSuccess(request, requestId, deps);
  if (request.task === 'test') {
    const secretPrefix = wiring.environment.HOLDFAST_CHANNEL_SECRET_PREFIX;
    if (!request.send) return lookAtEverybody(request.plan, { ...wiring, secretPrefix });
    return tryEverybody(request.plan, { by: request.by ?? 'somebody', requestId }, deps);
  }
  const { secondsLeft } = deadline;
  return tellWeek(scheduledAt(request.scheduledTime), { requestId, secondsLeft }, deps);
});

/** All of them are tried; the first failure is thrown at the end, so that the rest is told by Lambda's repetition. */
async function tellAll({ Records }: z.infer<typeof topicEvent>, requestId: string, deps: NotifyDeps) {
  const told: Told[] = [];
  const failures: unknown[] = [];
  for (const { Sns } of Records) {
    const attributes = Object.entries(Sns.MessageAttributes).map(([name, { Value }]) => [name, Value]);
    const message = {
      messageId: Sns.MessageId,
      subject: Sns.Subject ?? '',
      text: Sns.Message,
      attributes: Object.fromEntries(attributes) as Record<string, string>,
      sentAt: Sns.Timestamp,
    };
    try {
      told.push(await tellAlert(message, requestId, deps));
    } catch (thrown) {
      failures.push(thrown);
    }
  }
  if (failures.length > 0) throw failures[0];
  return { told };
}

/** Now, where the scheduler's placeholder arrived literally: the week is that of the day. */
function scheduledAt(scheduledTime: string | undefined): Date {
  const isKnown = scheduledTime !== undefined && scheduledTime !== scheduledTimePlaceholder;
  return isKnown ? new Date(parse(z.iso.datetime({ offset: true }), scheduledTime, 'event')) : new Date();
}

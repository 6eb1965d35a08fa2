/**
 * How an alert travels beside its text: as JSON in one attribute of the message, so that whoever writes mails and chat
 * messages need not read words. Without the text, and without its list of plans, which is an attribute of its own.
 */
import { z } from 'zod';
import { type Alert, type AlertKind, alertTitles } from '../alerts.ts';

/** The name of the attribute. */
export const alertAttribute = 'alert';

/** SNS takes 256 KiB with text and attributes; a person reads less. */
const longestWords = 4_000;

/** `clean` takes secrets out of words: field by field, since it must not meet the quotes of the JSON. */
export function writeAlert(alert: Alert, clean: (text: string) => string): string {
  const { text: _, planIds: __, subject, why, next, ...rest } = alert;
  return JSON.stringify({
    ...rest,
    subject: clean(subject),
    why: clean(why).slice(0, longestWords),
    ...(next !== undefined && { next: clean(next).slice(0, longestWords) }),
  });
}

const kinds = Object.keys(alertTitles) as [AlertKind, ...AlertKind[]];
/** Fields of a later release are left out, and its kinds read as a warning: both run for a moment while it is deployed. */
const schema = z.object({
  kind: z.enum(kinds).catch('warning'),
  severity: z.enum(['critical', 'warning']),
  state: z.enum(['broken', 'reminder', 'recovered']).default('broken'),
  planId: z.string().max(100).optional(),
  backupId: z.string().max(100).optional(),
  subject: z.string().max(500),
  why: z.string().max(longestWords + 100),
  next: z
    .string()
    .max(longestWords + 100)
    .optional(),
  since: z.string().max(100).optional(),
  code: z.string().max(100).optional(),
  correlationId: z.string().max(200).optional(),
  conditionId: z.string().max(500).optional(),
  at: z.string().max(100),
});
const plansSchema = z.array(z.string().max(100)).max(1000);

/** What a message of the topic says: one of its own, an alarm of CloudWatch, or words that somebody published. */
export interface TopicMessage {
  readonly subject: string;
  readonly text: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly sentAt: string;
}

/** Undefined when nobody needs to be told: an alarm that has no data. */
export function readMessage(message: TopicMessage): Alert | undefined {
  const own = schema.safeParse(jsonOf(message.attributes[alertAttribute]));
  if (own.success) {
    const planIds = plansSchema.safeParse(jsonOf(message.attributes.plans));
    const isDigest = own.data.planId === undefined && planIds.success;
    return { ...own.data, text: message.text, ...(isDigest && { planIds: planIds.data }) };
  }
  const alarm = alarmSchema.safeParse(jsonOf(message.text));
  if (alarm.success) return ofAlarm(alarm.data, message);
  const subject = message.subject || 'A message on the alerts topic';
  const why = message.text.slice(0, longestWords);
  return { kind: 'warning', severity: 'warning', subject, text: message.text, why, at: message.sentAt };
}

/** What CloudWatch publishes when an alarm changes (Amazon CloudWatch User Guide, Notifying users on alarm changes). */
const alarmSchema = z.object({
  AlarmName: z.string(),
  AlarmDescription: z.string().nullish(),
  NewStateValue: z.enum(['OK', 'ALARM', 'INSUFFICIENT_DATA']),
  NewStateReason: z.string().nullish(),
});

function ofAlarm(alarm: z.infer<typeof alarmSchema>, { text, sentAt: at }: TopicMessage): Alert | undefined {
  const { AlarmName: name, AlarmDescription, NewStateValue: value, NewStateReason } = alarm;
  if (value === 'INSUFFICIENT_DATA') return undefined;
  const isRaised = value === 'ALARM';
  return {
    kind: 'alarm',
    severity: 'critical',
    state: isRaised ? 'broken' : 'recovered',
    subject: `[Holdfast] ${isRaised ? '' : 'Well again: '}${alertTitles.alarm} - ${name}`,
    text,
    why: `${name}: ${AlarmDescription || NewStateReason || 'the alarm has no description'}`.slice(
      0,
      longestWords,
    ),
    conditionId: `alarm/-/${name}`,
    at,
  };
}

function jsonOf(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    // Words, not JSON.
    return undefined;
  }
}

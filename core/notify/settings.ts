/** Whom the whole stack tells, besides what each plan says: alerts that are about no plan go to them. */
import { z } from 'zod';
import { channelSchema } from '../plan.ts';

export const stackNotificationsSchema = z.strictObject({
  /** E-mail addresses. */
  recipients: z
    .array(z.email('an e-mail address').max(254, 'an e-mail address'))
    .max(20, 'at most 20 recipients')
    .default([]),
  /** What recipients get: `critical` only, or warnings as well. */
  least: z.enum(['warning', 'critical']).default('warning'),
  channels: z
    .array(channelSchema)
    .max(10, 'at most 10 channels')
    .default([])
    .refine((channels) => new Set(channels.map(({ name }) => name)).size === channels.length, {
      error: 'the names of the channels must differ',
    }),
  /** Tells them of every plan too, as if each named them. */
  everyPlan: z.boolean().default(false),
});
export type StackNotifications = z.infer<typeof stackNotificationsSchema>;

export const nobody: StackNotifications = stackNotificationsSchema.parse({});

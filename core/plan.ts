/**
 * A plan: what to back up, when, how long to keep it, how hard to verify. Parsed once, strictly: unknown fields are
 * refused, every default is here and in docs/plans.md.
 */
import { z } from 'zod';
import { planIdSchema } from './format/layout.ts';
import { scheduleSchema } from './schedule.ts';

/** Unique in the plan; part of object keys. */
export const sourceNameSchema = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,28}[a-z0-9])?$/, '1 to 30 characters of a-z, 0-9 and -');

/** Where a source's host and password are; never what is in it. */
export const secretNameSchema = z
  .string()
  .max(2048, 'the name or ARN of a secret')
  .regex(/^[\w/+=.@:-]+$/, 'the name or ARN of a secret')
  // A URL pasted here would put a password into the catalog and every manifest.
  .refine((name) => !name.includes('://'), 'the name or ARN of a secret, not what is in it');

/**
 * What core knows of a source. All else belongs to its kind: adapters/registry.ts parses it strictly, by the schema
 * of the kind, wherever a plan comes from a person.
 */
export const sourceSchema = z.looseObject({
  kind: z.string().regex(/^[a-z][a-z0-9-]{0,29}$/, 'a kind of source'),
  name: sourceNameSchema,
});
export type Source = z.infer<typeof sourceSchema>;

/** Another place that each completed backup is copied to, object by object, sealed as it is. */
export const furtherVaultSchema = z.union([
  /** The secret holds endpoint, bucket and keys of anything that speaks S3 (docs/plans.md has its fields). */
  z.strictObject({ name: sourceNameSchema, secret: secretNameSchema }),
  /** A folder that the machine which makes the backup sees: a mounted file system, a disk. */
  z.strictObject({ name: sourceNameSchema, folder: z.string().min(1).max(1024).startsWith('/') }),
]);
export type FurtherVault = z.infer<typeof furtherVaultSchema>;

/** An https URL without user and password. Where it may lead is checked when it is pinged. */
export const deadManUrlSchema = z
  .string()
  .max(2048, 'an https URL')
  .refine((text) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    return url?.protocol === 'https:' && url.username === '' && url.password === '';
  }, 'an https URL without user and password');

const keepCount = z.int().min(0).max(10_000);

export const retentionSchema = z
  .strictObject({
    hourly: keepCount.default(48),
    daily: keepCount.default(30),
    weekly: keepCount.default(12),
    monthly: keepCount.default(12),
    yearly: keepCount.default(3),
    /** Manual backups are kept this long. */
    manualDays: z.int().min(1).max(36_500).default(30),
    /** Plain days: every scheduled backup is kept at least this long, whatever its tier. 0: its tier alone decides. */
    days: z.int().min(0).max(36_500).default(0),
  })
  .refine(
    ({ hourly, daily, weekly, monthly, yearly, days }) =>
      hourly + daily + weekly + monthly + yearly + days > 0,
    {
      error:
        'keeps no scheduled backup at all: at least one of hourly, daily, weekly, monthly, yearly, days must be above 0',
    },
  );
export type Retention = z.infer<typeof retentionSchema>;

/** Where a channel's URL is: Slack, Discord or a webhook of one's own; which of them is said in the secret (docs/notifications.md). */
export const channelSchema = z.strictObject({
  name: sourceNameSchema,
  secret: secretNameSchema,
  /** What is sent there: `critical` only, or warnings as well. */
  least: z.enum(['warning', 'critical']).default('warning'),
});
export type Channel = z.infer<typeof channelSchema>;

/** Who is told of this plan, besides those who are subscribed to everything. */
export const notificationsSchema = z
  .strictObject({
    onFailure: z.boolean().default(true),
    /** Each completed backup, and each passed drill. */
    onSuccess: z.boolean().default(false),
    /** On Mondays: how the week went. */
    weeklySummary: z.boolean().default(false),
    /** E-mail addresses. */
    recipients: z
      .array(z.email('an e-mail address').max(254, 'an e-mail address'))
      .max(20, 'at most 20 recipients')
      .default([]),
    /** What recipients get: `critical` only, or warnings as well. */
    least: z.enum(['warning', 'critical']).default('warning'),
    channels: z.array(channelSchema).max(10, 'at most 10 channels').default([]),
  })
  .refine(({ channels }) => new Set(channels.map(({ name }) => name)).size === channels.length, {
    path: ['channels'],
    error: 'the names of the channels must differ',
  });
export type Notifications = z.infer<typeof notificationsSchema>;

export const verificationSchema = z.strictObject({
  /** How each new backup is proven as soon as it is there. `restored`: every one by a drill. */
  level: z.enum(['stored', 'readable', 'restored']).default('readable'),
  /** How often the newest backup is proven by being restored. */
  drill: z.enum(['daily', 'weekly', 'monthly', 'never']).default('weekly'),
  /** How often every kept backup is looked at: objects, sizes, checksums, tags, locks. */
  stored: z.enum(['daily', 'weekly', 'never']).default('daily'),
});

/** What is promised to others: watch tells when it is not kept, and evidence compares. Nothing is refused because of it. */
export const targetsSchema = z.strictObject({
  /** At most so much may be lost: the age of the newest good backup's slot. More than the interval and what a run takes. */
  recoveryPointMinutes: z.int().min(5).max(525_600).optional(),
  /** A restore drill of the plan takes no longer. */
  recoveryTimeMinutes: z.int().min(1).max(10_080).optional(),
});

/** A plan whose sources are parsed by that schema; the rest is the same whatever the sources are. */
export const planSchemaOf = <S extends z.ZodType<Source>>(source: S) =>
  z
    .strictObject({
      /** Never changes; the name may. */
      id: planIdSchema,
      name: z
        .string()
        .trim()
        .min(1, 'a name of 1 to 100 characters')
        .max(100, 'a name of 1 to 100 characters')
        .optional(),
      enabled: z.boolean().default(true),
      sources: z.array(source).min(1, 'at least one source').max(20, 'at most 20 sources'),
      schedule: scheduleSchema.default({ cron: '0 2 * * *', timeZone: 'UTC' }),
      retention: retentionSchema.prefault({}),
      /** Besides the stack's own vault. */
      vaults: z.array(furtherVaultSchema).max(3, 'at most 3 further vaults').default([]),
      /** How much later than its interval a backup may be before it counts as missed. */
      graceMinutes: z.int().min(5).max(10_080).default(60),
      targets: targetsSchema.optional(),
      /** Alerts at 80 % of it, and when it is exceeded; nothing is ever refused or expired because of it. */
      quotaBytes: z.int().min(1).optional(),
      /** Pinged (GET) for each completed backup; whoever hosts it speaks up when the pings stop. Its path is a secret. */
      deadManUrl: deadManUrlSchema.optional(),
      verification: verificationSchema.prefault({}),
      notifications: notificationsSchema.prefault({}),
      /** A run that would read more fails before anything is completed: SOURCE_TOO_LARGE. */
      maxSourceBytes: z.int().min(1).optional(),
    })
    .refine((plan) => new Set(plan.sources.map((source) => source.name)).size === plan.sources.length, {
      path: ['sources'],
      error: 'the names of the sources must differ',
    })
    .refine((plan) => new Set(plan.vaults.map((vault) => vault.name)).size === plan.vaults.length, {
      path: ['vaults'],
      error: 'the names of the vaults must differ',
    });

/** A plan that was parsed by its kinds before: from the catalog, an event, a manifest. */
export const planSchema = planSchemaOf(sourceSchema);
export type Plan = z.infer<typeof planSchema>;

/** Fields of a plan whose values no message shows. */
export const secretFields = ['secret', 'deadManUrl'] as const;

/** How the stack is set up, as the API shows it. What is not known is left out. */
import { z } from 'zod';
import { timeSchema } from './common.ts';

const tierDays = z.record(z.string(), z.int());

export const settingsSchema = z
  .object({
    stackName: z.string(),
    version: z.string(),
    region: z.string().optional(),
    vault: z.object({
      bucket: z.string().optional(),
      prefix: z.string().optional(),
      objectLock: z.object({ mode: z.enum(['GOVERNANCE', 'COMPLIANCE']), days: z.int() }).optional(),
      undeleteDays: z.int(),
      tierCeilings: tierDays
        .optional()
        .meta({ description: 'Days after which a tier expires, come what may.' }),
      replica: z.boolean().optional().meta({ description: 'A second copy is made by replication.' }),
    }),
    keys: z
      .array(
        z.object({
          id: z.string(),
          current: z.boolean().meta({ description: 'The stack’s own, for which new backups are sealed.' }),
          use: z.enum(['current', 'recovery', 'kms', 'old']).meta({
            description:
              '`recovery`, `kms`: new backups are sealed for it as well. `old`: only earlier ones are, and it is known what was done with it.',
          }),
          createdAt: timeSchema.optional().meta({ description: 'To the day, as its id says.' }),
          algorithm: z.string(),
          exportedAt: timeSchema.optional(),
          provenAt: timeSchema.optional(),
          provenBackup: z.string().optional(),
        }),
      )
      .meta({ description: 'Which keys open backups. Never a key itself.' }),
    signingKeys: z.array(z.object({ id: z.string(), role: z.enum(['backup', 'verify', 'operator']) })),
    recipients: z
      .array(z.object({ address: z.string(), confirmed: z.boolean() }))
      .optional()
      .meta({ description: 'Who hears alerts; shortened for viewers. Absent: it could not be told.' }),
    roles: z
      .object({ viewer: z.string(), operator: z.string(), admin: z.string() })
      .meta({ description: 'Names of the groups that hold them.' }),
    signIn: z.object({
      issuer: z.string().optional(),
      kind: z.enum(['pool', 'oidc']).optional().meta({ description: '`pool`: the stack’s own users.' }),
      mfa: z.enum(['off', 'optional', 'required']).optional(),
      stepUpMinutes: z
        .int()
        .optional()
        .meta({ description: 'What destroys needs a sign-in younger than that. Absent: it does not.' }),
    }),
    channels: z.array(
      z.object({
        name: z.string().optional(),
        kind: z.string(),
        plans: z
          .int()
          .meta({ description: 'How many plans tell it; those of the whole stack are told of all.' }),
      }),
    ),
    connections: z
      .array(
        z.object({
          secret: z.string().meta({ description: 'Its name, never what is in it.' }),
          kind: z.string().meta({ description: 'Of the source; `vault` of a further vault.' }),
          plans: z.array(z.string()),
        }),
      )
      .meta({ description: 'At most 500.' }),
    api: z.object({
      allowFrom: z.int().meta({ description: 'Ranges of addresses that may call; 0: all.' }),
      throttle: z.object({ ratePerSecond: z.int(), burst: z.int() }).optional(),
    }),
    quotaBytes: z.int().optional(),
    publicStatus: z.boolean(),
  })
  .meta({ id: 'Settings' });

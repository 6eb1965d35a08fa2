/** What a function is told by its environment, parsed once. Values are names and ARNs, never secrets. */
import { z } from 'zod';
import { stackNotificationsSchema } from '../core/notify/settings.ts';
import { parse } from '../core/parse.ts';

const required = z.string().min(1, 'is set by the stack');

const filesPlaces = z
  .string()
  .default('[]')
  .transform((text): unknown => JSON.parse(text))
  .pipe(z.array(z.strictObject({ name: required, prefixes: z.array(z.string()) })));
export type FilesPlace = z.infer<typeof filesPlaces>[number];

const schema = z.object({
  HOLDFAST_VAULT_BUCKET: required,
  HOLDFAST_VAULT_PREFIX: z.string().default(''),
  HOLDFAST_TABLE: required,
  HOLDFAST_TOPIC_ARN: required,
  HOLDFAST_SECRET_PUBLIC: z.string().optional(),
  HOLDFAST_SECRET_PRIVATE: z.string().optional(),
  HOLDFAST_SECRET_SIGNING_BACKUP: z.string().optional(),
  HOLDFAST_SECRET_SIGNING_VERIFY: z.string().optional(),
  HOLDFAST_SECRET_SIGNING_OPERATOR: z.string().optional(),
  HOLDFAST_SECRET_INDEX: z.string().optional(),
  HOLDFAST_SOURCE_SECRET_PREFIX: z.string().default('holdfast/sources/'),
  /** Below it lie the secrets of further vaults. */
  HOLDFAST_VAULT_SECRET_PREFIX: z.string().default('holdfast/vaults/'),
  /** Buckets that may be backed up, `[{"name":"photos","prefixes":["2026/"]}]`, and those that files may be put into. */
  HOLDFAST_FILES_BUCKETS: filesPlaces,
  HOLDFAST_RESTORE_BUCKETS: filesPlaces,
  /** Where the file system is mounted, if there is one: `/mnt/files`. */
  HOLDFAST_FILE_SYSTEM: z.string().startsWith('/').optional(),
  /** `{"mode":"GOVERNANCE","days":30}` when the vault locks what is written. */
  HOLDFAST_OBJECT_LOCK: z
    .string()
    .optional()
    .transform((text) => (text ? JSON.parse(text) : undefined))
    .pipe(z.strictObject({ mode: z.enum(['GOVERNANCE', 'COMPLIANCE']), days: z.int().min(1) }).optional()),
  /** Names of the log groups by name of function, JSON; for the one that reports crashes, and for the API's log. */
  HOLDFAST_LOG_GROUPS: z
    .string()
    .default('{}')
    .transform((text) => JSON.parse(text))
    .pipe(z.record(z.string(), z.string())),
  /** Set where MongoDB's programs are. */
  HOLDFAST_MONGODB: z.literal('tools').optional(),
  HOLDFAST_STACK_NAME: z.string().default('Holdfast'),
  /** The window in which what has expired can be brought back: what the vault's lifecycle says, too. */
  HOLDFAST_UNDELETE_DAYS: z.coerce.number().int().min(1).default(14),
  /** How often cleanup is started. */
  HOLDFAST_CLEANUP_EVERY_DAYS: z.coerce.number().int().min(1).max(7).default(1),
  /** Of everything in the vault; watch warns near it. */
  HOLDFAST_QUOTA_BYTES: z.coerce.number().int().min(1).optional(),
  /** Age at which watch reminds of rotating the wrapping key; 0: never. */
  HOLDFAST_KEY_AGE_DAYS: z.coerce.number().int().min(0).default(365),
  /** Secret that holds the URL which watch pings after each good round. */
  HOLDFAST_DEADMAN_SECRET: z.string().optional(),
  /** The second copy, where the stack makes one. */
  HOLDFAST_REPLICA_BUCKET: z.string().optional(),
  HOLDFAST_REPLICA_PREFIX: z.string().default(''),
  HOLDFAST_REPLICA_REGION: z.string().optional(),
  /** Below it lie the secrets of channels. */
  HOLDFAST_CHANNEL_SECRET_PREFIX: z.string().default('holdfast/channels/'),
  /** Sender of mail, verified in SES; without it there is no mail. */
  HOLDFAST_MAIL_FROM: z.string().min(3).max(320).optional(),
  /** Whom the whole stack tells: `{"recipients":["ops@example.org"],"channels":[]}`. */
  HOLDFAST_NOTIFY: z
    .string()
    .default('{}')
    .transform((text): unknown => JSON.parse(text))
    .pipe(stackNotificationsSchema),
  /** Functions that this one may start, by name. */
  HOLDFAST_BACKUP_FUNCTION: z.string().optional(),
  HOLDFAST_RESTORE_FUNCTION: z.string().optional(),
  HOLDFAST_CLEANUP_FUNCTION: z.string().optional(),
  HOLDFAST_ADOPT_FUNCTION: z.string().optional(),
  HOLDFAST_NOTIFY_FUNCTION: z.string().optional(),
  /** The group of the plans' schedules. */
  HOLDFAST_SCHEDULE_GROUP: z.string().optional(),
  /** The stack's alarms by name, for watch; and the queue of failures that could not be reported. */
  HOLDFAST_ALARMS: z
    .string()
    .default('')
    .transform((names) => names.split(',').filter((name) => name !== '')),
  HOLDFAST_UNHANDLED_QUEUE: z.string().optional(),
  /** Of the API: who issues the tokens that it takes, exactly as in their `iss`. */
  HOLDFAST_ISSUER: z.string().optional(),
  /** Where the issuer publishes its keys; default: as its discovery document says. */
  HOLDFAST_JWKS_URL: z.string().optional(),
  /** Apps of the Cognito user pool that may call, a JSON list; or the audience of another issuer's tokens. */
  HOLDFAST_CLIENT_IDS: z
    .string()
    .optional()
    .transform((text): unknown => (text ? JSON.parse(text) : undefined))
    .pipe(z.array(required).min(1).optional()),
  HOLDFAST_AUDIENCE: z.string().optional(),
  HOLDFAST_GROUPS_CLAIM: z.string().default('cognito:groups'),
  /** Names of the groups that hold the roles: `{"viewer":"holdfast-viewer", …}`. */
  HOLDFAST_GROUPS: z
    .string()
    .default('{}')
    .transform((text): unknown => JSON.parse(text))
    .pipe(
      z.strictObject({
        viewer: required.default('holdfast-viewer'),
        operator: required.default('holdfast-operator'),
        admin: required.default('holdfast-admin'),
      }),
    ),
  /** CIDRs that may call the API, a JSON list; empty: all. */
  HOLDFAST_ALLOW_FROM: z
    .string()
    .default('[]')
    .transform((text): unknown => JSON.parse(text))
    .pipe(z.array(required)),
  /** What destroys takes a sign-in of the last so many minutes; absent: any that holds will do. */
  HOLDFAST_STEP_UP_MINUTES: z.coerce.number().int().min(1).max(1440).optional(),
  /** Pages that may call from a browser, a JSON list of origins. */
  HOLDFAST_CORS_ORIGINS: z
    .string()
    .default('[]')
    .transform((text): unknown => JSON.parse(text))
    .pipe(z.array(required)),
  /** Set where anybody may ask the API whether all is well. */
  HOLDFAST_PUBLIC_STATUS: z.literal('on').optional(),
  /** What programs are told that sign people in, JSON; without it, what stands in the variables above. */
  HOLDFAST_SIGN_IN: z
    .string()
    .default('{}')
    .transform((text): unknown => JSON.parse(text))
    .pipe(
      z.strictObject({
        scopes: z.array(required).default(['openid', 'email', 'profile']),
        clientId: required.optional(),
        signInUrl: required.optional(),
      }),
    ),
  /** Of the web console, without a slash at the end: what is told leads to its pages. */
  HOLDFAST_CONSOLE_URL: z.url().optional(),
  /** Options that the API only shows, JSON. */
  HOLDFAST_SHOWN: z
    .string()
    .default('{}')
    .transform((text): unknown => JSON.parse(text))
    .pipe(
      z.object({
        tierCeilings: z.record(z.string(), z.int()).optional(),
        replica: z.boolean().optional(),
        mfa: z.enum(['off', 'optional', 'required']).optional(),
        throttle: z.object({ ratePerSecond: z.int(), burst: z.int() }).optional(),
        channels: z.array(z.string()).optional(),
      }),
    ),
  AWS_REGION: z.string().optional(),
  HOLDFAST_VERIFY_FUNCTION: z.string().optional(),
  /** What the API makes the plans' schedules with. */
  HOLDFAST_SCHEDULE_ROLE_ARN: z.string().optional(),
  HOLDFAST_SCHEDULE_DLQ_ARN: z.string().optional(),
  HOLDFAST_BACKUP_FUNCTION_ARN: z.string().optional(),
  /** On the local AWS only: sources on loopback are allowed there, and IAM is enforced or is not. */
  HOLDFAST_LOCAL: z.enum(['iam', 'no-iam']).optional(),
});
export type Environment = z.infer<typeof schema>;

export function readEnvironment(
  env: Readonly<Record<string, string | undefined>> = process.env,
): Environment {
  return parse(schema, env, 'environment of the function');
}

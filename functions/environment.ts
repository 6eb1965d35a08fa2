/** What a function is told by its environment, parsed once. Values are names and ARNs, never secrets. */
import { z } from 'zod';
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
  /** Names of the log groups by name of function, JSON; for the one that reports crashes. */
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
  /** Functions that this one may start, by name. */
  HOLDFAST_BACKUP_FUNCTION: z.string().optional(),
  HOLDFAST_RESTORE_FUNCTION: z.string().optional(),
  HOLDFAST_CLEANUP_FUNCTION: z.string().optional(),
  HOLDFAST_ADOPT_FUNCTION: z.string().optional(),
  /** The group of the plans' schedules. */
  HOLDFAST_SCHEDULE_GROUP: z.string().optional(),
  /** The stack's alarms by name, for watch; and the queue of failures that could not be reported. */
  HOLDFAST_ALARMS: z
    .string()
    .default('')
    .transform((names) => names.split(',').filter((name) => name !== '')),
  HOLDFAST_UNHANDLED_QUEUE: z.string().optional(),
  /** On the local AWS only: sources on loopback are allowed there, and IAM is enforced or is not. */
  HOLDFAST_LOCAL: z.enum(['iam', 'no-iam']).optional(),
});
export type Environment = z.infer<typeof schema>;

export function readEnvironment(
  env: Readonly<Record<string, string | undefined>> = process.env,
): Environment {
  return parse(schema, env, 'environment of the function');
}

/** What a function is told by its environment, parsed once. Values are names and ARNs, never secrets. */
import { z } from 'zod';
import { parse } from '../core/parse.ts';

const required = z.string().min(1, 'is set by the stack');

const schema = z.object({
  HOLDFAST_VAULT_BUCKET: required,
  HOLDFAST_VAULT_PREFIX: z.string().default(''),
  HOLDFAST_TABLE: required,
  HOLDFAST_TOPIC_ARN: required,
  HOLDFAST_SECRET_PUBLIC: z.string().optional(),
  HOLDFAST_SECRET_PRIVATE: z.string().optional(),
  HOLDFAST_SECRET_SIGNING_BACKUP: z.string().optional(),
  HOLDFAST_SECRET_SIGNING_VERIFY: z.string().optional(),
  HOLDFAST_SOURCE_SECRET_PREFIX: z.string().default('holdfast/sources/'),
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
  /** On the local AWS only: sources on loopback are allowed there, and IAM is enforced or is not. */
  HOLDFAST_LOCAL: z.enum(['iam', 'no-iam']).optional(),
});
export type Environment = z.infer<typeof schema>;

export function readEnvironment(
  env: Readonly<Record<string, string | undefined>> = process.env,
): Environment {
  return parse(schema, env, 'environment of the function');
}

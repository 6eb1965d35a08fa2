/** The stack's outputs: where everything is. Parsed once; a stack without them is not one of Holdfast's. */
import { z } from 'zod';
import { HoldfastError } from '../core/errors.ts';

const text = z.string().min(1);

/** What the stack lacks is said with this word: CloudFormation has no empty outputs. */
const textOrNone = text.optional().transform((value) => (value === 'none' ? undefined : value));

/** Names as infra/ gives them. Outputs that this release does not know are left alone. */
export const stackOutputsSchema = z.object({
  VaultBucket: text,
  /** Empty when the vault has the bucket to itself (CloudFormation has no empty outputs: then it is missing or `/`). */
  VaultPrefix: z
    .string()
    .default('')
    .transform((prefix) => (prefix === '/' ? '' : prefix)),
  CatalogTable: text,
  AlertsTopicArn: text,
  /** The stack's alarms by name, and the queue of failures that could not be reported; not of an earlier release. */
  Alarms: text.optional().transform((names) => names?.split(',') ?? []),
  UnhandledQueueUrl: text.optional(),
  /** Of its functions by their part in the stack, `{"backup":"…"}`; not of an earlier release. */
  LogGroups: z
    .string()
    .default('{}')
    .transform((groups, context): unknown => {
      try {
        return JSON.parse(groups);
      } catch {
        context.addIssue({ code: 'custom', message: 'JSON' });
        return z.NEVER;
      }
    })
    .pipe(z.record(z.string(), text)),
  BackupFunction: text,
  BackupFunctionArn: text,
  VerifyFunction: text,
  RestoreFunction: text,
  FailuresFunction: text,
  CleanupFunction: text,
  WatchFunction: text,
  AdoptFunction: text,
  /** Not of an earlier release. */
  NotifyFunction: text.optional(),
  /** Of the API, and who issues its tokens; none where the stack has no API, or no user pool of its own. */
  ApiFunction: textOrNone,
  ApiUrl: textOrNone,
  Issuer: textOrNone,
  ApiAudience: textOrNone,
  UserPoolId: textOrNone,
  UserPoolClientId: textOrNone,
  SignInDomain: textOrNone,
  /** Of the web console; not of an earlier release. */
  ConsoleUrl: textOrNone,
  ScheduleGroup: text,
  ScheduleRoleArn: text,
  ScheduleDlqArn: text,
  SecretPublicArn: text,
  SecretPrivateArn: text,
  SecretSigningBackupArn: text,
  SecretSigningVerifyArn: text,
  SecretSigningOperatorArn: text,
  SecretIndexArn: text,
  SourceSecretPrefix: text,
  VaultSecretPrefix: text,
  ChannelSecretPrefix: text.default('holdfast/channels/'),
  /** Buckets that plans may back up, by name with their prefixes. */
  FilesBuckets: textOrNone
    .transform((list, context): unknown => {
      try {
        return JSON.parse(list ?? '[]');
      } catch {
        context.addIssue({ code: 'custom', message: 'JSON, or none' });
        return z.NEVER;
      }
    })
    .pipe(z.array(z.object({ name: text, prefixes: z.array(z.string()) }))),
  /** `{"mode":"GOVERNANCE","days":30}`, or `none`. */
  ObjectLock: z
    .string()
    .default('none')
    .transform((lock, context): unknown => {
      try {
        return lock === 'none' ? undefined : JSON.parse(lock);
      } catch {
        context.addIssue({ code: 'custom', message: 'JSON, or none' });
        return z.NEVER;
      }
    })
    .pipe(z.object({ mode: z.enum(['GOVERNANCE', 'COMPLIANCE']), days: z.int().min(1) }).optional()),
  /** The bucket of the second copy, and its region. */
  ReplicaBucket: textOrNone,
  ReplicaRegion: textOrNone,
  /** Days that noncurrent versions must live; at least one where the stack does not say. */
  UndeleteDays: z.coerce.number().int().min(1).default(1),
});
export type StackOutputs = z.infer<typeof stackOutputsSchema>;

/** The outputs as a record → the stack. STACK_NOT_FOUND names what is missing. */
export function parseStackOutputs(
  stackName: string,
  outputs: Readonly<Record<string, string>>,
): StackOutputs {
  const result = stackOutputsSchema.safeParse(outputs);
  if (result.success) return result.data;
  const missing = [...new Set(result.error.issues.map((issue) => String(issue.path[0])))].join(', ');
  throw new HoldfastError('STACK_NOT_FOUND', `stack ${stackName} is there, but its outputs lack ${missing}`, {
    next: 'Name a Holdfast stack with --stack, or bring this one up to date with `npm run deploy`.',
    details: { stackName, missing },
  });
}

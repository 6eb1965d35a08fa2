/**
 * What each function's role must be able to do, and what it must not, as questions to IAM's policy simulator. Written
 * down apart from permissions.ts on purpose: this is what the design promises, that is how it is done.
 */
import type { StackOutputs } from '../../cli/stack.ts';

export type FunctionRole = 'backup' | 'verify' | 'restore' | 'failures';

export interface RoleExpectation {
  readonly role: FunctionRole;
  readonly action: string;
  readonly resource: string;
  readonly expected: 'allowed' | 'denied';
  /** Keys of the request that the policies look at. */
  readonly context?: Readonly<Record<string, string>>;
}

export function roleExpectations(stack: StackOutputs): readonly RoleExpectation[] {
  const at = arns(stack);
  const may = (role: FunctionRole, action: string, ...resources: string[]): RoleExpectation[] =>
    resources.map((resource) => ({ role, action, resource, expected: 'allowed' }));
  const never = (role: FunctionRole, action: string, ...resources: string[]): RoleExpectation[] =>
    resources.map((resource) => ({ role, action, resource, expected: 'denied' }));
  const get = 'secretsmanager:GetSecretValue';
  return [
    ...may('backup', 's3:PutObject', at.plans),
    ...may('backup', 's3:GetObject', at.plans),
    ...may('backup', get, stack.SecretPublicArn, stack.SecretSigningBackupArn, at.sourceSecret),
    ...may('backup', 'sns:Publish', stack.AlertsTopicArn),
    ...never('backup', get, stack.SecretPrivateArn, stack.SecretSigningVerifyArn, at.otherSecret),
    ...never('backup', 's3:PutObject', at.reports, at.elsewhere),

    ...may('verify', 's3:GetObject', at.plans, at.reports),
    ...may('verify', 's3:PutObject', at.reports),
    ...may('verify', get, stack.SecretPublicArn, stack.SecretPrivateArn, stack.SecretSigningVerifyArn),
    ...may('verify', 'sns:Publish', stack.AlertsTopicArn),
    ...never('verify', get, stack.SecretSigningBackupArn, at.sourceSecret, at.otherSecret),
    ...never('verify', 's3:PutObject', at.plans),
    ...never('verify', 'dynamodb:PutItem', at.table),
    ...never('verify', 'dynamodb:DeleteItem', at.table),

    ...may('restore', 's3:GetObject', at.plans),
    ...may('restore', get, stack.SecretPublicArn, stack.SecretPrivateArn, at.sourceSecret),
    ...never('restore', get, stack.SecretSigningBackupArn, stack.SecretSigningVerifyArn, at.otherSecret),
    ...never('restore', 's3:PutObject', at.plans, at.reports),

    ...may('failures', 'sns:Publish', stack.AlertsTopicArn),
    ...never('failures', get, stack.SecretPublicArn, stack.SecretPrivateArn, at.sourceSecret),
    ...never('failures', 's3:GetObject', at.plans),
    ...never('failures', 's3:PutObject', at.plans, at.reports),

    ...roles.flatMap((role) => whatNobodyMay(role, stack, at)),
  ];
}

const roles: readonly FunctionRole[] = ['backup', 'verify', 'restore', 'failures'];

/** Promise 4: failure keeps data, and so does a stolen role. */
function whatNobodyMay(
  role: FunctionRole,
  stack: StackOutputs,
  at: ReturnType<typeof arns>,
): RoleExpectation[] {
  const expected = 'denied' as const;
  const onObjects = [
    's3:DeleteObject',
    's3:DeleteObjectVersion',
    's3:BypassGovernanceRetention',
    's3:PutObjectLegalHold',
  ];
  const onBucket = [
    's3:PutBucketPolicy',
    's3:DeleteBucketPolicy',
    's3:PutLifecycleConfiguration',
    's3:PutBucketVersioning',
    's3:PutBucketObjectLockConfiguration',
    's3:DeleteBucket',
  ];
  const onSecrets = [
    'secretsmanager:PutSecretValue',
    'secretsmanager:UpdateSecret',
    'secretsmanager:DeleteSecret',
  ];
  return [
    ...onObjects.map((action) => ({ role, action, resource: at.plans, expected })),
    ...onBucket.map((action) => ({ role, action, resource: at.bucket, expected })),
    ...onSecrets.map((action) => ({ role, action, resource: stack.SecretPrivateArn, expected })),
    ...['dynamodb:DeleteTable', 'dynamodb:UpdateTable'].map((action) => ({
      role,
      action,
      resource: at.table,
      expected,
    })),
    {
      role,
      action: 's3:PutObjectTagging',
      resource: at.plans,
      expected,
      // Marking for expiry is the cleanup role's alone.
      context: { 's3:RequestObjectTag/expire': 'yes' },
    },
  ];
}

function arns(stack: StackOutputs) {
  const [, partition, , region, account] = stack.BackupFunctionArn.split(':');
  const bucket = `arn:${partition}:s3:::${stack.VaultBucket}`;
  const below = `${bucket}/${stack.VaultPrefix}`;
  const secret = `arn:${partition}:secretsmanager:${region}:${account}:secret:`;
  return {
    bucket,
    plans: `${below}plans/smoke/20261121T020000Z-00000000/manifest`,
    reports: `${below}reports/smoke/20261121T020000Z-00000000/report`,
    elsewhere: `${below}elsewhere/object`,
    // Six random characters end the ARN of every secret.
    sourceSecret: `${secret}${stack.SourceSecretPrefix}smoke-AbCdEf`,
    otherSecret: `${secret}somebody-elses-AbCdEf`,
    table: `arn:${partition}:dynamodb:${region}:${account}:table/${stack.CatalogTable}`,
  };
}

/**
 * What each function's role must be able to do, and what it must not, as questions to IAM's policy simulator. Written
 * down apart from permissions.ts on purpose: this is what the design promises, that is how it is done.
 */
import type { StackOutputs } from '../../cli/stack.ts';
import { type AuditWriter, auditPrefix } from '../../core/format/layout.ts';

const everywhere = ['backup', 'verify', 'restore', 'cleanup', 'watch', 'adopt', 'failures'] as const;
const control = ['notify', 'api'] as const;
export type FunctionRole = (typeof everywhere | typeof control)[number];

export interface RoleExpectation {
  readonly role: FunctionRole;
  readonly action: string;
  readonly resource: string;
  readonly expected: 'allowed' | 'denied';
  /** Keys of the request that the policies look at; a list where the key has several values. */
  readonly context?: Readonly<Record<string, string | readonly string[]>>;
}

export function roleExpectations(stack: StackOutputs): readonly RoleExpectation[] {
  const at = arns(stack);
  const functions = { notify: stack.NotifyFunction, api: stack.ApiFunction };
  const inControl = control.filter((role) => functions[role] !== undefined);
  const roles: readonly FunctionRole[] = [...everywhere, ...inControl];
  const may = (role: FunctionRole, action: string, ...resources: string[]): RoleExpectation[] =>
    resources.map((resource) => ({ role, action, resource, expected: 'allowed' }));
  const never = (role: FunctionRole, action: string, ...resources: string[]): RoleExpectation[] =>
    resources.map((resource) => ({ role, action, resource, expected: 'denied' }));
  const get = 'secretsmanager:GetSecretValue';
  return [
    ...may('backup', 's3:PutObject', at.plans),
    ...may('backup', 's3:GetObject', at.plans),
    ...may(
      'backup',
      get,
      ...[stack.SecretPublicArn, stack.SecretSigningBackupArn, stack.SecretIndexArn],
      ...[at.sourceSecret, at.vaultSecret],
    ),
    ...may('backup', 'sns:Publish', stack.AlertsTopicArn),
    ...may('backup', 'dynamodb:UpdateItem', at.table).map(of('ALERT#backup-failed/smoke')),
    ...never('backup', 'dynamodb:UpdateItem', at.table).map(of('ALERT#verification-failed/smoke')),
    ...never('backup', get, stack.SecretPrivateArn, stack.SecretSigningVerifyArn, at.otherSecret),
    ...never('backup', 's3:PutObject', at.reports, at.elsewhere),
    ...may('backup', 's3:GetObject', ...at.files),
    ...never('backup', 's3:PutObject', ...at.files),
    ...never('backup', 's3:DeleteObject', ...at.files),

    ...may('verify', 's3:GetObject', at.plans, at.reports),
    ...may('verify', 's3:PutObject', at.reports),
    ...may('verify', get, stack.SecretPublicArn, stack.SecretPrivateArn, stack.SecretSigningVerifyArn),
    ...may('verify', get, at.vaultSecret),
    ...may('verify', 'sns:Publish', stack.AlertsTopicArn),
    ...never('verify', get, stack.SecretSigningBackupArn, at.sourceSecret, at.otherSecret),
    ...never('verify', 's3:PutObject', at.plans),
    ...never('verify', 'dynamodb:PutItem', at.table),
    ...never('verify', 'dynamodb:DeleteItem', at.table),

    ...may('restore', 's3:GetObject', at.plans, at.reports),
    ...may('restore', get, stack.SecretPublicArn, stack.SecretPrivateArn, at.sourceSecret, at.vaultSecret),
    ...may('restore', 's3:PutObject', ...at.restoredFiles),
    ...never('restore', 's3:DeleteObject', ...at.restoredFiles),
    ...never('restore', get, stack.SecretSigningBackupArn, stack.SecretSigningVerifyArn, at.otherSecret),
    ...never('restore', 's3:PutObject', at.plans, at.reports),

    ...may('restore', 's3:RestoreObject', at.plans),

    ...may('cleanup', 's3:ListBucketVersions', at.bucket),
    ...may('cleanup', 's3:GetObject', at.plans),
    ...may(
      'cleanup',
      'lambda:InvokeFunction',
      at.lambda(stack.AdoptFunction),
      at.lambda(stack.CleanupFunction),
    ),
    ...may('cleanup', 'sns:Publish', stack.AlertsTopicArn),
    ...may('cleanup', 'dynamodb:ConditionCheckItem', at.table).map(of('PLAN#smoke')),
    ...never('cleanup', 's3:GetObject', at.segment),
    ...never('cleanup', 's3:PutObject', at.plans, at.reports),
    ...may('cleanup', get, stack.SecretPublicArn),
    ...never('cleanup', get, stack.SecretPrivateArn, stack.SecretSigningBackupArn, at.sourceSecret),
    ...never('cleanup', 'dynamodb:UpdateItem', at.table).map(of('STATE#pause')),
    ...never('cleanup', 'lambda:InvokeFunction', at.lambda(stack.BackupFunction)),
    // Marking is cleanup's alone, and with this one value.
    { ...tagging('cleanup', at.plans, { expire: 'yes' }), expected: 'allowed' },
    tagging('cleanup', at.plans, { expire: 'no' }),
    tagging('cleanup', at.plans, { owner: 'somebody' }),
    tagging('cleanup', at.elsewhere, { expire: 'yes' }),

    ...may('watch', 's3:GetObject', at.plans, at.segment),
    ...may('watch', get, stack.SecretPublicArn),
    ...may('watch', 'sns:ListSubscriptionsByTopic', stack.AlertsTopicArn),
    ...may('watch', 'sns:GetSubscriptionAttributes', '*'),
    ...may('watch', 'cloudwatch:DescribeAlarms', '*'),
    ...never('watch', 'sns:SetSubscriptionAttributes', '*'),
    ...never('watch', 'cloudwatch:PutMetricAlarm', '*'),
    ...never('watch', 'sqs:ReceiveMessage', stack.ScheduleDlqArn),
    ...may(
      'watch',
      'lambda:InvokeFunction',
      at.lambda(stack.CleanupFunction),
      at.lambda(stack.RestoreFunction),
    ),
    ...may('watch', 'cloudwatch:PutMetricData', '*').map(inNamespace('Holdfast')),
    ...never('watch', 'cloudwatch:PutMetricData', '*').map(inNamespace('AWS/Billing')),
    ...may('watch', 'scheduler:UpdateSchedule', at.schedule),
    ...never('watch', get, stack.SecretPrivateArn, at.sourceSecret),
    ...never('watch', 's3:PutObject', at.plans, at.reports),
    ...never('watch', 's3:RestoreObject', at.plans),
    ...never('watch', 'dynamodb:UpdateItem', at.table).map(of('PLAN#smoke')),

    ...may('adopt', 's3:GetObject', at.plans, at.reports),
    ...may('adopt', get, stack.SecretPublicArn, stack.SecretPrivateArn),
    ...may('adopt', 'dynamodb:UpdateItem', at.table).map(of('PLAN#smoke')),
    ...may('verify', 'dynamodb:UpdateItem', at.table).map(of('DRILLS#smoke')),
    ...never('adopt', get, stack.SecretSigningBackupArn, at.sourceSecret),
    ...never('adopt', 's3:PutObject', at.plans, at.reports),

    ...may('failures', 'sns:Publish', stack.AlertsTopicArn),
    ...may('failures', 'dynamodb:UpdateItem', at.table).map(of('ALERT#smoke')),
    ...never('failures', 'dynamodb:UpdateItem', at.table).map(of('STATE#pause')),
    ...never('failures', get, stack.SecretPublicArn, stack.SecretPrivateArn, at.sourceSecret),
    ...never('failures', 's3:GetObject', at.plans),
    ...never('failures', 's3:PutObject', at.plans, at.reports),

    ...controlExpectations(stack, at, { may, never }).filter(({ role }) => roles.includes(role)),
    ...(['backup', 'verify', 'restore', 'cleanup'] as const).flatMap((writer) => [
      ...may(writer, 's3:PutObject', at.audit(writer)),
      ...never(writer, 's3:PutObject', at.audit('api'), at.audit('cli')),
    ]),
    ...roles
      .filter((role) => role !== 'api')
      .flatMap((role) => never(role, get, stack.SecretSigningOperatorArn)),
    ...roles.filter((role) => role !== 'backup').flatMap((role) => never(role, get, stack.SecretIndexArn)),
    ...roles.flatMap((role) => whatNobodyMay(role, stack, at)),
  ];
}

interface Words {
  readonly may: (role: FunctionRole, action: string, ...resources: string[]) => RoleExpectation[];
  readonly never: Words['may'];
}

/** Of the API, which people sign in to, and of notify, which tells them. */
function controlExpectations(
  stack: StackOutputs,
  at: ReturnType<typeof arns>,
  { may, never }: Words,
): RoleExpectation[] {
  const get = 'secretsmanager:GetSecretValue';
  const schedule = (action: string) => may('api', `scheduler:${action}Schedule`, at.schedule);
  return [
    ...may('api', 's3:GetObject', at.plans, at.segment),
    ...may('api', 's3:PutObject', at.pin, at.audit('api')),
    ...never('api', 's3:PutObject', at.plans, at.segment, at.reports, at.audit('backup'), at.audit('cli')),
    ...never('api', 's3:GetObject', at.reports),
    ...may('api', get, stack.SecretPublicArn, stack.SecretSigningOperatorArn),
    ...never('api', get, stack.SecretPrivateArn, stack.SecretSigningBackupArn, stack.SecretSigningVerifyArn),
    ...never('api', get, at.sourceSecret, at.vaultSecret, at.channelSecret, at.otherSecret),
    ...['Create', 'Update', 'Delete', 'Get'].flatMap(schedule),
    ...never('api', 'scheduler:CreateSchedule', at.otherSchedule),
    ...may('api', 'iam:PassRole', stack.ScheduleRoleArn).map((expectation) => ({
      ...expectation,
      context: { 'iam:PassedToService': 'scheduler.amazonaws.com' },
    })),
    ...never('api', 'iam:PassRole', at.otherRole),
    ...may('api', 'lambda:InvokeFunction', at.lambda(stack.BackupFunction), at.lambda(stack.RestoreFunction)),
    ...never('api', 'lambda:InvokeFunction', at.lambda(stack.AdoptFunction), at.lambda(stack.WatchFunction)),
    ...may('api', 'dynamodb:UpdateItem', at.table).map(of('PLAN#smoke')),
    ...never('api', 'dynamodb:UpdateItem', at.table).map(of('STATE#cleanup')),
    ...never('api', 'dynamodb:DeleteItem', at.table).map(of('AUDIT#2026-11')),
    ...may('api', 'logs:FilterLogEvents', ...Object.values(stack.LogGroups).map(at.logs)),
    ...never('api', 'logs:FilterLogEvents', at.logs('/aws/lambda/another')),
    ...never('api', 'logs:DeleteLogGroup', ...Object.values(stack.LogGroups).map(at.logs)),

    ...may('notify', get, at.channelSecret),
    ...never('notify', get, stack.SecretPublicArn, stack.SecretPrivateArn, at.sourceSecret, at.vaultSecret),
    ...never('notify', 's3:GetObject', at.plans, at.reports),
    ...never('notify', 's3:PutObject', at.plans, at.audit('api')),
    ...may('notify', 'dynamodb:UpdateItem', at.table).map(of('ALERT#smoke')),
    ...never('notify', 'dynamodb:UpdateItem', at.table).map(of('PLAN#smoke')),
  ];
}

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
    ...(stack.ReplicaBucket === undefined ? [] : onReplica(role, at.replica)),
    ...['dynamodb:DeleteTable', 'dynamodb:UpdateTable'].map((action) => ({
      role,
      action,
      resource: at.table,
      expected,
    })),
    ...(role === 'cleanup' ? [] : [tagging(role, at.plans, { expire: 'yes' })]),
  ];
}

/** Only S3 itself writes second copies. */
function onReplica(role: FunctionRole, resource: string): RoleExpectation[] {
  return ['s3:PutObject', 's3:DeleteObject', 's3:DeleteObjectVersion'].map((action) => ({
    role,
    action,
    resource,
    expected: 'denied',
  }));
}

/** A request that sets one tag, denied unless said otherwise. */
function tagging(
  role: FunctionRole,
  resource: string,
  tag: Readonly<Record<string, string>>,
): RoleExpectation {
  const [[key = '', value = ''] = []] = Object.entries(tag);
  return {
    role,
    action: 's3:PutObjectTagging',
    resource,
    expected: 'denied',
    context: { [`s3:RequestObjectTag/${key}`]: value, 's3:RequestObjectTagKeys': [key] },
  };
}

function of(partitionKey: string) {
  return (expectation: RoleExpectation): RoleExpectation => ({
    ...expectation,
    context: { 'dynamodb:LeadingKeys': [partitionKey] },
  });
}

function inNamespace(namespace: string) {
  return (expectation: RoleExpectation): RoleExpectation => ({
    ...expectation,
    context: { 'cloudwatch:namespace': namespace },
  });
}

function arns(stack: StackOutputs) {
  const [, partition, , region, account] = stack.BackupFunctionArn.split(':');
  const bucket = `arn:${partition}:s3:::${stack.VaultBucket}`;
  const below = `${bucket}/${stack.VaultPrefix}`;
  const secret = `arn:${partition}:secretsmanager:${region}:${account}:secret:`;
  return {
    bucket,
    plans: `${below}plans/smoke/20261121T020000Z-00000000/manifest`,
    segment: `${below}plans/smoke/20261121T020000Z-00000000/a01/main/0000-data.0001`,
    replica: `arn:${partition}:s3:::${stack.ReplicaBucket}/plans/smoke/20261121T020000Z-00000000/manifest`,
    lambda: (name: string) => `arn:${partition}:lambda:${region}:${account}:function:${name}`,
    logs: (group: string) => `arn:${partition}:logs:${region}:${account}:log-group:${group}`,
    reports: `${below}reports/smoke/20261121T020000Z-00000000/report`,
    elsewhere: `${below}elsewhere/object`,
    // Six random characters end the ARN of every secret.
    sourceSecret: `${secret}${stack.SourceSecretPrefix}smoke-AbCdEf`,
    vaultSecret: `${secret}${stack.VaultSecretPrefix}smoke-AbCdEf`,
    files: stack.FilesBuckets.map(
      ({ name, prefixes: [prefix = ''] }) => `arn:${partition}:s3:::${name}/${prefix}smoke`,
    ),
    restoredFiles: stack.FilesBuckets.map(
      ({ name }) => `arn:${partition}:s3:::${name}/holdfast-restored/smoke`,
    ),
    channelSecret: `${secret}${stack.ChannelSecretPrefix}smoke-AbCdEf`,
    pin: `${below}plans/smoke/20261121T020000Z-00000000/pins/20261121T020000Z-pin-abcdef`,
    audit: (writer: AuditWriter) => `${below}${auditPrefix(writer, '2026-11-21')}smoke`,
    schedule: `arn:${partition}:scheduler:${region}:${account}:schedule/${stack.ScheduleGroup}/smoke`,
    otherSchedule: `arn:${partition}:scheduler:${region}:${account}:schedule/default/smoke`,
    otherRole: `arn:${partition}:iam::${account}:role/somebody-elses`,
    otherSecret: `${secret}somebody-elses-AbCdEf`,
    table: `arn:${partition}:dynamodb:${region}:${account}:table/${stack.CatalogTable}`,
  };
}

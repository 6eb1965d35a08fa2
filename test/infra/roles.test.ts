/** What a stolen role is worth: computed over the synthesised policies. */
import { describe, expect, it } from 'vitest';
import { leaseKey, verificationAttributes } from '../../adapters/dynamodb/table.ts';
import { auditPrefix, auditWriters } from '../../core/format/layout.ts';
import { matching, may, mayNever, type RolePolicies, roleNamed, rolesOf } from './policies.ts';
import { synthesise } from './synthesise.ts';

const recipientKey = 'arn:aws:kms:eu-central-1:123456789012:key/11111111-0f1e-0f1e-0f1e-0f1e2d3c4b5a';
const photosKey = 'arn:aws:kms:eu-central-1:123456789012:key/22222222-0f1e-0f1e-0f1e-0f1e2d3c4b5a';
const accessPointArn =
  'arn:aws:elasticfilesystem:eu-central-1:123456789012:access-point/fsap-0123456789abcdef0';
const { resources } = synthesise();
const locked = synthesise({ objectLock: { mode: 'GOVERNANCE', days: 30 } }).resources;
const everything = synthesise({
  objectLock: { mode: 'COMPLIANCE', days: 30 },
  vault: {
    existingBucket: 'old-bucket',
    prefix: 'holdfast/',
    kmsKeyArn: 'arn:aws:kms:eu-central-1:123456789012:key/0f1e2d3c-0f1e-0f1e-0f1e-0f1e2d3c4b5a',
  },
  vpc: { vpcId: 'vpc-12345678', subnetIds: ['subnet-12345678'], securityGroupIds: ['sg-12345678'] },
  // As much of it as the options take.
  filesBuckets: Array.from({ length: 10 }, (_, index) => ({
    name: `${index}${'b'.repeat(19)}`,
    prefixes: [`${'p'.repeat(28)}/`],
    kmsKeyArn: `arn:aws:kms:eu-central-1:123456789012:key/${index}f1e2d3c-0f1e-0f1e-0f1e-0f1e2d3c4b5a`,
  })),
  restoreBuckets: Array.from({ length: 10 }, (_, index) => ({
    name: `${index}${'r'.repeat(19)}`,
    prefixes: [`${'p'.repeat(28)}/`],
    kmsKeyArn: `arn:aws:kms:eu-central-1:123456789012:key/${index}f1e2d3c-0f1e-0f1e-0f1e-0f1e2d3c4b5b`,
  })),
  fileSystem: { accessPointArn, mountPath: '/mnt/files' },
  sources: {
    rdsIamUsers: ['db-ABCDEFGH/holdfast'],
    secretArns: ['arn:aws:secretsmanager:eu-central-1:123456789012:secret:rds!db-1'],
    kmsKeyArns: ['arn:aws:kms:eu-central-1:123456789012:key/0f1e2d3c-0f1e-0f1e-0f1e-0f1e2d3c4b5a'],
  },
  keys: { kmsKeyArns: [recipientKey] },
  watch: { deadManUrlSecret: 'ops/ping' },
}).resources;
const copied = synthesise({ replica: { region: 'eu-west-1' } }).resources;

const withFiles = synthesise({
  filesBuckets: [
    { name: 'photos', prefixes: ['2026/', 'albums/'], kmsKeyArn: photosKey },
    { name: 'papers' },
  ],
  restoreBuckets: [{ name: 'back-here' }],
  vpc: { vpcId: 'vpc-12345678', subnetIds: ['subnet-12345678'], securityGroupIds: ['sg-12345678'] },
  fileSystem: { accessPointArn, mountPath: '/mnt/files' },
}).resources;

const idOf = (prefix: string) => {
  const id = Object.keys(resources).find((name) => name.startsWith(prefix));
  if (id === undefined) throw new Error(`no ${prefix}`);
  return id;
};
const bucket = `<${idOf('VaultBucket')}.Arn>`;
const object = `${bucket}/plans/p/b/a01/c/0000-x.0001`;
const report = `${bucket}/reports/p/b/1`;
const table = `<${idOf('CatalogTable')}.Arn>`;
const topic = `<${idOf('AlertsTopic')}>`;
const secret = (name: string) => `<${idOf(`Keys${name}`)}.Id>`;
const backup = roleNamed(resources, 'BackupRole');
const verify = roleNamed(resources, 'VerifyRole');
const restore = roleNamed(resources, 'RestoreRole');
const failures = roleNamed(resources, 'FailureReporterRole');
const cleanup = roleNamed(resources, 'CleanupRole');
const watch = roleNamed(resources, 'WatchRole');
const adopt = roleNamed(resources, 'AdoptRole');
const api = roleNamed(resources, 'ApiRole');
const notify = roleNamed(resources, 'NotifyRole');
const functionRoles: [string, RolePolicies][] = [
  ['backup', backup],
  ['verify', verify],
  ['restore', restore],
  ['failures', failures],
  ['cleanup', cleanup],
  ['watch', watch],
  ['adopt', adopt],
  ['api', api],
  ['notify', notify],
];
const invoked = (role: RolePolicies) =>
  role.statements
    .filter(({ actions }) => actions.includes('lambda:InvokeFunction'))
    .flatMap((one) => one.resources)
    .sort();
const functionArns = (...names: string[]) => names.map((name) => `<${idOf(`${name}Function`)}.Arn>`).sort();
const manifest = `${bucket}/plans/p/b/manifest`;
const arnOf = (service: string, rest: string) =>
  `arn:<AWS::Partition>:${service}:<AWS::Region>:<AWS::AccountId>:${rest}`;
const rowsOf = (role: RolePolicies, action: string) =>
  matching(role, 'Allow', action, table).flatMap(
    ({ conditions }) => conditions['ForAllValues:StringLike']?.['dynamodb:LeadingKeys'] as string[],
  );
const actionsOf = (role: RolePolicies) => [
  ...new Set(role.statements.filter(({ effect }) => effect === 'Allow').flatMap(({ actions }) => actions)),
];

/** Of the group of plans alone, and only with the role that starts backups. */
function expectPlanSchedules(role: RolePolicies): void {
  const group = resources[idOf('SchedulesPlans')]?.Properties.Name;
  for (const action of ['Create', 'Delete', 'Get', 'Update'].map((word) => `scheduler:${word}Schedule`)) {
    expect(may(role, action, arnOf('scheduler', `schedule/${group}/nightly`))).toBe(true);
    expect(mayNever(role, action, arnOf('scheduler', 'schedule/other/nightly'))).toBe(true);
  }
  const passing = role.statements.filter(({ actions }) => actions.includes('iam:PassRole'));
  expect(passing).toEqual([
    {
      effect: 'Allow',
      actions: ['iam:PassRole'],
      resources: [`<${roleNamed(resources, 'SchedulesPlanRole').name}.Arn>`],
      conditions: { StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } },
    },
  ]);
}

describe('passing a role', () => {
  it('is left to the API and to watch', () => {
    const passing = rolesOf(everything).filter(({ statements }) =>
      statements.some(({ actions }) => actions.some((action) => action.startsWith('iam:'))),
    );
    expect(passing.map(({ name }) => name.replace(/Role.*/, '')).sort()).toEqual(['Api', 'Watch']);
  });
});

describe('reading logs', () => {
  it('is left to the API: of the functions of the stack, and nothing but looking for lines', () => {
    const reading = rolesOf(everything).flatMap(({ name, statements }) =>
      statements
        .filter(({ actions }) => actions.some((action) => /^logs:(?!Create|Put)/.test(action)))
        .map(({ effect, actions, resources: on }) => ({ name, effect, actions, on })),
    );
    expect(reading).toHaveLength(1);
    const [{ name, effect, actions, on } = { name: '', effect: '', actions: [], on: [] }] = reading;
    expect([name.replace(/Role.*/, ''), effect, actions]).toEqual(['Api', 'Allow', ['logs:FilterLogEvents']]);
    const parts = [
      'Backup',
      'Verify',
      'Restore',
      'Cleanup',
      'Watch',
      'Adopt',
      'Notify',
      'FailureReporter',
      'Api',
    ];
    const groups = parts.map((part) => arnOf('logs', `log-group:<${idOf(`${part}Log`)}>`));
    expect([...on].sort()).toEqual(groups.map((arn) => `${arn}*`).sort());
  });
});

describe('the audit trail', () => {
  const writers = functionRoles.filter(([name]) => (auditWriters as readonly string[]).includes(name));

  it('is written by five functions; what people do with their own credentials is below a prefix of its own', () => {
    expect(writers.map(([name]) => name).sort()).toEqual(['api', 'backup', 'cleanup', 'restore', 'verify']);
  });

  it.each(functionRoles)(
    'says by its prefix what %s did: no role writes below that of another',
    (name, role) => {
      for (const writer of auditWriters) {
        const key = `${bucket}/${auditPrefix(writer)}2026/11/21/x`;
        const isOwn = writer === name;
        expect(may(role, 's3:PutObject', key), writer).toBe(isOwn);
        if (!isOwn) expect(mayNever(role, 's3:PutObject', key), writer).toBe(true);
      }
    },
  );

  it.each(writers)('%s adds rows of it', (_, role) => {
    expect(rowsOf(role, 'dynamodb:UpdateItem')).toContain('AUDIT#*');
    expect(
      mayNever(role, 'dynamodb:DeleteItem', table) ||
        !rowsOf(role, 'dynamodb:DeleteItem').includes('AUDIT#*'),
    ).toBe(true);
  });
});

describe('the API role', () => {
  it('writes pins and its part of the audit trail into the vault, and nothing else', () => {
    const pin = `${bucket}/plans/p/20261121T020000Z-00000000/pins/20261121T020000Z-pin-abcdef`;
    expect(may(api, 's3:PutObject', pin)).toBe(true);
    for (const key of [object, manifest, report]) expect(mayNever(api, 's3:PutObject', key)).toBe(true);
    expect(mayNever(api, 's3:RestoreObject', object)).toBe(true);
  });

  it('reads what links lead to, sealed as it is, and has no key that opens it', () => {
    expect(may(api, 's3:GetObjectVersion', object)).toBe(true);
    expect(mayNever(api, 's3:GetObject', report)).toBe(true);
    const read = api.statements
      .filter(
        ({ effect, actions }) => effect === 'Allow' && actions.includes('secretsmanager:GetSecretValue'),
      )
      .flatMap((one) => one.resources);
    expect(read.sort()).toEqual([secret('Public'), secret('SigningOperator')].sort());
    for (const name of ['Private', 'SigningBackup', 'SigningVerify', 'Index'])
      expect(matching(api, 'Deny', 'secretsmanager:GetSecretValue', secret(name))).toHaveLength(1);
  });

  it('changes rows of what people ask for, and takes back only its own claims', () => {
    expect(rowsOf(api, 'dynamodb:UpdateItem')).toEqual([
      'PLAN#*',
      'RESTORE#*',
      'TASK#*',
      'ALERT#*',
      'AUDIT#*',
      'ONCE#*',
      'COUNT#*',
      'STATE#pause',
    ]);
    expect(rowsOf(api, 'dynamodb:DeleteItem')).toEqual(['ONCE#*']);
    expect(mayNever(api, 'dynamodb:ConditionCheckItem', table)).toBe(true);
  });

  it('starts the functions that do the work, and not those that keep watch', () => {
    expect(invoked(api)).toEqual(functionArns('Backup', 'Verify', 'Restore', 'Cleanup', 'Notify'));
  });

  it('makes, changes and removes schedules of plans, with their own role and no other', () => {
    expectPlanSchedules(api);
  });
});

describe('the notify role', () => {
  it('touches neither vault nor keys, whatever is attached to it later', () => {
    expect(actionsOf(notify).filter((action) => /^(?:s3|kms):/.test(action))).toEqual([]);
    for (const action of ['s3:GetObject', 's3:PutObject'])
      expect(matching(notify, 'Deny', action, object)).not.toEqual([]);
    for (const name of ['Public', 'Private', 'SigningOperator'])
      expect(matching(notify, 'Deny', 'secretsmanager:GetSecretValue', secret(name))).toHaveLength(1);
  });

  it('reads the secrets of channels, and of nothing else', () => {
    const below = (name: string) => arnOf('secretsmanager', `secret:holdfast/${name}/chat-AbCdEf`);
    expect(may(notify, 'secretsmanager:GetSecretValue', below('channels'))).toBe(true);
    for (const name of ['sources', 'vaults'])
      expect(mayNever(notify, 'secretsmanager:GetSecretValue', below(name))).toBe(true);
    for (const [name, role] of functionRoles.filter(([each]) => each !== 'notify'))
      expect(mayNever(role, 'secretsmanager:GetSecretValue', below('channels')), name).toBe(true);
  });

  it('remembers whom it told, and changes no other row', () => {
    expect(rowsOf(notify, 'dynamodb:UpdateItem')).toEqual(['ALERT#*', 'ONCE#*', 'COUNT#*']);
    expect(mayNever(notify, 'dynamodb:DeleteItem', table)).toBe(true);
  });

  it('sends mail as the one sender, where there is one', () => {
    expect(actionsOf(notify)).not.toContain('ses:SendEmail');
    const { resources: mailing } = synthesise({ notifications: { mailFrom: 'holdfast@example.com' } });
    const identity = arnOf('ses', 'identity/example.com');
    const allowed = matching(roleNamed(mailing, 'NotifyRole'), 'Allow', 'ses:SendEmail', identity);
    expect(allowed.map(({ conditions }) => conditions)).toEqual([
      { StringEquals: { 'ses:FromAddress': 'holdfast@example.com' } },
    ]);
  });

  it('is started by backup and verify, for good news', () => {
    for (const role of [backup, verify]) expect(invoked(role)).toEqual(functionArns('Notify'));
  });
});

describe('every role of the stack', () => {
  const roles = [resources, locked, everything, copied, withFiles].flatMap(rolesOf);

  it.each([
    's3:DeleteObject',
    's3:DeleteObjectVersion',
    's3:BypassGovernanceRetention',
    's3:PutObjectLegalHold',
    's3:DeleteObjectTagging',
    's3:PutBucketPolicy',
    's3:PutLifecycleConfiguration',
    's3:PutBucketVersioning',
    's3:PutBucketObjectLockConfiguration',
    's3:DeleteBucket',
    'secretsmanager:DeleteSecret',
    'secretsmanager:UpdateSecret',
    'kms:ScheduleKeyDeletion',
    'kms:DisableKey',
    'dynamodb:DeleteTable',
    'dynamodb:UpdateTable',
    'dynamodb:PutItem',
    'dynamodb:Scan',
    'iam:CreateRole',
    'cognito-idp:AdminCreateUser',
    'cognito-idp:AdminAddUserToGroup',
  ])('may not call %s on anything', (action) => {
    const allowed = roles.filter(({ statements }) =>
      statements.some(
        ({ effect, actions }) =>
          effect === 'Allow' &&
          actions.some((one) => new RegExp(`^${one.replaceAll('*', '.*')}$`, 'i').test(action)),
      ),
    );
    expect(allowed.map(({ name }) => name)).toEqual([]);
  });

  it('names its actions one by one, and has no managed policy', () => {
    for (const { name, statements, managedPolicies } of roles) {
      expect(managedPolicies, name).toEqual([]);
      const allowed = statements.filter(({ effect }) => effect === 'Allow').flatMap(({ actions }) => actions);
      expect(
        allowed.filter((action) => action.includes('*')),
        name,
      ).toEqual([]);
    }
  });

  it('is allowed nothing on all resources, but network interfaces, the metric of the heartbeat, and looking at schedules, alarms and filters', () => {
    for (const { name, statements } of roles) {
      for (const { effect, actions, resources: on, conditions } of statements) {
        if (effect !== 'Allow' || !on.includes('*')) continue;
        const looks = [
          'scheduler:ListSchedules',
          'cloudwatch:DescribeAlarms',
          'sns:GetSubscriptionAttributes',
        ];
        const mayLook =
          /^(?:Watch|Api)Role/.test(name) && !(name.startsWith('Api') && actions.includes(looks[1] ?? ''));
        if (mayLook && actions.every((action) => looks.includes(action))) continue;
        if (actions.includes('cloudwatch:PutMetricData')) {
          expect(conditions).toEqual({ StringEqualsIfExists: { 'cloudwatch:namespace': 'Holdfast' } });
          expect(actions).toEqual(['cloudwatch:PutMetricData']);
          continue;
        }
        expect(
          actions.every((action) => action.startsWith('ec2:')),
          `${name}: ${actions}`,
        ).toBe(true);
      }
    }
  });

  it('fits into what IAM gives: 10,240 characters for inline policies, 6,144 for one of the stack', () => {
    for (const { Type, Properties } of Object.values(everything)) {
      const most = { 'AWS::IAM::Policy': 10_240, 'AWS::IAM::ManagedPolicy': 6144 }[Type];
      if (most !== undefined) expect(JSON.stringify(Properties.PolicyDocument).length).toBeLessThan(most);
    }
  });
});

describe.each(functionRoles)('%s, whatever is attached to its role later,', (_, role) => {
  it.each([
    ['s3:DeleteObject', object],
    ['s3:DeleteObjectVersion', object],
    ['s3:BypassGovernanceRetention', object],
    ['s3:PutLifecycleConfiguration', bucket],
    ['s3:PutBucketPolicy', bucket],
    ['secretsmanager:PutSecretValue', secret('Private')],
  ])('is denied %s', (action, resource) => {
    expect(
      matching(role, 'Deny', action, resource).some(({ conditions }) => Object.keys(conditions).length === 0),
    ).toBe(true);
  });
});

describe('marking for expiry', () => {
  it.each(functionRoles.filter(([name]) => name !== 'cleanup'))(
    'is denied to %s, whatever is attached to its role later',
    (_, role) => {
      for (const action of ['s3:PutObjectTagging', 's3:PutObjectVersionTagging']) {
        const denied = matching(role, 'Deny', action, object);
        expect(denied.map(({ conditions }) => conditions)).toContainEqual({
          Null: { 's3:RequestObjectTag/expire': 'false' },
        });
      }
    },
  );

  it('is left to cleanup, for objects of backups, with no other tag than the four and no other value than yes', () => {
    for (const action of ['s3:PutObjectTagging', 's3:PutObjectVersionTagging']) {
      for (const key of [object, report]) {
        expect(matching(cleanup, 'Allow', action, key).map(({ conditions }) => conditions)).toEqual([
          {
            'ForAllValues:StringEquals': { 's3:RequestObjectTagKeys': ['role', 'tier', 'plan', 'expire'] },
            StringEqualsIfExists: { 's3:RequestObjectTag/expire': 'yes' },
          },
        ]);
        expect(matching(cleanup, 'Deny', action, key)).toEqual([]);
      }
      // Its entries of the trail get their tags when they are written, and no mark.
      const ownEntry = matching(cleanup, 'Allow', action, `${bucket}/audit/cleanup/1`);
      expect(ownEntry.map(({ conditions }) => conditions)).toEqual([
        { Null: { 's3:RequestObjectTag/expire': 'true', 's3:ExistingObjectTag/role': 'true' } },
      ]);
      expect(mayNever(cleanup, action, `${bucket}/audit/api/1`)).toBe(true);
    }
  });
});

describe('the cleanup role', () => {
  it('reads no segment, writes no object of a backup, and opens nothing', () => {
    expect(may(cleanup, 's3:GetObject', manifest)).toBe(true);
    expect(mayNever(cleanup, 's3:GetObject', object)).toBe(true);
    expect(mayNever(cleanup, 's3:GetObjectVersion', manifest)).toBe(true);
    expect(mayNever(cleanup, 's3:PutObject', object)).toBe(true);
    expect(actionsOf(cleanup).filter((action) => action.startsWith('kms:'))).toEqual([]);
    expect(may(cleanup, 'secretsmanager:GetSecretValue', secret('Public'))).toBe(true);
    for (const name of ['Private', 'SigningBackup', 'SigningVerify', 'SigningOperator']) {
      expect(matching(cleanup, 'Deny', 'secretsmanager:GetSecretValue', secret(name))).toHaveLength(1);
    }
  });

  it('uses KMS keys to write what it did and read that back: the vault’s own, and those that open entries for others', () => {
    const { statements } = roleNamed(everything, 'CleanupRole');
    const named = statements.filter(({ actions }) => actions.some((action) => action.startsWith('kms:')));
    expect(named.flatMap(({ actions }) => actions).sort()).toEqual([
      'kms:Decrypt',
      'kms:Encrypt',
      'kms:GenerateDataKey',
    ]);
  });

  it('sees versions and unfinished uploads, and ends the latter', () => {
    for (const action of ['s3:ListBucket', 's3:ListBucketVersions', 's3:ListBucketMultipartUploads'])
      expect(may(cleanup, action, bucket)).toBe(true);
    expect(may(cleanup, 's3:AbortMultipartUpload', object)).toBe(true);
  });

  it('changes rows of plans, audit, its state and its own lease, in transactions too', () => {
    const lease = leaseKey('cleanup').pk;
    expect(rowsOf(cleanup, 'dynamodb:UpdateItem')).toEqual([
      'PLAN#*',
      'AUDIT#*',
      'TASK#*',
      lease,
      'STATE#cleanup',
    ]);
    expect(rowsOf(cleanup, 'dynamodb:ConditionCheckItem')).toEqual(['PLAN#*']);
    expect(rowsOf(cleanup, 'dynamodb:DeleteItem')).toEqual([lease]);
  });

  it('starts adopt and itself, and no other function', () => {
    const started = cleanup.statements.filter(({ actions }) => actions.includes('lambda:InvokeFunction'));
    expect(started.flatMap((one) => one.resources).sort()).toEqual(
      [`<${idOf('AdoptFunction')}.Arn>`, `<${idOf('CleanupFunction')}.Arn>`].sort(),
    );
  });
});

describe('the watch role', () => {
  it('opens nothing, writes nothing to the vault, and sees how far objects are', () => {
    expect(may(watch, 's3:GetObject', object)).toBe(true);
    for (const action of ['s3:PutObject', 's3:PutObjectTagging', 's3:RestoreObject'])
      expect(mayNever(watch, action, object)).toBe(true);
    for (const name of ['Private', 'SigningBackup', 'SigningVerify', 'SigningOperator'])
      expect(mayNever(watch, 'secretsmanager:GetSecretValue', secret(name))).toBe(true);
  });

  it('changes its alerts, its state and its own lease', () => {
    const lease = leaseKey('watch').pk;
    expect(rowsOf(watch, 'dynamodb:UpdateItem')).toEqual([
      'ALERT#*',
      'DAYS#*',
      lease,
      'STATE#watch',
      'STATE#stats',
    ]);
    expect(rowsOf(watch, 'dynamodb:DeleteItem')).toEqual([lease]);
  });

  it('puts back the schedules of plans, with their own role and no other', () => {
    expectPlanSchedules(watch);
  });

  it('sees how many failures could not be reported, reads none and deletes none', () => {
    const unhandled = `<${idOf('FailuresUnhandled')}.Arn>`;
    expect(may(watch, 'sqs:GetQueueAttributes', unhandled)).toBe(true);
    for (const action of ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:PurgeQueue'])
      expect(mayNever(watch, action, unhandled)).toBe(true);
  });

  it('starts cleanup and restore, and no other function', () => {
    const started = watch.statements.filter(({ actions }) => actions.includes('lambda:InvokeFunction'));
    expect(started.flatMap((one) => one.resources).sort()).toEqual(
      [`<${idOf('CleanupFunction')}.Arn>`, `<${idOf('RestoreFunction')}.Arn>`].sort(),
    );
  });

  it('reads the secret with the URL to ping when there is one, and no other', () => {
    const told = roleNamed(everything, 'WatchRole');
    const named = told.statements
      .filter(
        ({ effect, actions }) => effect === 'Allow' && actions.includes('secretsmanager:GetSecretValue'),
      )
      .flatMap((one) => one.resources);
    expect(named).toEqual([secret('Public'), arnOf('secretsmanager', 'secret:ops/ping-??????')]);
    expect(
      mayNever(watch, 'secretsmanager:GetSecretValue', arnOf('secretsmanager', 'secret:ops/ping-??????')),
    ).toBe(true);
  });
});

describe('the adopt role', () => {
  it('opens what is in the vault and writes rows of plans, and nothing else', () => {
    expect(may(adopt, 's3:GetObject', manifest)).toBe(true);
    expect(may(adopt, 's3:GetObject', report)).toBe(true);
    expect(may(adopt, 'secretsmanager:GetSecretValue', secret('Private'))).toBe(true);
    expect(rowsOf(adopt, 'dynamodb:UpdateItem')).toEqual(['PLAN#*', 'DRILLS#*']);
    expect(mayNever(adopt, 'dynamodb:DeleteItem', table)).toBe(true);
    for (const action of ['s3:PutObject', 's3:PutObjectTagging']) {
      expect(mayNever(adopt, action, object)).toBe(true);
      expect(matching(adopt, 'Deny', action, object)).not.toEqual([]);
    }
    for (const name of ['SigningBackup', 'SigningVerify', 'SigningOperator'])
      expect(mayNever(adopt, 'secretsmanager:GetSecretValue', secret(name))).toBe(true);
  });
});

describe('the key that signs pins', () => {
  it('is read by the API, which speaks for people, and denied to every other function', () => {
    expect(may(api, 'secretsmanager:GetSecretValue', secret('SigningOperator'))).toBe(true);
    for (const [name, role] of functionRoles.filter(([each]) => each !== 'api'))
      expect(
        matching(role, 'Deny', 'secretsmanager:GetSecretValue', secret('SigningOperator')),
        name,
      ).toHaveLength(1);
  });
});

describe('the key that opens lists of files', () => {
  it('is read by backup alone, and denied to all others whatever is attached to them later', () => {
    for (const role of [verify, restore, failures, cleanup, watch, adopt]) {
      expect(mayNever(role, 'secretsmanager:GetSecretValue', secret('Index')), role.name).toBe(true);
      expect(matching(role, 'Deny', 'secretsmanager:GetSecretValue', secret('Index'))).toHaveLength(1);
    }
    expect(may(backup, 'secretsmanager:GetSecretValue', secret('Index'))).toBe(true);
  });
});

describe('buckets with files', () => {
  const s3 = (path: string) => `arn:<AWS::Partition>:s3:::${path}`;
  const reading = roleNamed(withFiles, 'BackupRole');
  const restoring = roleNamed(withFiles, 'RestoreRole');
  const prefixesOf = (role: RolePolicies, bucketName: string) =>
    matching(role, 'Allow', 's3:ListBucket', s3(bucketName)).map(
      ({ conditions }) => conditions.StringLike?.['s3:prefix'],
    );

  it('are reached by nobody where none is named', () => {
    for (const role of [backup, restore]) {
      const arns = role.statements.flatMap(({ effect, resources: on }) => (effect === 'Allow' ? on : []));
      expect(arns.filter((arn) => arn.includes(':s3:::'))).toEqual([]);
    }
  });

  it('are read by backup below the prefixes that were named, and no further', () => {
    expect(mayNever(reading, 's3:GetObjectTagging', s3('papers/any'))).toBe(true);
    for (const action of ['s3:GetObject', 's3:GetObjectVersion']) {
      expect(may(reading, action, s3('photos/2026/a.jpg')), action).toBe(true);
      expect(may(reading, action, s3('papers/any'))).toBe(true);
      expect(mayNever(reading, action, s3('photos/private/a.jpg'))).toBe(true);
      expect(mayNever(reading, action, s3('others/any'))).toBe(true);
    }
    expect([prefixesOf(reading, 'photos')].flat(2)).toEqual(['2026/*', 'albums/*']);
    expect(may(reading, 's3:ListBucket', s3('papers'))).toBe(true);
    expect(mayNever(reading, 's3:ListBucket', s3('others'))).toBe(true);
  });

  it('are changed by backup in no way, whatever is attached to its role later', () => {
    for (const action of [
      's3:PutObject',
      's3:PutObjectAcl',
      's3:PutObjectTagging',
      's3:DeleteObject',
      's3:DeleteObjectVersion',
    ]) {
      for (const key of ['photos/2026/a.jpg', 'photos/private/a.jpg', 'papers/any']) {
        expect(mayNever(reading, action, s3(key)), action).toBe(true);
        expect(matching(reading, 'Deny', action, s3(key)), action).not.toEqual([]);
      }
    }
  });

  it('are written by restore below holdfast-restored/ alone, unless the bucket was named for more', () => {
    expect(may(restoring, 's3:PutObject', s3('photos/holdfast-restored/x/a.jpg'))).toBe(true);
    expect(may(restoring, 's3:AbortMultipartUpload', s3('papers/holdfast-restored/x'))).toBe(true);
    expect(mayNever(restoring, 's3:PutObject', s3('photos/2026/a.jpg'))).toBe(true);
    expect(mayNever(restoring, 's3:GetObject', s3('photos/2026/a.jpg'))).toBe(true);
    expect(may(restoring, 's3:PutObject', s3('back-here/anywhere'))).toBe(true);
    expect([prefixesOf(restoring, 'photos')].flat(2)).toEqual(['holdfast-restored/*']);
    expect(mayNever(restoring, 's3:PutObject', s3('others/holdfast-restored/x'))).toBe(true);
  });

  it('lose nothing through restore, whatever is attached to its role later', () => {
    for (const action of ['s3:DeleteObject', 's3:DeleteObjectVersion']) {
      for (const key of ['photos/2026/a.jpg', 'back-here/anywhere'])
        expect(matching(restoring, 'Deny', action, s3(key))).not.toEqual([]);
    }
  });

  it('are opened with their keys through S3 alone: backup to read, restore to write as well', () => {
    const of = (role: RolePolicies, action: string) =>
      matching(role, 'Allow', action, photosKey).map((one) => JSON.stringify(one.conditions));
    for (const [role, action] of [
      [reading, 'kms:Decrypt'],
      [restoring, 'kms:Decrypt'],
      [restoring, 'kms:GenerateDataKey'],
    ] as const) {
      expect(of(role, action)).toHaveLength(1);
      expect(of(role, action)[0]).toBe(
        '{"StringEquals":{"kms:ViaService":["s3.eu-central-1.amazonaws.com"]}}',
      );
    }
    expect(of(reading, 'kms:GenerateDataKey')).toEqual([]);
  });

  it('are nothing to any other function', () => {
    for (const { name, statements } of rolesOf(withFiles).filter(
      (one) => !/^(?:Backup|Restore)Role/.test(one.name),
    )) {
      const arns = statements.flatMap(({ resources: on }) => on);
      expect(
        arns.filter((arn) => /photos|papers|back-here/.test(arn)),
        name,
      ).toEqual([]);
    }
  });
});

describe('the file system with files', () => {
  const anyFileSystem = arnOf('elasticfilesystem', 'file-system/fs-1');
  const throughItsAccessPoint = { StringEquals: { 'elasticfilesystem:AccessPointArn': accessPointArn } };
  const allowed = (role: string, action: string) =>
    matching(roleNamed(withFiles, role), 'Allow', action, anyFileSystem).map(({ conditions }) => conditions);

  it('is mounted by backup and restore through the one access point, and written by restore alone', () => {
    expect(allowed('BackupRole', 'elasticfilesystem:ClientMount')).toEqual([throughItsAccessPoint]);
    expect(allowed('BackupRole', 'elasticfilesystem:ClientWrite')).toEqual([]);
    expect(allowed('RestoreRole', 'elasticfilesystem:ClientMount')).toEqual([throughItsAccessPoint]);
    expect(allowed('RestoreRole', 'elasticfilesystem:ClientWrite')).toEqual([throughItsAccessPoint]);
    expect(allowed('VerifyRole', 'elasticfilesystem:ClientMount')).toEqual([]);
  });

  it('is never written by backup, whatever is attached to its role later', () => {
    const role = roleNamed(withFiles, 'BackupRole');
    const denied = matching(role, 'Deny', 'elasticfilesystem:ClientWrite', anyFileSystem);
    expect(denied.map(({ conditions }) => conditions)).toEqual([{}]);
  });
});

describe('secrets of further vaults', () => {
  it('are read by those who write and read backups, and by no other', () => {
    const arn = arnOf('secretsmanager', 'secret:holdfast/vaults/minio-a1b2c3');
    for (const role of [backup, verify, restore])
      expect(may(role, 'secretsmanager:GetSecretValue', arn), role.name).toBe(true);
    for (const role of [failures, cleanup, watch, adopt])
      expect(mayNever(role, 'secretsmanager:GetSecretValue', arn), role.name).toBe(true);
  });
});

describe('a KMS key as a recipient', () => {
  it('lets those encrypt that seal something, and nobody decrypt', () => {
    const with_ = (action: string) =>
      rolesOf(everything)
        .filter((role) => matching(role, 'Allow', action, recipientKey).length > 0)
        .map(({ name }) => name.replace(/Role.*/, ''));
    expect(with_('kms:Encrypt').sort()).toEqual(['Api', 'Backup', 'Cleanup', 'Restore', 'Verify']);
    expect(with_('kms:Decrypt')).toEqual([]);
  });
});

describe('a second copy', () => {
  const name = 'holdfast-replica-';
  const copies = (role: RolePolicies, action: string) =>
    role.statements.filter(
      (one) => one.actions.includes(action) && one.resources.some((arn) => arn.includes(`:s3:::${name}`)),
    );

  it('is read by restore, and changed by no function', () => {
    const role = roleNamed(copied, 'RestoreRole');
    expect(copies(role, 's3:GetObject').map(({ effect }) => effect)).toEqual(['Allow']);
    for (const each of rolesOf(copied).filter((one) =>
      /^(?:Backup|Verify|Restore|Cleanup|Watch|Adopt|Fail)/.test(one.name),
    )) {
      for (const action of ['s3:PutObject', 's3:PutObjectTagging', 's3:DeleteObjectVersion']) {
        const found = copies(each, action);
        expect(found.length, `${each.name} ${action}`).toBeGreaterThan(0);
        expect(
          found.every(({ effect }) => effect === 'Deny'),
          `${each.name} ${action}`,
        ).toBe(true);
      }
      if (each !== role && !each.name.startsWith('Restore')) expect(copies(each, 's3:GetObject')).toEqual([]);
    }
  });

  it('is made by S3 alone, which carries neither delete markers nor anything but this vault', () => {
    const role = roleNamed(copied, 'ReplicationRole');
    expect(actionsOf(role).filter((action) => /Delete|PutObject/.test(action))).toEqual([]);
    expect(role.statements.flatMap(({ resources: on }) => on)).toEqual([
      bucket,
      `${bucket}/*`,
      expect.stringMatching(/:s3:::holdfast-replica-[0-9a-f]{6}-<AWS::AccountId>-eu-west-1\/\*$/),
    ]);
    expect(copied[role.name]?.Properties.AssumeRolePolicyDocument.Statement[0]).toMatchObject({
      Principal: { Service: 's3.amazonaws.com' },
      Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
    });
  });
});

describe('the backup role', () => {
  it('writes rows of plans, of what it holds and was asked for, and of what is wrong; it deletes leases alone', () => {
    expect(rowsOf(backup, 'dynamodb:UpdateItem')).toEqual([
      'PLAN#*',
      'LEASE#*',
      'TASK#*',
      'AUDIT#*',
      'ALERT#backup-failed/*',
      'ALERT#backup-crashed/*',
      'ALERT#backup-missed/*',
      'ALERT#run-stuck/*',
      'ALERT#no-good-backup/*',
      'ALERT#schedule-undelivered/*',
    ]);
    expect(rowsOf(backup, 'dynamodb:DeleteItem')).toEqual(['LEASE#*']);
  });

  it('cannot read a private key, nor the key that signs reports', () => {
    for (const name of ['Private', 'SigningVerify']) {
      expect(mayNever(backup, 'secretsmanager:GetSecretValue', secret(name))).toBe(true);
      expect(matching(backup, 'Deny', 'secretsmanager:GetSecretValue', secret(name))).toHaveLength(1);
    }
  });

  it('reads the public keys, its signing key, and the secrets of sources, and no other', () => {
    expect(may(backup, 'secretsmanager:GetSecretValue', secret('Public'))).toBe(true);
    expect(may(backup, 'secretsmanager:GetSecretValue', secret('SigningBackup'))).toBe(true);
    const arn = (name: string) =>
      `arn:<AWS::Partition>:secretsmanager:<AWS::Region>:<AWS::AccountId>:secret:${name}`;
    expect(may(backup, 'secretsmanager:GetSecretValue', arn('holdfast/sources/shop-a1b2c3'))).toBe(true);
    expect(mayNever(backup, 'secretsmanager:GetSecretValue', arn('shop-a1b2c3'))).toBe(true);
    expect(mayNever(backup, 'secretsmanager:GetSecretValue', arn('holdfast/other'))).toBe(true);
  });

  it('writes below plans/ only', () => {
    expect(may(backup, 's3:PutObject', object)).toBe(true);
    expect(may(backup, 's3:AbortMultipartUpload', object)).toBe(true);
    expect(mayNever(backup, 's3:PutObject', report)).toBe(true);
    expect(mayNever(backup, 's3:PutObject', `${bucket}/audit/1`)).toBe(true);
  });

  it('tags only what has no tags yet, and never with `expire`', () => {
    const [allowed, ...more] = matching(backup, 'Allow', 's3:PutObjectTagging', object);
    expect(more).toEqual([]);
    expect(allowed?.conditions).toEqual({
      Null: { 's3:RequestObjectTag/expire': 'true', 's3:ExistingObjectTag/role': 'true' },
    });
  });

  it('locks only where the vault locks, and no longer than its days and a week', () => {
    expect(mayNever(backup, 's3:PutObjectRetention', object)).toBe(true);
    const [allowed] = matching(roleNamed(locked, 'BackupRole'), 'Allow', 's3:PutObjectRetention', object);
    expect(allowed?.conditions).toEqual({
      StringEqualsIfExists: { 's3:object-lock-mode': ['GOVERNANCE', 'COMPLIANCE'] },
      NumericLessThanEqualsIfExists: { 's3:object-lock-remaining-retention-days': '38' },
    });
  });

  it('deletes no row but leases', () => {
    const allowed = matching(backup, 'Allow', 'dynamodb:DeleteItem', table);
    expect(allowed.map(({ conditions }) => conditions)).toEqual([
      { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['LEASE#*'] } },
    ]);
  });

  it('connects to databases with IAM only as the users that are configured', () => {
    const user = 'arn:<AWS::Partition>:rds-db:<AWS::Region>:<AWS::AccountId>:dbuser:db-ABCDEFGH/holdfast';
    expect(mayNever(backup, 'rds-db:connect', user)).toBe(true);
    expect(may(roleNamed(everything, 'BackupRole'), 'rds-db:connect', user)).toBe(true);
    expect(mayNever(roleNamed(everything, 'VerifyRole'), 'rds-db:connect', user)).toBe(true);
  });

  it('stays below the prefix of an existing bucket', () => {
    const role = roleNamed(everything, 'BackupRole');
    const old = 'arn:<AWS::Partition>:s3:::old-bucket';
    expect(may(role, 's3:PutObject', `${old}/holdfast/plans/p/b/manifest`)).toBe(true);
    expect(mayNever(role, 's3:PutObject', `${old}/plans/p/b/manifest`)).toBe(true);
    expect(mayNever(role, 's3:GetObject', `${old}/other/secret`)).toBe(true);
  });
});

describe('the verify role', () => {
  it('reads backups, and writes nothing but reports and its part of the audit trail', () => {
    expect(may(verify, 's3:GetObject', object)).toBe(true);
    expect(may(verify, 's3:PutObject', report)).toBe(true);
    expect(mayNever(verify, 's3:PutObject', object)).toBe(true);
    expect(mayNever(verify, 's3:PutObjectTagging', object)).toBe(true);
    expect(mayNever(roleNamed(locked, 'VerifyRole'), 's3:PutObjectRetention', object)).toBe(true);
  });

  it('cannot sign a manifest', () => {
    expect(may(verify, 'secretsmanager:GetSecretValue', secret('Private'))).toBe(true);
    expect(mayNever(verify, 'secretsmanager:GetSecretValue', secret('SigningBackup'))).toBe(true);
  });

  it('reads no secret of a source', () => {
    const arn =
      'arn:<AWS::Partition>:secretsmanager:<AWS::Region>:<AWS::AccountId>:secret:holdfast/sources/shop';
    expect(mayNever(verify, 'secretsmanager:GetSecretValue', arn)).toBe(true);
  });

  it('updates its own columns of backups, and no other', () => {
    const allowed = matching(verify, 'Allow', 'dynamodb:UpdateItem', table);
    expect(allowed.map(({ conditions }) => conditions)).toEqual([
      {
        'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['PLAN#*'] },
        'ForAllValues:StringEquals': { 'dynamodb:Attributes': [...verificationAttributes] },
      },
      {
        'ForAllValues:StringLike': {
          'dynamodb:LeadingKeys': ['TASK#*', 'AUDIT#*', 'DRILLS#*', 'STATE#verification'],
        },
      },
    ]);
    expect(verificationAttributes).not.toContain('status');
    expect(mayNever(verify, 'dynamodb:DeleteItem', table)).toBe(true);
  });

  it('does nothing beyond reading, reports, its columns, telling, its log and its failures', () => {
    const allowed = verify.statements
      .filter(({ effect }) => effect === 'Allow')
      .flatMap(({ actions }) => actions);
    expect([...new Set(allowed)].sort()).toEqual([
      'dynamodb:GetItem',
      'dynamodb:Query',
      'dynamodb:UpdateItem',
      'lambda:InvokeFunction',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      's3:AbortMultipartUpload',
      's3:GetObject',
      's3:GetObjectRetention',
      's3:GetObjectTagging',
      's3:GetObjectVersion',
      's3:GetObjectVersionTagging',
      's3:ListBucket',
      's3:PutObject',
      's3:PutObjectTagging',
      's3:PutObjectVersionTagging',
      'secretsmanager:GetSecretValue',
      'sns:Publish',
      'sqs:SendMessage',
    ]);
    expect(may(verify, 'sns:Publish', topic)).toBe(true);
  });
});

describe('the restore role', () => {
  it('reads backups and writes nothing to the vault but its part of the audit trail', () => {
    for (const key of [object, report]) {
      expect(may(restore, 's3:GetObject', key)).toBe(true);
      expect(mayNever(restore, 's3:PutObject', key)).toBe(true);
      expect(matching(restore, 'Deny', 's3:PutObject', key)).not.toEqual([]);
    }
  });

  it('opens backups, signs nothing', () => {
    expect(may(restore, 'secretsmanager:GetSecretValue', secret('Private'))).toBe(true);
    expect(mayNever(restore, 'secretsmanager:GetSecretValue', secret('SigningBackup'))).toBe(true);
    expect(mayNever(restore, 'secretsmanager:GetSecretValue', secret('SigningVerify'))).toBe(true);
  });

  it('asks archived objects back', () => {
    expect(may(restore, 's3:RestoreObject', object)).toBe(true);
    expect(mayNever(restore, 's3:RestoreObject', report)).toBe(true);
  });

  it('changes the rows of restores, ends tasks, and adds to the audit trail', () => {
    const allowed = matching(restore, 'Allow', 'dynamodb:UpdateItem', table);
    expect(allowed.map(({ conditions }) => conditions)).toEqual([
      { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['RESTORE#*', 'TASK#*', 'AUDIT#*'] } },
    ]);
  });
});

describe('the failures role', () => {
  it('touches neither vault nor keys', () => {
    const actions = failures.statements
      .filter(({ effect }) => effect === 'Allow')
      .flatMap((one) => one.actions);
    expect(actions.filter((action) => /^(?:s3|secretsmanager|kms):/.test(action))).toEqual([]);
  });

  it('changes rows of plans, restores, alerts and tasks', () => {
    expect(rowsOf(failures, 'dynamodb:UpdateItem')).toEqual(['PLAN#*', 'RESTORE#*', 'ALERT#*', 'TASK#*']);
  });
});

describe('the roles around the functions', () => {
  it('only key-init writes secrets, and only the six', () => {
    const writers = rolesOf(everything).filter(({ statements }) =>
      statements.some(
        ({ effect, actions }) => effect === 'Allow' && actions.includes('secretsmanager:PutSecretValue'),
      ),
    );
    expect(writers.map(({ name }) => name)).toEqual([expect.stringMatching(/^KeysInitRole/)]);
    const writing = writers[0]?.statements.find(({ actions }) =>
      actions.includes('secretsmanager:PutSecretValue'),
    );
    expect(writing?.resources.toSorted()).toEqual(
      ['Index', 'Private', 'Public', 'SigningBackup', 'SigningOperator', 'SigningVerify']
        .map(secret)
        .toSorted(),
    );
  });

  it('the check of an existing bucket reads its settings and no object', () => {
    const check = roleNamed(everything, 'VaultCheckRole');
    const allowed = check.statements
      .filter(({ effect }) => effect === 'Allow')
      .flatMap(({ actions }) => actions);
    expect(
      allowed
        .filter((action) => action.startsWith('s3:'))
        .every((a) => /^s3:(?:Get(?:Bucket|Enc|Life)|List)/.test(a)),
    ).toBe(true);
  });

  it('Scheduler starts backups for plans and nothing else', () => {
    const role = roleNamed(resources, 'SchedulesPlanRole');
    expect(role.statements.map(({ actions, resources: on }) => [...actions, ...on])).toEqual([
      ['lambda:InvokeFunction', `<${idOf('BackupFunction')}.Arn>`],
      ['sqs:SendMessage', `<${idOf('FailuresQueue')}.Arn>`],
    ]);
  });

  it('Scheduler assumes its roles for this account and one group only', () => {
    for (const name of ['Plan', 'Verify', 'Cleanup', 'Watch', 'Weekly']) {
      const prefix = `Schedules${name}Role`;
      const { AssumeRolePolicyDocument } = resources[roleNamed(resources, prefix).name]?.Properties ?? {};
      expect(AssumeRolePolicyDocument.Statement).toEqual([
        {
          Action: 'sts:AssumeRole',
          Effect: 'Allow',
          Principal: { Service: 'scheduler.amazonaws.com' },
          Condition: {
            StringEquals: {
              'aws:SourceAccount': { Ref: 'AWS::AccountId' },
              'aws:SourceArn': expect.anything(),
            },
          },
        },
      ]);
    }
  });
});

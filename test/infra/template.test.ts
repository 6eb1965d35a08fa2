/** What the design promises of the infrastructure, looked up in the synthesised template. */
import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { removalAttribute, tableDefinition, timelineColumns } from '../../adapters/dynamodb/table.ts';
import {
  cleanupEventSchema,
  noticeEventSchema,
  verifyEventSchema,
  watchEventSchema,
} from '../../core/events.ts';
import { metricsNamespace } from '../../core/metrics.ts';
import { readEnvironment } from '../../functions/environment.ts';
import { outputNames } from '../../infra/holdfast-stack.ts';
import { replicaBucketName } from '../../infra/replica-stack.ts';
import { ofType, only as onlyOf } from './policies.ts';
import { synthesise } from './synthesise.ts';

const { template, resources } = synthesise();

/** Of what is no part of the console (console.test.ts), which has a bucket too. */
const only = (type: string, from: typeof resources | undefined = resources) =>
  onlyOf(
    Object.fromEntries(Object.entries(from ?? {}).filter(([name]) => !name.startsWith('Console'))),
    type,
  );

describe('the vault', () => {
  const bucket = only('AWS::S3::Bucket');

  it('outlives the stack', () => {
    expect(bucket).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
  });

  it('is versioned, private and encrypted', () => {
    expect(bucket.Properties).toMatchObject({
      VersioningConfiguration: { Status: 'Enabled' },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      },
    });
  });

  it('refuses plain HTTP, and every write that is not conditional', () => {
    const { Statement } = only('AWS::S3::BucketPolicy').Properties.PolicyDocument;
    expect(Statement.every(({ Effect }: { Effect: string }) => Effect === 'Deny')).toBe(true);
    expect(Statement).toContainEqual(
      expect.objectContaining({ Action: 's3:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
    );
    expect(Statement).toContainEqual(
      expect.objectContaining({
        Action: 's3:PutObject',
        Principal: { AWS: '*' },
        Condition: { Null: { 's3:if-none-match': 'true' }, Bool: { 's3:ObjectCreationOperation': 'true' } },
      }),
    );
  });

  it('uses a KMS key when one is named, with a bucket key', () => {
    const kmsKeyArn = 'arn:aws:kms:eu-central-1:123456789012:key/0f1e2d3c-0f1e-0f1e-0f1e-0f1e2d3c4b5a';
    const { Properties } = only('AWS::S3::Bucket', synthesise({ vault: { kmsKeyArn } }).resources);
    expect(Properties.BucketEncryption.ServerSideEncryptionConfiguration).toEqual([
      {
        BucketKeyEnabled: true,
        ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: kmsKeyArn },
      },
    ]);
  });

  it('locks nothing by default', () => {
    expect(bucket.Properties.ObjectLockEnabled).toBeUndefined();
    expect(bucket.Properties.ObjectLockConfiguration).toBeUndefined();
  });

  it.each(['GOVERNANCE', 'COMPLIANCE'])('locks every object in %s mode when asked to', (mode) => {
    const locked = synthesise({ objectLock: { mode, days: 30 } }).resources;
    expect(only('AWS::S3::Bucket', locked).Properties).toMatchObject({
      ObjectLockEnabled: true,
      ObjectLockConfiguration: {
        ObjectLockEnabled: 'Enabled',
        Rule: { DefaultRetention: { Mode: mode, Days: 30 } },
      },
    });
    const backup = ofType(locked, 'AWS::Lambda::Function').find(([name]) =>
      name.startsWith('BackupFunction'),
    );
    expect(JSON.parse(backup?.[1].Properties.Environment.Variables.HOLDFAST_OBJECT_LOCK)).toEqual({
      mode,
      days: 30,
    });
  });
});

describe('the lifecycle', () => {
  const rulesOf = (options: unknown) =>
    only('AWS::S3::Bucket', synthesise(options).resources).Properties.LifecycleConfiguration.Rules;

  it('expires what is marked, and probes, and nothing else', () => {
    const rules = rulesOf({});
    const expiring = rules.filter(
      (rule: object) => 'ExpirationInDays' in rule || 'NoncurrentVersionExpiration' in rule,
    );
    expect(expiring).toEqual([
      {
        Id: 'expire-marked',
        Status: 'Enabled',
        TagFilters: [{ Key: 'expire', Value: 'yes' }],
        ExpirationInDays: 1,
        NoncurrentVersionExpiration: { NoncurrentDays: 14 },
      },
      // Of no backup: written to see whether writing works.
      {
        Id: 'expire-probes',
        Prefix: 'plans/self-test/',
        Status: 'Enabled',
        TagFilters: [{ Key: 'role', Value: 'probe' }],
        ExpirationInDays: 1,
        NoncurrentVersionExpiration: { NoncurrentDays: 14 },
      },
    ]);
  });

  it('keeps what was marked for the undelete window', () => {
    expect(rulesOf({ undeleteDays: 40 })[0].NoncurrentVersionExpiration).toEqual({ NoncurrentDays: 40 });
  });

  it('sweeps unfinished uploads and lone delete markers, without a filter, which S3 demands', () => {
    expect(rulesOf({})).toContainEqual({
      Id: 'sweep',
      Status: 'Enabled',
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
      ExpiredObjectDeleteMarker: true,
    });
  });

  it('moves segments of yearly backups to Deep Archive, and leaves manifests where they can be read', () => {
    for (const [options, days] of [
      [{}, 35],
      [{ archiveYearlyAfterDays: 60 }, 60],
    ] as const) {
      expect(rulesOf(options)).toContainEqual({
        Id: 'archive-yearly',
        Status: 'Enabled',
        TagFilters: [
          { Key: 'role', Value: 'segment' },
          { Key: 'tier', Value: 'yearly' },
        ],
        Transitions: [{ StorageClass: 'DEEP_ARCHIVE', TransitionInDays: days }],
      });
    }
    expect(JSON.stringify(rulesOf({ archiveYearlyAfterDays: 0 }))).not.toContain('Transitions');
  });

  it('moves nothing but segments: packs and indexes, which later backups read, stay where they are', () => {
    const moving = rulesOf({ ceilingDays: { yearly: 400 } }).filter(
      (rule: object) => 'Transitions' in rule || 'NoncurrentVersionTransitions' in rule,
    );
    expect(moving.map(({ TagFilters }: { TagFilters: object[] }) => TagFilters)).toEqual([
      expect.arrayContaining([{ Key: 'role', Value: 'segment' }]),
    ]);
  });

  it('expires what is marked whatever its role: packs and indexes as all others', () => {
    expect(rulesOf({})[0].TagFilters).toEqual([{ Key: 'expire', Value: 'yes' }]);
  });

  it('has a ceiling only for the tiers that name one', () => {
    const ceilings = rulesOf({ ceilingDays: { daily: 90 } }).filter(({ Id }: { Id: string }) =>
      Id.startsWith('ceiling'),
    );
    expect(ceilings).toEqual([
      {
        Id: 'ceiling-daily',
        Status: 'Enabled',
        TagFilters: [{ Key: 'tier', Value: 'daily' }],
        ExpirationInDays: 90,
        NoncurrentVersionExpiration: { NoncurrentDays: 14 },
      },
    ]);
  });
});

describe('an existing bucket', () => {
  const { template: existing, resources: parts } = synthesise({
    vault: { existingBucket: 'old-bucket', prefix: 'a/b/' },
    console: { enabled: false },
  });

  it('is not touched: no bucket, no policy', () => {
    existing.resourceCountIs('AWS::S3::Bucket', 0);
    existing.resourceCountIs('AWS::S3::BucketPolicy', 0);
  });

  it('is checked before anything that could write to it exists', () => {
    existing.hasResourceProperties('Custom::HoldfastVaultCheck', {
      bucket: 'old-bucket',
      prefix: 'a/b/',
      undeleteDays: 14,
    });
    const [checked] = ofType(parts, 'Custom::HoldfastVaultCheck').map(([name]) => name);
    for (const part of [
      'CatalogTable',
      'KeysPrivate',
      'BackupFunction',
      'VerifyFunction',
      'SchedulesPlanRole',
    ]) {
      const resource = Object.entries(parts).find(([name]) => name.startsWith(part))?.[1];
      expect(resource?.DependsOn, part).toContain(checked);
    }
  });

  it('is where the functions look, below the prefix', () => {
    existing.hasResourceProperties('AWS::Lambda::Function', {
      Environment: {
        Variables: Match.objectLike({ HOLDFAST_VAULT_BUCKET: 'old-bucket', HOLDFAST_VAULT_PREFIX: 'a/b/' }),
      },
    });
    existing.hasOutput('VaultPrefix', { Value: 'a/b/' });
  });
});

describe('the catalog', () => {
  const table = only('AWS::DynamoDB::Table');

  it('outlives the stack, is protected, recoverable, encrypted and paid by use', () => {
    expect(table).toMatchObject({
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        SSESpecification: { SSEEnabled: true },
        BillingMode: 'PAY_PER_REQUEST',
      },
    });
  });

  it('is the table that the adapter works with', () => {
    const { KeySchema, GlobalSecondaryIndexes, AttributeDefinitions } = table.Properties;
    expect(KeySchema).toEqual(tableDefinition.KeySchema);
    expect(GlobalSecondaryIndexes).toEqual(tableDefinition.GlobalSecondaryIndexes);
    const byName = (a: { AttributeName: string }, b: { AttributeName: string }) =>
      a.AttributeName.localeCompare(b.AttributeName);
    expect(AttributeDefinitions.toSorted(byName)).toEqual(
      tableDefinition.AttributeDefinitions.toSorted(byName),
    );
  });
});

describe('rows and indexes of the catalog', () => {
  const { TimeToLiveSpecification, GlobalSecondaryIndexes } = only('AWS::DynamoDB::Table').Properties;

  it('go by themselves when their time is over, and only those that have one', () => {
    expect(TimeToLiveSpecification).toEqual({ AttributeName: removalAttribute, Enabled: true });
  });

  it('are five indexes, one of which holds what a list shows', () => {
    const projections = GlobalSecondaryIndexes.map(
      (index: { IndexName: string; Projection: { ProjectionType: string; NonKeyAttributes?: string[] } }) => [
        index.IndexName,
        index.Projection.NonKeyAttributes,
      ],
    );
    expect(projections).toEqual([
      ['lists', undefined],
      ['byId', undefined],
      ['unverified', undefined],
      ['completedTiers', undefined],
      ['timeline', [...timelineColumns]],
    ]);
  });
});

describe('the key secrets', () => {
  const secrets = ofType(resources, 'AWS::SecretsManager::Secret');

  it('are six, and outlive the stack', () => {
    expect(secrets).toHaveLength(6);
    for (const [, secret] of secrets) {
      expect(secret).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
    }
  });

  it('have no value in the template and none generated by it, now or after any change', () => {
    for (const [, { Properties }] of secrets) {
      expect(Object.keys(Properties).sort()).toEqual(['Description', 'Tags']);
    }
  });

  it('are filled by a custom resource that removes nothing', () => {
    expect(only('Custom::HoldfastKeys').DeletionPolicy).toBe('Retain');
  });

  it('stay the same when every option changes', () => {
    const changed = synthesise({
      undeleteDays: 99,
      architecture: 'arm64',
      alertEmail: 'ops@example.com',
    }).resources;
    expect(ofType(changed, 'AWS::SecretsManager::Secret')).toEqual(secrets);
  });
});

describe('alerts', () => {
  it('are published over TLS only', () => {
    template.hasResourceProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
        ]),
      },
    });
  });

  it('let the alarms of this account in', () => {
    template.hasResourceProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Effect: 'Allow',
            Principal: { Service: 'cloudwatch.amazonaws.com' },
            Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
          }),
        ]),
      },
    });
  });

  it('go to the address that is named, or to nobody yet', () => {
    const protocols = ofType(resources, 'AWS::SNS::Subscription').map(([, one]) => one.Properties.Protocol);
    expect(protocols).toEqual(['lambda']);
    synthesise({ alertEmail: 'ops@example.com' }).template.hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'email',
      Endpoint: 'ops@example.com',
    });
  });
});

describe('telling people', () => {
  const variables = (from: typeof resources) =>
    ofType(from, 'AWS::Lambda::Function').find(([name]) => name.startsWith('NotifyFunction'))?.[1].Properties;

  it('begins with every message of the topic, without a filter', () => {
    const [[, subscription] = []] = ofType(resources, 'AWS::SNS::Subscription');
    expect(subscription?.Properties).toEqual({
      Protocol: 'lambda',
      TopicArn: { Ref: expect.stringMatching(/^AlertsTopic/) },
      Endpoint: { 'Fn::GetAtt': [expect.stringMatching(/^NotifyFunction/), 'Arn'] },
    });
  });

  it('has five minutes and little memory, and knows whom the stack tells', () => {
    expect(variables(resources)).toMatchObject({ MemorySize: 512, Timeout: 300 });
    expect(variables(resources).Environment.Variables).not.toHaveProperty('HOLDFAST_MAIL_FROM');
    const { resources: from } = synthesise({
      notifications: {
        mailFrom: 'holdfast@example.com',
        recipients: ['ops@example.com'],
        channels: [{ name: 'chat', secret: 'holdfast/channels/chat' }],
        everyPlan: true,
      },
    });
    const told = variables(from).Environment.Variables;
    expect(told.HOLDFAST_MAIL_FROM).toBe('holdfast@example.com');
    expect(JSON.parse(told.HOLDFAST_NOTIFY)).toEqual({
      recipients: ['ops@example.com'],
      least: 'warning',
      channels: [{ name: 'chat', secret: 'holdfast/channels/chat', least: 'warning' }],
      everyPlan: true,
    });
  });
});

describe('the API', () => {
  const routes = ofType(resources, 'AWS::ApiGatewayV2::Route').map(([, { Properties }]) => Properties);
  const stage = only('AWS::ApiGatewayV2::Stage').Properties;
  const withApi = (api: object) => synthesise({ api }).resources;
  const handler = (from = resources) =>
    ofType(from, 'AWS::Lambda::Function').find(([name]) => name.startsWith('ApiFunction'))?.[1].Properties;

  it('asks for a token on every route but those that tell nothing of what is backed up', () => {
    const open = routes.filter(({ AuthorizationType }) => AuthorizationType === 'NONE');
    expect(open.map(({ RouteKey }) => RouteKey).sort()).toEqual([
      'GET /v1/health',
      'GET /v1/openapi.json',
      'GET /v1/public-status',
      'GET /v1/sign-in',
      'OPTIONS /v1/{proxy+}',
    ]);
    const closed = routes.filter((route) => !open.includes(route));
    expect(closed.map(({ RouteKey }) => RouteKey)).toEqual(['ANY /v1/{proxy+}']);
    for (const route of closed) {
      expect(route.AuthorizationType).toBe('JWT');
      expect(resources[route.AuthorizerId.Ref]?.Type).toBe('AWS::ApiGatewayV2::Authorizer');
    }
  });

  it('takes the tokens of its own user pool, made for its own client', () => {
    const { JwtConfiguration, IdentitySource } = only('AWS::ApiGatewayV2::Authorizer').Properties;
    const client = ofType(resources, 'AWS::Cognito::UserPoolClient')[0]?.[0];
    expect(JwtConfiguration.Audience).toEqual([{ Ref: client }]);
    expect(JSON.stringify(JwtConfiguration.Issuer)).toContain('https://cognito-idp.');
    expect(IdentitySource).toEqual(['$request.header.Authorization']);
    // The function looks again, by the same.
    const { HOLDFAST_ISSUER, HOLDFAST_CLIENT_IDS } = handler().Environment.Variables;
    expect(HOLDFAST_ISSUER).toEqual(JwtConfiguration.Issuer);
    expect(HOLDFAST_CLIENT_IDS).toEqual({ 'Fn::Join': ['', ['["', { Ref: client }, '"]']] });
  });

  it('takes those of another issuer instead, and makes no user pool then', () => {
    const issuer = 'https://id.example.com/tenant';
    const from = withApi({ oidc: { issuer, audience: 'holdfast', groupsClaim: 'roles' } });
    expect(ofType(from, 'AWS::Cognito::UserPool')).toEqual([]);
    expect(only('AWS::ApiGatewayV2::Authorizer', from).Properties.JwtConfiguration).toEqual({
      Audience: ['holdfast'],
      Issuer: issuer,
    });
    const variables = handler(from).Environment.Variables;
    expect(variables).toMatchObject({
      HOLDFAST_ISSUER: issuer,
      HOLDFAST_AUDIENCE: 'holdfast',
      HOLDFAST_GROUPS_CLAIM: 'roles',
    });
    expect(variables).not.toHaveProperty('HOLDFAST_CLIENT_IDS');
  });

  it('is throttled, and leaves a line of each call', () => {
    expect(stage).toMatchObject({
      StageName: '$default',
      AutoDeploy: true,
      DefaultRouteSettings: { ThrottlingRateLimit: 50, ThrottlingBurstLimit: 100 },
    });
    expect(JSON.parse(stage.AccessLogSettings.Format)).toMatchObject({
      address: '$context.identity.sourceIp',
      subject: '$context.authorizer.claims.sub',
      status: '$context.status',
    });
    const slow = withApi({ throttle: { ratePerSecond: 5, burst: 7 } });
    expect(only('AWS::ApiGatewayV2::Stage', slow).Properties.DefaultRouteSettings).toEqual({
      ThrottlingRateLimit: 5,
      ThrottlingBurstLimit: 7,
    });
  });

  it('lets in no page of a browser, but those that are named', () => {
    const origins = (options: object) =>
      JSON.parse(
        handler(synthesise({ console: { enabled: false }, api: options }).resources).Environment.Variables
          .HOLDFAST_CORS_ORIGINS,
      );
    expect(origins({})).toEqual([]);
    const corsOrigins = ['https://holdfast.example.com'];
    expect(origins({ corsOrigins })).toEqual(corsOrigins);
  });

  const required = { HOLDFAST_VAULT_BUCKET: 'v', HOLDFAST_TABLE: 't', HOLDFAST_TOPIC_ARN: 'a' };

  it('ends before the gateway gives up, stands in no VPC, and is told what it starts', () => {
    expect(handler()).toMatchObject({ Timeout: 29, MemorySize: 1024 });
    const vpc = { vpcId: 'vpc-12345678', subnetIds: ['subnet-12345678'], securityGroupIds: ['sg-12345678'] };
    expect(handler(synthesise({ vpc }).resources).VpcConfig).toBeUndefined();
    const { Variables } = handler().Environment;
    for (const name of ['Backup', 'Verify', 'Restore', 'Cleanup', 'Notify']) {
      expect(Variables[`HOLDFAST_${name.toUpperCase()}_FUNCTION`]).toEqual({
        Ref: expect.stringMatching(new RegExp(`^${name}Function`)),
      });
    }
    expect(JSON.parse(Variables.HOLDFAST_ALLOW_FROM)).toEqual([]);
    expect(Variables.HOLDFAST_STEP_UP_MINUTES).toBe('60');
    expect(readEnvironment({ ...required, HOLDFAST_SHOWN: Variables.HOLDFAST_SHOWN }).HOLDFAST_SHOWN).toEqual(
      {
        ...{ replica: false, mfa: 'optional', channels: [] },
        throttle: { ratePerSecond: 50, burst: 100 },
      },
    );
    expect(ofType(resources, 'AWS::Lambda::EventInvokeConfig').map(([name]) => name)).not.toContainEqual(
      expect.stringMatching(/^Api/),
    );
  });

  it('is left out where nobody wants it', () => {
    const { resources: from, template: without } = synthesise({ api: { enabled: false } });
    for (const type of ['AWS::ApiGatewayV2::Api', 'AWS::Cognito::UserPool', 'AWS::CloudFront::Distribution'])
      expect(ofType(from, type)).toEqual([]);
    for (const name of ['ApiUrl', 'ApiFunction', 'UserPoolId', 'Issuer'])
      without.hasOutput(name, { Value: 'none' });
  });
});

describe('users', () => {
  const pool = only('AWS::Cognito::UserPool');
  const client = only('AWS::Cognito::UserPoolClient').Properties;

  it('are made by an administrator alone, and outlive the stack', () => {
    expect(pool).toMatchObject({
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        AdminCreateUserConfig: { AllowAdminCreateUserOnly: true },
        AliasAttributes: ['email'],
        DeletionProtection: 'ACTIVE',
        AccountRecoverySetting: { RecoveryMechanisms: [{ Name: 'verified_email', Priority: 1 }] },
      },
    });
    expect(pool.Properties.Policies.PasswordPolicy).toMatchObject({
      MinimumLength: 14,
      RequireSymbols: true,
    });
  });

  it.each([
    ['off', 'OFF', undefined],
    ['optional', 'OPTIONAL', ['SOFTWARE_TOKEN_MFA']],
    ['required', 'ON', ['SOFTWARE_TOKEN_MFA']],
  ])('may or must have a code from an app: %s', (mfa, configuration, enabled) => {
    const { Properties } = only('AWS::Cognito::UserPool', synthesise({ api: { mfa } }).resources);
    expect(Properties.MfaConfiguration).toBe(configuration);
    expect(Properties.EnabledMfas).toEqual(enabled);
  });

  it('sign in by a client without a secret, with a code and nothing else, and are not told who exists', () => {
    expect(client).toMatchObject({
      GenerateSecret: false,
      AllowedOAuthFlows: ['code'],
      AllowedOAuthScopes: ['openid', 'email', 'profile'],
      ExplicitAuthFlows: ['ALLOW_REFRESH_TOKEN_AUTH'],
      PreventUserExistenceErrors: 'ENABLED',
      EnableTokenRevocation: true,
      AccessTokenValidity: 60,
      RefreshTokenValidity: 30 * 24 * 60,
    });
    expect(client.CallbackURLs.slice(0, 5)).toEqual(
      [8765, 8766, 8767, 8768, 8769].map((port) => `http://localhost:${port}/callback`),
    );
  });

  it('are sent back to further pages where these are named', () => {
    const url = 'https://holdfast.example.com/signed-in';
    const { resources: from } = synthesise({ api: { callbackUrls: [url] } });
    expect(only('AWS::Cognito::UserPoolClient', from).Properties.CallbackURLs.at(-1)).toBe(url);
  });

  it('have a role by their group, which stays with its members when the stack goes', () => {
    const groups = ofType(resources, 'AWS::Cognito::UserPoolGroup');
    expect(groups.map(([, { Properties }]) => Properties.GroupName)).toEqual([
      'holdfast-admin',
      'holdfast-operator',
      'holdfast-viewer',
    ]);
    for (const [, group] of groups) expect(group.DeletionPolicy).toBe('Retain');
    const renamed = synthesise({ api: { groups: { admin: 'dba' } } }).resources;
    const names = ofType(renamed, 'AWS::Cognito::UserPoolGroup').map(([, one]) => one.Properties.GroupName);
    expect(names).toContain('dba');
    const [, api] =
      ofType(renamed, 'AWS::Lambda::Function').find(([id]) => id.startsWith('ApiFunction')) ?? [];
    expect(JSON.parse(api?.Properties.Environment.Variables.HOLDFAST_GROUPS)).toEqual({
      viewer: 'holdfast-viewer',
      operator: 'holdfast-operator',
      admin: 'dba',
    });
  });

  it('sign in on a page whose name tells neither account nor owner', () => {
    const { Domain } = only('AWS::Cognito::UserPoolDomain').Properties;
    expect(JSON.stringify(Domain)).toContain('holdfast-');
    expect(JSON.stringify(Domain)).not.toContain('AWS::AccountId');
  });
});

describe('what is seen of the stack', () => {
  it('is one page of graphs, of figures that the functions write', () => {
    const body = JSON.stringify(only('AWS::CloudWatch::Dashboard').Properties.DashboardBody);
    for (const name of [
      'BackupsCompleted',
      'BackupsFailed',
      'VerificationsPassed',
      'PeakMemoryBytes',
      'AWS/ApiGateway',
    ])
      expect(body).toContain(name);
  });

  it('has traces only where they are asked for', () => {
    const modes = (from: typeof resources) =>
      ofType(from, 'AWS::Lambda::Function')
        .filter(([name]) => !/Framework|KeysInit/.test(name))
        .map(([, { Properties }]) => Properties.TracingConfig?.Mode);
    expect(new Set(modes(resources))).toEqual(new Set([undefined]));
    expect(new Set(modes(synthesise({ tracing: true }).resources))).toEqual(new Set(['Active']));
  });

  it('is no record of accesses unless it is asked for', () => {
    expect(ofType(resources, 'AWS::CloudTrail::Trail')).toEqual([]);
  });

  describe('with data events', () => {
    const { resources: from } = synthesise({ dataEvents: true });

    it('is a record of every read and write of the vault, and of nothing else, that outlives the stack', () => {
      const trail = only('AWS::CloudTrail::Trail', from).Properties;
      expect(trail).toMatchObject({
        IsLogging: true,
        EnableLogFileValidation: true,
        IsMultiRegionTrail: false,
      });
      expect(trail.EventSelectors).toHaveLength(1);
      expect(trail.EventSelectors[0]).toMatchObject({
        IncludeManagementEvents: false,
        ReadWriteType: 'All',
        DataResources: [{ Type: 'AWS::S3::Object' }],
      });
      expect(JSON.stringify(trail.EventSelectors[0].DataResources)).toContain('VaultBucket');
      const [, records] =
        ofType(from, 'AWS::S3::Bucket').find(([name]) => name.startsWith('DataEvents')) ?? [];
      expect(records).toMatchObject({ DeletionPolicy: 'Retain' });
    });

    it('is told of reads by strangers, of deletions, and of links that are read in bulk', () => {
      const filters = ofType(from, 'AWS::Logs::MetricFilter').map(([, { Properties }]) => Properties);
      expect(filters).toHaveLength(3);
      const alarms = ofType(from, 'AWS::CloudWatch::Alarm').map(([, { Properties }]) => Properties);
      for (const { FilterPattern, MetricTransformations } of filters) {
        expect(JSON.stringify(FilterPattern).length).toBeLessThan(1024);
        const [{ MetricName, MetricNamespace }] = MetricTransformations;
        expect(MetricNamespace).toBe(metricsNamespace);
        expect(alarms.map((alarm) => alarm.MetricName)).toContainEqual(MetricName);
      }
      const patterns = filters.map(({ FilterPattern }) => JSON.stringify(FilterPattern)).join();
      expect(patterns).toContain('NOT EXISTS');
      expect(patterns).toContain('DeleteObject*');
      expect(patterns).toContain('ApiRole');
    });
  });
});

describe('failures', () => {
  const queue = Object.keys(resources).find(
    (name) => name.startsWith('FailuresQueue') && !name.includes('Policy'),
  );
  const queueArn = { 'Fn::GetAtt': [queue, 'Arn'] };

  it.each([
    ['Backup', 2],
    ['Verify', 0],
    ['Restore', 0],
    ['Cleanup', 0],
    ['Watch', 1],
    ['Adopt', 1],
    ['Notify', 2],
  ])('of %s reach the queue after %i retries', (name, retries) => {
    const [, config] =
      ofType(resources, 'AWS::Lambda::EventInvokeConfig').find(([id]) => id.startsWith(name)) ?? [];
    expect(config?.Properties).toMatchObject({
      MaximumRetryAttempts: retries,
      MaximumEventAgeInSeconds: 3600,
      DestinationConfig: { OnFailure: { Destination: queueArn } },
    });
  });

  it('of the schedules reach it too', () => {
    for (const [, { Properties }] of ofType(resources, 'AWS::Scheduler::Schedule')) {
      expect(Properties.Target.DeadLetterConfig).toEqual({ Arn: queueArn });
    }
    template.hasOutput('ScheduleDlqArn', { Value: queueArn });
  });

  it('are read by the failures function, one at a time where one is bad', () => {
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      EventSourceArn: queueArn,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
  });

  it('name the log of every function that can fail', () => {
    const [, reporter] =
      ofType(resources, 'AWS::Lambda::Function').find(([name]) => name.startsWith('FailureReporter')) ?? [];
    const groups = JSON.stringify(reporter?.Properties.Environment.Variables.HOLDFAST_LOG_GROUPS);
    for (const name of ['Backup', 'Verify', 'Restore', 'Cleanup', 'Watch', 'Adopt', 'Notify']) {
      expect(groups).toContain(`"Ref":"${name}Function`);
      expect(groups).toContain(`"Ref":"${name}Log`);
    }
  });

  it('that were not delivered within a day keep their alarm raised, so that watch sees it', () => {
    const alarm = ofType(resources, 'AWS::CloudWatch::Alarm')
      .map(([, { Properties }]) => Properties)
      .find(({ MetricName }) => MetricName === 'NumberOfNotificationsFailed');
    expect(alarm).toMatchObject({ DatapointsToAlarm: 1 });
    expect(alarm?.Period * alarm?.EvaluationPeriods).toBe(86_400);
  });

  it('and the alarms about them are known to watch', () => {
    const [, watch] =
      ofType(resources, 'AWS::Lambda::Function').find(([name]) => name.startsWith('WatchFunction')) ?? [];
    const names = JSON.stringify(watch?.Properties.Environment.Variables.HOLDFAST_ALARMS);
    for (const name of [
      'AlertsNotDelivered',
      'FailuresUnread',
      'FailuresUnhandledLeft',
      'DoorFailing',
      'DoorSlow',
      'BackupsFailing',
      'NotTold',
    ])
      expect(names).toContain(`"Ref":"${name}`);
  });

  it('that cannot be handled wait two weeks in a queue of their own, and alarms speak for them', () => {
    const alarms = ofType(resources, 'AWS::CloudWatch::Alarm').map(([, { Properties }]) => Properties);
    expect(alarms.map(({ MetricName, Threshold }) => [MetricName, Threshold]).sort()).toEqual([
      ['5xx', 5],
      ['ApproximateAgeOfOldestMessage', 1800],
      ['ApproximateNumberOfMessagesVisible', 1],
      ['BackupsFailed', 3],
      ['Errors', 1],
      ['Heartbeat', 1],
      ['Latency', 10_000],
      ['NumberOfNotificationsFailed', 0],
    ]);
    const topic = Object.keys(resources).find((name) => resources[name]?.Type === 'AWS::SNS::Topic');
    for (const alarm of alarms) expect(alarm.AlarmActions).toEqual([{ Ref: topic }]);
    for (const [, { Properties }] of ofType(resources, 'AWS::SQS::Queue')) {
      expect(Properties).toMatchObject({ MessageRetentionPeriod: 1_209_600, SqsManagedSseEnabled: true });
    }
  });
});

describe('cleanup', () => {
  it('may start itself for longer than Lambda takes for a loop, and it alone', () => {
    const allowed = ofType(resources, 'AWS::Lambda::Function').filter(
      ([, { Properties }]) => Properties.RecursiveLoop !== undefined,
    );
    expect(allowed.map(([name, { Properties }]) => [name, Properties.RecursiveLoop])).toEqual([
      [expect.stringMatching(/^CleanupFunction/), 'Allow'],
    ]);
  });
});

describe('the functions', () => {
  const ours = (from = resources) =>
    ofType(from, 'AWS::Lambda::Function').filter(([name]) => !name.includes('Framework'));
  const named = (name: string, from = resources) => {
    const [, found] = ours(from).find(([id]) => id.startsWith(name)) ?? [];
    if (!found) throw new Error(`no function ${name}`);
    return found.Properties;
  };

  it('run on Node 24, on the chosen architecture', () => {
    for (const architecture of ['x86_64', 'arm64'] as const) {
      for (const [name, { Properties }] of ours(synthesise({ architecture }).resources)) {
        expect([Properties.Runtime, ...Properties.Architectures], name).toEqual(['nodejs24.x', architecture]);
      }
    }
  });

  it('have the sizes that are asked for', () => {
    expect(named('Backup')).toMatchObject({
      MemorySize: 3008,
      Timeout: 900,
      EphemeralStorage: { Size: 512 },
    });
    // Watch keeps minutes back for telling what it saw; cleanup and adopt go on in another invocation.
    for (const name of ['Watch', 'Cleanup', 'Adopt']) expect(named(name)).toMatchObject({ Timeout: 900 });
    const options = { verify: { memorySizeMiB: 10_240, scratchSizeMiB: 2048, timeoutMinutes: 5 } };
    expect(named('Verify', synthesise(options).resources)).toMatchObject({
      MemorySize: 10_240,
      Timeout: 300,
      EphemeralStorage: { Size: 2048 },
    });
  });

  it('that work on sources have the tools, the others have not', () => {
    for (const name of ['Backup', 'Verify', 'Restore']) expect(named(name).Layers, name).toHaveLength(2);
    for (const name of ['KeysInit', 'FailureReporter', 'Cleanup', 'Watch', 'Adopt', 'Notify', 'ApiFunction'])
      expect(named(name).Layers, name).toBeUndefined();
  });

  it('are told names and ARNs of secrets that they may read, and no values', () => {
    const secretsOf = (name: string) =>
      Object.keys(named(name).Environment.Variables)
        .filter((key) => /^HOLDFAST_SECRET_/.test(key))
        .sort();
    expect(secretsOf('Backup')).toEqual([
      'HOLDFAST_SECRET_INDEX',
      'HOLDFAST_SECRET_PUBLIC',
      'HOLDFAST_SECRET_SIGNING_BACKUP',
    ]);
    expect(secretsOf('Verify')).toEqual([
      'HOLDFAST_SECRET_PRIVATE',
      'HOLDFAST_SECRET_PUBLIC',
      'HOLDFAST_SECRET_SIGNING_VERIFY',
    ]);
    expect(secretsOf('Restore')).toEqual(['HOLDFAST_SECRET_PRIVATE', 'HOLDFAST_SECRET_PUBLIC']);
    expect(secretsOf('Adopt')).toEqual(['HOLDFAST_SECRET_PRIVATE', 'HOLDFAST_SECRET_PUBLIC']);
    expect(secretsOf('Watch')).toEqual(['HOLDFAST_SECRET_PUBLIC']);
    expect(secretsOf('Cleanup')).toEqual(['HOLDFAST_SECRET_PUBLIC']);
    expect(secretsOf('Notify')).toEqual([]);
    expect(secretsOf('ApiFunction')).toEqual(['HOLDFAST_SECRET_PUBLIC', 'HOLDFAST_SECRET_SIGNING_OPERATOR']);
    expect(secretsOf('FailureReporter')).toEqual([]);
    expect(JSON.stringify(template.toJSON())).not.toContain('{{resolve:');
    expect(named('Backup').Environment.Variables).not.toHaveProperty('HOLDFAST_LOCAL');
  });

  it('log for as long as is asked', () => {
    for (const [, { Properties }] of ofType(
      synthesise({ logRetentionDays: 365 }).resources,
      'AWS::Logs::LogGroup',
    )) {
      expect(Properties.RetentionInDays).toBe(365);
    }
    for (const [name, { Properties }] of ofType(resources, 'AWS::Lambda::Function')) {
      expect(Properties.LoggingConfig?.LogGroup, name).toBeDefined();
    }
  });

  it('stand in the VPC when there is one: those that reach databases, not the others', () => {
    const vpc = {
      vpcId: 'vpc-12345678',
      subnetIds: ['subnet-12345678', 'subnet-12345679'],
      securityGroupIds: ['sg-12345678'],
    };
    const inside = synthesise({ vpc }).resources;
    for (const name of ['Backup', 'Verify', 'Restore']) {
      expect(named(name, inside).VpcConfig, name).toEqual({
        SubnetIds: vpc.subnetIds,
        SecurityGroupIds: vpc.securityGroupIds,
      });
      expect(named(name).VpcConfig, name).toBeUndefined();
    }
    for (const name of ['KeysInit', 'FailureReporter', 'Cleanup', 'Watch', 'Adopt', 'Notify', 'ApiFunction'])
      expect(named(name, inside).VpcConfig, name).toBeUndefined();
  });
});

describe('schedules', () => {
  const schedule = (name: string, from = resources) => {
    const [, found] =
      ofType(from, 'AWS::Scheduler::Schedule').find(([id]) => id.startsWith(`Schedules${name}`)) ?? [];
    if (!found) throw new Error(`no schedule ${name}`);
    return found.Properties;
  };

  it('look for what waits for its proof every 15 minutes', () => {
    expect(schedule('Verify').ScheduleExpression).toBe('rate(15 minutes)');
    expect(JSON.parse(schedule('Verify').Target.Input)).toEqual({ task: 'verify-due' });
  });

  it('fire every minute in words that Scheduler takes', () => {
    const often = synthesise({ verify: { everyMinutes: 1 } }).resources;
    expect(schedule('Verify', often).ScheduleExpression).toBe('rate(1 minute)');
  });

  it.each([
    [1, 'cron(10 23 * * ? *)'],
    [3, 'rate(3 days)'],
    [7, 'cron(10 23 ? * SUN *)'],
  ])('clean up every %i days, by UTC', (everyDays, expression) => {
    const { resources: from } = synthesise({ cleanup: { everyDays } });
    expect(schedule('Cleanup', from).ScheduleExpression).toBe(expression);
    expect(schedule('Cleanup', from).ScheduleExpressionTimezone).toBeUndefined();
  });

  it('tell on Mondays how the week went', () => {
    expect(schedule('Weekly').ScheduleExpression).toBe('cron(0 6 ? * MON *)');
  });

  it('watch every hour', () => {
    expect(schedule('Watch').ScheduleExpression).toBe('rate(1 hour)');
  });

  it('send what the functions understand', () => {
    const sent = (name: string) => JSON.parse(schedule(name).Target.Input);
    expect(verifyEventSchema.parse(sent('Verify'))).toBeDefined();
    expect(cleanupEventSchema.parse(sent('Cleanup'))).toMatchObject({ dryRun: false });
    expect(watchEventSchema.parse(sent('Watch'))).toBeDefined();
    expect(noticeEventSchema.parse(sent('Weekly'))).toEqual({
      task: 'weekly-summary',
      scheduledTime: '<aws.scheduler.scheduled-time>',
    });
  });

  it('of plans have a group of their own', () => {
    const groups = ofType(resources, 'AWS::Scheduler::ScheduleGroup').map(
      ([, { Properties }]) => Properties.Name,
    );
    expect(new Set(groups).size).toBe(2);
    const plans = template.toJSON().Outputs.ScheduleGroup.Value;
    expect(groups).toContain(plans);
    for (const name of ['Verify', 'Cleanup', 'Watch', 'Weekly'])
      expect(schedule(name).GroupName).not.toBe(plans);
    for (const name of groups) expect(name.length).toBeLessThanOrEqual(64);
  });
});

describe('the heartbeat', () => {
  const [id, alarm] =
    ofType(resources, 'AWS::CloudWatch::Alarm').find(([name]) => name.startsWith('Heartbeat')) ?? [];

  it('is missed after three hours of silence', () => {
    expect(id).toBeDefined();
    expect(alarm?.Properties).toMatchObject({
      Namespace: 'Holdfast',
      MetricName: 'Heartbeat',
      Dimensions: [{ Name: 'Stack', Value: 'Holdfast' }],
      Period: 3600,
      EvaluationPeriods: 3,
      Threshold: 1,
      ComparisonOperator: 'LessThanThreshold',
      TreatMissingData: 'breaching',
    });
  });

  it('is expected only once the watch is started', () => {
    expect(alarm?.DependsOn).toContainEqual(expect.stringMatching(/^SchedulesWatch/));
  });
});

describe('watch', () => {
  const variables = (from: typeof resources) =>
    ofType(from, 'AWS::Lambda::Function').find(([name]) => name.startsWith('WatchFunction'))?.[1].Properties
      .Environment.Variables;

  it('is told its limits, and the name of the secret with the URL to ping, not the URL', () => {
    expect(variables(resources)).toMatchObject({
      HOLDFAST_KEY_AGE_DAYS: '365',
      HOLDFAST_STACK_NAME: 'Holdfast',
    });
    expect(variables(resources)).not.toHaveProperty('HOLDFAST_DEADMAN_SECRET');
    const { resources: from } = synthesise({
      watch: { deadManUrlSecret: 'ops/holdfast-ping', keyAgeDays: 0, quotaBytes: 5_000_000_000_000 },
    });
    expect(variables(from)).toMatchObject({
      HOLDFAST_DEADMAN_SECRET: 'ops/holdfast-ping',
      HOLDFAST_KEY_AGE_DAYS: '0',
      HOLDFAST_QUOTA_BYTES: '5000000000000',
    });
  });
});

describe('a second copy', () => {
  const kmsKeyArn = (region: string) =>
    `arn:aws:kms:${region}:123456789012:key/0f1e2d3c-0f1e-0f1e-0f1e-0f1e2d3c4b5a`;
  const configuration = (from: typeof resources) =>
    only('AWS::S3::Bucket', from).Properties.ReplicationConfiguration;
  const {
    resources: copied,
    replica,
    template: outputs,
  } = synthesise({
    replica: { region: 'eu-west-1' },
    objectLock: { mode: 'GOVERNANCE', days: 30 },
    undeleteDays: 20,
  });

  it('is not made unless it is asked for', () => {
    expect(configuration(resources)).toBeUndefined();
    expect(synthesise().replica).toBeUndefined();
    template.hasOutput('ReplicaBucket', { Value: 'none' });
  });

  it('has everything of the vault but its delete markers', () => {
    const { Rules } = configuration(copied);
    expect(Rules).toHaveLength(1);
    expect(Rules[0]).toMatchObject({
      Status: 'Enabled',
      Filter: { Prefix: '' },
      DeleteMarkerReplication: { Status: 'Disabled' },
      Destination: { Metrics: { Status: 'Enabled' } },
    });
    expect(Rules[0].Destination).not.toHaveProperty('ReplicationTime');
    expect(Rules[0]).not.toHaveProperty('SourceSelectionCriteria');
  });

  it('lies in a bucket like the vault: kept, versioned, locked, private, with the same lifecycle', () => {
    const vault = only('AWS::S3::Bucket', copied).Properties;
    const bucket = only('AWS::S3::Bucket', replica);
    const { BucketName, Tags: _tags, ...rest } = bucket.Properties;
    const { ReplicationConfiguration: _rules, Tags: _vaultTags, ...same } = vault;
    expect(rest).toEqual(same);
    expect(bucket).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
    expect(JSON.stringify(BucketName)).toContain('holdfast-replica-');
    const { Statement } = only('AWS::S3::BucketPolicy', replica).Properties.PolicyDocument;
    expect(Statement.map(({ Effect }: { Effect: string }) => Effect)).not.toContain('Allow');
    expect(Statement).toContainEqual(
      expect.objectContaining({ Action: 's3:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
    );
  });

  it('is found by its outputs and by the functions that need it', () => {
    const value = outputs.toJSON().Outputs.ReplicaBucket.Value;
    expect(JSON.stringify(value)).toContain('holdfast-replica-');
    outputs.hasOutput('ReplicaRegion', { Value: 'eu-west-1' });
    const variables = (name: string) =>
      ofType(copied, 'AWS::Lambda::Function').find(([id]) => id.startsWith(`${name}Function`))?.[1].Properties
        .Environment.Variables;
    expect(variables('Restore')).toMatchObject({
      HOLDFAST_REPLICA_BUCKET: value,
      HOLDFAST_REPLICA_REGION: 'eu-west-1',
    });
    expect(variables('Watch')).toMatchObject({ HOLDFAST_REPLICA_BUCKET: value });
    expect(variables('Backup')).not.toHaveProperty('HOLDFAST_REPLICA_BUCKET');
  });

  it('is encrypted with a key of its region when the vault has one of its own', () => {
    const { resources: sealed } = synthesise({
      vault: { kmsKeyArn: kmsKeyArn('eu-central-1') },
      replica: { region: 'eu-west-1', kmsKeyArn: kmsKeyArn('eu-west-1'), timeControl: true },
    });
    const [rule] = configuration(sealed).Rules;
    expect(rule).toMatchObject({
      SourceSelectionCriteria: { SseKmsEncryptedObjects: { Status: 'Enabled' } },
      Destination: {
        EncryptionConfiguration: { ReplicaKmsKeyID: kmsKeyArn('eu-west-1') },
        ReplicationTime: { Status: 'Enabled', Time: { Minutes: 15 } },
        Metrics: { Status: 'Enabled', EventThreshold: { Minutes: 15 } },
      },
    });
  });

  it('belongs to the account that it goes to', () => {
    const { resources: elsewhere, replica: none } = synthesise({
      replica: { region: 'eu-west-1', bucketArn: 'arn:aws:s3:::elsewhere', account: '210987654321' },
    });
    expect(none).toBeUndefined();
    expect(configuration(elsewhere).Rules[0].Destination).toMatchObject({
      Account: '210987654321',
      AccessControlTranslation: { Owner: 'Destination' },
      Bucket: 'arn:aws:s3:::elsewhere',
    });
  });

  it('has a name that S3 takes, whatever the stack is called', () => {
    for (const name of ['Holdfast', `A${'-'.repeat(39)}`]) {
      expect(replicaBucketName(name, '123456789012', 'ap-southeast-1')).toMatch(
        /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/,
      );
    }
    const long = `Holdfast-in-a-very-long-`;
    expect(replicaBucketName(`${long}a`, '123456789012', 'eu-west-1')).not.toBe(
      replicaBucketName(`${long}b`, '123456789012', 'eu-west-1'),
    );
  });
});

describe('places of files', () => {
  const accessPointArn =
    'arn:aws:elasticfilesystem:eu-central-1:123456789012:access-point/fsap-0123456789abcdef0';
  const vpc = {
    vpcId: 'vpc-12345678',
    subnetIds: ['subnet-12345678'],
    securityGroupIds: ['sg-11111111', 'sg-22222222'],
  };
  const { resources: given, template: outputs } = synthesise({
    filesBuckets: [{ name: 'photos', prefixes: ['2026/'] }],
    restoreBuckets: [{ name: 'back-here' }],
    vpc,
    fileSystem: { accessPointArn, mountPath: '/mnt/files', securityGroupId: 'sg-33333333' },
  });
  const functionOf = (name: string, from: typeof resources) =>
    ofType(from, 'AWS::Lambda::Function').find(([id]) => id.startsWith(`${name}Function`))?.[1];

  it('are none unless they are named', () => {
    template.hasOutput('FilesBuckets', { Value: 'none' });
    for (const name of ['Backup', 'Restore']) {
      const { Properties } = functionOf(name, resources) ?? {};
      expect(Properties.FileSystemConfigs).toBeUndefined();
      expect(Properties.Environment.Variables).not.toHaveProperty('HOLDFAST_FILES_BUCKETS');
    }
    expect(ofType(resources, 'AWS::EC2::SecurityGroupIngress')).toEqual([]);
  });

  it('are told to backup and restore and shown by the stack', () => {
    const listed = '[{"name":"photos","prefixes":["2026/"]}]';
    outputs.hasOutput('FilesBuckets', { Value: listed });
    const variables = (name: string) => functionOf(name, given)?.Properties.Environment.Variables;
    const files = { HOLDFAST_FILES_BUCKETS: listed, HOLDFAST_FILE_SYSTEM: '/mnt/files' };
    expect(variables('Backup')).toMatchObject(files);
    expect(variables('Backup')).not.toHaveProperty('HOLDFAST_RESTORE_BUCKETS');
    expect(variables('Restore')).toMatchObject({
      ...files,
      HOLDFAST_RESTORE_BUCKETS: '[{"name":"back-here","prefixes":[]}]',
    });
    expect(variables('Verify')).not.toHaveProperty('HOLDFAST_FILES_BUCKETS');
  });

  it('have the file system mounted by backup and restore, and by no other function', () => {
    const mounted = ofType(given, 'AWS::Lambda::Function').filter(
      ([, { Properties }]) => Properties.FileSystemConfigs !== undefined,
    );
    expect(mounted.map(([name]) => name.replace(/Function.*/, '')).sort()).toEqual(['Backup', 'Restore']);
    for (const [, { Properties }] of mounted) {
      expect(Properties.FileSystemConfigs).toEqual([{ Arn: accessPointArn, LocalMountPath: '/mnt/files' }]);
      expect(Properties.VpcConfig.SecurityGroupIds).toEqual(vpc.securityGroupIds);
    }
  });

  it('let in the functions, by NFS and nothing else, before the functions are made', () => {
    const rules = ofType(given, 'AWS::EC2::SecurityGroupIngress');
    expect(rules.map(([, { Properties }]) => Properties)).toEqual(
      vpc.securityGroupIds.map((SourceSecurityGroupId) =>
        expect.objectContaining({
          GroupId: 'sg-33333333',
          SourceSecurityGroupId,
          IpProtocol: 'tcp',
          FromPort: 2049,
          ToPort: 2049,
        }),
      ),
    );
    for (const name of ['Backup', 'Restore']) {
      expect(functionOf(name, given)?.DependsOn).toEqual(expect.arrayContaining(rules.map(([id]) => id)));
    }
  });
});

describe('the programs of databases', () => {
  const layersOf = (name: string, from: typeof resources) =>
    ofType(from, 'AWS::Lambda::Function').find(([id]) => id.startsWith(`${name}Function`))?.[1].Properties
      .Layers ?? [];

  it("are PostgreSQL's and MongoDB's, in backup, verify and restore alone", () => {
    for (const name of ['Backup', 'Verify', 'Restore']) {
      const ids = layersOf(name, resources).map(({ Ref }: { Ref: string }) => Ref);
      expect(ids).toEqual([expect.stringMatching(/^ToolsLayer/), expect.stringMatching(/^MongoToolsLayer/)]);
    }
    for (const name of ['Cleanup', 'Watch', 'Adopt']) expect(layersOf(name, resources)).toEqual([]);
  });

  it("are without MongoDB's where nobody wants them", () => {
    const { resources: from } = synthesise({ mongodb: false });
    expect(ofType(from, 'AWS::Lambda::LayerVersion')).toHaveLength(1);
    expect(layersOf('Backup', from)).toHaveLength(1);
  });
});

it('has an output for everything that the command line needs, and none is empty', () => {
  const { Outputs } = template.toJSON();
  expect(Object.keys(Outputs).sort()).toEqual([...outputNames].sort());
  for (const [name, { Value }] of Object.entries<{ Value: unknown }>(Outputs))
    expect(Value, name).not.toBe('');
});

it('keeps the names of what outlives the stack, since another name is another, empty resource', () => {
  const kept = Object.entries(resources)
    .filter(([, { DeletionPolicy, Type }]) => DeletionPolicy === 'Retain' && Type !== 'AWS::Logs::LogGroup')
    .map(([name]) => name)
    .sort();
  expect(kept).toEqual([
    'CatalogTableBBEA0CBC',
    'ConsoleFiles2D43986C',
    'KeysFilled1040CD9F',
    'KeysIndexBD918019',
    'KeysPrivate1D4905BB',
    'KeysPublic733B8148',
    'KeysSigningBackupB23B9B3C',
    'KeysSigningOperatorC681BCB7',
    'KeysSigningVerify91BF2918',
    'SignInAdminsB08E9284',
    'SignInOperatorsD939E445',
    'SignInUsers1801E146',
    'SignInViewersF77C3188',
    'VaultBucket0925C477',
  ]);
});

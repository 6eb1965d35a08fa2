/** cdk-nag's AwsSolutions rules, over every kind of stack that the options make. */
import { App, Stack } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import { standInConsole, synthesise } from './synthesise.ts';

const findings = (app: App) => new AwsSolutionsChecks(app).validateScope(app).violations;

describe('cdk-nag finds nothing that is not accepted with a reason', () => {
  it.each([
    ['by default', {}],
    [
      'with Object Lock and an address',
      { objectLock: { mode: 'COMPLIANCE', days: 30 }, alertEmail: 'ops@example.com' },
    ],
    [
      'with an existing bucket, a VPC and everything that sources may need',
      {
        vault: {
          existingBucket: 'old-bucket',
          prefix: 'a/',
          kmsKeyArn: 'arn:aws:kms:eu-central-1:123456789012:key/0f1e2d3c-0f1e-0f1e-0f1e-0f1e2d3c4b5a',
        },
        vpc: { vpcId: 'vpc-12345678', subnetIds: ['subnet-12345678'], securityGroupIds: ['sg-12345678'] },
        sources: {
          secretPrefix: 'team/db/',
          secretArns: ['arn:aws:secretsmanager:eu-central-1:123456789012:secret:rds!db-1'],
          kmsKeyArns: ['arn:aws:kms:eu-central-1:123456789012:key/0f1e2d3c-0f1e-0f1e-0f1e-0f1e2d3c4b5a'],
          rdsIamUsers: ['cluster-ABCDEFGH/holdfast'],
        },
      },
    ],
    [
      'with a second copy, a dead-man URL and a quota',
      {
        vault: {
          kmsKeyArn: 'arn:aws:kms:eu-central-1:123456789012:key/0f1e2d3c-0f1e-0f1e-0f1e-0f1e2d3c4b5a',
        },
        replica: {
          region: 'eu-west-1',
          kmsKeyArn: 'arn:aws:kms:eu-west-1:123456789012:key/0f1e2d3c-0f1e-0f1e-0f1e-0f1e2d3c4b5a',
        },
        watch: { deadManUrlSecret: 'ops/ping', quotaBytes: 1e12 },
      },
    ],
    [
      'with buckets and a file system that hold files, and without MongoDB',
      {
        mongodb: false,
        filesBuckets: [
          'papers',
          {
            name: 'photos',
            prefixes: ['2026/'],
            kmsKeyArn: 'arn:aws:kms:eu-central-1:123456789012:key/0f1e2d3c-0f1e-0f1e-0f1e-0f1e2d3c4b5a',
          },
        ],
        restoreBuckets: ['photos', 'back-here'],
        vpc: { vpcId: 'vpc-12345678', subnetIds: ['subnet-12345678'], securityGroupIds: ['sg-12345678'] },
        fileSystem: {
          accessPointArn:
            'arn:aws:elasticfilesystem:eu-central-1:123456789012:access-point/fsap-0123456789abcdef0',
          mountPath: '/mnt/files',
          securityGroupId: 'sg-87654321',
        },
      },
    ],
    [
      'with mail, a console, traces and data events',
      {
        notifications: {
          mailFrom: 'holdfast@example.com',
          recipients: ['ops@example.com'],
          channels: [{ name: 'chat', secret: 'holdfast/channels/chat' }],
        },
        api: { corsOrigins: ['https://holdfast.example.com'], mfa: 'required' },
        tracing: true,
        dataEvents: true,
      },
    ],
    [
      'with an issuer of one’s own',
      {
        api: { oidc: { issuer: 'https://id.example.com/', audience: 'holdfast' }, mfa: 'off' },
        console: { clientId: 'console' },
      },
    ],
    [
      'with a console under a name of its own, in a region that is known',
      {
        account: '123456789012',
        region: 'eu-central-1',
        console: {
          domainName: 'holdfast.example.org',
          certificateArn:
            'arn:aws:acm:us-east-1:123456789012:certificate/0f1e2d3c-0f1e-0f1e-0f1e-0f1e2d3c4b5a',
        },
      },
    ],
    ['with pages that somebody else serves', { console: { url: 'https://holdfast.example.org' } }],
    ['without an API', { api: { enabled: false } }],
    [
      'with copies in a bucket of another account',
      {
        replica: { region: 'eu-west-1', bucketArn: 'arn:aws:s3:::elsewhere', account: '210987654321' },
      },
    ],
  ])('%s', (_, options) => {
    expect(findings(synthesise(options, standInConsole()).app)).toEqual([]);
  });
});

it('would find a plain bucket', () => {
  const app = new App();
  new Bucket(new Stack(app, 'Plain'), 'Bucket');
  expect(findings(app).map(({ ruleName }) => ruleName)).toContain('AwsSolutions-S10');
});

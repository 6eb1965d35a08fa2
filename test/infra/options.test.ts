/** Bad options are refused before anything is built, with the field, the value and what is allowed. */

import { App, Stack } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { InvalidInput } from '../../core/errors.ts';
import { ToolsLayer } from '../../infra/constructs/tools-layer.ts';
import { parseStackOptions } from '../../infra/options.ts';
import { contextFromArguments, optionsFromContext } from '../../infra/options-context.ts';

function complaint(options: unknown): string {
  try {
    parseStackOptions(options);
  } catch (error) {
    if (error instanceof InvalidInput) return error.message;
    throw error;
  }
  return 'accepted';
}

const accessPointArn =
  'arn:aws:elasticfilesystem:eu-central-1:123456789012:access-point/fsap-0123456789abcdef0';

describe('an option that is wrong is named with its value and what is allowed', () => {
  it.each<[unknown, string]>([
    [
      { backup: { memorySizeMiB: 20_000 } },
      'backup.memorySizeMiB is 20000: a whole number from 128 to 10240 (MiB)',
    ],
    [
      { backup: { memorySizeMiB: 127 } },
      'backup.memorySizeMiB is 127: a whole number from 128 to 10240 (MiB)',
    ],
    [
      { backup: { memorySizeMiB: 512.5 } },
      'backup.memorySizeMiB is 512.5: a whole number from 128 to 10240 (MiB)',
    ],
    [
      { backup: { timeoutMinutes: 16 } },
      'backup.timeoutMinutes is 16: a whole number from 2 to 15 (minutes)',
    ],
    [
      { verify: { scratchSizeMiB: 10_241 } },
      'verify.scratchSizeMiB is 10241: a whole number from 512 to 10240 (MiB)',
    ],
    [{ verify: { everyMinutes: 0 } }, 'verify.everyMinutes is 0: a whole number from 1 to 1440 (minutes)'],
    [{ logRetentionDays: 31 }, 'logRetentionDays is 31: one of 1, 3, 5, 7, 14, 30,'],
    [{ undeleteDays: 0 }, 'undeleteDays is 0: a whole number from 1 to 3650 (days)'],
    [
      { archiveYearlyAfterDays: 7 },
      'archiveYearlyAfterDays is 7: 0 (never), or a whole number from 30 to 3650 (days)',
    ],
    [{ objectLock: { mode: 'LEGAL', days: 1 } }, 'objectLock.mode is "LEGAL": GOVERNANCE or COMPLIANCE'],
    [{ objectLock: { mode: 'COMPLIANCE' } }, 'objectLock.days: a whole number from 1 to 36500 (days)'],
    [{ architecture: 'arm' }, 'architecture is "arm": x86_64 or arm64'],
    [{ alertEmail: 'nobody' }, 'alertEmail is "nobody": an e-mail address'],
    [
      { stackName: '1st' },
      'stackName is "1st": a letter, then letters, digits and dashes, at most 40 characters',
    ],
    [{ region: 'Frankfurt' }, 'region is "Frankfurt": a region like eu-central-1'],
    [{ account: '42' }, 'account is "42": an account id of 12 digits'],
    [{ vault: { existingBucket: 'My_Bucket' } }, 'vault.existingBucket is "My_Bucket": a bucket name'],
    [
      { vault: { existingBucket: 'old-bucket', prefix: 'backups' } },
      'vault.prefix is "backups": empty, or folders',
    ],
    [{ vault: { existingBucket: 'old-bucket', prefix: '*/' } }, 'vault.prefix is "*/": empty, or folders'],
    [{ vault: { prefix: 'backups/' } }, 'vault.prefix is "backups/": only with vault.existingBucket'],
    [
      { vault: { kmsKeyArn: 'alias/x' } },
      'vault.kmsKeyArn is "alias/x": the ARN of a KMS key, without wildcards',
    ],
    [
      { vpc: { vpcId: 'vpc-1', subnetIds: [], securityGroupIds: [] } },
      'vpc.vpcId is "vpc-1": an id like vpc-0123456789abcdef0',
    ],
    [{ sources: { secretPrefix: 'holdfast' } }, 'sources.secretPrefix is "holdfast": a name of'],
    [{ sources: { secretPrefix: '*/' } }, 'sources.secretPrefix is "*/": a name of'],
    [{ sources: { secretPrefix: '' } }, 'sources.secretPrefix is "": a name of'],
    [
      { sources: { secretArns: ['arn:aws:secretsmanager:eu-central-1:123456789012:secret:*'] } },
      'sources.secretArns.0 is "arn:aws:secretsmanager:eu-central-1:123456789012:secret:*": the ARN of a secret',
    ],
    [
      { sources: { rdsIamUsers: ['*/*'] } },
      'sources.rdsIamUsers.0 is "*/*": like db-ABCDEFGHIJKL01234/holdfast',
    ],
    [{ ceilingDays: { daily: 0 } }, 'ceilingDays.daily is 0: a whole number from 1 to 36500 (days)'],
    [
      { ceilingDays: { daily: 10 }, objectLock: { mode: 'GOVERNANCE', days: 30 } },
      'ceilingDays.daily is 10: at least objectLock.days (30)',
    ],
    [
      { ceilingDays: { daily: 10 }, vault: { existingBucket: 'old-bucket' } },
      'ceilingDays: has no effect on vault.existingBucket',
    ],
    [{ cleanup: { everyDays: 8 } }, 'cleanup.everyDays is 8: a whole number from 1 to 7 (days)'],
    [
      { watch: { deadManUrlSecret: 'https://hc.example/x?y' } },
      'watch.deadManUrlSecret is "https://hc.example/x?y": the name (not the ARN) of a secret',
    ],
    [{ watch: { deadManUrlSecret: '*' } }, 'watch.deadManUrlSecret is "*": the name'],
    [
      { watch: { keyAgeDays: 7 } },
      'watch.keyAgeDays is 7: 0 (never), or a whole number from 30 to 3650 (days)',
    ],
    [{ watch: { quotaBytes: 0 } }, 'watch.quotaBytes is 0: a whole number of bytes, at least 1'],
    [{ keys: { kmsKeyArns: ['alias/x'] } }, 'keys.kmsKeyArns.0 is "alias/x": the ARN of a KMS key'],
    [{ replica: {} }, 'replica.region: a region like eu-central-1'],
    [
      { replica: { region: 'eu-west-1' }, region: 'eu-west-1' },
      'replica.region is "eu-west-1": another region than the stack\'s own (eu-west-1)',
    ],
    [
      { replica: { region: 'eu-west-1' }, vault: { existingBucket: 'old-bucket' } },
      'not with vault.existingBucket, which is never modified',
    ],
    [
      { replica: { region: 'eu-west-1', account: '123456789012' } },
      'replica.account is "123456789012": only with replica.bucketArn',
    ],
    [
      {
        replica: { region: 'eu-west-1' },
        vault: {
          kmsKeyArn: 'arn:aws:kms:eu-central-1:123456789012:key/0f1e2d3c-0f1e-0f1e-0f1e-0f1e2d3c4b5a',
        },
      },
      'replica.kmsKeyArn: together with vault.kmsKeyArn',
    ],
    [{ filesBuckets: [{ name: 'My_Bucket' }] }, 'filesBuckets.0.name is "My_Bucket": a bucket name'],
    [{ filesBuckets: ['My_Bucket'] }, 'a bucket name'],
    [{ filesBuckets: [5] }, 'filesBuckets.0 is 5'],
    [
      { filesBuckets: [{ name: 'photos', prefixes: ['*'] }] },
      'filesBuckets.0.prefixes.0 is "*": the beginning of keys, without wildcards',
    ],
    [{ filesBuckets: [{ name: 'photos', prefixes: [''] }] }, 'filesBuckets.0.prefixes.0 is "": not empty'],
    [
      { restoreBuckets: [{ name: 'photos', prefixes: ['$'.concat('{aws:username}')] }] },
      '{aws:username}": the beginning of keys, without wildcards',
    ],
    [{ filesBuckets: [{ name: 'photos' }, { name: 'photos' }] }, 'each bucket once'],
    [
      { filesBuckets: [{ name: 'old-bucket' }], vault: { existingBucket: 'old-bucket' } },
      'not old-bucket, which holds backups',
    ],
    [
      {
        restoreBuckets: [{ name: 'copies' }],
        replica: { region: 'eu-west-1', bucketArn: 'arn:aws:s3:::copies' },
      },
      'not copies, which holds backups',
    ],
    [
      {
        filesBuckets: [{ name: 'photos', prefixes: Array.from({ length: 6 }, (_, i) => `${i}`.repeat(199)) }],
      },
      'at most 20 buckets or prefixes of one (they are 6) and 1000 characters (they are 1230)',
    ],
    [
      {
        filesBuckets: [
          { name: 'photos', prefixes: [...'0123456789'] },
          { name: 'papers', prefixes: [...'0123456789'] },
        ],
        restoreBuckets: [{ name: 'photos' }],
      },
      'at most 20 buckets or prefixes of one (they are 21)',
    ],
    [
      { fileSystem: { accessPointArn, mountPath: '/mnt/files' } },
      'fileSystem: only with vpc: a file system is reached through a network',
    ],
    [
      { fileSystem: { accessPointArn, mountPath: '/tmp/files' } },
      'fileSystem.mountPath is "/tmp/files": a folder like /mnt/files',
    ],
    [
      { fileSystem: { accessPointArn: 'fsap-1', mountPath: '/mnt/files' } },
      'fileSystem.accessPointArn is "fsap-1": the ARN of an EFS access point',
    ],
    [
      { vaultSecretPrefix: 'holdfast/' },
      'another name than sources.secretPrefix (holdfast/sources/), and none above it',
    ],
    [
      { mongodb: false, mongoLayerPath: 'x.zip' },
      'mongoLayerPath is "x.zip": only where mongodb is not false',
    ],
    [{ api: { allowFrom: ['10.0.0.1'] } }, 'api.allowFrom.0 is "10.0.0.1": an address range like'],
    [{ api: { corsOrigins: ['*'] } }, 'api.corsOrigins.0 is "*": an origin like https://'],
    [{ api: { corsOrigins: ['https://a.example.com/'] } }, 'an origin like https://'],
    [{ api: { throttle: { burst: 0 } } }, 'api.throttle.burst is 0: a whole number from 1 to'],
    [{ api: { mfa: 'sms' } }, 'api.mfa is "sms": off, optional or required'],
    [
      { api: { callbackUrls: ['http://holdfast.example.com/back'] } },
      'api.callbackUrls.0 is "http://holdfast.example.com/back"',
    ],
    [
      { api: { oidc: { issuer: 'http://id.example.com', audience: 'holdfast' } } },
      'api.oidc.issuer is "http://id.example.com": an https URL without query',
    ],
    [{ api: { oidc: { issuer: 'https://id.example.com' } } }, 'api.oidc.audience'],
    [
      { api: { mfa: 'required', oidc: { issuer: 'https://id.example.com', audience: 'holdfast' } } },
      'api.mfa is "required": not required with api.oidc',
    ],
    [{ api: { groups: { viewer: 'all', admin: 'all' } } }, 'three different names: a group holds one role'],
    [
      { notifications: { recipients: ['ops@example.com'] } },
      'notifications.recipients: only with notifications.mailFrom',
    ],
    [
      { notifications: { channels: [{ name: 'chat', secret: 'elsewhere/chat' }] } },
      'notifications.channels.0.secret is "elsewhere/chat": a secret below holdfast/channels/',
    ],
    [
      { channelSecretPrefix: 'holdfast/' },
      'another name than sources.secretPrefix (holdfast/sources/), neither above nor below it',
    ],
    [
      { vault: { existingBucket: 'old-bucket' }, dataEvents: true },
      'dataEvents is true: not with vault.existingBucket',
    ],
    [
      { console: { url: 'http://holdfast.example.org' } },
      'console.url is "http://holdfast.example.org": an origin like https://holdfast.example.org',
    ],
    [{ console: { url: 'https://holdfast.example.org/' } }, 'an origin like https://holdfast.example.org'],
    [
      { console: { domainName: 'holdfast.example.org' } },
      'console.certificateArn: console.domainName and console.certificateArn belong together',
    ],
    [
      { console: { domainName: 'Holdfast' } },
      'console.domainName is "Holdfast": a host like holdfast.example.org',
    ],
    [
      {
        console: {
          certificateArn:
            'arn:aws:acm:eu-central-1:123456789012:certificate/0f1e2d3c-0f1e-0f1e-0f1e-0f1e2d3c4b5a',
        },
      },
      'the ARN of a certificate in us-east-1',
    ],
    [
      { console: { clientId: 'app' } },
      'console.clientId is "app": only with api.oidc: the stack\'s own users need none',
    ],
    [
      { api: { enabled: false }, console: { url: 'https://holdfast.example.org' } },
      'console.url is "https://holdfast.example.org": only where there is a console',
    ],
    [{ console: { scope: 'email' } }, 'console.scope is "email": names separated by blanks, openid first'],
    [{ retention: 5 }, 'Unrecognized key: "retention"'],
    [{ backup: { memory: 5 } }, 'Unrecognized key: "memory"'],
    ['nothing', '(whole) is "nothing"'],
  ])('%j', (options, message) => {
    expect(complaint(options)).toContain(`stack options: `);
    expect(complaint(options)).toContain(message);
  });
});

it('nothing needs to be chosen', () => {
  expect(parseStackOptions({})).toMatchObject({
    stackName: 'Holdfast',
    architecture: 'x86_64',
    undeleteDays: 14,
    archiveYearlyAfterDays: 35,
    cleanup: { everyDays: 1 },
    watch: { keyAgeDays: 365 },
    logRetentionDays: 90,
    sources: { secretPrefix: 'holdfast/sources/' },
    backup: { memorySizeMiB: 3008, timeoutMinutes: 15 },
    verify: { scratchSizeMiB: 10_240, everyMinutes: 15 },
    api: { enabled: true, allowFrom: [], corsOrigins: [], mfa: 'optional', memorySizeMiB: 1024 },
    console: { enabled: true, scope: 'openid email profile', signInOrigins: [] },
    notifications: { recipients: [], channels: [], least: 'warning', everyPlan: false },
    tracing: false,
    dataEvents: false,
  });
});

it('a bucket may be named alone: then all of it is meant', () => {
  expect(parseStackOptions({ filesBuckets: ['photos'] }).filesBuckets).toEqual([
    { name: 'photos', prefixes: [] },
  ]);
});

it('a prefix of source secrets can never reach the key secrets, whose names have no slash', () => {
  expect(complaint({ sources: { secretPrefix: 'Holdfast-Keys' } })).toContain('ends with /');
});

describe('options from the context', () => {
  it('come from the object in cdk.json, and single ones from the command line win', () => {
    const context = {
      holdfast: { undeleteDays: 30, verify: { everyMinutes: 60 } },
      'holdfast.undeleteDays': '7',
      'holdfast.verify.memorySizeMiB': '512',
      'holdfast.alertEmail': 'ops@example.com',
      'holdfast.account': '012345678901',
      'holdfast.replica.account': '012345678902',
      '@aws-cdk/core:newStyleStackSynthesis': true,
    };
    expect(optionsFromContext(context)).toEqual({
      undeleteDays: 7,
      verify: { everyMinutes: 60, memorySizeMiB: 512 },
      alertEmail: 'ops@example.com',
      account: '012345678901',
      replica: { account: '012345678902' },
    });
    expect(context.holdfast).toEqual({ undeleteDays: 30, verify: { everyMinutes: 60 } });
  });

  it('may be one JSON object on the command line', () => {
    expect(optionsFromContext({ holdfast: '{"undeleteDays": 3}' })).toEqual({ undeleteDays: 3 });
  });

  it('that are not JSON are shown', () => {
    expect(() => optionsFromContext({ holdfast: '{undeleteDays: 3}' })).toThrow(
      '-c holdfast is "{undeleteDays: 3}"',
    );
  });

  it('with a strange name are refused', () => {
    expect(() => optionsFromContext({ 'holdfast.__proto__.x': '1' })).toThrow(
      'holdfast.__proto__.x: names of letters',
    );
  });

  it('are found in arguments however they are written', () => {
    const args = [
      '--profile',
      'x',
      '-c',
      'holdfast.a=1',
      '--context=holdfast.b=x=y',
      '--context',
      'holdfast.c=3',
      '-c',
    ];
    expect(contextFromArguments(args)).toEqual({ 'holdfast.a': '1', 'holdfast.b': 'x=y', 'holdfast.c': '3' });
  });
});

it('a layer that is not there is named', () => {
  expect(
    () => new ToolsLayer(new Stack(new App()), 'Tools', { path: '/no/layer.zip', architecture: 'arm64' }),
  ).toThrow('layerPath is "/no/layer.zip"');
});

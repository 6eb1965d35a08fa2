/**
 * What backup and restore may do with the places that files lie in: buckets that an operator named at deployment, and
 * one file system. Backup reads what was named and changes nothing there, whatever is attached to its role later.
 * Restore writes below `holdfast-restored/` of each such bucket, and elsewhere only where an operator named it; it
 * deletes nothing. No plan can widen this: a plan names buckets, the stack's options admit them.
 */
import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { RESTORED_PREFIX } from '../adapters/files/source.ts';
import type { Permission } from './constructs/runtime-function.ts';
import type { FileSystem, FilesBucket } from './options-files.ts';

const namedInPlans =
  'Objects below it are named by those who keep files there; no other bucket can be reached.';

export function readingFiles(scope: Construct, buckets: readonly FilesBucket[]): Permission[] {
  if (buckets.length === 0) return [];
  return [
    {
      actions: ['s3:GetObject', 's3:GetObjectVersion'],
      resources: places(scope, buckets),
      wildcardReason: namedInPlans,
    },
    ...listing(scope, buckets),
    ...withKeys(buckets, ['kms:Decrypt']),
  ];
}

/** `targets`: what an operator named beside the folder for restored files of each bucket that is backed up. */
export function restoringFiles(
  scope: Construct,
  buckets: readonly FilesBucket[],
  targets: readonly FilesBucket[],
): Permission[] {
  const all = restorePlaces(buckets, targets);
  if (all.length === 0) return [];
  return [
    {
      // It looks at what is there, so as not to write what is the same already, and at what it wrote.
      actions: ['s3:PutObject', 's3:AbortMultipartUpload', 's3:GetObject'],
      resources: places(scope, all),
      wildcardReason: namedInPlans,
    },
    ...listing(scope, all),
    // Whether what is written over stays as an earlier version: told before anybody orders a restore.
    {
      actions: ['s3:GetBucketVersioning'],
      resources: [...new Set(all.map(({ name }) => bucketArn(scope, name)))],
    },
    ...withKeys(all, ['kms:Decrypt', 'kms:GenerateDataKey']),
  ];
}

/** Explicit, so that a right that a person attaches later does not count either. */
export function neverChangingFiles(scope: Construct, buckets: readonly FilesBucket[]): Permission[] {
  if (buckets.length === 0) return [];
  const actions = ['s3:PutObject', 's3:PutObjectAcl', 's3:PutObjectTagging', ...removing];
  return [{ actions, resources: wholeBuckets(scope, buckets) }];
}

export function neverRemovingFiles(
  scope: Construct,
  buckets: readonly FilesBucket[],
  targets: readonly FilesBucket[],
): Permission[] {
  const all = [...buckets, ...targets];
  return all.length === 0 ? [] : [{ actions: removing, resources: wholeBuckets(scope, all) }];
}

/**
 * The mount of the file system, through its access point alone. Without ClientWrite a mount is read-only, where the
 * file system's own policy leaves it to IAM (docs/configuration.md says how).
 */
export function mounting(
  scope: Construct,
  fileSystem: FileSystem | undefined,
  access: 'read' | 'write',
): Permission[] {
  if (fileSystem === undefined) return [];
  const write = access === 'write' ? ['elasticfilesystem:ClientWrite'] : [];
  return [
    {
      actions: ['elasticfilesystem:ClientMount', ...write],
      resources: [fileSystems(scope)],
      conditions: {
        StringEquals: { 'elasticfilesystem:AccessPointArn': fileSystem.accessPointArn },
      },
      wildcardReason:
        'The file system is the one of the access point that the condition names; its own ARN adds nothing.',
    },
  ];
}

/** Whatever is attached to the role later. */
export function neverWritingFileSystem(scope: Construct, fileSystem: FileSystem | undefined): Permission[] {
  if (fileSystem === undefined) return [];
  const actions = ['elasticfilesystem:ClientWrite', 'elasticfilesystem:ClientRootAccess'];
  return [{ actions, resources: [fileSystems(scope)] }];
}

function fileSystems(scope: Construct): string {
  return Stack.of(scope).formatArn({
    service: 'elasticfilesystem',
    resource: 'file-system',
    resourceName: '*',
  });
}

const removing = ['s3:DeleteObject', 's3:DeleteObjectVersion'];

function restorePlaces(buckets: readonly FilesBucket[], targets: readonly FilesBucket[]): FilesBucket[] {
  return [...buckets.map((bucket) => ({ ...bucket, prefixes: [RESTORED_PREFIX] })), ...targets];
}

function bucketArn(scope: Construct, name: string): string {
  return Stack.of(scope).formatArn({
    service: 's3',
    region: '',
    account: '',
    resource: name,
    arnFormat: ArnFormat.NO_RESOURCE_NAME,
  });
}

function wholeBuckets(scope: Construct, buckets: readonly FilesBucket[]): string[] {
  return [...new Set(buckets.map(({ name }) => `${bucketArn(scope, name)}/*`))];
}

/** Objects below the prefixes, or all of a bucket that has none. */
function places(scope: Construct, buckets: readonly FilesBucket[]): string[] {
  return buckets.flatMap(({ name, prefixes }) =>
    (prefixes.length === 0 ? [''] : prefixes).map((prefix) => `${bucketArn(scope, name)}/${prefix}*`),
  );
}

function listing(scope: Construct, buckets: readonly FilesBucket[]): Permission[] {
  const whole = buckets.filter(({ prefixes }) => prefixes.length === 0);
  const actions = ['s3:ListBucket'];
  return [
    ...(whole.length === 0 ? [] : [{ actions, resources: whole.map(({ name }) => bucketArn(scope, name)) }]),
    ...buckets
      .filter(({ prefixes }) => prefixes.length > 0)
      .map(({ name, prefixes }) => ({
        actions,
        resources: [bucketArn(scope, name)],
        conditions: { StringLike: { 's3:prefix': prefixes.map((prefix) => `${prefix}*`) } },
      })),
  ];
}

function withKeys(buckets: readonly FilesBucket[], actions: readonly string[]): Permission[] {
  const resources = [...new Set(buckets.flatMap(({ kmsKeyArn }) => kmsKeyArn ?? []))];
  if (resources.length === 0) return [];
  // S3 calls KMS where the key is, which may be another region than the stack's.
  const regions = [...new Set(resources.map((arn) => arn.split(':')[3]))];
  const services = regions.map((region) => `s3.${region}.amazonaws.com`);
  return [{ actions, resources, conditions: { StringEquals: { 'kms:ViaService': services } } }];
}

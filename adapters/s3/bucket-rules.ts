/**
 * What a bucket must have to be a vault, judged from its description alone (pure). Each line that comes back names
 * what is lacking and what to set; an empty list means that it will do.
 */
import type { LifecycleRule } from '@aws-sdk/client-s3';
import { allowsOverwriting, allowsPlainHttp, type PolicyDocument } from './bucket-policy.ts';

/** Undefined members: the bucket has no such setting. */
export interface BucketDescription {
  readonly versioning: string | undefined;
  readonly publicAccessBlock:
    | Readonly<
        Partial<
          Record<
            'BlockPublicAcls' | 'IgnorePublicAcls' | 'BlockPublicPolicy' | 'RestrictPublicBuckets',
            boolean
          >
        >
      >
    | undefined;
  readonly policy: PolicyDocument | undefined;
  /** `AES256`, `aws:kms`, … */
  readonly encryption: string | undefined;
  readonly lifecycleRules: readonly LifecycleRule[];
  readonly objectLockEnabled: boolean;
}

export interface BucketDemands {
  readonly bucket: string;
  /** Empty, or with a slash at the end. */
  readonly prefix: string;
  /** Days that an expired object can still be brought back. */
  readonly undeleteDays: number;
  /** When objects are to be locked. The lock is set on each object, so no default retention is asked for. */
  readonly objectLock?: unknown;
}

export function missingFromBucket(found: BucketDescription, demands: BucketDemands): string[] {
  const below = `${demands.bucket}/${demands.prefix}`;
  const open = ['BlockPublicAcls', 'IgnorePublicAcls', 'BlockPublicPolicy', 'RestrictPublicBuckets'] as const;
  const openSettings = open.filter((setting) => found.publicAccessBlock?.[setting] !== true);
  return [
    found.versioning !== 'Enabled' && `versioning is ${found.versioning ?? 'off'}: enable it`,
    openSettings.length > 0 && `public access is not blocked: set ${openSettings.join(', ')}`,
    found.encryption === undefined && 'no default encryption: set SSE-S3 (AES256) or SSE-KMS',
    allowsPlainHttp(found.policy, demands) &&
      `the bucket policy does not deny plain HTTP: Deny s3:* on ${below}* where Bool aws:SecureTransport is false`,
    allowsOverwriting(found.policy, demands) &&
      `the bucket policy does not demand conditional writes: Deny s3:PutObject on ${below}* where Null ` +
        's3:if-none-match is true and Bool s3:ObjectCreationOperation is true',
    ...missingRules(found.lifecycleRules, demands),
    demands.objectLock !== undefined && !found.objectLockEnabled && 'Object Lock is not enabled',
  ].filter((line) => line !== false);
}

function missingRules(
  rules: readonly LifecycleRule[],
  { prefix, undeleteDays }: BucketDemands,
): (string | false)[] {
  const enabled = rules.filter((rule) => rule.Status === 'Enabled');
  const covering = enabled.filter((rule) => prefix.startsWith(prefixOf(rule)));
  const marked = covering.find((rule) => isMarked(rule) && (rule.Expiration?.Days ?? 0) > 0);
  const undelete = covering.find(
    (rule) => isMarked(rule) && rule.NoncurrentVersionExpiration?.NoncurrentDays,
  );
  const everything = covering.filter((rule) => Object.keys(tagsOf(rule)).length === 0);
  return [
    marked === undefined &&
      'no lifecycle rule expires what is tagged expire=yes: Days 1, with that tag as its filter',
    undelete === undefined &&
      `no lifecycle rule removes noncurrent versions that are tagged expire=yes: after ${undeleteDays} days`,
    !everything.some((rule) => rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation) &&
      'no lifecycle rule aborts incomplete multipart uploads: after 7 days, without a tag filter',
    !everything.some((rule) => rule.Expiration?.ExpiredObjectDeleteMarker) &&
      'no lifecycle rule removes lone delete markers: ExpiredObjectDeleteMarker, without a tag filter',
    ...enabled.filter((rule) => overlaps(prefixOf(rule), prefix)).map((rule) => harm(rule, undeleteDays)),
  ];
}

/** What a rule would do to backups that it must not do; false when it is harmless. */
function harm(rule: LifecycleRule, undeleteDays: number): string | false {
  const name = `lifecycle rule ${rule.ID ?? '(unnamed)'}`;
  const noncurrentDays = rule.NoncurrentVersionExpiration?.NoncurrentDays;
  if (noncurrentDays !== undefined && noncurrentDays < undeleteDays) {
    return `${name} removes noncurrent versions after ${noncurrentDays} days: not before ${undeleteDays}`;
  }
  // A rule by tag is somebody's decision about tags of ours (a ceiling) or of theirs; one without hits everything.
  if (Object.keys(tagsOf(rule)).length > 0) return false;
  if (rule.Expiration?.Days !== undefined || rule.Expiration?.Date !== undefined) {
    return `${name} expires objects that nobody marked: limit it to the tag expire=yes or to another prefix`;
  }
  if (noncurrentDays !== undefined) {
    return `${name} removes noncurrent versions that nobody marked: limit it to the tag expire=yes or to another prefix`;
  }
  if ((rule.Transitions ?? []).length > 0) {
    return `${name} moves every object to another storage class: manifests must stay readable at once`;
  }
  return false;
}

function isMarked(rule: LifecycleRule): boolean {
  const tags = tagsOf(rule);
  return Object.keys(tags).length === 1 && tags.expire === 'yes';
}

function tagsOf({ Filter: filter }: LifecycleRule): Record<string, string> {
  const tags = [...(filter?.Tag ? [filter.Tag] : []), ...(filter?.And?.Tags ?? [])];
  return Object.fromEntries(tags.map(({ Key, Value }) => [Key ?? '', Value ?? '']));
}

function prefixOf(rule: LifecycleRule): string {
  return rule.Filter?.Prefix ?? rule.Filter?.And?.Prefix ?? rule.Prefix ?? '';
}

function overlaps(one: string, other: string): boolean {
  return one.startsWith(other) || other.startsWith(one);
}

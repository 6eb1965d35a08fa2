/**
 * What S3 does to objects as they grow old. Retention is decided by cleanup, which marks (`expire=yes`); these rules
 * only carry it out. Nothing here expires an object of a backup that nobody marked, unless an operator sets a ceiling.
 */
import { Duration } from 'aws-cdk-lib';
import { type LifecycleRule, StorageClass } from 'aws-cdk-lib/aws-s3';
import { probeFolder } from '../../core/plan-test/probe.ts';
import type { Tier } from '../../core/ports/vault.ts';

export interface LifecycleOptions {
  /** How long an expired object stays behind its delete marker. */
  readonly undeleteDays: number;
  /** Age at which segments of yearly backups go to Deep Archive; 0: never. */
  readonly archiveYearlyAfterDays: number;
  /** Age at which objects of a tier expire, marked or not. Tiers that are not named have no ceiling. */
  readonly ceilingDays: Readonly<Partial<Record<Tier, number>>>;
}

/**
 * Uploads that never completed are swept after a week: no run lives that long, and a person who looks into a failed
 * one may still want to see them.
 */
const SWEEP_UPLOADS_AFTER_DAYS = 7;

export function lifecycleRules(options: LifecycleOptions): LifecycleRule[] {
  const undelete = Duration.days(options.undeleteDays);
  const rules: LifecycleRule[] = [
    {
      id: 'expire-marked',
      tagFilters: { expire: 'yes' },
      expiration: Duration.days(1),
      // The filter holds for noncurrent versions too: those that were hidden without a mark are not touched.
      noncurrentVersionExpiration: undelete,
    },
    {
      // What `plan test` and the self-tests write to see whether they can. Noncurrent versions wait as all others do: a
      // role that changes tags must not be able to shorten the window.
      id: 'expire-probes',
      // No folder of a backup: a backup that somebody tagged as a probe stays.
      prefix: probeFolder,
      tagFilters: { role: 'probe' },
      expiration: Duration.days(1),
      noncurrentVersionExpiration: undelete,
    },
    {
      // S3 takes neither of the two with a filter.
      id: 'sweep',
      abortIncompleteMultipartUploadAfter: Duration.days(SWEEP_UPLOADS_AFTER_DAYS),
      expiredObjectDeleteMarker: true,
    },
  ];
  if (options.archiveYearlyAfterDays > 0) {
    rules.push({
      id: 'archive-yearly',
      tagFilters: { role: 'segment', tier: 'yearly' },
      transitions: [
        {
          storageClass: StorageClass.DEEP_ARCHIVE,
          transitionAfter: Duration.days(options.archiveYearlyAfterDays),
        },
      ],
    });
  }
  for (const [tier, days] of Object.entries(options.ceilingDays)) {
    if (days === undefined) continue;
    rules.push({
      id: `ceiling-${tier}`,
      tagFilters: { tier },
      expiration: Duration.days(days),
      noncurrentVersionExpiration: undelete,
    });
  }
  return rules;
}

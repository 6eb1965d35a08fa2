/** A bucket that files would be restored into: is it there, may we list it, is the prefix empty, are versions kept. */
import { GetBucketVersioningCommand } from '@aws-sdk/client-s3';
import type { Checks, Seen } from '../../core/restore/checks.ts';
import { requireRoom } from './write-bucket.ts';
import { asked, type BucketPlace } from './write-bucket-call.ts';

export async function lookAtBucket(
  checks: Checks,
  place: BucketPlace,
  overwrite: boolean,
  signal: AbortSignal,
): Promise<void> {
  const { bucket, prefix } = place;
  const shown = `s3://${bucket}/${prefix}`;
  const listed = await checks.check(
    'name',
    'The bucket is there, and what is in its place',
    () => requireRoom({ place, overwrite }, signal),
    (isTaken) =>
      isTaken
        ? `${shown} has objects: those of the same names are written over`
        : `nothing lies below ${shown}`,
  );
  if (!listed) return;
  const region = await regionOf(place);
  if (region !== undefined)
    checks.add('region', 'Its region', `asked in ${region}, where the bucket answered`);
  checks.add('versioning', 'Whether it keeps versions', await versioningSeen(place, overwrite, signal));
  checks.add('rights', 'It may be written to', {
    state: 'unknown',
    detail: 'S3 tells only who writes whether it may be done, and nothing is written before the restore',
    next: `The restore function may write where the stack’s options say (files: docs/configuration.md); look that ${shown} is among that, and that no policy of the bucket forbids it.`,
  });
  checks.add('space', 'Room at the target', 'a bucket has no end');
}

async function regionOf({ client }: BucketPlace): Promise<string | undefined> {
  const region = await client.config.region();
  return region === '' ? undefined : region;
}

async function versioningSeen(place: BucketPlace, overwrite: boolean, signal: AbortSignal): Promise<Seen> {
  const { client, bucket } = place;
  try {
    const { Status } = await asked(place, 's3:GetBucketVersioning', bucket, signal, (send) =>
      client.send(new GetBucketVersioningCommand({ Bucket: bucket }), send),
    );
    if (Status === 'Enabled') return 'it does: what is written over stays as an earlier version';
    if (!overwrite) return 'it does not; nothing is written over';
    return {
      state: 'warning',
      detail: 'it does not: what is written over is gone',
      next: 'Turn versioning of the bucket on first, or restore below a new prefix.',
    };
  } catch {
    signal.throwIfAborted();
    const detail = 'the bucket’s settings may not be read from here';
    if (!overwrite) return `${detail}; nothing is written over`;
    const next =
      'Allow s3:GetBucketVersioning on the bucket, or look yourself: without versions, what is written over is gone.';
    return { state: 'unknown', detail, next };
  }
}

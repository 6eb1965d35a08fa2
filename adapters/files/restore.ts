/**
 * Restores files (docs/decisions/0106, 0107). Promises: a new place by default, and nothing is written over unless
 * that was asked for; each file has its size and SHA-256 proven before it gets its name; what is left out is in
 * `skipped` with its reason; what fails is undone where the place was new, else the error says exactly what is left.
 */
import { asHoldfastError, HoldfastError } from '../../core/errors.ts';
import type { Component } from '../../core/manifest.ts';
import type { Secrets } from '../../core/ports/index.ts';
import type { Comparison, OpenSegment, RecoveryContext, RestoreOutcome } from '../../core/ports/recovery.ts';
import { caller, s3Client } from '../s3/client.ts';
import { endpointClient, parseEndpoint } from '../s3/endpoint.ts';
import { filesFactsSchema } from './model.ts';
import { folderTarget } from './place-folder.ts';
import { compareEnd, countSides } from './read-compare.ts';
import { Findings } from './read-findings.ts';
import { type FilesRestored, restoreFiles } from './restore-engine.ts';
import { LeftOutList } from './restore-left.ts';
import { type FilesRestoreRequest, type Place, restorePlace, shownPlace } from './restore-options.ts';
import type { RestoreTarget } from './restore-target.ts';
import type { FilesSource } from './source.ts';
import { bucketTarget } from './write-bucket.ts';
import type { BucketPlace } from './write-bucket-call.ts';

/** One call to S3 with all its attempts: a part of 8 MiB over a slow line. */
const callTimeoutMs = 600_000;

export interface RestoreJob {
  readonly component: Component;
  readonly source: FilesSource;
  readonly open: OpenSegment;
  readonly request: FilesRestoreRequest;
  readonly secrets: Secrets;
  readonly context: RecoveryContext;
  readonly allowLoopback: boolean;
}

/** @throws HoldfastError INVALID_INPUT, TARGET_*, RESTORE_FAILED, ACCESS_DENIED, INTEGRITY_*; the signal's reason */
export async function restore(job: RestoreJob): Promise<RestoreOutcome> {
  const place = restorePlace(job.component, job.source, job.request);
  if (place.kind === 'folder') return restoreInto(await folderOf(place.folder, job), place, job);
  return inBucket(place, job, async (bucket) => {
    const target = await bucketTarget(
      { place: bucket, overwrite: writesOver(job.request) },
      job.context.signal,
    );
    return restoreInto(target, place, job);
  });
}

/** With a client of the store that the bucket is in. */
export async function inBucket<T>(
  place: Place & { readonly kind: 'bucket' },
  job: Pick<RestoreJob, 'source' | 'secrets' | 'allowLoopback'>,
  use: (bucket: BucketPlace) => Promise<T>,
): Promise<T> {
  const client = await clientOf(place.bucket, job);
  try {
    const call = caller({ requests: 0, retries: 0 }, callTimeoutMs);
    return await use({ ...place, client, call });
  } finally {
    client.destroy();
  }
}

export function writesOver({ replace, options }: FilesRestoreRequest): boolean {
  return replace || options.overwrite;
}

async function folderOf(folder: string, { request, component, context }: RestoreJob): Promise<RestoreTarget> {
  const target = await folderTarget({ folder, overwrite: writesOver(request) });
  const { root } = filesFactsSchema.parse(component.facts);
  // A folder of somebody's own, that things are only added to, keeps its mode.
  if (root !== undefined && !request.options.overwrite)
    await target.folder({ path: '', type: 'dir', ...root }, context.signal);
  return target;
}

/** The source's own store, where it has one; else AWS, in the source's region for the source's own bucket. */
async function clientOf(
  bucket: string,
  { source, secrets, allowLoopback }: Pick<RestoreJob, 'source' | 'secrets' | 'allowLoopback'>,
) {
  if (source.secret !== undefined)
    return endpointClient(parseEndpoint(await secrets.get(source.secret), source.secret), { allowLoopback });
  const region = bucket === source.bucket ? source.region : undefined;
  return s3Client(region === undefined ? {} : { region });
}

async function restoreInto(target: RestoreTarget, place: Place, job: RestoreJob): Promise<RestoreOutcome> {
  const { component, open, request, context } = job;
  const leftOut = new LeftOutList();
  const shown = shownPlace(place);
  try {
    const restored = await restoreFiles({
      ...{ component, open, paths: request.options.paths, target, leftOut, context },
      onlyChanged: writesOver(request),
    });
    context.signal.throwIfAborted();
    const skipped = [...leftOut.lines(), ...(await target.finish())];
    context.log.info('restored', {
      target: shown,
      ...restored.placed,
      unchanged: restored.unchanged,
      skipped: leftOut.count,
    });
    return {
      target: shown,
      ...(request.compare ? { comparison: comparisonOf(restored, leftOut, job) } : {}),
      skipped,
      nextSteps: nextSteps(restored, shown, request),
    };
  } catch (thrown) {
    throw await undone(target, context.signal.aborted ? context.signal.reason : thrown);
  }
}

async function undone(target: RestoreTarget, thrown: unknown): Promise<HoldfastError> {
  const left = await target.undo();
  const error = asHoldfastError(thrown, 'RESTORE_FAILED');
  if (left.length === 0) return error;
  return new HoldfastError(error.code, `${error.message}; this is left on the target: ${left.join('; ')}`, {
    cause: thrown,
    details: { ...error.details, left },
    next: `${error.next} What the message lists is whole, file by file; remove it by hand, or restore again over it.`,
  });
}

/** Each file was compared with the index before it got its name; the index is compared with the evidence. */
function comparisonOf(
  restored: FilesRestored,
  leftOut: LeftOutList,
  { component, request }: RestoreJob,
): Comparison {
  const found = new Findings();
  compareEnd(found, restored.end, component);
  const { placed, unchanged, unchangedByEtag } = restored;
  found.count('filesWithTheirHash', placed.files + unchanged - unchangedByEtag);
  // An MD5, of what a stranger may have chosen: likely the same, and no proof.
  if (unchangedByEtag > 0) found.count('filesFoundByEtag', unchangedByEtag);
  const onlySome = request.options.paths !== undefined;
  // What was there as it should be is there as well; what was left out is named with its reason.
  const there = { ...placed, files: placed.files + unchanged };
  countSides(
    found,
    component,
    { backup: onlySome ? restored.wanted : restored.end, restored: there },
    { onlySome, excused: leftOut.count > 0 },
  );
  found.fact('bytesWritten', placed.bytes);
  found.fact('foundUnchanged', unchanged);
  for (const line of leftOut.lines()) found.notProven(line, 'it was left out');
  found.fact('mode', filesFactsSchema.parse(component.facts).mode);
  return found.build();
}

function nextSteps(restored: FilesRestored, shown: string, request: FilesRestoreRequest): readonly string[] {
  const { placed, unchanged } = restored;
  if (writesOver(request)) {
    return [
      `${placed.files} files were written to ${shown}, ${unchanged} were there already as in the backup and stayed.`,
      `Nothing was deleted: what came to ${shown} after the backup is still there. Compare the two where that matters.`,
    ];
  }
  return [
    `Look at ${shown}: ${placed.files} files, ${placed.bytes} bytes.`,
    'Then point the applications at it, copy from it what is needed, or restore again with --replace.',
  ];
}

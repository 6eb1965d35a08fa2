/**
 * The look at a place before files are restored into it: each thing that the restore would refuse (restore.ts,
 * place-claim.ts, write-bucket.ts) as a check of its own, by the very functions that refuse it. Changes nothing.
 */
import type { Component } from '../../core/manifest.ts';
import type { Secrets } from '../../core/ports/index.ts';
import type { OpenSegment, Preflight, RecoveryContext } from '../../core/ports/recovery.ts';
import { Checks, type Seen } from '../../core/restore/checks.ts';
import { filesEvidenceSchema, filesFactsSchema } from './model.ts';
import { groundOf } from './place.ts';
import { lookAtBucket } from './preflight-bucket.ts';
import { lookAtFolder } from './preflight-folder.ts';
import { inBucket, writesOver } from './restore.ts';
import { readIndex } from './restore-index.ts';
import { LeftOutList } from './restore-left.ts';
import { type FilesRestoreRequest, type Place, restorePlace } from './restore-options.ts';
import { WantedPaths } from './restore-paths.ts';
import type { FilesSource } from './source.ts';

export interface PreflightOptions {
  readonly component: Component;
  readonly source: FilesSource;
  /** Absent where what it would read lies in an archive class. */
  readonly open: OpenSegment | undefined;
  readonly request: FilesRestoreRequest;
  readonly secrets: Secrets;
  readonly context: RecoveryContext;
  readonly allowLoopback: boolean;
}

export async function preflight(options: PreflightOptions): Promise<Preflight> {
  const { component, source, request, context } = options;
  const checks = new Checks(context.signal);
  const place = restorePlace(component, source, request);
  const needsBytes = await lookAtIndex(checks, place, options);
  const overwrite = writesOver(request);
  if (place.kind === 'folder') {
    const { root } = filesFactsSchema.parse(component.facts);
    await lookAtFolder(checks, { folder: place.folder, overwrite, needsBytes, owner: root });
  } else {
    await checks.check(
      'reach',
      'The store can be reached',
      () => inBucket(place, options, (bucket) => lookAtBucket(checks, bucket, overwrite, context.signal)),
      () => undefined,
    );
  }
  return { checks: checks.list, ...(needsBytes === undefined ? {} : { needsBytes }) };
}

interface Surveyed {
  readonly files: number;
  readonly bytes: number;
  readonly left: LeftOutList;
}

/** What the request selects, as the restore's own survey of the index counts it. Bytes; undefined when not known. */
async function lookAtIndex(
  checks: Checks,
  place: Place,
  { component, open, request, context }: PreflightOptions,
): Promise<number | undefined> {
  const title = 'What of it is restored';
  const { bytes } = filesEvidenceSchema.parse(component.evidence);
  const { paths } = request.options;
  if (!open) {
    const detail = 'what it would read lies in an archive class';
    checks.add('selection', title, { state: 'unknown', detail, next: afterReturn });
    return paths === undefined ? bytes : undefined;
  }
  const surveyed = await checks.check(
    'selection',
    title,
    () => survey(component, open, paths, place, context.signal),
    selectionSeen,
  );
  return surveyed?.value.bytes;
}

const afterReturn = 'Nothing: the restore looks at it when the objects are back, before it touches anything.';

async function survey(
  component: Component,
  open: OpenSegment,
  paths: readonly string[] | undefined,
  place: Place,
  signal: AbortSignal,
): Promise<Surveyed> {
  const wanted = new WantedPaths(paths);
  const left = new LeftOutList();
  let [files, bytes] = [0, 0];
  const inFolder = place.kind === 'folder';
  const rules = {
    paths: wanted,
    ground: inFolder ? groundOf(process.platform) : ('bucket' as const),
    prefixBytes: inFolder ? 0 : Buffer.byteLength(place.prefix),
    // Only by writing is it known; two names that differ in case are rare, and the restore names them.
    foldsCase: false,
  };
  await readIndex(component, open, rules, signal, ({ entry, why }) => {
    if (why !== undefined) left.add(`${entry.path}: ${why}`);
    else if (entry.type === 'file') {
      files += 1;
      bytes += entry.size;
    }
  });
  wanted.requireAllFound();
  return { files, bytes, left };
}

const mostNamed = 5;

function selectionSeen({ files, bytes, left }: Surveyed): Seen {
  const words = `${files} files, ${bytes} bytes`;
  if (left.count === 0) return words;
  const named = left.lines().slice(0, mostNamed).join('; ');
  return {
    state: 'warning',
    detail: `${words}; ${left.count} are left out: ${named}${left.count > mostNamed ? ' …' : ''}`,
    next: 'Restore those to another kind of place (a folder, a bucket) if they are wanted.',
  };
}

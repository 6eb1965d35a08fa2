/** One component of a backup: opens the source, dumps its segments and takes the evidence beside them. */
import type { Component } from '../manifest.ts';
import type { Source } from '../plan.ts';
import type { IndexNote } from '../ports/catalog.ts';
import type { SealingKey } from '../ports/keys.ts';
import type {
  BaseIndex,
  ComponentTarget,
  PlannedSegment,
  SourceDriver,
  SourceSession,
} from '../ports/source.ts';
import type { ObjectAttributes, Tier } from '../ports/vault.ts';
import { storageClassOf } from '../retention.ts';
import type { SegmentPlan } from '../segment-progress.ts';
import { type Attempt, beginStep } from './context.ts';
import { dumpSegments } from './dump-segments.ts';
import type { IndexKeys } from './index-keys.ts';
import { sealSegment } from './seal-segment.ts';
import type { SizeLimit } from './size-limit.ts';

export interface ComponentJob {
  readonly source: Source;
  readonly driver: SourceDriver;
  readonly target: ComponentTarget;
  readonly recipients: readonly SealingKey[];
  readonly indexKeys: IndexKeys;
  /** Held; absent: everything is read. */
  readonly base?: BaseIndex;
  readonly defaultParallelism: number;
  readonly attributes: Omit<ObjectAttributes, 'role' | 'storageClass'> & { readonly tier: Tier };
  readonly limit: SizeLimit;
}

export interface ComponentMade {
  readonly component: Component;
  readonly versions: Readonly<Record<string, string>>;
  readonly sourceBytes: number;
  readonly tools: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
  /** What a later run may build upon. */
  readonly index?: IndexNote;
}

export async function dumpComponent(
  job: ComponentJob,
  attempt: Attempt,
  onBytes: (change: { plainBytes?: number; estimatedBytes?: number }) => void,
): Promise<ComponentMade> {
  const { source, driver, target, base, defaultParallelism } = job;
  const { owner, deps, signal, log } = attempt;
  const failure = new AbortController();
  const either = AbortSignal.any([signal, failure.signal]);
  attempt.track.begin(`open ${target.component}`, target.title);
  const session = await driver.open(source, target, {
    ...deps,
    ...owner,
    defaultParallelism,
    log,
    signal: either,
    ...(base && { base }),
  });
  try {
    const { segments, parallelism } = session;
    job.limit.opened(target.title, session);
    if (!(Symbol.asyncIterator in segments)) {
      onBytes({ estimatedBytes: estimateOf(segments) });
      attempt.segments.plan(segments.map((segment) => plannedOf(segment, target)));
    }
    log.info('dumping', { parallelism, ...(base && { base: base.backupId }) });
    await beginStep(attempt, 'dump', target);
    const evidence = session.evidence(either);
    const dumps = dumpSegments(segments, parallelism, either, async (segment, stop) => {
      if (Symbol.asyncIterator in segments) onBytes({ estimatedBytes: segment.estimatedBytes });
      return dumpSegment(segment, session, job, { ...attempt, signal: stop }, onBytes);
    });
    // Whichever fails first stops the other; both have ended before the session is closed.
    const stopOther = (error: unknown) => {
      failure.abort(error);
      throw error;
    };
    const [stored, taken] = await Promise.allSettled([dumps.catch(stopOther), evidence.catch(stopOther)]);
    if (failure.signal.aborted) throw failure.signal.reason;
    if (stored.status === 'rejected') throw stored.reason;
    if (taken.status === 'rejected') throw taken.reason;
    await beginStep(attempt, 'confirm', target);
    const made = stored.value.map((one) => one.segment);
    const { consistency, facts, references = [], indexSegment } = await session.confirm(made, taken.value);
    attempt.track.end();
    const index = made.find((segment) => segment.index === indexSegment && segment.role === 'index');
    return {
      component: {
        name: target.component,
        source: source.name,
        kind: source.kind,
        consistency,
        title: target.title,
        segments: made,
        ...(references.length > 0 && { references }),
        facts,
        evidence: taken.value,
      },
      versions: Object.assign({}, ...stored.value.map((one) => one.versions)),
      sourceBytes: session.sourceBytes,
      tools: session.tools,
      warnings: session.warnings,
      ...(index &&
        job.indexKeys.reopen && {
          index: {
            attempt: owner.attempt,
            segment: { index: index.index, name: index.name },
            plainBytes: index.plainBytes,
            parts: index.parts,
            // A run that refers to nothing has read everything, whatever it could have built upon.
            fullBackupId: base && references.length > 0 ? base.fullBackupId : owner.backupId,
          },
        }),
    };
  } finally {
    await session.close();
  }
}

async function dumpSegment(
  segment: PlannedSegment,
  session: SourceSession,
  { target, recipients, indexKeys, attributes }: ComponentJob,
  { owner, deps, signal, log, segments }: Attempt,
  onBytes: (change: { plainBytes: number }) => void,
) {
  const { index, name, role } = segment;
  const planned = plannedOf(segment, target);
  let read = 0;
  segments.reached(planned, read);
  const stored = await sealSegment(
    segment,
    session.dump(segment, signal),
    { ...owner, component: target.component, index, name },
    {
      vault: deps.vault,
      recipients: role === 'index' ? indexKeys.recipients : recipients,
      attributes: { ...attributes, role, storageClass: storageClassOf(role, attributes.tier) },
      signal,
      onBytes: (plainBytes) => {
        onBytes({ plainBytes });
        read += plainBytes;
        segments.reached(planned, read);
      },
      partPlainBytes: deps.partPlainBytes,
    },
  );
  session.stored?.(stored.segment);
  segments.done(planned);
  log.info('segment stored', { segment: name, plainBytes: stored.segment.plainBytes });
  return stored;
}

const plannedOf = (
  { name, estimatedBytes }: PlannedSegment,
  { component }: ComponentTarget,
): SegmentPlan => ({
  name,
  component,
  totalBytes: estimatedBytes,
});

const estimateOf = (segments: readonly PlannedSegment[]) =>
  segments.reduce((sum, segment) => sum + segment.estimatedBytes, 0);

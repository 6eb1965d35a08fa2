/** One component of a backup: opens the source, dumps its segments and takes the evidence beside them. */
import type { Component } from '../manifest.ts';
import type { Source } from '../plan.ts';
import type { SealingKey } from '../ports/keys.ts';
import type { ComponentTarget, SourceDriver } from '../ports/source.ts';
import type { ObjectAttributes } from '../ports/vault.ts';
import { type Attempt, beginStep } from './context.ts';
import { dumpSegments } from './dump-segments.ts';
import { sealSegment } from './seal-segment.ts';

export interface ComponentJob {
  readonly source: Source;
  readonly driver: SourceDriver;
  readonly target: ComponentTarget;
  readonly recipients: readonly SealingKey[];
  readonly attributes: ObjectAttributes;
}

export interface ComponentMade {
  readonly component: Component;
  readonly versions: Readonly<Record<string, string>>;
  readonly sourceBytes: number;
  readonly tools: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
}

export async function dumpComponent(
  job: ComponentJob,
  attempt: Attempt,
  onBytes: (change: { plainBytes?: number; estimatedBytes?: number }) => void,
): Promise<ComponentMade> {
  const { source, driver, target } = job;
  const { owner, deps, signal, log } = attempt;
  const failure = new AbortController();
  const either = AbortSignal.any([signal, failure.signal]);
  const session = await driver.open(source, target, { ...deps, log, signal: either });
  try {
    onBytes({ estimatedBytes: session.segments.reduce((sum, segment) => sum + segment.estimatedBytes, 0) });
    log.info('dumping', { segments: session.segments.length, parallelism: session.parallelism });
    await beginStep(attempt, 'dump');
    const evidence = session.evidence(either);
    const dumps = dumpSegments(session.segments, session.parallelism, either, async (segment, stop) => {
      const stored = await sealSegment(
        segment,
        session.dump(segment, stop),
        { ...owner, component: target.component, index: segment.index, name: segment.name },
        {
          vault: deps.vault,
          recipients: job.recipients,
          attributes: job.attributes,
          signal: stop,
          onBytes: (plainBytes) => onBytes({ plainBytes }),
          partPlainBytes: deps.partPlainBytes,
        },
      );
      log.info('segment stored', { segment: segment.name, plainBytes: stored.segment.plainBytes });
      return stored;
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
    await beginStep(attempt, 'confirm');
    const segments = stored.value.map((one) => one.segment);
    const { consistency, facts } = await session.confirm(segments, taken.value);
    return {
      component: {
        name: target.component,
        source: source.name,
        kind: source.kind,
        consistency,
        title: target.title,
        segments,
        facts,
        evidence: taken.value,
      },
      versions: Object.assign({}, ...stored.value.map((one) => one.versions)),
      sourceBytes: session.sourceBytes,
      tools: session.tools,
      warnings: session.warnings,
    };
  } finally {
    await session.close();
  }
}

/**
 * The components of a backup: those of different sources run at the same time, at most four sources, those of one
 * source one after the other, since they share its server. The first failure stops the others and is the one that is
 * told, with the name of its component.
 */
import { HoldfastError } from '../errors.ts';
import type { Source } from '../plan.ts';
import type { ComponentTarget, SourceDriver } from '../ports/source.ts';
import type { ComponentMade } from './component.ts';
import type { Attempt } from './context.ts';

/** Sources at a time. Memory and cores are one function's; a source's own parallelism comes on top. */
export const sourcesAtATime = 4;

export interface PlannedComponent {
  readonly source: Source;
  readonly driver: SourceDriver;
  readonly target: ComponentTarget;
}

/** What was made of each, in the order of `components`. */
export async function dumpTogether(
  components: readonly PlannedComponent[],
  attempt: Attempt,
  dump: (component: PlannedComponent, attempt: Attempt) => Promise<ComponentMade>,
): Promise<readonly ComponentMade[]> {
  const failure = new AbortController();
  const signal = AbortSignal.any([attempt.signal, failure.signal]);
  const made = new Map<PlannedComponent, ComponentMade>();
  const waiting = [...bySource(components)];

  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      for (const component of next) {
        signal.throwIfAborted();
        const log = attempt.log.with({ component: component.target.component });
        try {
          made.set(component, await dump(component, { ...attempt, signal, log }));
        } catch (thrown) {
          failure.abort(components.length > 1 && !signal.aborted ? named(component, thrown) : thrown);
          throw thrown;
        }
      }
    }
  };
  const workers = Math.min(sourcesAtATime, waiting.length);
  const ends = await Promise.allSettled(Array.from({ length: workers }, worker));
  // The first failure is the cause; the others only say that they were stopped by it.
  if (failure.signal.aborted) throw failure.signal.reason;
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  return components.flatMap((component) => made.get(component) ?? []);
}

/** How many run at a time: what a machine can do is shared between them. */
export function atATime(components: readonly PlannedComponent[]): number {
  return Math.max(1, Math.min(sourcesAtATime, bySource(components).length));
}

function bySource(components: readonly PlannedComponent[]): readonly (readonly PlannedComponent[])[] {
  return [...Map.groupBy(components, ({ source }) => source).values()];
}

/** `component uploads (s3://shop-uploads): …`, with the code and the next step of what was thrown. */
function named({ target }: PlannedComponent, thrown: unknown): HoldfastError {
  return within(`component ${target.component} (${target.title})`, thrown, { component: target.component });
}

/** What was thrown, with the part of the backup that it is about before its message. */
export function within(
  what: string,
  thrown: unknown,
  more: Readonly<Record<string, unknown>> = {},
): HoldfastError {
  if (thrown instanceof HoldfastError) {
    const { code, message, next, details } = thrown;
    return new HoldfastError(code, `${what}: ${message}`, {
      cause: thrown,
      next,
      details: { ...details, ...more },
    });
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new HoldfastError('INTERNAL', `${what}: ${message}`, { cause: thrown });
}

/**
 * One dump at a time on a source: new accounts have few concurrent Lambdas and databases few connections, so runs of
 * different plans that read the same server wait for each other, by leases in the catalog.
 */
import { HoldfastError } from '../errors.ts';
import type { Catalog } from '../ports/catalog.ts';
import type { Clock, Log } from '../ports/index.ts';
import { leaseSeconds, renewEverySeconds } from './lease.ts';

/** How long a run waits for its source, seconds: a third of a function's 15 minutes. */
export const maxWaitSeconds = 300;

/**
 * Takes the leases in order (sorted names cannot deadlock) and renews them until released. Throws SOURCE_BUSY when
 * one is not free within 5 minutes.
 */
export async function holdSource(
  names: readonly string[],
  owner: string,
  deps: { readonly catalog: Catalog; readonly clock: Clock; readonly log: Log },
  signal: AbortSignal,
): Promise<{ release(): Promise<void> }> {
  const { catalog, clock, log } = deps;
  const held: string[] = [];
  const ended = new AbortController();
  const until = () => new Date(clock.now().getTime() + 2 * leaseSeconds * 1000).toISOString();
  const acquire = (name: string) => catalog.acquireLease(name, owner, until(), clock.now().toISOString());

  let renewing: Promise<void> = Promise.resolve();
  const release = async () => {
    ended.abort();
    // A renewal that is under way would take the lease again after it was given back.
    await renewing;
    for (const name of held) {
      try {
        await catalog.releaseLease(name, owner);
      } catch (error) {
        // It ends by itself after two minutes.
        log.warn('a source lease was not released', { lease: name, error });
      }
    }
  };

  try {
    const giveUpAt = clock.now().getTime() + maxWaitSeconds * 1000;
    for (const name of names) {
      while (!(await acquire(name))) {
        if (clock.now().getTime() >= giveUpAt) {
          throw new HoldfastError('SOURCE_BUSY', `Another run has held ${name} for ${maxWaitSeconds} s`);
        }
        await clock.sleep(3000 + Math.random() * 2000, signal);
      }
      held.push(name);
    }
  } catch (error) {
    await release();
    throw error;
  }

  renewing = (async () => {
    for (;;) {
      try {
        await clock.sleep(renewEverySeconds * 1000, ended.signal);
      } catch {
        return;
      }
      for (const name of held) {
        // A lost lease costs at most two dumps at a time, never a wrong one: it is not worth failing the run.
        await acquire(name).catch((error: unknown) =>
          log.warn('a source lease was not renewed', { lease: name, error }),
        );
      }
    }
  })();
  return { release };
}

/** How long a lease may be: the rule that every catalog keeps (core/ports/catalog.ts). */
import { InvalidInput } from './errors.ts';
import { longestLeaseMs } from './ports/catalog.ts';

/** The latest end that a lease taken now can have, ISO 8601 UTC. INVALID_INPUT when `until` is later. */
export function latestLeaseEnd(until: string, now: string): string {
  const latest = new Date(Date.parse(now) + longestLeaseMs).toISOString();
  if (new Date(until).toISOString() <= latest) return latest;
  throw new InvalidInput('lease', [
    { field: 'until', value: JSON.stringify(until), allowed: `at most a day from now (${latest})` },
  ]);
}

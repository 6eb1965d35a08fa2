/**
 * How often one person may do what is costly: 30 a minute and 300 an hour, over all of these routes together. Counted
 * in the catalog, so that it holds whatever number of functions answer. The gateway's throttling is beside it, for all.
 */
import { createHash } from 'node:crypto';
import type { Catalog } from '../core/ports/catalog.ts';
import { HttpRefusal } from './problem.ts';

const windows = [
  { name: 'minute', seconds: 60, most: 30 },
  { name: 'hour', seconds: 3600, most: 300 },
] as const;
/** Counts are kept a little longer than their window, for clocks that differ. */
const slackMs = 60_000;

/** RATE_LIMITED with Retry-After when it is too much. A call that is refused counts as well. */
export async function withinLimits(
  catalog: Pick<Catalog, 'countUp'>,
  subject: string,
  now: Date,
): Promise<void> {
  const who = createHash('sha256').update(subject).digest('hex').slice(0, 32);
  const counted = await Promise.all(
    windows.map(async (window) => {
      const lengthMs = window.seconds * 1000;
      const index = Math.floor(now.getTime() / lengthMs);
      const endsMs = (index + 1) * lengthMs;
      const until = new Date(endsMs + slackMs).toISOString();
      const count = await catalog.countUp(`rate/${who}/${window.name}/${index}`, until, now.toISOString());
      return { window, count, waitSeconds: Math.max(1, Math.ceil((endsMs - now.getTime()) / 1000)) };
    }),
  );
  const over = counted.filter(({ window, count }) => count > window.most).at(-1);
  if (!over) return;
  const { window, waitSeconds } = over;
  throw new HttpRefusal(
    429,
    'RATE_LIMITED',
    `More than ${window.most} costly calls in this ${window.name}: wait ${waitSeconds} s`,
    { headers: { 'retry-after': String(waitSeconds) } },
  );
}

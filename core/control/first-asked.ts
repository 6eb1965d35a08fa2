/**
 * When a request was made for the first time. Ids have an instant in them; one that is repeated with the same token, as
 * a client does that never got an answer, must come to the same id. So the instant is remembered before anything is
 * done with it.
 */
import { createHash } from 'node:crypto';
import type { Catalog } from '../ports/catalog.ts';

const keptMs = 24 * 3_600_000;

/** Of two calls with the same token within a day the second gets the instant of the first, ISO 8601 UTC. */
export async function firstAsked(
  catalog: Pick<Catalog, 'claimOnce' | 'noteOnce'>,
  token: string,
  now: Date,
): Promise<string> {
  const key = createHash('sha256').update(`first-asked\n${token}`).digest('hex');
  const until = new Date(now.getTime() + keptMs).toISOString();
  const at = now.toISOString();
  const claim = await catalog.claimOnce(key, 'first-asked', until, at);
  if (claim.outcome === 'repeated' && claim.response) return claim.response.body;
  // Claimed and not noted: the first died in between, before anything was done, or is about to note its own.
  await catalog.noteOnce(key, { status: 200, body: at, headers: {} });
  // Of several that come to here at once the one that noted first counts, for all of them.
  const noted = await catalog.claimOnce(key, 'first-asked', until, at);
  return (noted.outcome === 'repeated' ? noted.response?.body : undefined) ?? at;
}

/** Reads a listing of S3 to its end. Promises: everything, or an error; never a short listing that looks whole. */
import { HoldfastError } from '../../core/errors.ts';
import type { CallOptions, WithMetadata } from './client.ts';
import type { S3Context } from './context.ts';

export interface Page<Entry, Marker> {
  readonly entries: readonly Entry[];
  /** Where the next page begins; undefined when S3 named none. */
  readonly next: Marker | undefined;
  /** What S3 says: there is more. */
  readonly truncated: boolean;
}

/**
 * @param what for errors: the key or `prefix*`
 * @param ask  asks for one page, from `marker` on
 */
export async function* paged<Output extends WithMetadata, Entry, Marker>(
  context: S3Context,
  action: string,
  what: string,
  ask: (marker: Marker | undefined, options: CallOptions) => Promise<Output>,
  pageOf: (output: Output) => Page<Entry, Marker>,
): AsyncGenerator<Entry> {
  let marker: Marker | undefined;
  for (;;) {
    const from = marker;
    const page = pageOf(await context.call(action, what, (options) => ask(from, options)));
    yield* page.entries;
    if (!page.truncated) return;
    // An end that is not one would make objects look as if they did not exist; a marker twice would never end.
    if (page.next === undefined || JSON.stringify(page.next) === JSON.stringify(marker)) {
      throw new HoldfastError('VAULT_UNAVAILABLE', `${action} on ${what}: the listing broke off`);
    }
    marker = page.next;
  }
}

/** A member that S3 always sends. An entry without it is no entry to pass over. */
export function present<T>(value: T | undefined, member: string, action: string, what: string): T {
  if (value !== undefined) return value;
  throw new HoldfastError('VAULT_UNAVAILABLE', `${action} on ${what}: an entry came without its ${member}`);
}

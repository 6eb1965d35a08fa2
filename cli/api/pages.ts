/** Lists of the API, page by page, up to a bound. */

export interface PageOf<T> {
  readonly items: readonly T[];
  readonly nextCursor?: string;
}

/** At most 200 an answer (docs/api.md, Lists). */
export const largestPage = 200;

/** Goes through the pages; ends by itself after `most` items. */
export async function* eachOf<T>(
  page: (paging: { readonly limit: number; readonly cursor?: string }) => Promise<PageOf<T>>,
  most: number,
): AsyncGenerator<T> {
  let left = most;
  let cursor: string | undefined;
  // A page may be short and not the last, so what bounds this is the number of calls, too.
  for (let calls = 0; left > 0 && calls < most; calls += 1) {
    const limit = Math.min(left, largestPage);
    const { items, nextCursor } = await page({ limit, ...(cursor !== undefined && { cursor }) });
    for (const item of items) {
      yield item;
      left -= 1;
      if (left <= 0) return;
    }
    cursor = nextCursor;
    if (cursor === undefined) return;
  }
}

export async function listOf<T>(...asked: Parameters<typeof eachOf<T>>): Promise<readonly T[]> {
  const found: T[] = [];
  for await (const item of eachOf<T>(...asked)) found.push(item);
  return found;
}

/** Current objects below a prefix, and the folders directly below one. */
import { ListObjectsV2Command, type ListObjectsV2CommandOutput } from '@aws-sdk/client-s3';
import type { ListedObject } from '../../core/ports/vault.ts';
import type { S3Context } from './context.ts';
import { paged, present } from './paging.ts';

const ACTION = 's3:ListBucket';

export async function* listObjects(
  context: S3Context,
  below: string,
  after: string | undefined,
): AsyncGenerator<ListedObject> {
  const { prefix } = context;
  const what = `${prefix}${below}*`;
  const startAfter = after === undefined ? undefined : prefix + after;
  for await (const entry of listed(context, below, startAfter, {}, (page) => page.Contents ?? [])) {
    yield {
      key: present(entry.Key, 'Key', ACTION, what).slice(prefix.length),
      lengthBytes: present(entry.Size, 'Size', ACTION, what),
      lastModifiedAt: present(entry.LastModified, 'LastModified', ACTION, what).toISOString(),
    };
  }
}

/**
 * Names of the folders directly below. S3 sorts them with their slash (`shop-eu/` before `shop/`); here they come in
 * the order of the names, as the catalog has them, so that the two can be read side by side.
 */
export async function* listFolders(
  context: S3Context,
  below: string,
  after: string | undefined,
): AsyncGenerator<string> {
  const base = context.prefix + below;
  // A name after `after` never begins a key that sorts before it; the other way round is filtered.
  const startAfter = after === undefined ? undefined : base + after;
  const prefixes = listed(
    context,
    below,
    startAfter,
    { Delimiter: '/' },
    (page) => page.CommonPrefixes ?? [],
  );
  async function* names(): AsyncGenerator<string> {
    for await (const { Prefix } of prefixes) {
      const name = present(Prefix, 'Prefix', ACTION, `${base}*`).slice(base.length, -1);
      if (after === undefined || name > after) yield name;
    }
  }
  yield* inNameOrder(names());
}

function listed<Entry>(
  context: S3Context,
  below: string,
  startAfter: string | undefined,
  more: { readonly Delimiter?: string },
  entriesOf: (page: ListObjectsV2CommandOutput) => readonly Entry[],
): AsyncGenerator<Entry> {
  const { client, bucket, prefix } = context;
  const command = {
    Bucket: bucket,
    Prefix: prefix + below,
    ...more,
    ...(startAfter === undefined ? {} : { StartAfter: startAfter }),
  };
  return paged(
    context,
    ACTION,
    `${prefix}${below}*`,
    (token: string | undefined, options) =>
      client.send(
        new ListObjectsV2Command(token === undefined ? command : { ...command, ContinuationToken: token }),
        options,
      ),
    (page) => ({
      entries: entriesOf(page),
      next: page.NextContinuationToken,
      truncated: page.IsTruncated ?? false,
    }),
  );
}

/**
 * From the order of `name/` to the order of `name`. A name waits only for one that it begins with, up to a character
 * below the slash (`shop-eu` for `shop`): of backups, for those of the same second; of plans, for all with the same
 * first word at most.
 */
export async function* inNameOrder(names: AsyncIterable<string>): AsyncGenerator<string> {
  let waiting: string[] = [];
  /** The last that may come and belong before one that waits. The same for all that wait. */
  let last = '';
  for await (const name of names) {
    const slashed = `${name}/`;
    if (slashed > last) {
      yield* waiting.sort();
      waiting = [];
      last = lastBefore(name);
    }
    waiting.push(name);
    if (slashed < last) continue;
    yield* waiting.sort();
    waiting = [];
    last = '';
  }
  yield* waiting.sort();
}

/** `shop/` for `shop-eu`; empty when nothing that comes after this name belongs before it. */
function lastBefore(name: string): string {
  const low = name.search(/[ -.]/);
  return low === -1 ? '' : `${name.slice(0, low)}/`;
}

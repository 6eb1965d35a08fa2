/**
 * A bucket on loopback as a source sees it: a listing in pages with encoded keys, objects with ETag, time, content
 * type and metadata, ranges and If-Match. What it holds comes from a store, so that a bench can make up a million
 * objects. Signatures are not checked.
 */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { s3Client } from '../../adapters/s3/client.ts';

export interface StoredObject {
  readonly content: Buffer;
  readonly etag: string;
  readonly modified: Date;
  /** Lower case names of headers: content-type, x-amz-meta-… */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ListedObject {
  readonly key: string;
  readonly size: number;
  readonly etag: string;
  readonly modified: Date;
}

export interface ObjectStore {
  /** In byte order of the keys, those after `after`; may be more than are wanted. */
  list(prefix: string, after: string, limit: number): Iterable<ListedObject>;
  get(key: string): StoredObject | undefined;
}

export interface BucketOptions {
  readonly pageEntries?: number;
  /** Called before each GET of an object; what it returns is the answer instead. */
  readonly onGet?: (
    key: string,
    range: string | undefined,
    response: ServerResponse,
  ) => { readonly status: number; readonly code: string } | 'answered' | undefined;
  /** Called before each page is sent: answers itself, or is waited for. */
  readonly onList?: (response: ServerResponse, page: string) => 'answered' | Promise<void> | undefined;
}

export async function startBucket(store: ObjectStore, options: BucketOptions = {}) {
  const requests = { list: 0, get: 0 };
  const server = createServer((request, response) => {
    // Not `URL`, which would make `up` of a key `../up`.
    const [path = '', search] = (request.url ?? '/').split('?');
    const key = decodeURIComponent(path.split('/').slice(2).join('/'));
    const query = new URLSearchParams(search);
    if (query.has('list-type')) {
      requests.list += 1;
      const xml = page(query);
      const send = () => response.writeHead(200, { 'content-type': 'application/xml' }).end(xml);
      const instead = options.onList?.(response, xml);
      if (instead === undefined) send();
      else if (instead !== 'answered') void instead.then(send);
      return;
    }
    requests.get += 1;
    get(key, request.headers, response);
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const endpoint = `http://127.0.0.1:${port}`;
  return {
    endpoint,
    requests,
    client: () =>
      s3Client({
        endpoint,
        region: 'us-east-1',
        credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
        maxAttempts: 2,
      }),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };

  function page(query: URLSearchParams): string {
    const limit = options.pageEntries ?? 1000;
    const after = query.get('continuation-token') ?? '';
    let entries = '';
    let count = 0;
    let last = '';
    let truncated = false;
    for (const one of store.list(query.get('prefix') ?? '', after, limit + 1)) {
      if (count === limit) {
        truncated = true;
        break;
      }
      count += 1;
      last = one.key;
      entries += `<Contents><Key>${encodeURIComponent(one.key).replaceAll('%2F', '/').replaceAll('%20', '+')}</Key><LastModified>${one.modified.toISOString()}</LastModified><ETag>&quot;${one.etag}&quot;</ETag><Size>${one.size}</Size><StorageClass>STANDARD</StorageClass></Contents>`;
    }
    const token = truncated ? `<NextContinuationToken>${escapeXml(last)}</NextContinuationToken>` : '';
    return `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult><EncodingType>url</EncodingType><IsTruncated>${truncated}</IsTruncated>${token}${entries}</ListBucketResult>`;
  }

  function get(
    key: string,
    headers: Readonly<Record<string, string | string[] | undefined>>,
    response: ServerResponse,
  ): void {
    const range = headers.range as string | undefined;
    const instead = options.onGet?.(key, range, response);
    if (instead === 'answered') return;
    if (instead !== undefined) {
      fail(response, instead.status, instead.code);
      return;
    }
    const object = store.get(key);
    if (object === undefined) {
      fail(response, 404, 'NoSuchKey');
      return;
    }
    const etag = `"${object.etag}"`;
    if (headers['if-match'] !== undefined && headers['if-match'] !== etag) {
      fail(response, 412, 'PreconditionFailed');
      return;
    }
    const total = object.content.length;
    const from = range === undefined ? 0 : Number(/^bytes=(\d+)-$/.exec(range)?.[1]);
    if (from > 0 && from >= total) {
      fail(response, 416, 'InvalidRange');
      return;
    }
    response.writeHead(range === undefined ? 200 : 206, {
      ...object.headers,
      'content-length': total - from,
      etag,
      'last-modified': object.modified.toUTCString(),
      ...(range === undefined ? {} : { 'content-range': `bytes ${from}-${total - 1}/${total}` }),
    });
    response.end(object.content.subarray(from));
  }
}

function fail(response: ServerResponse, status: number, code: string): void {
  response
    .writeHead(status, { 'content-type': 'application/xml' })
    .end(`<Error><Code>${code}</Code></Error>`);
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** A store of what is put into it. */
export function memoryStore() {
  const objects = new Map<string, StoredObject>();
  let version = 0;
  return {
    objects,
    put(key: string, content: string | Buffer, headers: Record<string, string> = {}) {
      version += 1;
      const modified = new Date(Date.UTC(2026, 0, 1) + version * 1000);
      objects.set(key, { content: Buffer.from(content), etag: `e${version}`, modified, headers });
    },
    get: (key: string) => objects.get(key),
    list(prefix: string, after: string): Iterable<ListedObject> {
      return [...objects]
        .filter(([key]) => key.startsWith(prefix) && compare(key, after) > 0)
        .sort(([one], [other]) => compare(one, other))
        .map(([key, { content, etag, modified }]) => ({ key, size: content.length, etag, modified }));
    },
  };
}

function compare(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}

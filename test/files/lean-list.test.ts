/** Pages of a listing read past the SDK: the same objects and the same failures as by the SDK. */
import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import type { Found } from '../../adapters/files/origin.ts';
import { bucketOrigin } from '../../adapters/files/origin-bucket.ts';
import { parseListPage } from '../../adapters/s3/lean-list.ts';
import { memoryStore, startBucket } from '../support/bucket-stand-in.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

type Answer = (response: ServerResponse, page: string) => void;

/** `answer`: what comes instead, once or each time, of a page that is not asked for by the SDK; or of any but the first. */
async function world(keys: readonly string[], pageEntries = 2) {
  const store = memoryStore();
  for (const key of keys) store.put(key, `of ${key}`);
  const ways: ('lean' | 'sdk')[] = [];
  const faults: { lean?: Answer; any?: Answer; once?: boolean } = {};
  const bucket = await startBucket(store, {
    pageEntries,
    onList(response, page) {
      const way = response.req.headers['amz-sdk-invocation-id'] === undefined ? 'lean' : 'sdk';
      ways.push(way);
      const answer =
        ways.length === 1 ? undefined : way === 'lean' ? (faults.lean ?? faults.any) : faults.any;
      if (answer === undefined) return undefined;
      if (faults.once) delete faults.lean;
      answer(response, page);
      return 'answered';
    },
  });
  closing.push(bucket.close);
  const list = async (prefix = '', signal = new AbortController().signal): Promise<Found[]> => {
    ways.length = 0;
    const origin = bucketOrigin({ client: bucket.client(), bucket: 'b', prefix, stallTimeoutMs: 500 });
    try {
      const found: Found[] = [];
      for await (const some of origin.list(signal)) found.push(...some);
      return found;
    } finally {
      await origin.close();
    }
  };
  return { ...store, ...bucket, ways, faults, list };
}

const sorted = (keys: readonly string[]) =>
  [...keys].sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
const pathsOf = (found: readonly Found[]) => found.map(({ path }) => path);
const eight = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

describe('a listing', () => {
  test('has every object as the SDK has it, whatever its key is, with and without a prefix', async () => {
    const odd = [
      '../up',
      '/abs',
      'a//b',
      "a b+c&<d>!'()*~",
      'end/',
      '\u0001',
      'ü/日本 %41',
      '𐀀?x=1#y',
      '\uff5e',
    ];
    const { list, ways, objects } = await world([...odd, ...odd.map((key) => `p/${key}`)]);
    const found = await list();
    expect(pathsOf(found)).toEqual(sorted([...objects.keys()]));
    for (const file of found) {
      const { content, etag, modified } = objects.get(file.path) ?? { content: '' };
      const mtime = String((modified?.getTime() ?? 0) / 1000);
      expect(file).toEqual({ type: 'file', path: file.path, size: content.length, mtime, etag: `"${etag}"` });
    }
    expect(ways).toEqual(['sdk', ...Array(8).fill('lean')]);
    expect(pathsOf(await list('p/'))).toEqual(sorted(odd));
    expect(ways).toEqual(['sdk', ...Array(4).fill('lean')]);
  });

  test.each<[string, Answer]>([
    ['503', (response) => response.writeHead(503).end('<Error><Code>SlowDown</Code></Error>')],
    ['a reset before the reply', (response) => response.req.socket.resetAndDestroy()],
    [
      'a reset within a page',
      (response, page) =>
        response.writeHead(200).write(page.slice(0, 300), () => response.req.socket.resetAndDestroy()),
    ],
    ['a page that stalls', (response, page) => response.writeHead(200).write(page.slice(0, 300))],
    ['a page that ends early', (response, page) => response.writeHead(200).end(page.slice(0, -30))],
    ['something else', (response) => response.writeHead(200).end('<html>Try later</html>')],
    ['an empty reply', (response) => response.writeHead(200).end()],
  ])('with %s once is whole, and goes on in the cheap way', async (_, answer) => {
    const { list, ways, faults } = await world(eight);
    Object.assign(faults, { lean: answer, once: true });
    expect(pathsOf(await list())).toEqual(eight);
    expect(ways).toEqual(['sdk', 'lean', 'sdk', 'lean', 'lean']);
  });

  test('of a store that refuses what the SDK did not send is the SDK’s after five pages', async () => {
    const keys = Array.from({ length: 20 }, (_, at) => `k${String(at).padStart(2, '0')}`);
    const { list, ways, faults } = await world(keys);
    faults.lean = (response) =>
      response.writeHead(403).end('<Error><Code>SignatureDoesNotMatch</Code></Error>');
    expect(pathsOf(await list())).toEqual(keys);
    expect(ways.filter((way) => way === 'lean').length).toBe(5);
    expect(ways.filter((way) => way === 'sdk').length).toBe(10);
  });

  test('that is refused on the way fails with what the SDK says of it', async () => {
    const { list, faults } = await world(eight);
    faults.any = (response) => response.writeHead(403).end('<Error><Code>AccessDenied</Code></Error>');
    await expect(list()).rejects.toMatchObject({ code: 'ACCESS_DENIED' });
  });

  test('that says there is more but not where, is not taken for whole', async () => {
    const { list, faults } = await world(eight);
    faults.any = (response, page) =>
      response.writeHead(200).end(page.replace(/<NextContinuationToken>.*<\/NextContinuationToken>/, ''));
    await expect(list()).rejects.toThrow(/broke off/);
  });

  test('is stopped at once within a page', async () => {
    const { list, faults, ways } = await world(eight);
    const stop = new AbortController();
    const reason = new Error('stopped by somebody');
    faults.lean = (response, page) => {
      response.writeHead(200).write(page.slice(0, 300));
      stop.abort(reason);
    };
    await expect(list('', stop.signal)).rejects.toBe(reason);
    expect(ways).toEqual(['sdk', 'lean']);
  });
});

describe('a page', () => {
  const contents =
    '<Contents><Key>a%2Bb</Key><LastModified>2026-01-02T03:04:05.678Z</LastModified><ETag>&quot;e&#34;</ETag><ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm><ChecksumAlgorithm>SHA256</ChecksumAlgorithm><Size>5</Size><Owner><ID>x</ID><DisplayName/></Owner><StorageClass>STANDARD</StorageClass></Contents>';
  const page = (inner: string, more = '') =>
    `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><Prefix></Prefix><Delimiter/><MaxKeys>1000</MaxKeys><EncodingType>url</EncodingType>${more}<IsTruncated>true</IsTruncated><NextContinuationToken>1/a&amp;b=</NextContinuationToken>${inner}</ListBucketResult>\n`;

  test('as S3 sends it is read, with what it does not need left out', () => {
    const read = parseListPage(page(contents, '<KeyCount>1</KeyCount>'));
    const modifiedMs = Date.parse('2026-01-02T03:04:05.678Z');
    expect(read).toEqual({
      objects: [{ key: 'a%2Bb', size: 5, modifiedMs, etag: '"e"' }],
      encoded: true,
      truncated: true,
      next: '1/a&b=',
    });
    expect(parseListPage(page(contents).replaceAll('><', '>\n  <'))?.objects).toEqual(read?.objects);
  });

  test.each([
    ['of another kind', '<Error><Code>InternalError</Code></Error>'],
    ['with another number of keys than it says', page(contents, '<KeyCount>2</KeyCount>')],
    ['with a common prefix', page('<CommonPrefixes><Prefix>x/</Prefix></CommonPrefixes>')],
    ['with a size that is none', page(contents.replace('<Size>5', '<Size>-5'))],
    ['without a size', page(contents.replace('<Size>5</Size>', ''))],
    ['with a time that is none', page(contents.replace('2026-01-02T', '2026-13-02T'))],
    ['with a time of another zone', page(contents.replace('678Z', '678+01:00'))],
    ['with an unknown entity', page(contents.replace('&quot;', '&nbsp;'))],
    ['with a character that is none', page(contents.replace('&#34;', '&#xD800;'))],
    ['with a comment', page(`<!-- hm -->${contents}`)],
    ['with a text that is marked', page(contents.replace('a%2Bb', '<![CDATA[a]]>'))],
    ['that is encoded in an unknown way', page(contents).replace('>url<', '>base64<')],
    [
      'that does not say whether there is more',
      page(contents).replace('<IsTruncated>true</IsTruncated>', ''),
    ],
    ['that goes on after its end', `${page(contents)}<more/>`],
    ['of more keys than S3 lists', page(contents.repeat(1001))],
  ])('%s is not read', (_, xml) => {
    expect(parseListPage(xml)).toBeUndefined();
  });

  test('that is cut anywhere is not read', () => {
    const whole = page(contents).trimEnd();
    for (let length = 0; length < whole.length; length += 1)
      expect(parseListPage(whole.slice(0, length))).toBeUndefined();
  });
});

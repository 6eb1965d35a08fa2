/** Small objects read past the SDK's client: the same of every object and of every failure as by the SDK. */
import { hash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Origin, ReadResult } from '../../adapters/files/origin.ts';
import { bucketOrigin } from '../../adapters/files/origin-bucket.ts';
import { s3Client } from '../../adapters/s3/client.ts';
import { endpointClient } from '../../adapters/s3/endpoint.ts';
import { getSigner } from '../../adapters/s3/sign-get.ts';
import { memoryStore, startBucket } from '../support/bucket-stand-in.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const close of closing.splice(0)) await close();
});

const WHOLE_BYTES = 8 * 1024 * 1024;
const never = new AbortController().signal;

type Answer = { readonly status: number; readonly code: string } | ((response: ServerResponse) => void);

/** `answers`: what comes instead, in turn; the last one stays when `stays`. */
async function world(stays = false) {
  const store = memoryStore();
  const answers: Answer[] = [];
  const seen: { key: string; way: 'lean' | 'sdk'; headers: NodeJS.Dict<unknown>; url?: string }[] = [];
  const sockets = new Set<unknown>();
  const refusals = { lean: false };
  const bucket = await startBucket(store, {
    onGet(key, _range, response) {
      const { headers, url, socket } = response.req;
      const way = headers['amz-sdk-invocation-id'] === undefined ? 'lean' : 'sdk';
      seen.push({ key, way, headers, ...(url === undefined ? {} : { url }) });
      sockets.add(socket);
      if (key === 'warm') return undefined;
      if (refusals.lean && way === 'lean') return { status: 403, code: 'SignatureDoesNotMatch' };
      const answer = stays && answers.length === 1 ? answers[0] : answers.shift();
      if (typeof answer !== 'function') return answer;
      answer(response);
      return 'answered';
    },
  });
  closing.push(bucket.close);
  store.put('warm', 'up');
  const origin = (client = bucket.client()): Origin => {
    const made = bucketOrigin({ client, bucket: 'uploads', prefix: '', stallTimeoutMs: 1_000 });
    closing.unshift(() => made.close());
    return made;
  };
  const warmed = async (client = bucket.client()) => {
    const made = origin(client);
    await read(made, 'warm');
    seen.length = 0;
    return made;
  };
  return { ...bucket, ...store, answers, seen, sockets, refusals, origin, warmed };
}

function read(origin: Origin, path: string, signal = never): Promise<ReadResult> {
  return origin.read({ type: 'file', path, size: 10, mtime: '0' }, WHOLE_BYTES, signal);
}

/** The result, or what was thrown, to be compared. */
async function outcome(reading: Promise<ReadResult>): Promise<unknown> {
  try {
    const result = await reading;
    // Comparing long buffers byte by byte takes the runner half a minute.
    return result.kind === 'whole' ? { ...result, content: hash('sha256', result.content) } : result;
  } catch (thrown) {
    const { code, message, next, details } = thrown as Record<string, unknown>;
    return { thrown: { code, message, next, details } };
  }
}

describe('a small object', () => {
  test('is the same both ways, whatever its key and headers are', async () => {
    const { put, origin, warmed, seen } = await world();
    const keys = [
      'a',
      '../up',
      '/abs',
      'a//b',
      "a b+c&<d>!'()*~",
      'a/./b',
      'end/',
      '\u0001',
      'ü/日本 %41',
      '𐀀?x=1#y',
    ];
    for (const key of keys) put(key, `of ${key}`);
    put('headers', Buffer.alloc(3_000_000, 'x'), {
      'content-type': 'image/jpeg',
      'content-encoding': 'gzip',
      'content-disposition': 'attachment; filename="a.jpg"',
      'content-language': 'de, en',
      'cache-control': 'max-age=60',
      expires: 'Thu, 01 Dec 2026 16:00:00 GMT',
      'x-amz-version-id': 'v1',
      'x-amz-meta-owner': '=?UTF-8?B?w7w=?=',
      'x-amz-meta-two-words': 'ä b',
      'x-amz-meta-empty': '',
      'x-amz-storage-class': 'STANDARD_IA',
    });
    put('empty', '', { 'content-type': '', 'cache-control': '' });
    const lean = await warmed();
    for (const key of [...keys, 'headers', 'empty']) {
      const result = await outcome(read(lean, key));
      expect(result).toMatchObject({ kind: 'whole' });
      expect(result).toEqual(await outcome(read(origin(), key)));
    }
    for (const key of [...keys, 'headers', 'empty']) {
      const both = seen.filter((one) => one.key === key);
      expect(both.map(({ way }) => way)).toEqual(['lean', 'sdk']);
      expect(both[0]?.url).toBe(both[1]?.url);
    }
  });

  test('is signed as the SDK signs it', async () => {
    const keys = { accessKeyId: 'AKID', secretAccessKey: 's/e+c', sessionToken: 'token==' };
    const client = s3Client({ region: 'eu-central-1', credentials: keys });
    const signer = await client.config.signer();
    const ours = getSigner('eu-central-1', 's3');
    const path = '/a//b/../%C3%BC%20%21';
    const query = { 'x-id': 'GetObject', versionId: 'a b/c*' };
    const headers = { host: 'u.s3.eu-central-1.amazonaws.com', 'x-amz-user-agent': ' a  b ' };
    for (const date of ['2026-11-21T23:59:59Z', '2026-11-22T00:00:00Z', '2026-11-22T00:00:01Z']) {
      const request = { method: 'GET', protocol: 'https:', hostname: headers.host, path, query, headers };
      const signingDate = new Date(date);
      const theirs = await signer.sign(request, { signingDate });
      expect(ours.sign({ path, query, headers }, keys, signingDate)).toEqual(theirs.headers);
    }
    client.destroy();
  });

  test('is asked for with the headers that the SDK sends, of which it signs the same', async () => {
    vi.stubEnv('AWS_LAMBDA_FUNCTION_NAME', 'holdfast');
    vi.stubEnv('_X_AMZN_TRACE_ID', 'Root=1-5759e988-bd862e3fe1be46a994272793');
    const { put, origin, warmed, seen } = await world();
    put('a', '1');
    await read(await warmed(), 'a');
    await read(origin(), 'a');
    const [ours, theirs] = seen.map(({ way, headers }) => {
      const [, signed] = /SignedHeaders=([^,]+),/.exec(String(headers.authorization)) ?? [];
      const { authorization: _, 'x-amz-date': __, ...rest } = headers;
      const names = signed?.split(';').filter((name) => !name.startsWith('amz-sdk-'));
      const kept = Object.entries(rest).filter(([name]) => !name.startsWith('amz-sdk-'));
      return { way, names, kept: Object.fromEntries(kept) };
    });
    expect(ours).toEqual({ ...theirs, way: 'lean' });
    expect(ours?.kept['x-amzn-trace-id']).toBe(process.env._X_AMZN_TRACE_ID);
  });

  test('is asked for at the address that the SDK finds, with checked names, and with keys as they are now', async () => {
    const { put, endpoint, warmed, seen, sockets } = await world();
    put('a', '1');
    const { port } = new URL(endpoint);
    const own = endpointClient(
      {
        endpoint: `http://localhost:${port}`,
        region: 'here-1',
        accessKeyId: 'own',
        secretAccessKey: 's',
        pathStyle: true,
      },
      { allowLoopback: true },
    );
    expect((await read(await warmed(own), 'a')).kind).toBe('whole');
    expect(seen[0]).toMatchObject({ way: 'lean', headers: { host: `localhost:${port}` } });
    expect(seen[0]?.headers.authorization).toMatch(/Credential=own\/\d{8}\/here-1\/s3\/aws4_request/);

    let made = 0;
    const byName = s3Client({
      endpoint: `http://s3.test:${port}`,
      forcePathStyle: false,
      region: 'us-east-1',
      lookup: (_host, options, found) =>
        options.all ? found(null, [{ address: '127.0.0.1', family: 4 }]) : found(null, '127.0.0.1', 4),
      credentials: async () => {
        made += 1;
        const expiration = new Date(Date.now() + 1000);
        return { accessKeyId: 'id', secretAccessKey: 's', sessionToken: `t${made}`, expiration };
      },
    });
    put('warm', '1');
    const named = bucketOrigin({ client: byName, bucket: 'uploads', prefix: '' });
    closing.unshift(() => named.close());
    // The stand-in takes the first folder for the bucket.
    for (let at = 0; at < 4; at += 1) await read(named, 'x/a');
    const last = seen.slice(-4);
    expect(last.map(({ way }) => way)).toEqual(['sdk', 'lean', 'lean', 'lean']);
    expect(new Set(last.map(({ headers, url }) => `${headers.host}${url}`)).size).toBe(1);
    expect(last[0]?.headers.host).toBe(`uploads.s3.test:${port}`);
    const tokens = last.map(({ headers }) => Number(String(headers['x-amz-security-token']).slice(1)));
    expect(tokens.at(-1)).toBeGreaterThan(tokens[0] ?? 0);
    expect(sockets.size).toBeLessThan(5);
  });

  test('takes connections again that were used', async () => {
    const { put, warmed, seen, sockets } = await world();
    for (let at = 0; at < 200; at += 1) put(`${at}`, `content ${at}`);
    const lean = await warmed();
    await Promise.all(
      Array.from({ length: 4 }, async (_, from) => {
        for (let at = from; at < 200; at += 4) await read(lean, `${at}`);
      }),
    );
    expect(seen.filter(({ way }) => way === 'lean').length).toBe(200);
    expect(sockets.size).toBeLessThan(8);
  });
});

describe('a failure', () => {
  test.each([
    [403, 'AccessDenied'],
    [403, 'ExpiredToken'],
    [403, 'InvalidObjectState'],
    [403, 'RequestTimeTooSkewed'],
    [404, 'NoSuchKey'],
    [404, 'NoSuchBucket'],
    [400, 'ExpiredToken'],
    [400, 'InvalidRequest'],
    [400, 'KMS.DisabledException'],
    [405, 'MethodNotAllowed'],
    [412, 'PreconditionFailed'],
    [301, 'PermanentRedirect'],
    [429, 'TooManyRequests'],
    [500, 'InternalError'],
    [503, 'SlowDown'],
  ])('of %i %s is the same both ways', async (status, code) => {
    const { put, answers, origin, warmed, seen } = await world(true);
    put('a', '1');
    answers.push({ status, code });
    const lean = await warmed();
    const ours = await outcome(read(lean, 'a'));
    expect(seen[0]?.way).toBe('lean');
    expect(ours).toEqual(await outcome(read(origin(), 'a')));
    expect((ours as ReadResult).kind).not.toBe('whole');
  });

  const announced = { 'content-length': 10, etag: '"e"', 'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT' };
  test.each<[string, Answer]>([
    ['503', { status: 503, code: 'SlowDown' }],
    ['429', { status: 429, code: 'TooManyRequests' }],
    ['a reset before the reply', (response) => response.req.socket.resetAndDestroy()],
    [
      'a reset within the body',
      (response) => {
        response.writeHead(200, announced);
        response.write('12345', () => response.req.socket.resetAndDestroy());
      },
    ],
    [
      'a body that is too short',
      (response) => response.writeHead(200, announced).write('12345', () => response.req.socket.end()),
    ],
    ['a body that stalls', (response) => response.writeHead(200, announced).write('12345')],
  ])('of %s that comes once is not seen from outside', async (_, answer) => {
    const { put, answers, origin, warmed, seen } = await world();
    put('a', '0123456789');
    const lean = await warmed();
    answers.push(answer);
    const ours = await outcome(read(lean, 'a'));
    expect(seen.map(({ way }) => way)).toEqual(['lean', 'sdk']);
    answers.push(answer);
    expect(ours).toEqual(await outcome(read(origin(), 'a')));
    expect(ours).toMatchObject({ kind: 'whole', content: hash('sha256', '0123456789') });
    // And the next one is read in the cheap way again.
    await read(lean, 'a');
    expect(seen.at(-1)?.way).toBe('lean');
  });

  test('of a reply without a length, or of a body that never comes whole, is the same both ways', async () => {
    for (const answer of [
      (response: ServerResponse) => void response.writeHead(200, { etag: '"e"' }).end('chunked'),
      (response: ServerResponse) =>
        void response.writeHead(200, announced).write('12', () => response.destroy()),
    ]) {
      const { answers, origin, warmed } = await world(true);
      const lean = await warmed();
      answers.push(answer);
      const [ours, theirs] = await Promise.all([outcome(read(lean, 'a')), outcome(read(origin(), 'a'))]);
      expect(ours).toEqual(theirs);
      expect(ours).toMatchObject({ thrown: { code: 'SOURCE_UNREACHABLE' } });
    }
  }, 20_000);

  test('an object that grew beyond what is read whole is long', async () => {
    const { put, warmed, seen } = await world();
    put('a', Buffer.alloc(100));
    const lean = await warmed();
    const result = await lean.read({ type: 'file', path: 'a', size: 10, mtime: '0' }, 50, never);
    expect(result).toMatchObject({ kind: 'long', size: 100 });
    if (result.kind === 'long') await result.close();
    expect(seen.map(({ way }) => way)).toEqual(['lean', 'sdk']);
  });

  test('that the run was stopped ends it at once, before the reply and within the body', async () => {
    for (const answer of [
      () => {},
      (response: ServerResponse) => void response.writeHead(200, announced).write('12'),
    ]) {
      const { answers, warmed, seen } = await world(true);
      const lean = await warmed();
      answers.push(answer);
      const stop = new AbortController();
      const reason = new Error('stopped by somebody');
      const began = performance.now();
      setTimeout(() => stop.abort(reason), 100);
      await expect(read(lean, 'a', stop.signal)).rejects.toBe(reason);
      expect(performance.now() - began).toBeLessThan(5_000);
      expect(seen.map(({ way }) => way)).toEqual(['lean']);
      await expect(read(lean, 'a', stop.signal)).rejects.toBe(reason);
    }
  });

  test('of a store that takes no request but the SDK’s own ends the attempts to do without it', async () => {
    const { put, refusals, warmed, seen } = await world();
    put('a', '1');
    const lean = await warmed();
    refusals.lean = true;
    for (let at = 0; at < 10; at += 1) expect((await read(lean, 'a')).kind).toBe('whole');
    expect(seen.filter(({ way }) => way === 'lean').length).toBe(5);
    expect(seen.filter(({ way }) => way === 'sdk').length).toBe(10);
  });
});

/**
 * A stand-in for S3 on loopback: enough of it for fault tests (exact about conditions, checksums, tags, locks) and
 * for the bench (discards what it gets as fast as the socket gives it, or serves files). One bucket name is as good
 * as another; signatures are not checked; every key has one version, or a delete marker that a test put there.
 * Listings come in pages, of whatever length a test asks for.
 */
import { createHash, type Hash, hash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, createWriteStream, mkdirSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

export type Operation =
  | 'PutObject'
  | 'CreateMultipartUpload'
  | 'UploadPart'
  | 'CompleteMultipartUpload'
  | 'AbortMultipartUpload'
  | 'GetObject'
  | 'HeadObject'
  | 'ListObjectsV2'
  | 'ListObjectVersions'
  | 'ListMultipartUploads'
  | 'GetBucketVersioning'
  | 'GetObjectTagging'
  | 'PutObjectTagging'
  | 'PutObjectRetention'
  | 'RestoreObject'
  | 'DeleteObject';

export interface StandInRequest {
  readonly operation: Operation;
  readonly key: string;
  readonly partNumber?: number;
  /** How often this operation (and part) was asked before: 0 the first time. */
  readonly repeat: number;
  readonly headers: IncomingMessage['headers'];
  readonly query: URLSearchParams;
}

export type Fault =
  /** Answered with that status and S3 code, after the body was read, without effect. */
  | { readonly kind: 'refuse'; readonly status: number; readonly code: string }
  /** The same, but at once, while the body is still on its way. */
  | { readonly kind: 'refuse-early'; readonly status: number; readonly code: string }
  /** Never answered. */
  | { readonly kind: 'stall' }
  /** The connection is reset before anything takes effect. */
  | { readonly kind: 'reset' }
  /** Takes effect, then the connection is reset. */
  | { readonly kind: 'lose-reply' }
  /** A listing: says that there is more, without saying where. */
  | { readonly kind: 'no-marker' }
  /** 200 with an error in the body, without effect. `tail` follows `</Error>`. */
  | { readonly kind: 'ok-with-error-body'; readonly tail?: string }
  /** GetObject: the connection breaks (or stalls) after that many bytes. */
  | { readonly kind: 'cut'; readonly afterBytes: number; readonly then?: 'reset' | 'stall' }
  /** GetObject: announces and sends other bytes than those stored. */
  | { readonly kind: 'serve'; readonly bytes: Buffer }
  /** Takes effect on these instead of what was asked: headers to change (undefined: drop). */
  | { readonly kind: 'rewrite'; readonly headers: Readonly<Record<string, string | undefined>> };

export interface StandInOptions {
  /** `discard` keeps lengths and checksums as they are announced; `memory` and a directory keep and check bytes. */
  readonly keep: 'discard' | 'memory' | { readonly directory: string };
  readonly fault?: (request: StandInRequest) => Fault | undefined;
  /** Entries of one page of a listing. Default 1,000, as in S3. */
  readonly pageEntries?: number;
  /** What the bucket says of itself; it keeps one version whatever it says. Default: that it never kept any. */
  readonly versioning?: 'Enabled' | 'Suspended';
}

interface Piece {
  readonly length: number;
  readonly sha256: string;
  readonly bytes?: Buffer;
  readonly file?: string;
}

export interface StandInObject {
  readonly pieces: readonly Piece[];
  readonly lengthBytes: number;
  readonly versionId: string;
  readonly checksum: string;
  storageClass: string;
  readonly modified: Date;
  tags: Record<string, string>;
  lock?: { mode: string; until: string };
  /** The headers x-amz-restore and x-amz-replication-status. */
  restore?: string;
  replication?: string;
}

export interface StandIn {
  readonly endpoint: string;
  readonly objects: ReadonlyMap<string, StandInObject>;
  /** Version ids of delete markers, by key; a test puts them there. */
  readonly markers: Map<string, string>;
  /** Bodies of the accepted requests for an object's return. */
  readonly restores: readonly string[];
  /** Unfinished uploads, by id. */
  readonly uploads: ReadonlyMap<string, unknown>;
  /** Requests seen, by operation. */
  readonly requests: Readonly<Partial<Record<Operation, number>>>;
  /** Connections that are open now. */
  connections(): Promise<number>;
  receivedBytes(): number;
  close(): Promise<void>;
}

interface Upload {
  readonly key: string;
  readonly headers: IncomingMessage['headers'];
  readonly begun: Date;
  readonly parts: Map<number, Piece>;
}

class S3Error extends Error {
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string) {
    super(code);
    this.status = status;
    this.code = code;
  }
}

export async function startS3StandIn(options: StandInOptions): Promise<StandIn> {
  const objects = new Map<string, StandInObject>();
  const restores: string[] = [];
  const markers = new Map<string, string>();
  const uploads = new Map<string, Upload>();
  const requests: Partial<Record<Operation, number>> = {};
  const seen = new Map<string, number>();
  let receivedBytes = 0;
  let files = 0;
  const directory = typeof options.keep === 'object' ? options.keep.directory : undefined;
  if (directory !== undefined) mkdirSync(directory, { recursive: true });

  const server = createServer({ highWaterMark: 1024 * 1024 }, (request, response) => {
    handle(request, response).catch((error: unknown) => {
      if (request.destroyed && !request.complete) return;
      if (!(error instanceof S3Error)) {
        request.socket.destroy();
        return;
      }
      fail(response, error.status, error.code);
    });
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  return {
    endpoint: `http://127.0.0.1:${port}`,
    objects,
    markers,
    restores,
    uploads,
    requests,
    receivedBytes: () => receivedBytes,
    connections: () => new Promise((resolve) => server.getConnections((_, count) => resolve(count))),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const [, , ...rest] = url.pathname.split('/');
    const key = decodeURIComponent(rest.join('/'));
    const query = url.searchParams;
    const operation = operationOf(request.method ?? '', key, query);
    const partNumber = query.has('partNumber') ? Number(query.get('partNumber')) : undefined;
    const id = `${operation} ${key} ${partNumber ?? ''}`;
    const repeat = seen.get(id) ?? 0;
    requests[operation] = (requests[operation] ?? 0) + 1;
    let fault: Fault | undefined;
    if (options.fault !== undefined) {
      seen.set(id, repeat + 1);
      const { headers } = request;
      fault = options.fault({
        operation,
        key,
        ...(partNumber === undefined ? {} : { partNumber }),
        repeat,
        headers,
        query,
      });
    }
    if (fault?.kind === 'reset') return void request.socket.resetAndDestroy();
    if (fault?.kind === 'stall') return;
    if (fault?.kind === 'refuse-early') return fail(response, fault.status, fault.code);
    if (fault?.kind === 'refuse' || fault?.kind === 'ok-with-error-body') {
      await drain(request);
      if (fault.kind === 'refuse') return fail(response, fault.status, fault.code);
      return void response.writeHead(200).end(`${errorBody('InternalError')}${fault.tail ?? ''}`);
    }
    const headers = fault?.kind === 'rewrite' ? { ...request.headers, ...fault.headers } : request.headers;
    if (fault?.kind === 'lose-reply') {
      response.end = (() => {
        request.socket.resetAndDestroy();
        return response;
      }) as typeof response.end;
    }

    switch (operation) {
      case 'PutObject': {
        const piece = await receive(request, headers);
        refuseExisting(key, headers);
        const object = store(key, [piece], piece.sha256, headers);
        response.writeHead(200, { etag: '"whole"', 'x-amz-version-id': object.versionId }).end();
        return;
      }
      case 'CreateMultipartUpload': {
        const uploadId = randomBytes(12).toString('hex');
        uploads.set(uploadId, { key, headers, begun: new Date(), parts: new Map() });
        xml(
          response,
          `<InitiateMultipartUploadResult><UploadId>${uploadId}</UploadId></InitiateMultipartUploadResult>`,
        );
        return;
      }
      case 'UploadPart': {
        const upload = uploadOf(query);
        const piece = await receive(request, headers);
        upload.parts.set(partNumber as number, piece);
        response.writeHead(200, { etag: `"${partNumber}"`, 'x-amz-checksum-sha256': piece.sha256 }).end();
        return;
      }
      case 'CompleteMultipartUpload':
        return complete(key, query, headers, await text(request), response);
      case 'AbortMultipartUpload':
        uploadOf(query);
        uploads.delete(query.get('uploadId') ?? '');
        response.writeHead(204).end();
        return;
      case 'GetObject':
        return get(readable(objectOf(key, query)), headers, response, fault);
      case 'HeadObject':
        response.writeHead(200, headersOf(objectOf(key, query))).end();
        return;
      case 'GetBucketVersioning': {
        const { versioning } = options;
        const status = versioning === undefined ? '' : `<Status>${versioning}</Status>`;
        response.writeHead(200).end(`<VersioningConfiguration>${status}</VersioningConfiguration>`);
        return;
      }
      case 'ListObjectsV2': {
        const prefix = query.get('prefix') ?? '';
        const delimiter = query.get('delimiter') ?? '';
        const from = query.get('continuation-token') ?? query.get('start-after') ?? '';
        const entries = new Map<string, string>();
        const current = [...objects.keys()].filter((one) => one.startsWith(prefix) && !markers.has(one));
        for (const name of current.sort()) {
          const end = delimiter === '' ? -1 : name.indexOf(delimiter, prefix.length);
          const object = objects.get(name) as StandInObject;
          if (end === -1 && name > from) entries.set(name, contentsOf(name, object));
          // As S3: a folder whose keys come after `start-after` is listed, whatever the folder's own name.
          const folder = name.slice(0, end + 1);
          if (end !== -1 && name > from && folder !== from)
            entries.set(folder, `<CommonPrefixes><Prefix>${folder}</Prefix></CommonPrefixes>`);
        }
        const tokenOf = (name: string) => `<NextContinuationToken>${name}</NextContinuationToken>`;
        return page(response, 'ListBucketResult', entries, tokenOf, fault);
      }
      case 'ListObjectVersions': {
        const from = query.get('key-marker') ?? '';
        const entries = new Map<string, string>();
        const names = [...new Set([...objects.keys(), ...markers.keys()])].sort();
        for (const name of names.filter((one) => one.startsWith(query.get('prefix') ?? '') && one > from)) {
          entries.set(name, versionsOf(name, objects.get(name), markers.get(name)));
        }
        const tokenOf = (name: string) => `<NextKeyMarker>${name}</NextKeyMarker>`;
        return page(response, 'ListVersionsResult', entries, tokenOf, fault);
      }
      case 'ListMultipartUploads': {
        const from = query.get('upload-id-marker');
        const found = [...uploads]
          .filter(([, { key: name }]) => name.startsWith(query.get('prefix') ?? ''))
          .sort(([, one], [, other]) => (one.key < other.key ? -1 : 1))
          .map(([uploadId, upload]): [string, string] => [
            uploadId,
            `<Upload><Key>${upload.key}</Key><UploadId>${uploadId}</UploadId><Initiated>${upload.begun.toISOString()}</Initiated></Upload>`,
          ]);
        const rest = found.slice(found.findIndex(([uploadId]) => uploadId === from) + 1);
        const tokenOf = (uploadId: string) =>
          `<NextKeyMarker>${uploads.get(uploadId)?.key}</NextKeyMarker><NextUploadIdMarker>${uploadId}</NextUploadIdMarker>`;
        return page(response, 'ListMultipartUploadsResult', new Map(rest), tokenOf, fault);
      }
      case 'RestoreObject': {
        const object = objectOf(key, query);
        if (!['GLACIER', 'DEEP_ARCHIVE'].includes(object.storageClass))
          throw new S3Error(403, 'InvalidObjectState');
        if (object.restore === 'ongoing-request="true"') throw new S3Error(409, 'RestoreAlreadyInProgress');
        restores.push(await text(request));
        object.restore ??= 'ongoing-request="true"';
        response.writeHead(202).end();
        return;
      }
      case 'DeleteObject':
        // Of a version that is not there S3 says the same.
        if (markers.get(key) === query.get('versionId')) markers.delete(key);
        else if (objects.get(key)?.versionId === query.get('versionId')) objects.delete(key);
        response.writeHead(204).end();
        return;
      case 'GetObjectTagging': {
        const tags = Object.entries(objectOf(key, query).tags).map(
          ([name, value]) => `<Tag><Key>${name}</Key><Value>${value}</Value></Tag>`,
        );
        xml(response, `<Tagging><TagSet>${tags.join('')}</TagSet></Tagging>`, {
          'x-amz-version-id': objectOf(key, query).versionId,
        });
        return;
      }
      case 'PutObjectTagging': {
        const body = await text(request);
        const pairs = body.matchAll(/<Key>(.*?)<\/Key><Value>(.*?)<\/Value>/g);
        objectOf(key, query).tags = Object.fromEntries([...pairs].map(([, name, value]) => [name, value]));
        response.writeHead(200).end();
        return;
      }
      case 'PutObjectRetention': {
        const body = await text(request);
        const [mode, until] = ['Mode', 'RetainUntilDate'].map(
          (tag) => new RegExp(`<${tag}>(.*?)<`).exec(body)?.[1],
        );
        objectOf(key, query).lock = { mode: mode ?? '', until: until ?? '' };
        response.writeHead(200).end();
        return;
      }
    }
  }

  function page(
    response: ServerResponse,
    root: string,
    entries: ReadonlyMap<string, string>,
    tokenOf: (last: string) => string,
    fault: Fault | undefined,
  ): void {
    const shown = [...entries].slice(0, options.pageEntries ?? 1000);
    const last = shown.at(-1)?.[0];
    const truncated = fault?.kind === 'no-marker' || shown.length < entries.size;
    const token = truncated && fault?.kind !== 'no-marker' && last !== undefined ? tokenOf(last) : '';
    const body = shown.map(([, entry]) => entry).join('');
    xml(response, `<${root}><IsTruncated>${truncated}</IsTruncated>${token}${body}</${root}>`);
  }

  function complete(
    key: string,
    query: URLSearchParams,
    headers: IncomingMessage['headers'],
    body: string,
    response: ServerResponse,
  ): void {
    const upload = uploadOf(query);
    refuseExisting(key, headers);
    const named = [...body.matchAll(/<Part>.*?<\/Part>/g)].map(([part]) => ({
      number: Number(/<PartNumber>(\d+)</.exec(part)?.[1]),
      etag: /<ETag>(.*?)</.exec(part)?.[1]?.replaceAll('&quot;', '"'),
      sha256: /<ChecksumSHA256>(.*?)</.exec(part)?.[1],
    }));
    const pieces = named.map(({ number, etag, sha256 }, index) => {
      const piece = upload.parts.get(number);
      if (piece === undefined || number !== index + 1 || etag !== `"${number}"` || sha256 !== piece.sha256) {
        throw new S3Error(400, 'InvalidPart');
      }
      return piece;
    });
    const digests = Buffer.concat(pieces.map((piece) => Buffer.from(piece.sha256, 'base64')));
    const checksum = `${hash('sha256', digests, 'base64')}-${pieces.length}`;
    const size = pieces.reduce((sum, piece) => sum + piece.length, 0);
    if ((headers['x-amz-mp-object-size'] ?? String(size)) !== String(size))
      throw new S3Error(400, 'InvalidRequest');
    if ((headers['x-amz-checksum-sha256'] ?? checksum) !== checksum) throw new S3Error(400, 'BadDigest');
    // What was asked for when the upload began is what counts, as in S3.
    const object = store(key, pieces, checksum, upload.headers);
    uploads.delete(query.get('uploadId') ?? '');
    xml(
      response,
      `<CompleteMultipartUploadResult><ETag>"whole-${pieces.length}"</ETag><ChecksumSHA256>${checksum}</ChecksumSHA256></CompleteMultipartUploadResult>`,
      { 'x-amz-version-id': object.versionId },
    );
  }

  function store(
    key: string,
    pieces: readonly Piece[],
    checksum: string,
    headers: IncomingMessage['headers'],
  ) {
    const header = (name: string) => headers[name] as string | undefined;
    const mode = header('x-amz-object-lock-mode');
    const until = header('x-amz-object-lock-retain-until-date');
    const object: StandInObject = {
      pieces,
      lengthBytes: pieces.reduce((sum, piece) => sum + piece.length, 0),
      versionId: randomBytes(8).toString('hex'),
      checksum,
      storageClass: header('x-amz-storage-class') ?? 'STANDARD',
      modified: new Date(),
      tags: Object.fromEntries(new URLSearchParams(header('x-amz-tagging') ?? '')),
      ...(mode === undefined || until === undefined ? {} : { lock: { mode, until } }),
    };
    objects.set(key, object);
    return object;
  }

  async function receive(request: IncomingMessage, headers: IncomingMessage['headers']): Promise<Piece> {
    const announced = headers['x-amz-checksum-sha256'] as string | undefined;
    if (options.keep === 'discard') {
      const length = await drain(request);
      receivedBytes += length;
      return { length, sha256: announced ?? '' };
    }
    const digest = createHash('sha256');
    const file = directory === undefined ? undefined : join(directory, String(files++));
    const { length, bytes } = await keep(request, digest, file);
    receivedBytes += length;
    const sha256 = digest.digest();
    const signed = headers['x-amz-content-sha256'];
    if (announced !== undefined && announced !== sha256.toString('base64'))
      throw new S3Error(400, 'BadDigest');
    if (/^[0-9a-f]{64}$/.test(String(signed)) && signed !== sha256.toString('hex')) {
      throw new S3Error(400, 'XAmzContentSHA256Mismatch');
    }
    return {
      length,
      sha256: sha256.toString('base64'),
      ...(bytes === undefined ? {} : { bytes }),
      ...(file === undefined ? {} : { file }),
    };
  }

  async function get(
    object: StandInObject,
    headers: IncomingMessage['headers'],
    response: ServerResponse,
    fault: Fault | undefined,
  ): Promise<void> {
    const all = fault?.kind === 'serve' ? fault.bytes.length : object.lengthBytes;
    const range = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '');
    const start = range === null ? 0 : Number(range[1]);
    const end = range?.[2] ? Math.min(Number(range[2]), all - 1) : all - 1;
    if (start >= all) throw new S3Error(416, 'InvalidRange');
    response.writeHead(range === null ? 200 : 206, {
      ...headersOf(object),
      'content-length': end - start + 1,
      ...(range === null ? {} : { 'content-range': `bytes ${start}-${end}/${all}` }),
    });
    if (fault?.kind === 'cut') {
      response.flushHeaders();
      await pipeline(
        Readable.from(bytesOf(object, start, Math.min(end, start + fault.afterBytes - 1))),
        response,
        {
          end: false,
        },
      );
      // Given a moment to arrive: a reset discards what the other side has not read.
      await new Promise((resolve) => setTimeout(resolve, 20));
      if (fault.then !== 'stall') response.socket?.resetAndDestroy();
      return;
    }
    if (fault?.kind === 'serve') return void response.end(fault.bytes.subarray(start, end + 1));
    await pipeline(Readable.from(bytesOf(object, start, end)), response);
  }

  function readable(object: StandInObject): StandInObject {
    const archived = ['GLACIER', 'DEEP_ARCHIVE'].includes(object.storageClass);
    if (archived && !object.restore?.startsWith('ongoing-request="false"'))
      throw new S3Error(403, 'InvalidObjectState');
    return object;
  }

  function refuseExisting(key: string, headers: IncomingMessage['headers']): void {
    if (headers['if-none-match'] === '*' && objects.has(key)) throw new S3Error(412, 'PreconditionFailed');
  }

  function uploadOf(query: URLSearchParams): Upload {
    const upload = uploads.get(query.get('uploadId') ?? '');
    if (upload === undefined) throw new S3Error(404, 'NoSuchUpload');
    return upload;
  }

  function objectOf(key: string, query: URLSearchParams): StandInObject {
    const object = objects.get(key);
    const versionId = query.get('versionId');
    const marker = markers.get(key);
    if (marker !== undefined && versionId === marker) throw new S3Error(405, 'MethodNotAllowed');
    if (marker !== undefined && versionId === null) throw new S3Error(404, 'NoSuchKey');
    if (object === undefined || (versionId !== null && versionId !== object.versionId)) {
      throw new S3Error(404, 'NoSuchKey');
    }
    return object;
  }
}

function operationOf(method: string, key: string, query: URLSearchParams): Operation {
  const part = query.has('uploadId');
  if (key === '' && query.has('versioning')) return 'GetBucketVersioning';
  if (key === '' && query.has('versions')) return 'ListObjectVersions';
  if (key === '') return query.has('uploads') ? 'ListMultipartUploads' : 'ListObjectsV2';
  if (query.has('restore')) return 'RestoreObject';
  if (query.has('tagging')) return method === 'PUT' ? 'PutObjectTagging' : 'GetObjectTagging';
  if (query.has('retention')) return 'PutObjectRetention';
  if (method === 'PUT') return part ? 'UploadPart' : 'PutObject';
  if (method === 'POST') return part ? 'CompleteMultipartUpload' : 'CreateMultipartUpload';
  if (method === 'DELETE') return part ? 'AbortMultipartUpload' : 'DeleteObject';
  return method === 'HEAD' ? 'HeadObject' : 'GetObject';
}

/** Counts and forgets: no stream machinery beyond the parser's own chunks. */
function drain(request: IncomingMessage): Promise<number> {
  return new Promise((resolve, reject) => {
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
    });
    request.on('end', () => resolve(length));
    request.on('error', reject);
  });
}

async function keep(request: IncomingMessage, digest: Hash, file: string | undefined) {
  const chunks: Buffer[] = [];
  let length = 0;
  const output = file === undefined ? undefined : createWriteStream(file);
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    digest.update(chunk);
    if (output === undefined) chunks.push(chunk);
    else if (!output.write(chunk)) await once(output, 'drain');
  }
  if (output === undefined) return { length, bytes: Buffer.concat(chunks) };
  output.end();
  await once(output, 'close');
  return { length };
}

async function* bytesOf(object: StandInObject, start: number, end: number): AsyncGenerator<Buffer> {
  let offset = 0;
  for (const piece of object.pieces) {
    const from = Math.max(start - offset, 0);
    const to = Math.min(end - offset, piece.length - 1);
    offset += piece.length;
    if (from > to) continue;
    if (piece.bytes !== undefined) yield piece.bytes.subarray(from, to + 1);
    else if (piece.file !== undefined) {
      yield* createReadStream(piece.file, {
        start: from,
        end: to,
        highWaterMark: 1024 * 1024,
      }) as AsyncIterable<Buffer>;
    }
  }
}

function headersOf(object: StandInObject): Record<string, string | number> {
  return {
    'content-length': object.lengthBytes,
    etag: `"${object.versionId}"`,
    'x-amz-version-id': object.versionId,
    'x-amz-checksum-sha256': object.checksum,
    'last-modified': object.modified.toUTCString(),
    ...(object.storageClass === 'STANDARD' ? {} : { 'x-amz-storage-class': object.storageClass }),
    ...(object.restore === undefined ? {} : { 'x-amz-restore': object.restore }),
    ...(object.replication === undefined ? {} : { 'x-amz-replication-status': object.replication }),
    ...(object.lock === undefined
      ? {}
      : {
          'x-amz-object-lock-mode': object.lock.mode,
          'x-amz-object-lock-retain-until-date': object.lock.until,
        }),
  };
}

function contentsOf(name: string, object: StandInObject): string {
  const modified = object.modified.toISOString();
  return `<Contents><Key>${name}</Key><Size>${object.lengthBytes}</Size><LastModified>${modified}</LastModified></Contents>`;
}

/** The marker, where there is one, lies over the object. */
function versionsOf(name: string, object: StandInObject | undefined, marker: string | undefined): string {
  const entry = (tag: string, versionId: string, latest: boolean, more: string) =>
    `<${tag}><Key>${name}</Key><VersionId>${versionId}</VersionId><IsLatest>${latest}</IsLatest>${more}</${tag}>`;
  const over = `<LastModified>${new Date().toISOString()}</LastModified>`;
  return [
    ...(marker === undefined ? [] : [entry('DeleteMarker', marker, true, over)]),
    ...(object === undefined
      ? []
      : [
          entry(
            'Version',
            object.versionId,
            marker === undefined,
            `<Size>${object.lengthBytes}</Size><LastModified>${object.modified.toISOString()}</LastModified>`,
          ),
        ]),
  ].join('');
}

async function text(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

function xml(response: ServerResponse, body: string, headers: Record<string, string> = {}): void {
  response.writeHead(200, { 'content-type': 'application/xml', ...headers }).end(body);
}

function errorBody(code: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>by the stand-in</Message></Error>`;
}

function fail(response: ServerResponse, status: number, code: string): void {
  if (!response.headersSent) response.writeHead(status, { 'content-type': 'application/xml' });
  response.end(errorBody(code));
}

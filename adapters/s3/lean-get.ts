/**
 * GETs of small objects without the SDK's stack (lean-request.ts). Promises: an answer is a reply of 200 with a length;
 * for anything else the caller asks the SDK.
 */
import type { Readable } from 'node:stream';
import type { GetObjectCommand, GetObjectCommandOutput, S3Client } from '@aws-sdk/client-s3';
import { leanRequests } from './lean-request.ts';

export type LeanReply = { readonly Body: Readable; readonly ContentLength: number } & Pick<
  GetObjectCommandOutput,
  | 'ETag'
  | 'VersionId'
  | 'ContentType'
  | 'ContentEncoding'
  | 'ContentDisposition'
  | 'ContentLanguage'
  | 'CacheControl'
  | 'ExpiresString'
  | 'LastModified'
  | 'Metadata'
>;

/** `refused`: with this status; no answer at all is thrown. */
export type LeanAnswer = LeanReply | { readonly refused: number };

export interface LeanGets {
  /** How this command, of that key, is sent, is how the next ones will be. */
  learnFrom(command: GetObjectCommand, key: string): void;
  /** Something was learned, and not in vain. */
  ready(): boolean;
  get(key: string, sending: { readonly abortSignal: AbortSignal }): Promise<LeanAnswer>;
  /** After a refusal: the SDK was given the object. */
  refusedInVain(): void;
}

export function leanGets(client: S3Client): LeanGets {
  const requests = leanRequests(client);
  return {
    learnFrom: requests.learnFrom,
    ready: requests.ready,
    refusedInVain: requests.refusedInVain,
    async get(key, sending) {
      const { statusCode, headers, body } = await requests.send(key, {}, sending);
      const reply = statusCode === 200 ? replyOf(headers, body) : undefined;
      if (reply === undefined) {
        body.destroy();
        return { refused: statusCode };
      }
      requests.taken();
      return reply;
    },
  };
}

const META = 'x-amz-meta-';

/** Undefined when there is something in it that the SDK should judge. */
function replyOf(headers: Readonly<Record<string, string>>, body: Readable): LeanReply | undefined {
  const length = headers['content-length'];
  const modified = headers['last-modified'];
  const LastModified = modified === undefined ? undefined : new Date(modified);
  if (length === undefined || !/^\d{1,15}$/.test(length) || Number.isNaN(LastModified?.getTime())) return;
  const Metadata: Record<string, string> = {};
  for (const name in headers)
    if (name.startsWith(META)) Metadata[name.slice(META.length)] = headers[name] ?? '';
  return {
    Body: body,
    ContentLength: Number(length),
    ETag: headers.etag,
    VersionId: headers['x-amz-version-id'],
    ContentType: headers['content-type'],
    ContentEncoding: headers['content-encoding'],
    ContentDisposition: headers['content-disposition'],
    ContentLanguage: headers['content-language'],
    CacheControl: headers['cache-control'],
    ExpiresString: headers.expires,
    LastModified,
    Metadata,
  };
}

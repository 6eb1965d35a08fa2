/**
 * GETs of small objects without the stack of the SDK around each, which costs five times what signing and HTTP do.
 * What is sent is what the client last sent itself (host, path, headers), for another key, signed with its credentials
 * and sent by its handler: its connections, certificates, checked addresses and time limits. Promises:
 * an answer is a reply of 200 with a length; for anything else the caller asks the SDK, which knows about retries,
 * redirects, clocks and errors.
 */
import type { Readable } from 'node:stream';
import type { GetObjectCommand, GetObjectCommandOutput, S3Client } from '@aws-sdk/client-s3';
import { type GetSigner, getSigner, uriEscaped } from './sign-get.ts';

/** In a row, of requests that the SDK then got an answer to: this store does not take them as they are sent here. */
const VAIN_REFUSALS = 5;

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

interface SentRequest {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly query: Record<string, string>;
  readonly headers: Readonly<Record<string, string>>;
}

interface Pattern extends SentRequest {
  /** Sent, but not signed by the SDK either: proxies change them. */
  readonly unsigned: Readonly<Record<string, string>>;
  readonly scope: string;
  readonly signer: GetSigner;
}

export function leanGets(client: S3Client): LeanGets {
  let pattern: Pattern | undefined;
  let vain = 0;
  return {
    learnFrom(command, key) {
      command.middlewareStack.add(
        (next) => (args) => {
          pattern = patternOf(args.request as SentRequest, key, pattern);
          return next(args);
        },
        // After signing.
        { step: 'finalizeRequest', priority: 'low', name: 'holdfastLeanGet' },
      );
    },
    ready: () => pattern !== undefined && vain < VAIN_REFUSALS,
    refusedInVain() {
      vain += 1;
    },
    async get(key, sending) {
      if (pattern === undefined) throw new Error('nothing was learned yet');
      const { protocol, hostname, port, query, headers, unsigned, signer } = pattern;
      const path = pattern.path + escaped(key);
      const keys = await client.config.credentials();
      const date = new Date(Date.now() + client.config.systemClockOffset);
      const signed = { ...signer.sign({ path, query, headers }, keys, date), ...unsigned };
      const request = { method: 'GET', protocol, hostname, port, path, query, headers: signed };
      const { response } = await client.config.requestHandler.handle(request as never, sending);
      const body = response.body as Readable;
      // What comes after the body was left is of no interest to anybody, but must not end the process.
      body.on('error', () => {});
      const reply = response.statusCode === 200 ? replyOf(response.headers, body) : undefined;
      if (reply === undefined) {
        body.destroy();
        return { refused: response.statusCode };
      }
      vain = 0;
      return reply;
    },
  };
}

/** Undefined for what is signed in another way (S3 Express, many regions at once) or not at all. */
function patternOf(request: SentRequest, key: string, last: Pattern | undefined): Pattern | undefined {
  const { protocol, hostname, port, path, query, headers } = request;
  const [, region, service, names] = signedFor.exec(headers.authorization ?? '') ?? [];
  const suffix = escaped(key);
  if (region === undefined || service === undefined || !path.endsWith(suffix)) return undefined;
  if (headers['x-amz-s3session-token'] !== undefined) return undefined;
  const scope = `${region}/${service}`;
  const signedNames = new Set(names?.split(';'));
  const some = (signed: boolean) =>
    Object.fromEntries(
      Object.entries(headers)
        .map(([name, value]) => [name.toLowerCase(), value] as const)
        .filter(([name]) => !ofOneRequest.test(name) && signedNames.has(name) === signed),
    );
  return {
    protocol,
    hostname,
    ...(port === undefined ? {} : { port }),
    path: path.slice(0, path.length - suffix.length),
    query: { ...query },
    headers: some(true),
    unsigned: some(false),
    scope,
    signer: last?.scope === scope ? last.signer : getSigner(region, service),
  };
}

const signedFor =
  /^AWS4-HMAC-SHA256 Credential=\S+\/\d{8}\/([^/\s]+)\/([^/\s]+)\/aws4_request, SignedHeaders=([^,\s]+),/;
const ofOneRequest = /^(authorization|amz-sdk-.*|x-amz-date|x-amz-content-sha256|x-amz-security-token)$/;

/** As the SDK does: slashes stay. */
function escaped(key: string): string {
  return uriEscaped(key).replaceAll('%2F', '/');
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

/**
 * The S3 client that Holdfast uses, and the one way to call it. Promises: every attempt has a time limit, so a
 * stalled connection becomes an error and is tried again; every call has one too, whatever the client does; the
 * number of attempts is bounded and counted; the payload of an upload is hashed once, by the writer.
 */
import type { LookupFunction } from 'node:net';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { fromS3 } from './errors.ts';

export interface S3ClientOptions extends Pick<S3ClientConfig, 'region' | 'endpoint' | 'credentials'> {
  /**
   * Default: true with an endpoint of one's own, given here or in the environment variables that the SDK reads
   * (emulators have no wildcard names), else false.
   */
  readonly forcePathStyle?: boolean;
  /**
   * From sending a request to the head of its reply. Default 120,000: an 8 MiB part at 0.6 Mbit/s. The body of a
   * download is watched by the reader instead.
   */
  readonly attemptTimeoutMs?: number;
  readonly connectTimeoutMs?: number;
  /** Tries per request, the first one included. Default 5. */
  readonly maxAttempts?: number;
  /** PEM of certificate authorities, instead of the public ones. */
  readonly ca?: string;
  /** Replaces the system's resolver: for endpoints whose addresses are to be checked. */
  readonly lookup?: LookupFunction;
  /** Default 64: eight streams of two parts, and what reads back. */
  readonly maxSockets?: number;
}

/** Makes a client. The caller destroys it. */
export function s3Client(options: S3ClientOptions = {}): S3Client {
  const agent = {
    keepAlive: true,
    maxSockets: options.maxSockets ?? 64,
    ...(options.lookup === undefined ? {} : { lookup: options.lookup }),
  };
  const client = new S3Client({
    ...(options.region === undefined ? {} : { region: options.region }),
    ...(options.credentials === undefined ? {} : { credentials: options.credentials }),
    ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint }),
    forcePathStyle: options.forcePathStyle ?? hasOwnEndpoint(options),
    retryMode: 'standard',
    maxAttempts: options.maxAttempts ?? 5,
    // Uploads carry SHA-256 from the writer, and reading is checked against the manifest: on its own the SDK would
    // hash small downloads a second time, and add a CRC to any upload that came without a checksum.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // The default (bodies from 2 MiB) opens a new connection for each part and waits for 100-continue on it.
    expectContinueHeader: false,
    requestHandler: new NodeHttpHandler({
      connectionTimeout: options.connectTimeoutMs ?? 5_000,
      requestTimeout: options.attemptTimeoutMs ?? 120_000,
      throwOnRequestTimeout: true,
      httpAgent: agent,
      httpsAgent: options.ca === undefined ? agent : { ...agent, ca: options.ca },
    }),
  });
  signWithGivenHash(client);
  return client;
}

function hasOwnEndpoint({ endpoint }: S3ClientOptions): boolean {
  return (endpoint ?? process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL) !== undefined;
}

/**
 * An upload that carries x-amz-checksum-sha256 is signed with that same hash, so that the signer does not hash the
 * body again. S3 checks both against what arrives.
 */
function signWithGivenHash(client: S3Client): void {
  client.middlewareStack.add(
    (next) => (args) => {
      const { headers, body } = args.request as { headers: Record<string, string>; body?: unknown };
      const checksum = headers['x-amz-checksum-sha256'];
      if (checksum !== undefined && body instanceof Uint8Array) {
        headers['x-amz-content-sha256'] = Buffer.from(checksum, 'base64').toString('hex');
      }
      return next(args);
    },
    { step: 'build', priority: 'low', name: 'holdfastSignWithGivenHash' },
  );
}

export interface S3Counters {
  requests: number;
  /** Attempts beyond the first. */
  retries: number;
}

export interface CallOptions {
  readonly abortSignal: AbortSignal;
}

/** What every reply of the SDK is. */
export interface WithMetadata {
  readonly $metadata?: { readonly attempts?: number };
}

/** Calls S3, bounded in time and counted. `action` (`s3:PutObject`) and `what` (the key) go into the error. */
export type Call = <T extends WithMetadata>(
  action: string,
  what: string,
  send: (options: CallOptions) => Promise<T>,
  signal?: AbortSignal,
) => Promise<T>;

/**
 * @param callTimeoutMs limit of one call with all its attempts and the pauses between them
 * @returns a Call that throws HoldfastErrors (errors.ts), or the signal's reason as soon as it aborts
 */
export function caller(counters: S3Counters, callTimeoutMs: number): Call {
  return async (action, what, send, signal) => {
    signal?.throwIfAborted();
    const controller = new AbortController();
    const { promise: stopped, reject } = Promise.withResolvers<never>();
    stopped.catch(() => {});
    const stop = (reason: unknown) => {
      // The SDK does not interrupt its pause between attempts, so this does not wait for it.
      reject(reason);
      controller.abort();
    };
    const onAbort = () => stop(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    const timer = setTimeout(() => stop(timeoutError(callTimeoutMs)), callTimeoutMs);
    counters.requests += 1;
    try {
      const sent = send({ abortSignal: controller.signal });
      sent.catch(() => {});
      const output = await Promise.race([sent, stopped]);
      counters.retries += attemptsOf(output) - 1;
      return output;
    } catch (error) {
      counters.retries += attemptsOf(error) - 1;
      signal?.throwIfAborted();
      throw fromS3(error, action, what);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    }
  };
}

function attemptsOf(result: unknown): number {
  return (result as WithMetadata | undefined)?.$metadata?.attempts ?? 1;
}

function timeoutError(milliseconds: number): Error {
  return Object.assign(new Error(`no answer within ${milliseconds} ms, all attempts together`), {
    name: 'TimeoutError',
  });
}

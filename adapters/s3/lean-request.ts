/**
 * GET requests without the stack of the SDK around each, which costs more than signing, sending and reading what comes
 * back. What is sent is what the client last sent itself (host, path, headers), signed with its credentials and sent by
 * its handler: its connections, certificates, checked addresses and time limits. Promises nothing about the answer:
 * whoever asks knows which one is good, and asks the SDK, which knows about retries, redirects, clocks and errors, for
 * anything else.
 */
import type { Readable } from 'node:stream';
import type { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { type GetSigner, getSigner, uriEscaped } from './sign-get.ts';

/** In a row, of requests that the SDK then got an answer to: this store does not take them as they are sent here. */
const VAIN_REFUSALS = 5;

export interface LeanResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readable;
}

/** Any command of the SDK that is a GET. */
export type GetCommand = Pick<GetObjectCommand, 'middlewareStack'>;

export interface LeanRequests {
  /** How this command is sent is how the next ones will be, with another `key` at the end of the path. */
  learnFrom(command: GetCommand, key: string): void;
  /** Something was learned, and not in vain. */
  ready(): boolean;
  /** No answer at all is thrown. @param more of the query, beside what was learned of it */
  send(
    key: string,
    more: Readonly<Record<string, string>>,
    sending: { readonly abortSignal: AbortSignal },
  ): Promise<LeanResponse>;
  /** The answer was good. */
  taken(): void;
  /** After an answer that was not: the SDK was given what was asked for. */
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

export function leanRequests(client: S3Client): LeanRequests {
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
    taken() {
      vain = 0;
    },
    refusedInVain() {
      vain += 1;
    },
    async send(key, more, sending) {
      if (pattern === undefined) throw new Error('nothing was learned yet');
      const { protocol, hostname, port, headers, unsigned, signer } = pattern;
      const path = pattern.path + escaped(key);
      const query = { ...pattern.query, ...more };
      const keys = await client.config.credentials();
      const date = new Date(Date.now() + client.config.systemClockOffset);
      const signed = { ...signer.sign({ path, query, headers }, keys, date), ...unsigned };
      const request = { method: 'GET', protocol, hostname, port, path, query, headers: signed };
      const { response } = await client.config.requestHandler.handle(request as never, sending);
      const body = response.body as Readable;
      // What comes after the body was left is of no interest to anybody, but must not end the process.
      body.on('error', () => {});
      return { statusCode: response.statusCode, headers: response.headers, body };
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

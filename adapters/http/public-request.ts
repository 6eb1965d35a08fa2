/**
 * One request to a public service whose URL somebody typed: HTTPS, a time limit over all of it, no redirects. Its host
 * is resolved once, every answer is checked, and the connection goes to a checked address: it cannot be turned to an
 * address of the account's own network. Of the URL no more than its host is ever named: the rest is a secret.
 */
import { lookup as systemLookup } from 'node:dns/promises';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import ipaddr from 'ipaddr.js';
import { type ErrorCode, HoldfastError } from '../../core/errors.ts';
import { forbiddenReason } from '../addresses.ts';

export interface PublicRequestOptions {
  /** The local AWS: the laptop itself may be contacted, and over plain HTTP. */
  readonly allowLoopback: boolean;
  /** Replaces the system's resolver, for tests. */
  readonly lookup?: (host: string) => Promise<readonly string[]>;
  /** Another certificate authority than the public ones, for tests. */
  readonly ca?: string;
  readonly timeoutMilliseconds: number;
}

/** In whose words it fails. */
export interface Purpose {
  /** `the dead-man URL`. */
  readonly what: string;
  readonly code: ErrorCode;
  /** What to do when it leads where it must not. */
  readonly forbiddenNext: string;
}

export interface PublicRequest {
  readonly method: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Answer {
  readonly status: number;
  readonly retryAfter?: string;
  readonly host: string;
}

/** Throws HOST_FORBIDDEN, and the purpose's own code for everything that keeps an answer from coming. */
export async function publicRequest(
  text: string,
  request: PublicRequest,
  options: PublicRequestOptions,
  purpose: Purpose,
): Promise<Answer> {
  const { what, code } = purpose;
  const url = parseUrl(text, options.allowLoopback, purpose);
  const limit = options.timeoutMilliseconds;
  const signal = AbortSignal.timeout(limit);
  const late = () =>
    new HoldfastError(code, `${what} at ${url.hostname} did not answer in ${limit} ms`, {
      details: { mayPass: true },
    });
  const address = await orAborted(checkedAddress(url, options, purpose), signal, late);
  const answer = await exchange(url, address, request, options.ca, signal).catch((thrown: Error): never => {
    if (signal.aborted) throw late();
    // Messages of sockets and TLS name hosts and addresses, never a path.
    throw new HoldfastError(code, `${what} at ${url.hostname}: ${thrown.message}`, {
      details: { mayPass: true },
    });
  });
  return { ...answer, host: url.hostname };
}

/** `answered 302, a redirect, which is not followed`. */
export function answered({ status }: Answer): string {
  return `answered ${status}${status >= 300 && status < 400 ? ', a redirect, which is not followed' : ''}`;
}

function parseUrl(text: string, allowPlain: boolean, { what, code }: Purpose): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const allowed = allowPlain ? ['https:', 'http:'] : ['https:'];
  if (url && allowed.includes(url.protocol) && url.username === '' && url.password === '') return url;
  throw new HoldfastError(code, `${what} is not an https URL without user and password`);
}

async function checkedAddress(
  url: URL,
  { allowLoopback, lookup = systemAddresses }: PublicRequestOptions,
  purpose: Purpose,
): Promise<string> {
  // A URL writes an IPv6 address in brackets; 0x7f.1 and the like it has made plain already.
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const addresses = await resolve(host, lookup, purpose);
  for (const address of addresses) {
    const reason = forbiddenReason(address, { allowLoopback, allowPrivate: false });
    if (reason === undefined) continue;
    throw new HoldfastError(
      'HOST_FORBIDDEN',
      `${purpose.what}'s host ${host} is a ${reason} address (${address})`,
      {
        details: { host, address, reason },
        next: purpose.forbiddenNext,
      },
    );
  }
  const [first] = addresses;
  if (first !== undefined) return first;
  throw new HoldfastError(purpose.code, `${purpose.what}'s host ${host} has no address`);
}

async function resolve(
  host: string,
  lookup: (host: string) => Promise<readonly string[]>,
  { what, code }: Purpose,
): Promise<readonly string[]> {
  if (ipaddr.isValid(host)) return [host];
  try {
    return await lookup(host);
  } catch (cause) {
    const options = { cause, details: { mayPass: true } };
    throw new HoldfastError(code, `${what}'s host ${host} cannot be resolved`, options);
  }
}

async function systemAddresses(host: string): Promise<readonly string[]> {
  // IPv4 first: functions in a VPC often have no way out over IPv6.
  const answers = await systemLookup(host, { all: true, order: 'ipv4first' });
  return answers.map(({ address }) => address);
}

/** The status of the answer; its body is not read. */
function exchange(
  url: URL,
  address: string,
  { method, headers, body }: PublicRequest,
  ca: string | undefined,
  signal: AbortSignal,
): Promise<Omit<Answer, 'host'>> {
  const family = ipaddr.parse(address).kind() === 'ipv6' ? 6 : 4;
  const send = url.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const request = send(url, {
      method,
      headers: { 'user-agent': 'holdfast', ...headers },
      agent: false,
      signal,
      ca,
      // The checked address, whatever the name means by now; the certificate is still checked against the name.
      lookup: (_host, { all }, done) => {
        if (all) done(null, [{ address, family }]);
        else done(null, address, family);
      },
    });
    request.once('error', reject);
    request.once('response', (response) => {
      const retryAfter = response.headers['retry-after'];
      response.destroy();
      resolve({ status: response.statusCode ?? 0, ...(retryAfter !== undefined && { retryAfter }) });
    });
    request.end(body);
  });
}

async function orAborted<T>(work: Promise<T>, signal: AbortSignal, reason: () => Error): Promise<T> {
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(reason()), { once: true });
  });
  return Promise.race([work, aborted]);
}

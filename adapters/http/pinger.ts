/**
 * Pings dead-man URLs: one GET over HTTPS, five seconds in all, no redirects. The URL comes from a plan, so its host
 * is resolved once, every answer is checked, and the connection goes to a checked address: it cannot be turned to an
 * address of the account's own network. Of the URL no more than its host is ever named: the rest is a secret.
 */
import { lookup as systemLookup } from 'node:dns/promises';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import ipaddr from 'ipaddr.js';
import { HoldfastError } from '../../core/errors.ts';
import type { Pinger } from '../../core/ports/surroundings.ts';
import { forbiddenReason } from '../addresses.ts';

const timeoutMilliseconds = 5_000;

export interface HttpPingerOptions {
  /** The local AWS: the laptop itself may be pinged, and over plain HTTP. */
  readonly allowLoopback: boolean;
  /** Replaces the system's resolver, for tests. */
  readonly lookup?: (host: string) => Promise<readonly string[]>;
  /** Another certificate authority than the public ones, for tests. */
  readonly ca?: string;
  readonly timeoutMilliseconds?: number;
}

export function httpPinger(options: HttpPingerOptions): Pinger {
  const limit = options.timeoutMilliseconds ?? timeoutMilliseconds;
  return {
    async ping(text) {
      const url = parseUrl(text, options.allowLoopback);
      const signal = AbortSignal.timeout(limit);
      const late = () =>
        new HoldfastError('PING_FAILED', `the dead-man URL at ${url.hostname} did not answer in ${limit} ms`);
      const address = await orAborted(checkedAddress(url, options), signal, late);
      const status = await get(url, address, options.ca, signal).catch((thrown: Error): never => {
        if (signal.aborted) throw late();
        // Messages of sockets and TLS name hosts and addresses, never a path.
        throw new HoldfastError('PING_FAILED', `the dead-man URL at ${url.hostname}: ${thrown.message}`);
      });
      if (status >= 200 && status < 300) return;
      throw new HoldfastError(
        'PING_FAILED',
        `the dead-man URL at ${url.hostname} answered ${status}${status >= 300 && status < 400 ? ', a redirect, which is not followed' : ''}`,
      );
    },
  };
}

function parseUrl(text: string, allowPlain: boolean): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const allowed = allowPlain ? ['https:', 'http:'] : ['https:'];
  if (url && allowed.includes(url.protocol) && url.username === '' && url.password === '') return url;
  throw new HoldfastError('PING_FAILED', 'a dead-man URL is not an https URL without user and password');
}

async function checkedAddress(
  url: URL,
  { allowLoopback, lookup = systemAddresses }: HttpPingerOptions,
): Promise<string> {
  // A URL writes an IPv6 address in brackets; 0x7f.1 and the like it has made plain already.
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const addresses = await resolve(host, lookup);
  for (const address of addresses) {
    const reason = forbiddenReason(address, { allowLoopback, allowPrivate: false });
    if (reason === undefined) continue;
    throw new HoldfastError(
      'HOST_FORBIDDEN',
      `the dead-man URL's host ${host} is a ${reason} address (${address})`,
      {
        details: { host, address, reason },
        next: 'Dead-man URLs lead to a public service: correct deadManUrl in the plan or the stack.',
      },
    );
  }
  const [first] = addresses;
  if (first !== undefined) return first;
  throw new HoldfastError('PING_FAILED', `the dead-man URL's host ${host} has no address`);
}

async function resolve(
  host: string,
  lookup: (host: string) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  if (ipaddr.isValid(host)) return [host];
  try {
    return await lookup(host);
  } catch (cause) {
    throw new HoldfastError('PING_FAILED', `the dead-man URL's host ${host} cannot be resolved`, { cause });
  }
}

async function systemAddresses(host: string): Promise<readonly string[]> {
  // IPv4 first: functions in a VPC often have no way out over IPv6.
  const answers = await systemLookup(host, { all: true, order: 'ipv4first' });
  return answers.map(({ address }) => address);
}

/** The status of the answer; its body is not read. */
function get(url: URL, address: string, ca: string | undefined, signal: AbortSignal): Promise<number> {
  const family = ipaddr.parse(address).kind() === 'ipv6' ? 6 : 4;
  const send = url.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const request = send(url, {
      method: 'GET',
      headers: { 'user-agent': 'holdfast' },
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
      response.destroy();
      resolve(response.statusCode ?? 0);
    });
    request.end();
  });
}

async function orAborted<T>(work: Promise<T>, signal: AbortSignal, reason: () => Error): Promise<T> {
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(reason()), { once: true });
  });
  return Promise.race([work, aborted]);
}

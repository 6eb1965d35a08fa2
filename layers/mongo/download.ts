/**
 * Downloads over TLS, from the host that was asked and no other. Promises: a redirect to another host or to plain HTTP
 * is refused; more bytes than `maxBytes` are refused while they come; a stalled transfer ends.
 */
export interface DownloadOptions {
  readonly maxBytes: number;
  readonly timeoutSeconds?: number;
}

const maxRedirects = 3;
/** 60 MB over a slow line. */
const defaultTimeoutSeconds = 300;
const attempts = 3;

/** @throws Error naming the address and what is wrong */
export async function download(url: string, options: DownloadOptions): Promise<Buffer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await once(new URL(url), options);
    } catch (error) {
      // What the server answered stays; a connection that broke may hold the next time.
      if (attempt === attempts || error instanceof Refused) throw error;
    }
  }
}

class Refused extends Error {}

async function once(start: URL, options: DownloadOptions): Promise<Buffer> {
  const signal = AbortSignal.timeout((options.timeoutSeconds ?? defaultTimeoutSeconds) * 1000);
  let url = start;
  for (let redirects = 0; ; redirects++) {
    requireSafe(url);
    const response = await fetch(url, { redirect: 'manual', signal });
    const location = response.headers.get('location');
    if (response.status >= 300 && response.status < 400 && location !== null) {
      await response.body?.cancel();
      const next = new URL(location, url);
      if (next.host !== start.host || next.protocol !== start.protocol)
        throw new Refused(`${url} sends on to ${next.protocol}//${next.host}, which is another place`);
      if (redirects === maxRedirects) throw new Refused(`${start} sends on more than ${maxRedirects} times`);
      url = next;
      continue;
    }
    if (!response.ok || response.body === null) {
      await response.body?.cancel();
      const message = `${url} answers ${response.status}`;
      throw response.status >= 500 ? new Error(message) : new Refused(message);
    }
    return collect(url, response.body, options.maxBytes);
  }
}

async function collect(url: URL, body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new Refused(`${url} is larger than the ${maxBytes} bytes that are allowed`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Plain HTTP only on this machine, for tests. */
function requireSafe(url: URL): void {
  const isLoopback = ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback))
    throw new Refused(`${url}: only https is allowed`);
}

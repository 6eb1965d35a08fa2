/**
 * The console's files as CloudFront serves them: the same addresses, headers and caching (infra/console-headers.ts),
 * compressed where it compresses. Read as they are asked for, so that a new build is there at once.
 */
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { cachingOf, fileOf, headersOf } from '../../infra/console-headers.ts';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.txt': 'text/plain; charset=utf-8',
  '.md': 'text/markdown; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
};

/**
 * What CloudFront compresses, by size and type:
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/ServingCompressedFiles.html
 */
const compressedFrom = 1000;
const compressedTo = 10_000_000;
const compressedTypes = new Set(['.html', '.js', '.css', '.json', '.svg', '.txt']);

type Encoding = 'br' | 'gzip' | undefined;

interface Kept {
  /** Of the file when it was read. */
  readonly mark: string;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly etag: string;
}

export interface ServedFiles {
  readonly distDir: string;
  /** Files that are not in the folder, by path. */
  readonly made: Readonly<Record<string, string>>;
  readonly connectTo: readonly string[];
}

export function servedFiles({
  distDir,
  made,
  connectTo,
}: ServedFiles): (request: Request) => Promise<Response> {
  const kept = new Map<string, Kept>();

  async function contentOf(file: string, encoding: Encoding): Promise<Kept | undefined> {
    const text = made[file];
    const path = text === undefined ? within(distDir, file) : undefined;
    if (text === undefined && path === undefined) return undefined;
    const status = path === undefined ? undefined : await stat(path).catch(() => undefined);
    if (path !== undefined && !status?.isFile()) return undefined;
    const mark = status ? `${status.mtimeMs} ${status.size}` : 'made';
    const key = `${encoding} ${file}`;
    const before = kept.get(key);
    if (before?.mark === mark) return before;
    const plain = text === undefined ? await readFile(path ?? '') : Buffer.from(text);
    const body = new Uint8Array(await compressed(plain, encoding));
    const hash = createHash('sha256').update(plain).digest('base64url').slice(0, 22);
    // Weak where it was compressed on the way, as CloudFront has it.
    const fresh = { mark, body, etag: `${encoding === undefined ? '' : 'W/'}"${hash}"` };
    kept.set(key, fresh);
    return fresh;
  }

  return async (request) => {
    const headers = new Headers(headersOf(new URL(request.url).pathname, connectTo));
    const answer = (status: number, body: Uint8Array<ArrayBuffer> | string | null) =>
      new Response(request.method === 'HEAD' ? null : body, { status, headers });
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      headers.set('allow', 'GET, HEAD');
      return answer(405, null);
    }
    const file = fileOf(decoded(request.url));
    const extension = extname(file);
    const canShrink = compressedTypes.has(extension);
    const encoding = canShrink ? encodingOf(request.headers.get('accept-encoding') ?? '') : undefined;
    let found = await contentOf(file, undefined);
    if (!found) {
      headers.set('content-type', 'text/plain; charset=utf-8');
      return answer(404, 'There is no such file.\n');
    }
    if (canShrink) headers.set('vary', 'accept-encoding');
    if (encoding !== undefined && found.body.length >= compressedFrom && found.body.length <= compressedTo) {
      found = (await contentOf(file, encoding)) ?? found;
      headers.set('content-encoding', encoding);
    }
    headers.set('content-type', types[extension] ?? 'application/octet-stream');
    headers.set('cache-control', cachingOf(file));
    headers.set('etag', found.etag);
    const known = request.headers.get('if-none-match')?.split(/, */) ?? [];
    const { etag, body } = found;
    if (known.some((one) => one.replace('W/', '') === etag.replace('W/', ''))) return answer(304, null);
    return answer(200, body);
  };
}

/** A path that cannot be read as one is none of a file. */
function decoded(url: string): string {
  const { pathname } = new URL(url);
  try {
    return decodeURIComponent(pathname);
  } catch {
    return pathname;
  }
}

/** Undefined: hidden, or on its way out of the folder: either has a part that begins with a dot. */
function within(dir: string, file: string): string | undefined {
  const isHidden = file.split(/[/\\]/).some((part) => part.startsWith('.'));
  return isHidden || file.includes('\0') ? undefined : join(dir, file);
}

function encodingOf(accepted: string): Encoding {
  const names = accepted.split(',').map((one) => one.split(';')[0]?.trim());
  return names.includes('br') ? 'br' : names.includes('gzip') ? 'gzip' : undefined;
}

/** As quick as a network's edge would have it. */
async function compressed(plain: Buffer, encoding: Encoding): Promise<Buffer> {
  if (encoding === undefined) return plain;
  if (encoding === 'gzip') return promisify(gzip)(plain);
  return promisify(brotliCompress)(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } });
}

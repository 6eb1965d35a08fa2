/**
 * Which web pages may call from a browser (CORS, https://fetch.spec.whatwg.org/#http-cors-protocol). A browser asks
 * first (OPTIONS) and sends no token with that, so it is answered before the sign-in and the allow-list: it learns which
 * headers there are, which the document says to everybody anyway. No cookies and no other credentials of the browser's
 * own are ever taken: a page must hold a token itself.
 */

import type { MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';
import type { ApiEnv } from './env.ts';

const maxAgeSeconds = 3600;

const allowHeaders = [
  'authorization',
  'content-type',
  'idempotency-key',
  'if-match',
  'if-none-match',
  'x-correlation-id',
];

const exposeHeaders = [
  'etag',
  'location',
  'retry-after',
  'idempotency-replayed',
  'x-correlation-id',
  'x-next-cursor',
  'www-authenticate',
];

/** `origins`: exactly as browsers send them; never `*`. None: browsers are told nothing, and refuse by themselves. */
export function crossOrigin(origins: readonly string[]): MiddlewareHandler<ApiEnv> {
  const known = new Set(origins.filter((origin) => origin !== '*'));
  return cors({
    origin: (origin) => (known.has(origin) ? origin : null),
    allowMethods: ['GET', 'POST', 'PUT', 'DELETE'],
    allowHeaders,
    exposeHeaders,
    maxAge: maxAgeSeconds,
  });
}

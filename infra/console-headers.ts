/**
 * What the console's pages are served with: the one source for CloudFront (constructs/console.ts) and for the small
 * server of `npm start` (local/console/). Pure, so that both are the same and a test can hold one against the other.
 *
 * Promises: no script, style or frame from anywhere else, no inline script, and no call to anybody but the API and
 * those who sign people in.
 */

/** Where signing in again ends, in a window of its own that must reach the page which opened it. */
export const popupPage = '/signed-in-popup.html';

/** `connectTo`: origins like `https://api.example.org`, besides the console's own. */
export function contentSecurityPolicy(connectTo: readonly string[]): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    // Pictures of form controls in style sheets are `data:` addresses.
    "img-src 'self' data:",
    "font-src 'none'",
    `connect-src ${["'self'", ...new Set(connectTo)].join(' ')}`,
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** The same for every page but for {@link openerHeader}. */
export function pageHeaders(connectTo: readonly string[]): Readonly<Record<string, string>> {
  return {
    'content-security-policy': contentSecurityPolicy(connectTo),
    'strict-transport-security': `max-age=${hstsSeconds}`,
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    ...plainHeaders,
  };
}

/** Two years, as browsers' lists of such sites ask for. */
export const hstsSeconds = 63_072_000;

/** Those that CloudFront has no words of its own for. */
export const plainHeaders = {
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()',
  'x-robots-tag': 'noindex',
} as const;

/**
 * Keeps pages of others that opened this one, or that it opened, from reaching into it. The page on which signing in
 * again ends goes without: through another origin it would lose the one that opened it.
 */
export const openerHeader = ['cross-origin-opener-policy', 'same-origin-allow-popups'] as const;

/** Everything of a page by its path, as the browser asks for it. */
export function headersOf(path: string, connectTo: readonly string[]): Readonly<Record<string, string>> {
  const [name, value] = openerHeader;
  return { ...pageHeaders(connectTo), ...(path !== popupPage && { [name]: value }) };
}

/** Files below assets/ have a hash of their content in their names: what they hold never changes. */
export const assetCaching = 'public, max-age=31536000, immutable';
/** Pages and config.json are asked for each time, and answered 304 when they are the same. */
export const pageCaching = 'no-cache';

export function cachingOf(file: string): string {
  return file.startsWith('/assets/') ? assetCaching : pageCaching;
}

const statusPage = /^\/status\/?$/;
/** Everything else is an address within the console, also when it has a dot. */
const ownFile = /^\/(?:assets\/.+|[^/]+\.[A-Za-z0-9]+)$/;

/** The file that answers a path: itself, the public status page, or the console, which knows its own addresses. */
export function fileOf(path: string): string {
  if (statusPage.test(path)) return '/status.html';
  return ownFile.test(path) ? path : '/index.html';
}

/** The same for CloudFront, whose functions are one script without imports (runtime 2.0). */
export const viewerRequestCode = `function handler(event) {
  var request = event.request;
  if (${statusPage}.test(request.uri)) request.uri = '/status.html';
  else if (!${ownFile}.test(request.uri)) request.uri = '/index.html';
  return request;
}`;

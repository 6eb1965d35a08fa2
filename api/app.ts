/**
 * The API as a plain web application: Request in, Response out; functions/api.ts puts it behind the gateway. Promises:
 * every answer has a correlation id and the same safe headers, every failure is a problem (problem.ts), and each call
 * leaves one line in the log.
 */
import { Hono } from 'hono';
import { asHoldfastError, HoldfastError } from '../core/errors.ts';
import { allowList } from './allow-list.ts';
import { carryOut, mostBodyBytes, tooLarge } from './call.ts';
import { correlationHeader, correlationIdOf } from './correlation.ts';
import { crossOrigin } from './cors.ts';
import type { ApiDeps } from './deps.ts';
import type { ApiEnv } from './env.ts';
import { HttpRefusal, problemResponse, statusOf } from './problem.ts';
import type { Route } from './route.ts';
import { routes as allRoutes } from './routes/all.ts';

export type Api = Hono<ApiEnv>;

/** Nothing of it is for frames or guesses at types, nor for caches, but what a route says may be kept. */
const safeHeaders = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=63072000',
  'x-content-type-options': 'nosniff',
};

export function buildApi(deps: ApiDeps, routes: readonly Route[] = allRoutes): Api {
  const isAllowed = allowList(deps.settings.allowFrom);
  const app = new Hono<ApiEnv>();

  app.use(async (c, next) => {
    const startedMs = performance.now();
    const correlationId = correlationIdOf(c.req.header(correlationHeader));
    const { requestId, http } = c.env?.requestContext ?? {};
    c.set('correlationId', correlationId);
    c.set('requestId', requestId);
    c.set('address', http?.sourceIp);
    c.set('log', deps.log.with({ correlationId }));
    await next();
    const kept = c.res.headers.get('cache-control');
    for (const [name, value] of Object.entries(safeHeaders)) c.res.headers.set(name, value);
    if (kept !== null) c.res.headers.set('cache-control', kept);
    c.res.headers.set(correlationHeader, correlationId);
    c.var.log.info('call', {
      method: c.req.method,
      path: c.req.path,
      status: c.res.status,
      durationMs: Math.round(performance.now() - startedMs),
      address: http?.sourceIp,
      requestId,
      subject: c.var.actor?.subject,
    });
  });

  const { corsOrigins = [] } = deps.settings;
  if (corsOrigins.length > 0) app.use(crossOrigin(corsOrigins));

  app.use(async (c, next) => {
    if (c.req.path !== '/v1/health' && !isAllowed(c.var.address)) {
      throw new HoldfastError(
        'ADDRESS_FORBIDDEN',
        `The API may not be called from ${c.var.address ?? 'there'}`,
      );
    }
    const said = Number(c.req.header('content-length') ?? 0);
    if (said > mostBodyBytes) throw tooLarge(said);
    await next();
  });

  // Routes without parameters come first: `plans/test` is not the plan "test".
  for (const route of [...routes].sort((a, b) => parameters(a.path) - parameters(b.path))) {
    app.on(route.method, route.path.replaceAll(/\{(\w+)\}/g, ':$1'), (c) => carryOut(route, c, deps));
  }

  app.notFound((c) => {
    const methods = routes.filter(({ path }) => matches(path, c.req.path)).map(({ method }) => method);
    const allow = [...new Set(methods)].join(', ');
    const error =
      allow === ''
        ? new HoldfastError('NOT_FOUND', `There is no ${c.req.path.slice(0, 200)}`)
        : new HttpRefusal(405, 'INVALID_INPUT', `${c.req.path.slice(0, 200)} takes ${allow}`, {
            headers: { allow },
            next: 'See /v1/openapi.json for what there is.',
          });
    return problemResponse(error, c.var.correlationId);
  });

  app.onError((thrown, c) => {
    const error = asHoldfastError(thrown);
    const { code, message } = error;
    if (statusOf(error) >= 500) c.var.log.error('call failed', { code, message, error: thrown });
    else c.var.log.info('call refused', { code, message });
    return problemResponse(thrown, c.var.correlationId);
  });

  return app;
}

const parameters = (path: string) => path.split('{').length - 1;

function matches(template: string, path: string): boolean {
  const parts = template.split('/');
  const given = path.split('/');
  return parts.length === given.length && parts.every((part, i) => part.startsWith('{') || part === given[i]);
}

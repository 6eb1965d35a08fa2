/**
 * How a call is carried out, the same for every route, in this order: who calls, may they, what do they ask for, did
 * they sign in lately enough for that, is it too often, was it done already, the intention into the trail, the work, its outcome into the trail, the answer.
 * Nothing of the work begins before everything above it has passed.
 */
import type { Context } from 'hono';
import type { z } from 'zod';
import type { AuditIntent } from '../core/audit/trail.ts';
import { type Actor, holds } from '../core/control/actor.ts';
import { asHoldfastError, HoldfastError, InvalidInput } from '../core/errors.ts';
import { parse } from '../core/parse.ts';
import { secretFields } from '../core/plan.ts';
import type { OnceResponse } from '../core/ports/catalog.ts';
import type { Log } from '../core/ports/index.ts';
import type { ApiDeps } from './deps.ts';
import type { ApiEnv } from './env.ts';
import { idempotencyHeader, once } from './idempotency.ts';
import { HttpRefusal, statusOf } from './problem.ts';
import { withinLimits } from './rate-limit.ts';
import { Answer, type Call, type Route } from './route.ts';
import { requireRecentSignIn } from './step-up.ts';

export const mostBodyBytes = 256 * 1024;

export async function carryOut(route: Route, c: Context<ApiEnv>, deps: ApiDeps): Promise<Response> {
  const { spec } = route;
  const actor = await actorOf(route, c, deps);
  const { correlationId, log } = c.var;
  const text = await bodyText(c);
  const input = inputOf(route, c, text);
  const isStepUp = typeof spec.stepUp === 'function' ? spec.stepUp(input) : spec.stepUp;
  if (isStepUp) requireRecentSignIn(actor, deps.settings, deps.clock.now());
  if (spec.costly) await withinLimits(deps.catalog, actor.subject, deps.clock.now());
  const work = (token: string) =>
    audited(route, { input, actor, deps, log, correlationId, token }).then((sent) => responseOf(route, sent));
  const { status, body, headers } = await once(
    { catalog: deps.catalog, now: deps.clock.now(), log },
    {
      subject: actor.subject,
      route: `${route.method} ${c.req.path}`,
      key: spec.idempotent ? c.req.header(idempotencyHeader) : undefined,
      // What is asked for in the query is another request, too: a dry run is not what it would do.
      body: `${new URL(c.req.url).search}\n${text}`,
    },
    work,
  );
  return new Response(body === '' ? null : body, { status, headers });
}

/** Public routes know nobody, even if somebody signed in. UNAUTHENTICATED, FORBIDDEN. */
async function actorOf(route: Route, c: Context<ApiEnv>, deps: ApiDeps): Promise<Actor> {
  const { correlationId, address, requestId } = c.var;
  const about = { address, requestId, correlationId, via: 'api' as const };
  if (route.access === 'public') return { subject: 'nobody', name: 'nobody', groups: [], ...about };
  const token = /^Bearer +([\w.~+/=-]+) *$/i.exec(c.req.header('authorization') ?? '')?.[1];
  if (token === undefined) {
    throw new HoldfastError('UNAUTHENTICATED', 'The call has no Authorization header with a bearer token');
  }
  const actor: Actor = { ...(await deps.signIn(token)), ...about };
  c.set('actor', actor);
  c.set('log', c.var.log.with({ subject: actor.subject }));
  if (!holds(actor.role, route.access)) {
    const { [route.access]: needed } = deps.settings.groups;
    throw new HoldfastError(
      'FORBIDDEN',
      `${route.name} needs the role ${route.access} (group ${needed}); ${actor.name} ${actor.role ? `is ${actor.role}` : 'has none'}`,
    );
  }
  return actor;
}

async function bodyText(c: Context<ApiEnv>): Promise<string> {
  if (c.req.raw.body === null) return '';
  const bytes = await c.req.arrayBuffer();
  if (bytes.byteLength > mostBodyBytes) throw tooLarge(bytes.byteLength);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw invalid('body', '(whole)', 'UTF-8');
  }
}

export const tooLarge = (bytes: number) =>
  new HttpRefusal(413, 'INVALID_INPUT', `The body has ${bytes} bytes; at most ${mostBodyBytes} are taken`);

function inputOf({ spec, params, query, headers }: Route, c: Context<ApiEnv>, text: string) {
  return {
    params: parse(params, c.req.param(), 'path'),
    query: parse(query, singles(c.req.queries()), 'query'),
    headers: parse(headers, c.req.header(), 'headers'),
    body: bodyOf(spec.body, text, c.req.header('content-type')),
  };
}

function singles(queries: Readonly<Record<string, readonly string[]>>): Record<string, string | undefined> {
  const repeated = Object.entries(queries).find(([, values]) => values.length > 1);
  if (repeated) throw invalid('query', repeated[0], 'given once');
  return Object.fromEntries(Object.entries(queries).map(([name, [value]]) => [name, value]));
}

function bodyOf(schema: z.ZodType | undefined, text: string, contentType: string | undefined): unknown {
  if (text === '') {
    // A body whose fields are all optional may be left out; a blank is no JSON.
    return schema && parse(schema, {}, 'body', secretFields);
  }
  if (!/^application\/json *(;|$)/i.test(contentType ?? '')) {
    throw new HttpRefusal(415, 'INVALID_INPUT', 'The body must be application/json', {
      next: 'Send JSON, with Content-Type: application/json.',
    });
  }
  let value: unknown;
  try {
    value = JSON.parse(text, whole);
  } catch {
    throw invalid('body', '(whole)', 'JSON in whole characters');
  }
  if (schema) return parse(schema, value, 'body', secretFields);
  const isEmpty = typeof value === 'object' && value !== null && Object.keys(value).length === 0;
  if (!isEmpty) throw invalid('body', '(whole)', 'empty: this call takes no body');
  return undefined;
}

/** Half a character can be written as JSON (`"\\ud800"`), and nothing behind this takes it. */
function whole(name: string, value: unknown): unknown {
  if (name.isWellFormed() && (typeof value !== 'string' || value.isWellFormed())) return value;
  throw new SyntaxError('half a character');
}

const invalid = (what: string, field: string, allowed: string) =>
  new InvalidInput(what, [{ field, allowed }]);

/** The work between its two entries in the trail. When the first cannot be written, the work is not begun. */
async function audited(route: Route, call: Call): Promise<unknown> {
  const { audit } = route.spec;
  if (!audit || audit.unless?.(call.input)) return route.handle(call);
  const before = await audit.before?.(call);
  const intent = await call.deps.audit.begin(
    call.actor,
    audit.action,
    audit.target(call.input),
    before,
    audit.detail?.(call.input),
  );
  let sent: unknown;
  try {
    sent = await route.handle(call);
  } catch (thrown) {
    const error = asHoldfastError(thrown);
    const { code, message } = error;
    await ended(intent, call.log, statusOf(error) < 500 ? 'refused' : 'failed', undefined, { code, message });
    throw thrown;
  }
  await ended(intent, call.log, 'ok', audit.after?.(sent instanceof Answer ? sent.body : sent));
  return sent;
}

/** It is done, or it is not: an outcome that cannot be written changes nothing of it, and its intention stands. */
async function ended(
  intent: AuditIntent,
  log: Log,
  ...outcome: Parameters<AuditIntent['end']>
): Promise<void> {
  try {
    await intent.end(...outcome);
  } catch (error) {
    log.error('outcome not written to the audit trail', { result: outcome[0], error });
  }
}

function responseOf({ name, spec }: Route, sent: unknown): OnceResponse {
  const answer = sent instanceof Answer ? sent : new Answer(sent);
  const { status = spec.status ?? 200 } = answer;
  if (status === 304 || status === 204 || !spec.response)
    return { status, body: '', headers: answer.headers };
  const result = spec.response.safeParse(answer.body);
  if (!result.success) {
    throw new HoldfastError(
      'INTERNAL',
      `the answer of ${name} is not of its schema: ${result.error.message}`,
    );
  }
  const { contentType = 'application/json' } = spec;
  const body = contentType === 'application/json' ? JSON.stringify(result.data) : String(result.data);
  return { status, body, headers: { 'content-type': contentType, ...answer.headers } };
}

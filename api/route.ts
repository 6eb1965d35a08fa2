/**
 * The one way a route is declared: its name (`POST /v1/plans`, which has its role in roles.ts), what it takes and gives
 * as zod schemas, what the trail says of it, and the handler, whose types follow from the schemas. api/call.ts carries
 * it out, api/openapi.ts describes it; both read nothing else.
 */
import { z } from 'zod';
import type { Actor } from '../core/control/actor.ts';
import type { Log } from '../core/ports/index.ts';
import type { ApiDeps } from './deps.ts';
import { type Access, access, type RouteName } from './roles.ts';

export type Shape = Readonly<Record<string, z.ZodType>>;
/** The type of a shape that nobody gave. */
type NoShape = Readonly<Record<never, z.ZodType>>;

/** Rows of core are readonly; what zod infers is not. */
export type Sendable<T> = T extends (infer E)[]
  ? readonly Sendable<E>[]
  : T extends object
    ? { readonly [K in keyof T]: Sendable<T[K]> }
    : T;

export interface Input<P extends Shape, Q extends Shape, H extends Shape, B extends z.ZodType> {
  readonly params: z.output<z.ZodObject<P>>;
  readonly query: z.output<z.ZodObject<Q>>;
  /** Names are lower case: `if-match`. */
  readonly headers: z.output<z.ZodObject<H>>;
  readonly body: z.output<B>;
}

/** What a handler gets. */
export interface Call<I = unknown> {
  readonly input: I;
  /** Signed in, and of the route's role at least; `role` absent only on public routes. */
  readonly actor: Actor;
  readonly deps: ApiDeps;
  readonly log: Log;
  readonly correlationId: string;
  /**
   * 32 hex digits, for ids of what is made: the same for the same Idempotency-Key of the same person and route, so that
   * a repetition makes nothing twice even where its answer was lost; otherwise random.
   */
  readonly token: string;
}

/** An answer that is not simply the body at the route's own status. */
export class Answer<T> {
  readonly body: T | undefined;
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string>>;
  constructor(
    body: T | undefined,
    options: { readonly status?: number; readonly headers?: Readonly<Record<string, string>> } = {},
  ) {
    this.body = body;
    this.status = options.status;
    this.headers = options.headers ?? {};
  }
}

export interface AuditSpec<I, R> {
  /** `plan.create`, `backup.pin`. */
  readonly action: string;
  /** What it is done to, for people: `plan/nightly`. */
  readonly target: (input: I) => string;
  /** What exactly is asked for, where the target does not say it; at most 1,000 characters are kept. */
  readonly detail?: (input: I) => string;
  /** What it was before, without secrets. Called before the intention is written; what it throws refuses the call. */
  readonly before?: (call: Call<I>) => Promise<unknown>;
  /** What only asks leaves no entry: a dry run that a page makes while somebody types. Default: everything is written. */
  readonly unless?: (input: I) => boolean;
  /** What became of it, without secrets: never links or tokens. Default: nothing is said. */
  readonly after?: (body: R | undefined) => unknown;
}

export interface RouteSpec<
  P extends Shape,
  Q extends Shape,
  H extends Shape,
  B extends z.ZodType,
  R extends z.ZodType,
> {
  readonly name: RouteName;
  /** Unique; the name of the function in generated clients: `listPlans`. */
  readonly operationId: string;
  /** Groups routes in the document: `plans`. */
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  /** Of the path: exactly the names in braces. */
  readonly params?: P;
  /** Texts: numbers by z.coerce. Unknown and repeated ones are refused. */
  readonly query?: Q;
  /** Besides those of the frame. Names in lower case; others are ignored. */
  readonly headers?: H;
  /** JSON; objects must be strict. Default: none is taken. */
  readonly body?: B;
  /** Of success. Default 200. */
  readonly status?: number;
  /** Other statuses without failure that a handler may answer with (by Answer), and what they mean; 304 has no body. */
  readonly otherStatuses?: Readonly<Record<number, string>>;
  /**
   * What is sent: anything that is not in the schema is taken out, so that nothing internal leaves by accident. Absent:
   * no body.
   */
  readonly response?: R;
  /** Headers of success, and what they say, for the document. */
  readonly responseHeaders?: Readonly<Record<string, string>>;
  /** Default `application/json`; with another one the response is a string. */
  readonly contentType?: string;
  /** Required of everything but GET, unless `changesNothing`. A GET may have one. */
  readonly audit?: AuditSpec<Input<P, Q, H, B>, z.input<R>>;
  /** A POST that only computes. */
  readonly changesNothing?: boolean;
  /** Takes a sign-in of the last minutes where the stack asks for that (step-up.ts): what destroys, or gives contents away. */
  readonly stepUp?: boolean | ((input: Input<P, Q, H, B>) => boolean);
  /** Counts against the caller's limit (rate-limit.ts). */
  readonly costly?: boolean;
  /** Takes Idempotency-Key: every POST that creates or starts something. */
  readonly idempotent?: boolean;
  /** Checked by a test against the schemas. */
  readonly examples?: { readonly body?: unknown; readonly response?: unknown };
}

type Handler<P extends Shape, Q extends Shape, H extends Shape, B extends z.ZodType, R extends z.ZodType> = (
  call: Call<Input<P, Q, H, B>>,
) => Promise<Sendable<z.input<R>> | Answer<Sendable<z.input<R>>>>;

/** A route as the frame sees it, whatever its types are. */
export interface Route {
  readonly name: RouteName;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** As in the document: `/v1/plans/{planId}`. */
  readonly path: string;
  readonly access: Access;
  readonly spec: Omit<RouteSpec<Shape, Shape, Shape, z.ZodType, z.ZodType>, 'audit' | 'stepUp'> & {
    readonly audit?: AuditSpec<unknown, unknown>;
    readonly stepUp?: boolean | ((input: unknown) => boolean);
  };
  readonly params: z.ZodObject;
  readonly query: z.ZodObject;
  readonly headers: z.ZodObject;
  readonly handle: (call: Call) => Promise<unknown>;
}

/** Declares a route. Throws, so that the process does not even start, when a declaration contradicts itself. */
export function route<
  P extends Shape = NoShape,
  Q extends Shape = NoShape,
  H extends Shape = NoShape,
  B extends z.ZodType = z.ZodUndefined,
  R extends z.ZodType = z.ZodUndefined,
>(spec: RouteSpec<P, Q, H, B, R>, handle: Handler<P, Q, H, B, R>): Route {
  const [method, path] = spec.name.split(' ') as [Route['method'], string];
  const wrong = contradiction(spec, method, path);
  if (wrong) throw new TypeError(`Route ${spec.name}: ${wrong}`);
  return {
    name: spec.name,
    method,
    path,
    access: access[spec.name],
    // The frame hands over only what these very schemas made, so that the types of the handler hold.
    spec: spec as unknown as Route['spec'],
    params: z.strictObject({ ...spec.params }),
    query: z.strictObject({ ...spec.query }),
    headers: z.object({ ...spec.headers }),
    handle: handle as unknown as Route['handle'],
  };
}

function contradiction(
  spec: Pick<
    RouteSpec<Shape, Shape, Shape, z.ZodType, z.ZodType>,
    'params' | 'body' | 'changesNothing' | 'idempotent' | 'headers'
  > & { readonly audit?: unknown },
  method: Route['method'],
  path: string,
): string | undefined {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
  const declared = Object.keys(spec.params ?? {});
  if (inPath.join() !== declared.join()) return `its path has {${inPath}}, its params are {${declared}}`;
  if (method !== 'GET' && !spec.audit && !spec.changesNothing) return 'it changes something and has no audit';
  if (method === 'GET' && spec.body) return 'a GET takes no body';
  if (spec.idempotent && method !== 'POST') return 'only a POST needs an Idempotency-Key';
  const upper = Object.keys(spec.headers ?? {}).find((name) => name !== name.toLowerCase());
  return upper && `the header ${upper} is not in lower case`;
}

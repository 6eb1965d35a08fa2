/**
 * The OpenAPI 3.1 document, drawn from the routes themselves: there is no second description that could be wrong.
 * Parameters and the frame are zod-openapi's; bodies are zod's own JSON Schema, because it tells what goes in (a field
 * with a default may be left out) from what comes out (it is always there). Schemas with an id are components.
 */
import { OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { correlationHeader } from './correlation.ts';
import { idempotencyHeader, replayedHeader } from './idempotency.ts';
import { problemSchema, problemType } from './problem.ts';
import type { Route } from './route.ts';

type Json = Record<string, unknown>;
type Registry = OpenAPIHono['openAPIRegistry'];
type PathConfig = Parameters<Registry['registerPath']>[0];

const securityScheme = 'signIn';

const tags: Readonly<Record<string, string>> = {
  health: 'Open to everybody.',
  status: 'Is everything well.',
  'sign-in': 'Who calls, and how one signs in.',
  plans: 'What is backed up, when, and how long it is kept.',
  backups: 'What there is, and what is done with it.',
  restores: 'Bringing data back.',
  runs: 'Work that goes on by itself, and what came of it.',
  stats: 'Figures over time.',
  retention: 'What would be kept.',
  cleanup: 'What has expired.',
  alerts: 'What is wrong.',
  audit: 'Who did what.',
};

const problems: Readonly<Record<number, string>> = {
  400: 'The request is not valid; `errors` names each field.',
  401: 'Not signed in, or the token does not hold.',
  403: 'The role, or the address, may not do this.',
  404: 'There is no such thing.',
  409: 'In conflict with what is there.',
  412: 'Somebody else changed it meanwhile.',
  413: 'The body has more than 256 KiB.',
  415: 'The body is not JSON.',
  428: 'If-Match is missing.',
  429: 'Too often; Retry-After says how long to wait.',
  500: 'A defect, or a right that Holdfast itself lacks.',
  502: 'What Holdfast depends on gave a wrong answer.',
  503: 'What Holdfast depends on does not answer; repeat later.',
};

/** `version` is the release's. The same routes give the same document, byte for byte. */
export function openapiDocument(
  routes: readonly Route[],
  version: string,
): Json & { readonly openapi: string } {
  const app = new OpenAPIHono();
  const { openAPIRegistry: registry } = app;
  registry.registerComponent('securitySchemes', securityScheme, {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description:
      'An access token of the stack’s Cognito user pool (sign-in with PKCE), or of your own OpenID Connect issuer. The group in it gives the role.',
  });
  const bodies = bodySchemas(registry);
  const problem = bodies(problemSchema, 'output');
  for (const route of routes) registry.registerPath(pathOf(route, bodies, problem));
  const used = new Set(routes.map(({ spec }) => spec.tag));
  const document = app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Holdfast',
      version,
      description:
        'Backups for databases on AWS, proven by being restored. Times are ISO 8601 UTC, sizes are bytes, lists are pages, failures are RFC 9457 problems.',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    servers: [{ url: '/' }],
    tags: [...used].sort().map((name) => ({ name, description: tags[name] })),
  });
  // What the library adds of its own accord, and nobody filled.
  const { webhooks: _none, ...rest } = document as unknown as Json;
  return rest as Json & { openapi: string };
}

type Bodies = (schema: z.ZodType, io: 'input' | 'output') => Json;

/** The JSON Schema of a body; what has an id goes to the components, once. */
function bodySchemas(registry: Registry): Bodies {
  const known = new Map<string, string>();
  const register = (name: string, schema: Json): void => {
    const text = JSON.stringify(schema);
    const before = known.get(name);
    if (before === text) return;
    if (before !== undefined) throw new TypeError(`Two different schemas are called ${name}`);
    known.set(name, text);
    registry.registerComponent('schemas', name, schema);
  };
  return (schema, io) => {
    const drawn = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Json;
    const { $schema: _dialect, $defs = {}, ...own } = drawn;
    // The same thing may look different from both sides.
    const nameOf = (id: string) => (io === 'input' ? `${id}Input` : id);
    const placed = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(placed);
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(
        Object.entries(value).map(([name, each]) =>
          name === '$ref' && typeof each === 'string'
            ? [name, `#/components/schemas/${nameOf(each.split('/').at(-1) ?? '')}`]
            : [name, placed(each)],
        ),
      );
    };
    for (const [id, each] of Object.entries($defs as Json)) register(nameOf(id), placed(each) as Json);
    return placed(own) as Json;
  };
}

function pathOf(route: Route, bodies: Bodies, problem: Json): PathConfig {
  const { spec } = route;
  const isOpen = route.access === 'public';
  const config = {
    method: route.method.toLowerCase(),
    path: route.path,
    operationId: spec.operationId,
    tags: [spec.tag],
    summary: spec.summary,
    description: [spec.description, isOpen ? undefined : `Role: ${route.access}.`]
      .filter(Boolean)
      .join('\n\n'),
    security: isOpen ? [] : [{ [securityScheme]: [] }],
    'x-holdfast-role': route.access,
    request: {
      ...(spec.params && { params: route.params }),
      ...(spec.query && { query: route.query }),
      headers: headersOf(route),
      ...(spec.body && {
        body: {
          required: !spec.body.safeParse({}).success,
          content: {
            'application/json': {
              schema: bodies(spec.body, 'input'),
              ...(spec.examples?.body !== undefined && { example: spec.examples.body }),
            },
          },
        },
      }),
    },
    responses: responsesOf(route, bodies, problem),
  };
  return config as unknown as PathConfig;
}

function headersOf({ spec, headers }: Route) {
  return z.object({
    // Anything else than such an id is not refused: it gets a new one.
    [correlationHeader]: z.string().optional().meta({
      description:
        '8 to 100 of A-Z a-z 0-9 . _ -: goes through logs, alerts and the trail. Default: a new one.',
    }),
    ...(spec.idempotent && {
      [idempotencyHeader]: z
        .string()
        .min(8)
        .max(100)
        .regex(/^[\x21-\x7e][\x20-\x7e]{6,98}[\x21-\x7e]$/)
        .optional()
        .meta({ description: 'The same within 24 h: done once, and answered the same.' }),
    }),
    ...headers.shape,
  });
}

function responsesOf(route: Route, bodies: Bodies, problem: Json): Json {
  const { spec } = route;
  const { status = 200, contentType = 'application/json' } = spec;
  const headers = Object.fromEntries(
    Object.entries({
      [correlationHeader]: 'The id of this call in logs, alerts and the trail.',
      ...(spec.idempotent && { [replayedHeader]: '`true` when it is the answer to an earlier call.' }),
      ...spec.responseHeaders,
    }).map(([name, description]) => [name, { description, schema: { type: 'string' } }]),
  );
  const content = spec.response && {
    [contentType.split(';')[0] as string]: {
      schema: bodies(spec.response, 'output'),
      ...(spec.examples?.response !== undefined && { example: spec.examples.response }),
    },
  };
  const of = (description: string, hasBody: boolean) => ({
    description,
    headers,
    ...(hasBody && content && { content }),
  });
  const successes = Object.fromEntries(
    Object.entries({ [status]: spec.summary, ...spec.otherStatuses }).map(([each, what]) => [
      each,
      of(what, each !== '204' && each !== '304'),
    ]),
  );
  const failures = Object.fromEntries(
    problemsOf(route).map((each) => [
      each,
      {
        description: problems[each],
        headers: { [correlationHeader]: headers[correlationHeader] },
        content: { [problemType]: { schema: problem } },
      },
    ]),
  );
  return { ...successes, ...failures };
}

/** Those that a call of this route may come to. */
function problemsOf({ access, spec, method }: Route): readonly number[] {
  const isConditional = Object.keys(spec.headers ?? {}).some((name) => name.startsWith('if-'));
  return [
    400,
    ...(access === 'public' ? [] : [401]),
    403,
    404,
    ...(method === 'GET' ? [] : [409, 413, 415]),
    ...(isConditional && method !== 'GET' ? [412, 428] : []),
    ...(spec.costly ? [429] : []),
    500,
    502,
    503,
  ];
}

/**
 * The API as a function behind an API Gateway HTTP API (payload 2.0). What hono's adapter refuses in words of its own,
 * or loses, is put so that the API decides about it: every answer is the API's, with its headers and as its problem.
 */
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { handle } from 'hono/aws-lambda';
import type { Api } from '../api/app.ts';

type Handler = (
  event: APIGatewayProxyEventV2,
  context?: Context,
) => Promise<APIGatewayProxyStructuredResultV2>;

/** Methods that a Request cannot have (Fetch, 2.2.1). */
const forbiddenMethods = ['CONNECT', 'TRACE', 'TRACK'];

export function behindGateway(api: Api): Handler {
  // Everything that the API sends is text, whatever its type is called.
  const adapted = handle(api, { isContentTypeBinary: () => false }) as unknown as Handler;
  return (event, context) => adapted(whole(event), context);
}

function whole(event: APIGatewayProxyEventV2): APIGatewayProxyEventV2 {
  const { requestContext, headers, body, ...rest } = event;
  const { http } = requestContext;
  const method = http.method.toUpperCase();
  const isReading = method === 'GET' || method === 'HEAD';
  return {
    ...rest,
    requestContext: {
      ...requestContext,
      http: { ...http, method: forbiddenMethods.includes(method) ? `X-${method}` : http.method },
    },
    headers: Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name, kept(value)])),
    ...(body !== undefined && !isReading && { body }),
  };
}

/**
 * The adapter leaves out a header that is empty, and percent-encodes one that is not ASCII: an Idempotency-Key that is
 * none would be taken for absent, or for one that it is not. A blank is trimmed to nothing, and a tab is in no value
 * that the API takes.
 */
function kept(value = ''): string {
  return value === '' ? ' ' : value.replaceAll(/[^\0-\x7f]/g, '\t');
}

/**
 * The API on a port of this machine, behind the same adapter as in Lambda: each HTTP request becomes an event as an
 * API Gateway HTTP API sends it (payload 2.0), so that what goes wrong at that edge goes wrong here, too.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { Api } from '../../api/app.ts';
import { behindGateway } from '../../functions/behind-gateway.ts';

/** The gateway has a limit of its own, before anything of Holdfast; here nothing may come before the API. */
const mostHeaderBytes = 1024 * 1024;

export interface Served {
  readonly url: string;
  /** Requests that the API never answered: an exception out of the handler, which is a 500 at the gateway. */
  readonly broken: readonly unknown[];
  close(): Promise<void>;
}

export async function serve(api: Api): Promise<Served> {
  const handler = behindGateway(api);
  const broken: unknown[] = [];
  const server = createServer({ maxHeaderSize: mostHeaderBytes }, (request, response) => {
    answer(request, response, handler).catch((error: unknown) => {
      broken.push(error);
      response
        .writeHead(500, { 'content-type': 'application/json' })
        .end('{"message":"Internal Server Error"}');
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    broken,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  handler: ReturnType<typeof behindGateway>,
): Promise<void> {
  const { statusCode = 200, headers = {}, body = '' } = await handler(await eventOf(request));
  response
    .writeHead(statusCode, headers as Record<string, string>)
    .end(request.method === 'HEAD' ? '' : body);
}

async function eventOf(request: IncomingMessage): Promise<APIGatewayProxyEventV2> {
  const { url = '/', method = 'GET', headers } = request;
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const [path = '/', query = ''] = url.split(/\?(.*)/s);
  const http = {
    method,
    path,
    protocol: 'HTTP/1.1',
    sourceIp: '192.0.2.7',
    userAgent: headers['user-agent'] ?? '',
  };
  return {
    ...{ version: '2.0', routeKey: '$default', rawPath: path, rawQueryString: query, isBase64Encoded: true },
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, [value].flat().join(',')]),
    ),
    requestContext: {
      ...{
        accountId: '000000000000',
        apiId: 'test',
        domainName: 'localhost',
        domainPrefix: 'localhost',
        http,
      },
      ...{ requestId: 'gateway-1', routeKey: '$default', stage: '$default', time: '', timeEpoch: 0 },
    },
    ...(body.length > 0 && { body: body.toString('base64') }),
  };
}

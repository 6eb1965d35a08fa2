/**
 * The console on this machine: its built files, what they read first, and a page to sign in on. Promises: the headers are
 * those that CloudFront sends; it answers on this machine alone, and to nobody who reached it by another name.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type ConsoleConfig, defaultScope } from '../../infra/console-config.ts';
import { servedFiles } from './files.ts';
import { poolSignIn } from './pool.ts';
import { localSignIn, signInPath } from './sign-in.ts';

export interface ConsoleSettings {
  /** Without `/v1`, and without a slash at the end. */
  readonly apiUrl: string;
  readonly userPoolId: string;
  readonly clientId: string;
  /** Of the local AWS. */
  readonly endpoint: string;
  /** Folder of the built console. */
  readonly distDir: string;
  /** 0: any that is free. */
  readonly port: number;
  /** Default: Holdfast. */
  readonly stackName?: string | undefined;
  /** Default: us-east-1. */
  readonly region?: string | undefined;
  /** Names to choose from on the sign-in page. Default: one for each role. */
  readonly users?: readonly string[] | undefined;
}

export interface RunningConsole {
  /** `http://localhost:…`, without a slash at the end. */
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

const requestTimeoutMs = 30_000;

export async function startConsole(settings: ConsoleSettings): Promise<RunningConsole> {
  const { apiUrl, userPoolId, clientId, endpoint, stackName = 'Holdfast', region = 'us-east-1' } = settings;
  const server = createServer({ requestTimeout: requestTimeoutMs });
  await new Promise<void>((done, refuse) => {
    server.once('error', refuse);
    server.listen(settings.port, '127.0.0.1', () => done());
  });
  const { port } = server.address() as AddressInfo;
  const url = `http://localhost:${port}`;
  const at = (page: string) => `${url}${signInPath}/${page}`;
  const config: ConsoleConfig = {
    stackName,
    apiUrl,
    // As in the tokens, which the emulator makes as if it were AWS.
    issuer: `https://cognito-idp.${region}.amazonaws.com/${userPoolId}`,
    clientId,
    scope: defaultScope,
    metadata: {
      issuer: `https://cognito-idp.${region}.amazonaws.com/${userPoolId}`,
      authorization_endpoint: at('authorize'),
      token_endpoint: at('token'),
      end_session_endpoint: at('logout'),
    },
    stepUp: 'prompt',
  };
  const files = servedFiles({
    distDir: settings.distDir,
    made: { '/config.json': JSON.stringify(config) },
    connectTo: [new URL(apiUrl).origin],
  });
  const pool = poolSignIn({ endpoint, region, userPoolId, clientId });
  const signIn = localSignIn({
    clientId,
    ...pool,
    allowed: async () => {
      const named = await pool.allowed();
      // Its own pages, also where a test started it on a port that nobody could name before.
      return {
        callbacks: [...named.callbacks, `${url}/signed-in`, `${url}/signed-in-popup.html`],
        logouts: [...named.logouts, `${url}/`],
      };
    },
    users: settings.users ?? ['admin', 'operator', 'viewer'],
    now: Date.now,
  });
  const hosts = new Set([`localhost:${port}`, `127.0.0.1:${port}`]);

  server.on('request', (incoming, outgoing) => {
    // A page elsewhere whose name was made to lead here must get nothing.
    const answer = hosts.has(incoming.headers.host ?? '')
      ? Promise.resolve(requestOf(incoming, url)).then((request) =>
          new URL(request.url).pathname.startsWith(`${signInPath}/`) ? signIn(request) : files(request),
        )
      : Promise.resolve(new Response(null, { status: 421 }));
    answer
      .catch((error: unknown) => {
        console.error(error);
        return new Response('The local console failed; its log says how.\n', { status: 500 });
      })
      .then((response) => send(response, outgoing))
      // Whoever asked has gone.
      .catch(() => outgoing.destroy());
  });
  return {
    url,
    port,
    async close() {
      pool.close();
      server.closeAllConnections();
      await new Promise<void>((done) => server.close(() => done()));
    },
  };
}

function requestOf(incoming: IncomingMessage, url: string): Request {
  const { method = 'GET', headers } = incoming;
  const hasBody = method !== 'GET' && method !== 'HEAD';
  return new Request(new URL(incoming.url ?? '/', url), {
    method,
    headers: Object.entries(headers).map(([name, value]): [string, string] => [
      name,
      [value].flat().join(', '),
    ]),
    ...(hasBody && { body: Readable.toWeb(incoming) as ReadableStream<Uint8Array>, duplex: 'half' as const }),
  });
}

async function send(response: Response, outgoing: ServerResponse): Promise<void> {
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  if (response.body === null) outgoing.end();
  else await pipeline(Readable.fromWeb(response.body as import('node:stream/web').ReadableStream), outgoing);
}

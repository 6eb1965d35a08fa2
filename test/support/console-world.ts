/**
 * The built console before the API over memory, on one port of this machine, with an issuer that lets everybody in as the
 * role of the world: for what needs no real stack, like many plans, a frozen clock, or an API that fails.
 * `node test/support/console-world.ts [role]` keeps one running and prints its address.
 */
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { memorySurroundings } from '../../adapters/memory/surroundings.ts';
import { memoryVault } from '../../adapters/memory/vault.ts';
import type { Role } from '../../core/control/actor.ts';
import { builtDashboard } from '../../local/build-dashboard.ts';
import {
  type ApiWorld,
  apiWorld,
  clientId,
  groups,
  type Issuer,
  startIssuer,
  type WorldOptions,
} from './api-world.ts';
import { consoleKeyRing, consoleSettings } from './console-proofs.ts';
import { finishTasks, seedConsole } from './console-seed.ts';

/** Another build than the usual one, while somebody works on pages. */
const otherDist = process.env.HOLDFAST_DASHBOARD_DIST;

export interface ConsoleWorld extends ApiWorld {
  /** Of the console. */
  readonly url: string;
  /** Who signs in from now on. */
  as(role: Role): void;
  /** How long ago whoever signs in typed a password, seconds; undefined: the token does not say. */
  signedInAgo(seconds: number | undefined): void;
  /** Comes before the API: an answer, or undefined to let the call through. */
  meddle(by: Meddler | undefined): void;
  close(): Promise<void>;
}

export type Meddler = (request: Request) => Promise<Response | undefined> | Response | undefined;

export interface ConsoleWorldOptions extends WorldOptions {
  readonly role?: Role;
  /** What is there; default: some plans with a month of runs (console-seed.ts). */
  readonly seed?: (world: ApiWorld) => Promise<void>;
  /** The time of the API. Default: 2026-11-21T10:00:00Z. */
  readonly now?: string;
  readonly headers?: (origins: {
    readonly api: string;
    readonly issuer: string;
  }) => Readonly<Record<string, string>>;
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
  '.md': 'text/markdown; charset=utf-8',
};

export async function consoleWorld(options: ConsoleWorldOptions = {}): Promise<ConsoleWorld> {
  const [distDir, issuer] = await Promise.all([otherDist ?? builtDashboard(), startIssuer()]);
  const surroundings = memorySurroundings();
  const vault = memoryVault();
  let api: ApiWorld | undefined;
  const world = apiWorld(issuer, {
    ...options,
    deps: {
      vault: async () => vault,
      settings: consoleSettings,
      health: { keyRing: consoleKeyRing(), recipients: surroundings.recipients },
      starter: {
        start: async (target, event) => {
          await surroundings.starter.start(target, event);
          if (api) await finishTasks(api, event);
        },
      },
      ...options.deps,
    },
  });
  api = world;
  world.setNow(options.now ?? '2026-11-21T10:00:00Z');
  await (options.seed ?? seedConsole)(world);
  const state: { role: Role; ago: number | undefined; meddler: Meddler | undefined } = {
    role: options.role ?? 'admin',
    ago: 0,
    meddler: undefined,
  };
  const compressed = new Map<string, Buffer>();
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = new URL(request.url ?? '/', url);
    if (asked.pathname.startsWith('/v1/')) return callApi(request, response, asked);
    if (asked.pathname === '/issuer/authorize') return authorize(asked, response);
    if (asked.pathname === '/issuer/token') return token(response);
    if (asked.pathname === '/config.json') return json(response, config());
    return file(asked.pathname, response);
  }

  async function callApi(request: IncomingMessage, response: ServerResponse, asked: URL): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const call = new Request(asked, {
      method: request.method ?? 'GET',
      headers: request.headers as Record<string, string>,
      ...(chunks.length > 0 && { body: Buffer.concat(chunks) }),
    });
    const meddled = await state.meddler?.(call.clone());
    const got =
      meddled ??
      (await world.api.request(call, undefined, {
        requestContext: { requestId: 'gateway-1', http: { sourceIp: '192.0.2.7' } },
      }));
    response.writeHead(got.status, Object.fromEntries(got.headers));
    response.end(Buffer.from(await got.arrayBuffer()));
  }

  function authorize(asked: URL, response: ServerResponse): void {
    const back = new URL(asked.searchParams.get('redirect_uri') ?? url);
    back.searchParams.set('code', 'a-code');
    back.searchParams.set('state', asked.searchParams.get('state') ?? '');
    response.writeHead(302, { location: back.href }).end();
  }

  async function token(response: ServerResponse): Promise<void> {
    const { ago, role } = state;
    const authTime = ago === undefined ? {} : { auth_time: Math.floor(Date.now() / 1000) - ago };
    const about = { username: role, 'cognito:groups': [groups[role]], ...authTime };
    const [access, id] = await Promise.all([
      issuer.token(about),
      issuer.token({ ...about, token_use: 'id', aud: clientId }),
    ]);
    json(response, {
      access_token: access,
      id_token: id,
      refresh_token: 'a-refresh-token',
      token_type: 'Bearer',
      expires_in: 600,
    });
  }

  function config() {
    const metadata = {
      issuer: issuer.url,
      authorization_endpoint: `${url}/issuer/authorize`,
      token_endpoint: `${url}/issuer/token`,
    };
    return {
      stackName: 'Holdfast',
      apiUrl: url,
      issuer: issuer.url,
      clientId,
      scope: 'openid profile',
      stepUp: 'prompt',
      metadata,
    };
  }

  async function file(path: string, response: ServerResponse): Promise<void> {
    const name = path === '/status' ? '/status.html' : extname(path) === '' ? '/index.html' : normalize(path);
    let body = compressed.get(name);
    if (!body) {
      try {
        body = brotliCompressSync(await readFile(join(distDir, name)), {
          params: { [constants.BROTLI_PARAM_QUALITY]: 5 },
        });
      } catch {
        response.writeHead(404).end();
        return;
      }
      compressed.set(name, body);
    }
    const headers = options.headers?.({ api: url, issuer: url }) ?? { 'content-security-policy': policy };
    response.writeHead(200, {
      ...headers,
      'content-type': types[extname(name)] ?? 'application/octet-stream',
      'content-encoding': 'br',
    });
    response.end(body);
  }

  return Object.assign(world, {
    url,
    as: (role: Role) => {
      state.role = role;
    },
    signedInAgo: (seconds: number | undefined) => {
      state.ago = seconds;
    },
    meddle: (by: Meddler | undefined) => {
      state.meddler = by;
    },
    close: async () => {
      server.closeAllConnections();
      await Promise.all([new Promise((done) => server.close(done)), issuer.close()]);
    },
  });
}

const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

function json(response: ServerResponse, value: unknown): void {
  response
    .writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' })
    .end(JSON.stringify(value));
}

if (import.meta.main) {
  const role = process.argv[2] as Role | undefined;
  const world = await consoleWorld(role ? { role } : {});
  console.log(world.url);
}

export type { Issuer };

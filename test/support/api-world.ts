/** The API over memory, with an issuer of its own on this machine: what tests of the API call. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, exportSPKI, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { parsePlan } from '../../adapters/kinds.ts';
import { type MemoryLog, memoryLog } from '../../adapters/log/quiet.ts';
import { memoryCatalog } from '../../adapters/memory/catalog.ts';
import { memoryLogReader } from '../../adapters/memory/log-reader.ts';
import { memoryScheduler } from '../../adapters/memory/scheduler.ts';
import { memorySurroundings } from '../../adapters/memory/surroundings.ts';
import { type Api, buildApi } from '../../api/app.ts';
import type { ApiDeps } from '../../api/deps.ts';
import type { Route } from '../../api/route.ts';
import { type SignInSettings, signInBy } from '../../api/sign-in.ts';
import type { Role } from '../../core/control/actor.ts';
import type { Catalog } from '../../core/ports/catalog.ts';
import { auditRows } from './audit-rows.ts';

export const groups: Readonly<Record<Role, string>> = {
  viewer: 'holdfast-viewer',
  operator: 'holdfast-operator',
  admin: 'holdfast-admin',
};
export const clientId = 'client-1';
const secretPrefixes = {
  source: 'holdfast/sources/',
  vault: 'holdfast/vaults/',
  channel: 'holdfast/channels/',
};

/** Publishes two keys, `one` (RS256) and `two` (ES256), and signs with them, or with one that it does not publish. */
export interface Issuer {
  readonly url: string;
  readonly rsaPublicPem: string;
  /** How often its keys were asked for. */
  readonly asked: { keys: number };
  token(claims?: JWTPayload, options?: TokenOptions): Promise<string>;
  close(): Promise<void>;
}

export interface TokenOptions {
  readonly key?: 'one' | 'two' | 'unpublished';
  readonly kid?: string;
  readonly typ?: string;
  /** Claims that are left out. */
  readonly without?: readonly string[];
}

export async function startIssuer(): Promise<Issuer> {
  const pairs = {
    one: await generateKeyPair('RS256', { extractable: true }),
    two: await generateKeyPair('ES256', { extractable: true }),
    unpublished: await generateKeyPair('RS256', { extractable: true }),
  };
  const keys = [
    { ...(await exportJWK(pairs.one.publicKey)), kid: 'one', alg: 'RS256', use: 'sig' },
    { ...(await exportJWK(pairs.two.publicKey)), kid: 'two', alg: 'ES256', use: 'sig' },
  ];
  const asked = { keys: 0 };
  const server: Server = createServer((request, response) => {
    const { port } = server.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}`;
    response.setHeader('content-type', 'application/json');
    if (request.url === '/.well-known/openid-configuration') {
      response.end(JSON.stringify({ issuer: url, jwks_uri: `${url}/keys` }));
    } else if (request.url === '/keys') {
      asked.keys += 1;
      response.end(JSON.stringify({ keys }));
    } else response.writeHead(404).end();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    asked,
    rsaPublicPem: await exportSPKI(pairs.one.publicKey),
    token(claims = {}, { key = 'one', kid = key, typ, without = [] } = {}) {
      const now = Math.floor(Date.now() / 1000);
      const all: JWTPayload = {
        iss: url,
        sub: 'person-1',
        username: 'ada',
        token_use: 'access',
        client_id: clientId,
        iat: now,
        exp: now + 600,
        ...claims,
      };
      const kept = Object.fromEntries(Object.entries(all).filter(([name]) => !without.includes(name)));
      return new SignJWT(kept)
        .setProtectedHeader({ alg: key === 'two' ? 'ES256' : 'RS256', kid, ...(typ && { typ }) })
        .sign(pairs[key].privateKey);
    },
    close: () => new Promise((done) => server.close(() => done())),
  };
}

export interface ApiWorld {
  readonly api: Api;
  readonly deps: ApiDeps;
  readonly catalog: Catalog;
  readonly log: MemoryLog;
  readonly started: readonly { readonly target: string; readonly event: unknown }[];
  /** Moves the clock. */
  setNow(at: string): void;
  /** A token of that role; of nobody's for undefined. */
  tokenOf(role: Role | undefined, claims?: JWTPayload): Promise<string>;
  /** Calls as that role, or with that token; JSON goes in and comes out. */
  call(name: string, options?: CallOptions): Promise<Called>;
}

export interface CallOptions {
  readonly as?: Role;
  readonly token?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly address?: string;
}

export interface Called {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Parsed where it is JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: what a caller gets is not typed, and tests say what it should be.
  readonly json: any;
}

export interface WorldOptions {
  readonly routes?: readonly Route[];
  readonly allowFrom?: readonly string[];
  readonly signIn?: Partial<SignInSettings>;
  readonly deps?: Partial<ApiDeps>;
}

export function apiWorld(issuer: Issuer, options: WorldOptions = {}): ApiWorld {
  let now = new Date();
  const clock = { now: () => now, sleep: async () => {} };
  const catalog = memoryCatalog();
  const log = memoryLog();
  const surroundings = memorySurroundings();
  const settings: SignInSettings = {
    issuer: issuer.url,
    clientIds: [clientId],
    groupsClaim: 'cognito:groups',
    groups,
    allowLoopback: true,
    ...options.signIn,
  };
  const deps: ApiDeps = {
    catalog,
    clock,
    log,
    audit: auditRows(catalog, clock),
    signIn: signInBy(settings, () => new Date()),
    scheduler: memoryScheduler(),
    parsePlan,
    starter: surroundings.starter,
    secrets: { get: async () => '{}' },
    vault: async () => {
      throw new Error('this test has no vault');
    },
    links: async () => {
      throw new Error('this test has no vault');
    },
    keyRing: {
      publicKeys: async () => ({ recipients: [], signers: [] }),
      signingKey: async () => {
        throw new Error('this test has no keys');
      },
    },
    logReader: memoryLogReader(),
    health: {
      keyRing: { publicKeys: async () => ({ recipients: [], signers: [] }) },
      recipients: surroundings.recipients,
    },
    settings: {
      version: '9.9.9',
      stackName: 'Test',
      allowFrom: options.allowFrom ?? [],
      groups,
      health: {},
      secretPrefixes,
    },
    ...options.deps,
  };
  const api = buildApi(deps, options.routes);
  const tokenOf = (role: Role | undefined, claims: JWTPayload = {}) =>
    issuer.token({ ...(role && { 'cognito:groups': [groups[role]] }), ...claims });
  return {
    api,
    deps,
    catalog,
    log,
    started: surroundings.started,
    setNow(at) {
      now = new Date(at);
    },
    tokenOf,
    async call(name, { as, token, body, headers = {}, address = '192.0.2.7' } = {}) {
      const [method, path] = name.split(' ') as [string, string];
      const bearer = token ?? (as && (await tokenOf(as)));
      const response = await api.request(
        path,
        {
          method,
          headers: {
            ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
            ...(body !== undefined && { 'content-type': 'application/json' }),
            ...headers,
          },
          ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
        },
        { requestContext: { requestId: 'gateway-1', http: { sourceIp: address } } },
      );
      const text = await response.text();
      const isJson = /[/+]json *(;|$)/.test(response.headers.get('content-type') ?? '');
      return {
        status: response.status,
        headers: response.headers,
        text,
        json: isJson ? JSON.parse(text) : undefined,
      };
    },
  };
}

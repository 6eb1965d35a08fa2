/** `holdfast login` with a stand-in for the issuer: the whole round of authorization code with PKCE, and what it must refuse. */
import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { signInWithBrowser } from '../../../cli/sign-in/browser.ts';
import { secure } from '../../../cli/sign-in/issuer.ts';
import { type SavedSignIn, savedSignIns, stateFolder } from '../../../cli/sign-in/saved.ts';
import { savedTokens } from '../../../cli/sign-in/tokens.ts';
import { harness } from './fixtures.ts';

const api = 'https://api.test';
const clientId = 'app-1';
const jwt = (claims: object) =>
  ['{"alg":"none"}', JSON.stringify(claims), 'x']
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.');

let server: Server;
let issuer: string;
/** What the authorization page was opened with, by its code. */
const pages = new Map<string, URLSearchParams>();
/** What tokens were asked for with. */
const forms: URLSearchParams[] = [];
/** Changes what the stand-in does. */
let nonceOf = (page: URLSearchParams) => page.get('nonce') ?? '';
let refuses = false;

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', issuer);
    response.setHeader('content-type', 'application/json');
    if (url.pathname === '/.well-known/openid-configuration') {
      const at = (path: string) => `${issuer}${path}`;
      response.end(
        JSON.stringify({
          issuer,
          authorization_endpoint: at('/authorize'),
          token_endpoint: at('/token'),
          revocation_endpoint: at('/revoke'),
        }),
      );
      return;
    }
    let body = '';
    for await (const chunk of request) body += chunk;
    const form = new URLSearchParams(body);
    forms.push(form);
    const page = pages.get(form.get('code') ?? '');
    const isProven =
      page === undefined ||
      createHash('sha256')
        .update(form.get('code_verifier') ?? '')
        .digest('base64url') === page.get('code_challenge');
    if (refuses || !isProven) {
      response.writeHead(400).end('{"error":"invalid_grant"}');
      return;
    }
    response.end(
      JSON.stringify({
        access_token: jwt({ sub: '1', 'cognito:groups': ['holdfast-operator'], n: randomUUID() }),
        expires_in: 3600,
        ...(page && {
          refresh_token: 'refresh-1',
          id_token: jwt({ sub: '1', email: 'ada@example.org', aud: clientId, nonce: nonceOf(page) }),
        }),
      }),
    );
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());
beforeEach(() => {
  pages.clear();
  forms.length = 0;
  nonceOf = (page) => page.get('nonce') ?? '';
  refuses = false;
});

/** A person who signs in at once; `change` alters what the browser brings back. */
const browser =
  (change: (back: URL) => void = () => {}) =>
  (page: string) => {
    const asked = new URL(page).searchParams;
    const code = randomUUID();
    pages.set(code, asked);
    const back = new URL(asked.get('redirect_uri') ?? '');
    back.searchParams.set('code', code);
    back.searchParams.set('state', asked.get('state') ?? '');
    change(back);
    // As a browser does that knows localhost as IPv4.
    back.hostname = '127.0.0.1';
    void fetch(back).catch(() => {});
  };

const folderOf = () => mkdtemp(join(tmpdir(), 'holdfast-state-'));

async function world(openBrowser = browser()) {
  const folder = await folderOf();
  const saved = savedSignIns(folder);
  const h = harness({
    signingIn: { api, issuer: { issuer, clientId }, saved, fetch, openBrowser },
    role: 'operator',
  });
  return { h, folder, saved };
}

describe('login', () => {
  it('signs in with PKCE, says who and which role, and keeps the tokens for their owner alone', async () => {
    const { h, folder, saved } = await world();
    const ran = await h.run('login');
    expect(ran.stdout).toContain('Signed in to https://api.test as ada@example.org, operator.');
    const [page] = [...pages.values()];
    expect(page?.get('code_challenge_method')).toBe('S256');
    // Somebody is there: an earlier sign-in's word is not taken for it.
    expect(page?.get('prompt')).toBe('login');
    expect(page?.get('redirect_uri')).toMatch(/^http:\/\/localhost:876[5-9]\/callback$/);
    expect(page?.get('scope')).toBe('openid email profile');
    expect(forms[0]?.get('code_verifier')).toMatch(/^[\w-]{43}$/);
    // Looked at first: reading closes what was opened.
    for (const name of await readdir(folder))
      expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);
    expect(await saved.read(api)).toMatchObject({
      api,
      clientId,
      name: 'ada@example.org',
      refreshToken: 'refresh-1',
    });
    expect(await saved.current()).toBe(api);
    expect(ran.stdout + ran.stderr).not.toContain('refresh-1');
  });

  it('prints the address and opens nothing with --no-browser', async () => {
    const saved = savedSignIns(await folderOf());
    let opened = 0;
    const h = harness({
      signingIn: {
        ...{ api, issuer: { issuer, clientId }, saved },
        openBrowser: () => {
          opened += 1;
        },
        // The person gives up a moment after the page was found.
        fetch: async (...asked) => {
          setTimeout(() => h.interrupt(), 100);
          return fetch(...asked);
        },
      },
    });
    const ran = await h.run('login', '--no-browser');
    expect(opened).toBe(0);
    expect(ran.code).toBe(4);
    expect(ran.stderr).toContain(`${issuer}/authorize?response_type=code`);
  });

  it('does not take the answer to another page for its own, and waits on', async () => {
    const genuine = browser();
    const { h } = await world((page) => {
      browser((back) => back.searchParams.set('state', 'another'))(page);
      setTimeout(() => genuine(page), 100);
    });
    expect((await h.run('login')).code).toBe(0);
    expect(forms).toHaveLength(1);
  });

  it('refuses an ID token with another nonce, and saves nothing', async () => {
    nonceOf = () => 'replayed';
    const { h, saved } = await world();
    const ran = await h.run('login');
    expect([ran.code, ran.stderr.includes('its nonce is another one')]).toEqual([8, true]);
    expect(await saved.read(api)).toBeUndefined();
  });

  it('says that the person refused', async () => {
    const { h } = await world(
      browser((back) => {
        back.searchParams.delete('code');
        back.searchParams.set('error', 'access_denied');
      }),
    );
    const ran = await h.run('login');
    expect([ran.code, ran.stderr.includes('access_denied')]).toEqual([8, true]);
  });

  it('takes the next port when one is taken, and says when none is free', async () => {
    const blocker = createServer().listen(0, '127.0.0.1');
    await new Promise((done) => blocker.once('listening', done));
    const { port } = blocker.address() as AddressInfo;
    const about = { issuer, clientId, fetch, signal: new AbortController().signal, tell: () => {} };
    await expect(signInWithBrowser({ ...about, ports: [port] })).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await signInWithBrowser({ ...about, ports: [port, 8769], open: browser() })).toMatchObject({
      refreshToken: 'refresh-1',
    });
    blocker.close();
  });

  it('wants to know who issues the tokens, once', async () => {
    const saved = savedSignIns(await folderOf());
    const place = { api, issuer: {}, saved, fetch, openBrowser: browser() };
    const h = harness({ signingIn: place });
    expect((await h.run('login')).stderr).toContain('--issuer and --client-id');
    expect((await h.run('login', '--issuer', issuer, '--client-id', clientId)).code).toBe(0);
    expect(await saved.read(api)).toMatchObject({ issuer, clientId });
  });

  it('signs in to the local AWS by role, without a browser', async () => {
    const saved = savedSignIns(await folderOf());
    const local = async (role: string): Promise<SavedSignIn> => ({
      ...{ version: 1, api, issuer, clientId, name: `${role}@holdfast.local` },
      ...{
        accessToken: jwt({ 'cognito:groups': [`holdfast-${role}`] }),
        expiresAt: '2026-11-21T11:00:00.000Z',
      },
    });
    const h = harness({ signingIn: { api, issuer: {}, saved, fetch, local, openBrowser: () => {} } });
    expect((await h.run('login', '--as', 'viewer')).stdout).toContain('as viewer@holdfast.local, viewer.');
    expect((await h.run('login', '--as', 'root')).code).toBe(2);
    expect((await (await world()).h.run('login', '--as', 'viewer')).stderr).toContain('only with --local');
  });
});

describe('logout', () => {
  it('forgets the tokens here and at the issuer', async () => {
    const { h, saved } = await world();
    await h.run('login');
    forms.length = 0;
    expect((await h.run('logout')).stdout).toContain('Signed out');
    expect(forms[0]?.get('token')).toBe('refresh-1');
    expect(await saved.read(api)).toBeUndefined();
    expect(await saved.current()).toBeUndefined();
    expect((await h.run('logout')).stdout).toContain('Nobody was signed in');
  });
});

describe('saved tokens', () => {
  const clock = { now: () => new Date('2026-11-21T10:00:00Z'), sleep: async () => {} };
  const entry = (more: Partial<SavedSignIn> = {}): SavedSignIn => ({
    ...{ version: 1, api, issuer, clientId, name: 'ada', accessToken: 'old' },
    ...{ expiresAt: '2026-11-21T10:00:30.000Z', refreshToken: 'refresh-1' },
    ...more,
  });
  async function kept(more?: Partial<SavedSignIn>) {
    const saved = savedSignIns(await folderOf());
    await saved.write(entry(more));
    return { saved, tokens: savedTokens({ api, saved, clock, fetch }) };
  }

  it('are used while they hold, and renewed a minute before they end', async () => {
    const fresh = await kept({ expiresAt: '2026-11-21T10:05:00.000Z' });
    expect(await fresh.tokens.current()).toBe('old');
    const { saved, tokens } = await kept();
    const token = await tokens.current();
    expect(token).not.toBe('old');
    expect(forms[0]?.get('grant_type')).toBe('refresh_token');
    // What renews them stays where the issuer gives no other.
    expect(await saved.read(api)).toMatchObject({ accessToken: token, refreshToken: 'refresh-1' });
  });

  it('that cannot be renewed any more send the person to login', async () => {
    refuses = true;
    const { tokens } = await kept();
    await expect(tokens.current()).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
      next: expect.stringContaining('holdfast login'),
    });
    expect(await tokens.renewed('old')).toBeUndefined();
  });

  it('that another command has renewed meanwhile are taken from it', async () => {
    const { saved, tokens } = await kept({ expiresAt: '2026-11-21T10:05:00.000Z' });
    await saved.write(entry({ accessToken: 'of another command' }));
    expect(await tokens.renewed('old')).toBe('of another command');
    expect(forms).toEqual([]);
  });

  it('are made anew without asking on the local AWS', async () => {
    const saved = savedSignIns(await folderOf());
    const silently = async () => entry({ accessToken: 'silent', expiresAt: '2026-11-21T11:00:00.000Z' });
    expect(await savedTokens({ api, saved, clock, fetch, silently }).current()).toBe('silent');
    expect((await saved.read(api))?.accessToken).toBe('silent');
  });

  it('whose file was opened to others, or is damaged, are not lost and not shown', async () => {
    const folder = await folderOf();
    const saved = savedSignIns(folder);
    await saved.write(entry());
    const [name] = (await readdir(folder)).filter((each) => each.startsWith('sign-in-'));
    const path = join(folder, name ?? '');
    await (await import('node:fs/promises')).chmod(path, 0o644);
    expect((await saved.read(api))?.accessToken).toBe('old');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await writeFile(path, (await readFile(path, 'utf8')).slice(0, 20));
    expect(await saved.read(api)).toBeUndefined();
  });

  it('lie below XDG_STATE_HOME, where that is an absolute path', () => {
    expect(stateFolder({ XDG_STATE_HOME: '/state' })).toBe('/state/holdfast');
    expect(stateFolder({ XDG_STATE_HOME: 'state' })).toMatch(/\.local\/state\/holdfast$/);
  });
});

it.each(['http://issuer.example.org', 'ftp://localhost', 'nonsense'])('%s is no place for tokens', (text) => {
  expect(() => secure(text)).toThrow('is no https address');
});

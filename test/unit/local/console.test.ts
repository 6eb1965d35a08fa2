/** The console on this machine: what its pages are served with, and who gets a token. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { headersOf } from '../../../infra/console-headers.ts';
import { type RunningConsole, startConsole } from '../../../local/console/server.ts';
import { type Granted, type LocalSignInDeps, localSignIn } from '../../../local/console/sign-in.ts';

describe('the pages', () => {
  let dir: string;
  let running: RunningConsole;
  const get = (path: string, headers: Record<string, string> = {}) =>
    fetch(`${running.url}${path}`, { headers: { 'accept-encoding': 'br', ...headers } });
  /** What fetch would tidy up before it asks. */
  const raw = (path: string, host = `localhost:${running.port}`) =>
    new Promise<{ status: number; body: string }>((done, refuse) => {
      const asked = request({ port: running.port, host: '127.0.0.1', path, headers: { host } }, (answer) => {
        let body = '';
        answer.setEncoding('utf8').on('data', (text: string) => {
          body += text;
        });
        answer.on('end', () => done({ status: answer.statusCode ?? 0, body }));
      });
      asked.once('error', refuse).end();
    });

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'holdfast-console-'));
    const dist = join(dir, 'dist');
    await mkdir(join(dist, 'assets'), { recursive: true });
    const files = {
      'index.html': `<!doctype html>${'the console '.repeat(200)}`,
      'status.html': 'the public status',
      'signed-in-popup.html': 'signed in again',
      'assets/main-0a1b2c3d.js': `/*${'long enough '.repeat(200)}*/`,
      '.built-from': 'a hash',
    };
    for (const [name, text] of Object.entries(files)) await writeFile(join(dist, name), text);
    await writeFile(join(dir, 'outside.txt'), 'nobody else’s');
    running = await startConsole({
      apiUrl: 'http://127.0.0.1:4566/_aws/execute-api/0a1b/$default',
      userPoolId: 'us-east-1_pool',
      clientId: 'app-1',
      endpoint: 'http://127.0.0.1:1',
      distDir: dist,
      port: 0,
    });
  });
  afterAll(async () => {
    await running?.close();
    await rm(dir, { recursive: true, force: true });
  });

  it.each(['/', '/assets/main-0a1b2c3d.js', '/assets/gone.js', '/config.json', '/signed-in-popup.html'])(
    '%s: the headers are those that CloudFront sends',
    async (path) => {
      const { headers } = await get(path);
      const wanted = headersOf(path, ['http://127.0.0.1:4566']);
      for (const [name, value] of Object.entries(wanted)) expect(headers.get(name), name).toBe(value);
      expect(headers.has('cross-origin-opener-policy')).toBe(path !== '/signed-in-popup.html');
    },
  );

  it('an address within the console is answered by the console, a file that is missing by 404', async () => {
    for (const path of ['/', '/plans/shop.db', '/runs/20261121T020000Z-0a1b', '/signed-in?code=x'])
      expect(await (await get(path)).text(), path).toContain('the console');
    expect(await (await get('/status')).text()).toBe('the public status');
    expect((await get('/assets/gone.js')).status).toBe(404);
    expect((await get('/gone.svg')).status).toBe(404);
  });

  it('what has a hash in its name is kept for good, pages are asked for again and come only when they changed', async () => {
    const asset = await get('/assets/main-0a1b2c3d.js');
    expect(asset.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    const page = await get('/');
    expect(page.headers.get('cache-control')).toBe('no-cache');
    const again = await get('/', { 'if-none-match': page.headers.get('etag') ?? '' });
    expect([again.status, await again.text()]).toEqual([304, '']);
    await writeFile(join(dir, 'dist', 'index.html'), 'the console, built anew');
    const anew = await get('/', { 'if-none-match': page.headers.get('etag') ?? '' });
    expect([anew.status, await anew.text()]).toEqual([200, 'the console, built anew']);
  });

  it('travel compressed from 1,000 bytes, as CloudFront does it', async () => {
    const answers = await Promise.all([get('/assets/main-0a1b2c3d.js'), get('/status')]);
    expect(answers.map(({ headers }) => headers.get('content-encoding'))).toEqual(['br', null]);
    const body = await new Promise<Buffer>((done, refuse) => {
      const headers = { 'accept-encoding': 'gzip, br', host: `localhost:${running.port}` };
      request(
        { port: running.port, host: '127.0.0.1', path: '/assets/main-0a1b2c3d.js', headers },
        (answer) => {
          const parts: Buffer[] = [];
          answer.on('data', (part: Buffer) => parts.push(part)).on('end', () => done(Buffer.concat(parts)));
        },
      )
        .once('error', refuse)
        .end();
    });
    expect(body.length).toBeLessThan(200);
    expect(brotliDecompressSync(body).toString()).toContain('long enough');
  });

  it.each([
    '/assets/../../outside.txt',
    '/assets/%2e%2e/%2e%2e/outside.txt',
    '/assets/%2e%2e%2f%2e%2e%2foutside.txt',
    '/.built-from',
    '/assets/..%2f.built-from',
    '/%',
  ])('%s leads nowhere', async (path) => {
    expect((await raw(path)).body).not.toMatch(/nobody else|a hash/);
  });

  it('are for this machine under its own name alone', async () => {
    expect((await raw('/', 'evil.example')).status).toBe(421);
    expect((await raw('/', `127.0.0.1:${running.port}`)).status).toBe(200);
  });

  it('are only read', async () => {
    const answer = await fetch(`${running.url}/`, { method: 'PUT', body: 'x' });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  it('find out from config.json where the API is and how to sign in', async () => {
    const at = (page: string) => `${running.url}/local-sign-in/${page}`;
    const issuer = 'https://cognito-idp.us-east-1.amazonaws.com/us-east-1_pool';
    expect(await (await get('/config.json')).json()).toEqual({
      stackName: 'Holdfast',
      apiUrl: 'http://127.0.0.1:4566/_aws/execute-api/0a1b/$default',
      issuer,
      clientId: 'app-1',
      scope: 'openid email profile',
      metadata: {
        issuer,
        authorization_endpoint: at('authorize'),
        token_endpoint: at('token'),
        end_session_endpoint: at('logout'),
      },
      stepUp: 'prompt',
    });
  });
});

describe('signing in', () => {
  const base = 'http://localhost:8780';
  const callback = `${base}/signed-in`;
  const verifier = randomBytes(32).toString('base64url');
  const code_challenge = createHash('sha256').update(verifier).digest('base64url');
  let nowMs = 0;
  let asked = 0;

  function world(more: Partial<LocalSignInDeps> = {}) {
    asked = 0;
    nowMs = Date.parse('2026-11-21T12:00:00Z');
    const signIn = localSignIn({
      clientId: 'app-1',
      byPassword: async (name, password): Promise<Granted | undefined> => {
        asked += 1;
        if (password !== `of ${name}`) return undefined;
        return {
          ...{ accessToken: `access ${name} ${asked}`, idToken: 'id', refreshToken: 'refresh' },
          expiresInSeconds: 3600,
        };
      },
      byRefreshToken: async (token) =>
        token === 'refresh' ? { accessToken: 'renewed', idToken: 'id', expiresInSeconds: 3600 } : undefined,
      allowed: async () => ({ callbacks: [callback], logouts: [`${base}/`] }),
      users: ['admin', 'viewer'],
      now: () => nowMs,
      ...more,
    });
    let cookie = '';
    const authorize = async (query: Record<string, string> = {}, form?: Record<string, string>) => {
      const url = new URL('/local-sign-in/authorize', base);
      const all = {
        ...{
          response_type: 'code',
          client_id: 'app-1',
          redirect_uri: callback,
          scope: 'openid email',
          state: 's',
        },
        ...{ code_challenge, code_challenge_method: 'S256', ...query },
      };
      for (const [name, value] of Object.entries(all)) url.searchParams.set(name, value);
      const answer = await signIn(
        new Request(url, {
          method: form ? 'POST' : 'GET',
          headers: { cookie },
          ...(form && { body: new URLSearchParams(form) }),
        }),
      );
      const set = answer.headers.get('set-cookie');
      if (set !== null) cookie = set.split(';')[0] ?? '';
      return answer;
    };
    const post = (form: Record<string, string>) =>
      signIn(new Request(`${base}/local-sign-in/token`, { method: 'POST', body: new URLSearchParams(form) }));
    const token = (code: string, change: Record<string, string> = {}) =>
      post({
        ...{ grant_type: 'authorization_code', client_id: 'app-1', redirect_uri: callback },
        ...{ code, code_verifier: verifier, ...change },
      });
    const get = (path: string) => signIn(new Request(`${base}${path}`, { headers: { cookie } }));
    return { authorize, token, post, get };
  }

  const right = { name: 'admin', password: 'of admin' };
  const where = (answer: Response) => new URL(answer.headers.get('location') ?? '');
  const codeOf = (answer: Response) => where(answer).searchParams.get('code') ?? '';

  it('shows who there is, and gives a code for the right password, and a token for the code and its verifier', async () => {
    const { authorize, token } = world();
    const page = await authorize();
    expect(await page.text()).toContain('<option>admin</option><option>viewer</option>');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    const back = await authorize({}, right);
    expect([back.status, where(back).origin + where(back).pathname]).toEqual([303, callback]);
    expect(where(back).searchParams.get('state')).toBe('s');
    const granted = await token(codeOf(back));
    expect(granted.headers.get('cache-control')).toBe('no-store');
    expect(await granted.json()).toEqual({
      ...{ access_token: 'access admin 1', id_token: 'id', refresh_token: 'refresh' },
      ...{ token_type: 'Bearer', expires_in: 3600 },
    });
  });

  it('gives no code for a wrong password, and says whose it was not', async () => {
    const answer = await world().authorize({}, { name: '<b>', password: 'x' });
    expect([answer.status, answer.headers.get('location')]).toEqual([401, null]);
    expect(await answer.text()).toContain('this password of &lt;b&gt;.');
  });

  it.each([
    ['another verifier', { code_verifier: randomBytes(32).toString('base64url') }],
    ['no verifier', { code_verifier: '' }],
    ['another page', { redirect_uri: `${base}/elsewhere` }],
    ['another code', { code: 'x' }],
  ])('gives no token for %s', async (_, change) => {
    const { authorize, token } = world();
    const answer = await token(codeOf(await authorize({}, right)), change);
    expect([answer.status, await answer.json()]).toEqual([400, { error: 'invalid_grant' }]);
  });

  it('takes a code once, also when it was shown with the wrong verifier, and for a minute', async () => {
    const { authorize, token } = world();
    const code = codeOf(await authorize({}, right));
    expect((await token(code, { code_verifier: 'x' })).status).toBe(400);
    expect((await token(code)).status).toBe(400);
    const late = codeOf(await authorize({ prompt: 'login' }, right));
    nowMs += 60_000;
    expect((await token(late)).status).toBe(400);
  });

  it.each([
    ['another app', { client_id: 'app-2' }],
    ['a page that the app does not name', { redirect_uri: 'https://evil.example/' }],
    ['a page that only begins like one', { redirect_uri: `${callback}.evil.example` }],
  ])('sends nobody anywhere for %s', async (_, query) => {
    for (const form of [undefined, right]) {
      const answer = await world().authorize(query, form);
      expect([answer.status, answer.headers.get('location')]).toEqual([400, null]);
    }
  });

  it.each([
    ['a challenge that is none', { code_challenge: 'x' }, 'code_challenge'],
    ['a verifier in the open', { code_challenge_method: 'plain' }, 'code_challenge_method'],
    ['a token in the address', { response_type: 'token' }, 'response_type'],
    ['a nonce, which its tokens cannot carry', { nonce: 'n' }, 'nonce'],
  ])('refuses %s, and says so to the page', async (_, query, field) => {
    const { searchParams } = where(await world().authorize(query, right));
    expect(searchParams.get('error')).toBe('invalid_request');
    expect(searchParams.get('error_description')).toContain(field);
    expect(searchParams.has('code')).toBe(false);
  });

  it('remembers who signed in until their token ends, and gives what is left of it', async () => {
    const { authorize, token } = world();
    await authorize({}, right);
    nowMs += 600_000;
    const granted = await token(codeOf(await authorize()));
    expect(await granted.json()).toMatchObject({ access_token: 'access admin 1', expires_in: 3000 });
    nowMs += 2_950_000;
    expect((await authorize()).status).toBe(200);
  });

  it('asks again where that is wanted: prompt=login, and a sign-in that is older than max_age', async () => {
    const { authorize, token } = world();
    await authorize({}, right);
    expect((await authorize({ prompt: 'login' })).status).toBe(200);
    expect((await authorize({ max_age: '0' })).status).toBe(200);
    expect((await authorize({ max_age: '300' })).status).toBe(303);
    nowMs += 301_000;
    expect((await authorize({ max_age: '300' })).status).toBe(200);
    const anew = await token(codeOf(await authorize({ prompt: 'login' }, right)));
    expect(await anew.json()).toMatchObject({ access_token: 'access admin 2' });
    expect((await authorize({ max_age: '300' })).status).toBe(303);
  });

  it('asks nobody where that is wanted: prompt=none', async () => {
    const { authorize } = world();
    expect(where(await authorize({ prompt: 'none' })).searchParams.get('error')).toBe('login_required');
    await authorize({}, right);
    expect(codeOf(await authorize({ prompt: 'none' }))).not.toBe('');
  });

  it('renews with a refresh token, and with nothing else', async () => {
    const { post } = world();
    const form = { grant_type: 'refresh_token', client_id: 'app-1', refresh_token: 'refresh' };
    expect(await (await post(form)).json()).toMatchObject({ access_token: 'renewed' });
    expect((await post({ ...form, refresh_token: 'x' })).status).toBe(400);
    expect((await post({ ...form, client_id: 'app-2' })).status).toBe(400);
    expect((await post({ ...form, grant_type: 'password' })).status).toBe(400);
  });

  it('ends, and then leads only to where the app says', async () => {
    const { authorize, get } = world();
    await authorize({}, right);
    const to = encodeURIComponent(`${base}/`);
    const away = await get(`/local-sign-in/logout?logout_uri=https://evil.example/`);
    expect([away.status, away.headers.get('location')]).toEqual([400, null]);
    expect((await authorize()).status).toBe(200);
    await authorize({}, right);
    const out = await get(`/local-sign-in/logout?client_id=app-1&logout_uri=${to}`);
    expect([out.status, out.headers.get('location')]).toEqual([303, `${base}/`]);
    expect((await authorize()).status).toBe(200);
  });

  it('takes no form that another site sent', async () => {
    const signIn = localSignIn({
      clientId: 'app-1',
      byPassword: async () => ({ accessToken: 'a', idToken: 'i', expiresInSeconds: 1 }),
      byRefreshToken: async () => undefined,
      allowed: async () => ({ callbacks: [callback], logouts: [] }),
      users: [],
      now: Date.now,
    });
    const query = new URLSearchParams({
      ...{ response_type: 'code', client_id: 'app-1', redirect_uri: callback, scope: 'openid' },
      ...{ code_challenge, code_challenge_method: 'S256' },
    });
    const answer = await signIn(
      new Request(`${base}/local-sign-in/authorize?${query}`, {
        method: 'POST',
        headers: { 'sec-fetch-site': 'cross-site' },
        body: new URLSearchParams(right),
      }),
    );
    expect(answer.status).toBe(400);
  });
});

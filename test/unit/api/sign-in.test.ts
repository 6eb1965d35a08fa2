/** Who a token is of, and which issuers are believed. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type SignInSettings, signInBy } from '../../../api/sign-in.ts';
import { clientId, groups, type Issuer, startIssuer } from '../../support/api-world.ts';

let issuer: Issuer;
beforeAll(async () => {
  issuer = await startIssuer();
});
afterAll(() => issuer.close());

const signIn = (more: Partial<SignInSettings> = {}) =>
  signInBy(
    {
      issuer: issuer.url,
      clientIds: [clientId],
      groupsClaim: 'cognito:groups',
      groups,
      allowLoopback: true,
      ...more,
    },
    () => new Date(),
  );
const own = { clientIds: undefined, audience: 'holdfast' };

describe('a token of Cognito', () => {
  test('is of its subject, by the name that people know', async () => {
    const token = await issuer.token({ 'cognito:groups': ['other', 'holdfast-operator'] });
    expect(await signIn()(token)).toEqual({
      subject: 'person-1',
      name: 'ada',
      groups: ['other', 'holdfast-operator'],
      role: 'operator',
      expiresAt: expect.stringMatching(/^\d{4}-.*Z$/),
    });
  });

  test('says until when it holds, and when they signed in with their own hands', async () => {
    const exp = Math.floor(Date.now() / 1000) + 300;
    const identity = await signIn()(await issuer.token({ exp, auth_time: exp - 1000 }));
    expect(identity.expiresAt).toBe(new Date(exp * 1000).toISOString());
    expect(identity.authTime).toBe(new Date((exp - 1000) * 1000).toISOString());
  });

  test.each([
    ['absent', undefined],
    ['words', 'today'],
    ['negative', -5],
    ['a list', [1]],
    ['beyond all dates', 9e15],
  ])('does not say when they signed in by a claim that is %s', async (_, claim) => {
    const identity = await signIn()(await issuer.token({ auth_time: claim as never }));
    expect(identity.authTime).toBeUndefined();
  });

  test('has the highest role of its groups, also where they come as text', async () => {
    const roleOf = async (claim: unknown) =>
      (await signIn()(await issuer.token({ 'cognito:groups': claim }))).role;
    expect(await roleOf('[holdfast-viewer holdfast-admin]')).toBe('admin');
    expect(await roleOf('[holdfast-viewer, holdfast-operator]')).toBe('operator');
    expect(await roleOf('holdfast-viewer')).toBe('viewer');
    expect(await roleOf('not-holdfast-admin holdfast-admin')).toBeUndefined();
    expect(await roleOf(['Holdfast-Admin', 7, null])).toBeUndefined();
    expect(await roleOf(undefined)).toBeUndefined();
  });

  test('may be signed with any asymmetric algorithm that the issuer publishes a key for', async () => {
    expect((await signIn()(await issuer.token({}, { key: 'two' }))).subject).toBe('person-1');
  });

  test('holds for a minute of difference between clocks', async () => {
    const now = Math.floor(Date.now() / 1000);
    expect((await signIn()(await issuer.token({ exp: now - 30, nbf: now + 30 }))).name).toBe('ada');
  });

  test('the keys are fetched once for many tokens', async () => {
    const before = issuer.asked.keys;
    const check = signIn();
    for (let i = 0; i < 5; i += 1) await check(await issuer.token());
    expect(issuer.asked.keys - before).toBe(1);
  });
});

describe('a token of another issuer', () => {
  test('holds for its audience, with a groups claim of its own name', async () => {
    const check = signIn({ ...own, groupsClaim: 'groups' });
    const mail = { email: 'ada@example.org', email_verified: true };
    const claims = { aud: ['other', 'holdfast'], groups: ['holdfast-viewer'], ...mail };
    const token = await issuer.token(claims, { without: ['token_use', 'client_id'], typ: 'at+jwt' });
    expect(await check(token)).toMatchObject({ name: 'ada@example.org', role: 'viewer' });
  });

  test.each([
    ['the scopes that it was given', { scope: 'openid holdfast' }],
    ['the client that it was given to', { client_id: 'spa' }],
    ['the scopes as Entra and Okta call them', { scp: ['holdfast'] }],
    ['Keycloak, by its type', { typ: 'Bearer', scope: 'openid' }],
  ])('holds by %s, where its type does not tell', async (_, claims) => {
    const token = await issuer.token(
      { aud: 'holdfast', ...claims },
      { without: Object.keys(claims).includes('client_id') ? ['token_use'] : ['token_use', 'client_id'] },
    );
    expect((await signIn(own)(token)).subject).toBe('person-1');
  });

  test('is not called by an address that nobody has verified', async () => {
    const mail = { email: 'boss@example.org', email_verified: false };
    const token = await issuer.token({ aud: 'holdfast', ...mail });
    expect((await signIn(own)(token)).name).toBe('ada');
  });

  test.each([
    [
      'an ID token without any mark of one',
      { aud: 'holdfast', azp: 'spa', name: 'Ada' },
      ['token_use', 'client_id'],
    ],
    ['an ID token of the hybrid flow', { aud: 'holdfast', c_hash: 'h' }, ['token_use']],
    ['an ID token of Keycloak', { aud: 'holdfast', typ: 'ID', scope: 'openid' }, ['token_use']],
    ['a logout token', { aud: 'holdfast', events: {} }, ['token_use']],
    ['another audience', { aud: 'else' }, ['token_use']],
    ['no audience', {}, ['token_use']],
    ['an ID token by its nonce', { aud: 'holdfast', nonce: 'n' }, ['token_use']],
    ['an ID token by its at_hash', { aud: 'holdfast', at_hash: 'h' }, ['token_use']],
    ['an ID token that says so', { aud: 'holdfast', token_use: 'id' }, []],
  ])('is refused: %s', async (_, claims, without) => {
    const token = await issuer.token(claims, { without });
    await expect(signIn(own)(token)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });
});

describe('an issuer', () => {
  test('whose keys cannot be had is no reason to call the token bad', async () => {
    const token = await issuer.token();
    const code = { code: 'SIGN_IN_UNAVAILABLE' };
    await expect(signIn({ jwksUrl: `${issuer.url}/absent` })(token)).rejects.toMatchObject(code);
    await expect(signIn({ jwksUrl: 'http://127.0.0.1:1/keys' })(token)).rejects.toMatchObject(code);
  });

  test('must publish its keys over TLS, unless it is on this machine and the AWS is local', async () => {
    const token = await issuer.token();
    for (const settings of [
      { allowLoopback: false },
      { jwksUrl: 'http://192.0.2.1/keys' },
      { jwksUrl: 'file:///etc/passwd' },
    ]) {
      await expect(signIn(settings)(token)).rejects.toThrow('not at an https URL');
    }
  });

  test('must be the one that its discovery document names', async () => {
    const check = signIn({ issuer: issuer.url.replace('127.0.0.1', 'localhost') });
    await expect(check(await issuer.token())).rejects.toThrow('of another issuer');
  });
});

/** `holdfast login` and `logout`: whoever signs in is who the API knows, and what they may do follows from their group. */
import { z } from 'zod';
import { roles } from '../../core/control/actor.ts';
import { HoldfastError, InvalidInput } from '../../core/errors.ts';
import type { Cli } from '../context.ts';
import { argument } from '../lookup.ts';
import { type IssuerSettings, revoke } from '../sign-in/issuer.ts';
import type { SavedSignIn } from '../sign-in/saved.ts';
import type { SigningIn } from '../sign-in/signing-in.ts';
import { signInOf } from '../sign-in/tokens.ts';
import { type Who, whoOf, whoText } from '../sign-in/who.ts';
import { formatTime } from '../units.ts';

export interface LoginOptions {
  /** Commander's form of --no-browser. */
  readonly browser: boolean;
  readonly as?: string;
  readonly issuer?: string;
  readonly clientId?: string;
}

export async function login(cli: Cli, options: LoginOptions): Promise<void> {
  const place = await cli.signingIn();
  const { saved, who } = place.local
    ? await byPassword(place, options)
    : await byBrowser(cli, place, options);
  await place.saved.write(saved);
  // Tokens that were just made may still be none for this API: that is better known now.
  const { answer } = await import('../api/client.ts');
  const api = await cli.api();
  answer(await api.GET('/v1/alerts', { params: { query: { limit: 1 } } }));
  const { api: address, expiresAt } = saved;
  cli.out.result(
    { api: address, name: who.name, role: who.role ?? null, groups: who.groups, expiresAt },
    () =>
      [
        `Signed in to ${address} as ${whoText(who)}.`,
        saved.refreshToken === undefined
          ? `It holds until ${formatTime(expiresAt)}.`
          : 'It is renewed by itself; `holdfast logout` ends it.',
      ].join('\n'),
  );
}

interface Came {
  readonly saved: SavedSignIn;
  readonly who: Who;
}

async function byPassword({ local }: SigningIn, options: LoginOptions): Promise<Came> {
  const role = argument(z.enum(roles, `one of ${roles.join(', ')}`), options.as ?? 'admin', '--as');
  const saved = await (local as NonNullable<typeof local>)(role);
  return { saved, who: { ...whoOf(saved.accessToken), name: saved.name } };
}

async function byBrowser(cli: Cli, place: SigningIn, options: LoginOptions): Promise<Came> {
  if (options.as !== undefined) {
    throw new InvalidInput('command line', [
      { field: '--as', allowed: 'only with --local: elsewhere the group of the person says the role' },
    ]);
  }
  const settings = issuerOf(place, options);
  const { signInWithBrowser } = await import('../sign-in/browser.ts');
  const stop = new AbortController();
  const release = cli.onInterrupt(() => stop.abort());
  try {
    const granted = await signInWithBrowser({
      ...settings,
      fetch: place.fetch,
      signal: stop.signal,
      open: options.browser ? (url) => place.openBrowser(url) : undefined,
      tell: (url) =>
        cli.out.note(
          `${options.browser ? 'Sign in with the browser. If it does not open, go to' : 'Sign in at'}:\n  ${url}`,
        ),
    });
    const who = whoOf(granted.accessToken, granted.idToken);
    const about = { api: place.api, ...settings, name: who.name };
    return { saved: signInOf(granted, about, cli.clock.now()), who };
  } finally {
    release();
  }
}

function issuerOf({ issuer: known, api }: SigningIn, options: LoginOptions): IssuerSettings {
  const { issuer = known.issuer, clientId = known.clientId } = options;
  if (issuer !== undefined && clientId !== undefined) {
    // The page on a host of its own belongs to the issuer that the stack names.
    const signInDomain = issuer === known.issuer ? known.signInDomain : undefined;
    return { issuer, clientId, ...(signInDomain !== undefined && { signInDomain }) };
  }
  throw new HoldfastError('INVALID_INPUT', `nobody said who issues the tokens for ${api}`, {
    next: 'Give --issuer and --client-id (outputs Issuer and UserPoolClientId of the stack), or name the stack with --stack and AWS credentials. Once is enough.',
  });
}

export async function logout(cli: Cli): Promise<void> {
  const { api, saved, fetch } = await cli.signingIn();
  const found = await saved.read(api);
  const isRevoked = found?.refreshToken !== undefined && (await revoke(found, found.refreshToken, fetch));
  const wasSignedIn = await saved.remove(api);
  if (found?.refreshToken !== undefined && !isRevoked) {
    cli.out.warn('the issuer could not be told; what was saved here is gone, and the token ends by itself.');
  }
  cli.out.result({ api, wasSignedIn }, () =>
    wasSignedIn ? `Signed out of ${api}.` : `Nobody was signed in to ${api}.`,
  );
}

/**
 * What destroys, or gives contents away, takes a person who signed in lately: a token that somebody found, or a screen
 * that was left open, is not enough. The time is the token's own `auth_time`. One that has none is refused as if it were
 * old: when a token was made (`iat`) says nothing, since a refresh makes a new one without anybody being there.
 * The answer is that of RFC 9470, so that a client knows to have the person sign in again.
 */
import type { Actor } from '../core/control/actor.ts';
import { HttpRefusal } from './problem.ts';

/** Nothing happens where the stack does not ask for it. SIGN_IN_AGAIN. */
export function requireRecentSignIn(
  { authTime }: Pick<Actor, 'authTime'>,
  { stepUpMinutes }: { readonly stepUpMinutes?: number },
  now: Date,
): void {
  if (stepUpMinutes === undefined) return;
  const ageMs = authTime === undefined ? undefined : now.getTime() - Date.parse(authTime);
  if (ageMs !== undefined && ageMs <= stepUpMinutes * 60_000) return;
  const why =
    ageMs === undefined
      ? 'the token does not say when that was (auth_time)'
      : `that was ${Math.floor(ageMs / 60_000)} minutes ago`;
  throw new HttpRefusal(
    401,
    'SIGN_IN_AGAIN',
    `This takes a sign-in of the last ${stepUpMinutes} minutes; ${why}`,
    {
      headers: {
        'www-authenticate': `Bearer error="insufficient_user_authentication", error_description="sign in again", max_age="${stepUpMinutes * 60}"`,
      },
    },
  );
}

/** Whom a token is of, as it says itself: for people to read; who may do what, the API decides. */
import { decodeJwt } from 'jose';
import { type Role, roles } from '../../core/control/actor.ts';

export interface Who {
  readonly name: string;
  /** By the names that the groups have by default; undefined where they are called otherwise. */
  readonly role?: Role | undefined;
  readonly groups: readonly string[];
}

export function whoOf(accessToken: string, idToken?: string): Who {
  const claims = { ...claimsOf(accessToken), ...onlyNames(idToken) };
  const named = [claims.email, claims.preferred_username, claims.username, claims.sub];
  const groups = [claimsOf(accessToken)['cognito:groups'] ?? []].flat().map(String);
  return {
    name: String(named.find((each) => typeof each === 'string' && each !== '') ?? 'somebody').slice(0, 200),
    role: roles.findLast((each) => groups.includes(`holdfast-${each}`)),
    groups,
  };
}

function onlyNames(idToken: string | undefined): Readonly<Record<string, unknown>> {
  const { email, preferred_username } = idToken === undefined ? {} : claimsOf(idToken);
  return {
    ...(email !== undefined && { email }),
    ...(preferred_username !== undefined && { preferred_username }),
  };
}

/** A token of another form is no failure here. */
function claimsOf(jwt: string): Readonly<Record<string, unknown>> {
  try {
    return decodeJwt(jwt);
  } catch {
    return {};
  }
}

export function whoText({ name, role, groups }: Who): string {
  if (role !== undefined) return `${name}, ${role}`;
  return groups.length > 0 ? `${name} (groups ${groups.join(', ')})` : `${name}, without a group`;
}

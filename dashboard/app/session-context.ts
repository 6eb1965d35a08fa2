/** Who is signed in, and what they may do. The API decides; this says beforehand what it is going to say. */
import { createContext, useContext } from 'react';
import type { Schemas } from '../api/use-api.ts';
import type { ConsoleConfig } from '../config.ts';
import type { Session } from '../session/session.ts';
import { useText } from '../text/text.ts';

export type Role = 'viewer' | 'operator' | 'admin';
export type Me = Schemas['Me'];

export interface SignedIn {
  readonly config: ConsoleConfig;
  readonly session: Session;
  readonly me: Me;
}

export const SignedInContext = createContext<SignedIn | undefined>(undefined);

export function useSignedIn(): SignedIn {
  const found = useContext(SignedInContext);
  if (!found) throw new Error('useSignedIn outside of SignedInContext');
  return found;
}

const ranks: readonly Role[] = ['viewer', 'operator', 'admin'];

/** Undefined when the person may; otherwise why not, for the button that stays visible and does nothing. */
export function useWhyNot(needed: Role | undefined): string | undefined {
  const { me } = useSignedIn();
  const text = useText('common');
  if (needed === undefined || ranks.indexOf(me.role) >= ranks.indexOf(needed)) return undefined;
  return text.needsRole(text.roles[needed], text.roles[me.role]);
}

/** How one signs in to an API: whose tokens it takes, and where what was signed in is kept. */
import type { Role } from '../../core/control/actor.ts';
import type { IssuerSettings } from './issuer.ts';
import type { SavedSignIn, SavedSignIns } from './saved.ts';

export interface SigningIn {
  readonly api: string;
  /** As far as it is known: saved by an earlier sign-in, or by the stack. */
  readonly issuer: Partial<IssuerSettings>;
  readonly saved: SavedSignIns;
  readonly fetch: typeof fetch;
  /** Of the local AWS: by a password that its start made up, without asking anybody. */
  readonly local?: ((role: Role) => Promise<SavedSignIn>) | undefined;
  openBrowser(url: string): void;
}

/** Everything that the API works with, as ports: made once a process by functions/wiring-api.ts, in memory by the tests. */
import type { AuditTrail } from '../core/audit/trail.ts';
import type { Role } from '../core/control/actor.ts';
import type { SecretPrefixes } from '../core/control/plan-secrets.ts';
import type { ShownSettings } from '../core/control/settings.ts';
import type { HealthSettings } from '../core/health/facts.ts';
import type { SurveyDeps } from '../core/health/survey.ts';
import type { Plan } from '../core/plan.ts';
import type { Catalog } from '../core/ports/catalog.ts';
import type { Clock, Log, Secrets } from '../core/ports/index.ts';
import type { KeyRing } from '../core/ports/keys.ts';
import type { ObjectLinks } from '../core/ports/links.ts';
import type { LogReader } from '../core/ports/log-reader.ts';
import type { PlanScheduler } from '../core/ports/scheduler.ts';
import type { FunctionStarter } from '../core/ports/surroundings.ts';
import type { Vault } from '../core/ports/vault.ts';

/** Who a token is of. */
export interface Identity {
  readonly subject: string;
  readonly name: string;
  readonly groups: readonly string[];
  readonly role?: Role;
  /** When they gave their password or passkey (`auth_time`), ISO 8601 UTC; absent: the token does not say. */
  readonly authTime?: string;
  /** When the token ends (`exp`), ISO 8601 UTC; absent: nothing that ends was shown. */
  readonly expiresAt?: string;
}

/** Throws UNAUTHENTICATED for a token that does not hold, SIGN_IN_UNAVAILABLE when that cannot be told. */
export type SignIn = (token: string) => Promise<Identity>;

/** Of deployment, parsed from the environment. */
export interface ApiSettings {
  readonly version: string;
  readonly stackName: string;
  /** CIDRs that may call; empty: everybody may try to sign in. */
  readonly allowFrom: readonly string[];
  readonly health: HealthSettings;
  /** Below which plans may name secrets. */
  readonly secretPrefixes: SecretPrefixes;
  /** Names of the groups that hold a role, for messages. */
  readonly groups: Readonly<Record<Role, string>>;
  /** What a program must know to sign somebody in; absent where nobody signs in. */
  readonly signIn?: SignInFacts;
  /** What destroys something takes a sign-in no older than this. Absent: any will do. */
  readonly stepUpMinutes?: number;
  /** Whether anybody may ask if all is well. Default: nobody. */
  readonly publicStatus?: boolean;
  /** Web pages that may call from a browser, as they send their `Origin`. Default: none. */
  readonly corsOrigins?: readonly string[];
  /** For `GET /v1/settings` alone. */
  readonly shown?: ShownSettings;
}

/** Nothing of it is secret: it stands in every request to sign in. */
export interface SignInFacts {
  readonly issuer: string;
  /** The app's id: of the stack's own user pool. */
  readonly clientId?: string;
  /** Of another issuer: what its tokens must be for. */
  readonly audience?: string;
  readonly scopes: readonly string[];
  /** The page where people type their password, of the stack's own user pool. */
  readonly signInUrl?: string;
}

export interface ApiDeps {
  readonly catalog: Catalog;
  readonly clock: Clock;
  readonly log: Log;
  readonly audit: AuditTrail;
  readonly signIn: SignIn;
  readonly scheduler: PlanScheduler;
  /** A plan as a person gives it, strictly by the kinds of its sources; InvalidInput names each field. */
  readonly parsePlan: (value: unknown) => Plan;
  /** Functions of the stack that the API may start. */
  readonly starter: FunctionStarter;
  /** By the name prefix that the stack may read. */
  readonly secrets: Secrets;
  /** Opened when it is first asked for: most calls never do. */
  readonly vault: () => Promise<Vault>;
  /** To objects of the vault, for downloads. */
  readonly links: () => Promise<ObjectLinks>;
  /** Seals and signs what a person says: pins. */
  readonly keyRing: Pick<KeyRing, 'publicKeys' | 'signingKey'>;
  /** What the functions of the stack have logged. */
  readonly logReader: LogReader;
  /** What `status` looks at besides the catalog and the schedules. */
  readonly health: Pick<SurveyDeps, 'keyRing' | 'recipients' | 'alarms' | 'copied'>;
  readonly settings: ApiSettings;
}

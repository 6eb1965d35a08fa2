/** Everything that the API works with, as ports: made once a process by functions/wiring-api.ts, in memory by the tests. */
import type { AuditTrail } from '../core/audit/trail.ts';
import type { Role } from '../core/control/actor.ts';
import type { SecretPrefixes } from '../core/control/plan-secrets.ts';
import type { HealthSettings } from '../core/health/facts.ts';
import type { SurveyDeps } from '../core/health/survey.ts';
import type { Plan } from '../core/plan.ts';
import type { Catalog } from '../core/ports/catalog.ts';
import type { Clock, Log, Secrets } from '../core/ports/index.ts';
import type { KeyRing } from '../core/ports/keys.ts';
import type { ObjectLinks } from '../core/ports/links.ts';
import type { PlanScheduler } from '../core/ports/scheduler.ts';
import type { FunctionStarter } from '../core/ports/surroundings.ts';
import type { Vault } from '../core/ports/vault.ts';

/** Who a token is of. */
export interface Identity {
  readonly subject: string;
  readonly name: string;
  readonly groups: readonly string[];
  readonly role?: Role;
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
  /** What `status` looks at besides the catalog and the schedules. */
  readonly health: Pick<SurveyDeps, 'keyRing' | 'recipients' | 'alarms' | 'copied'>;
  readonly settings: ApiSettings;
}

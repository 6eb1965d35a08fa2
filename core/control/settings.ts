/**
 * How the stack is set up, for people who look: put together of what was deployed, what the ring of keys says of itself
 * (public halves alone), who hears alerts, and which secrets plans name. Values of secrets are never read.
 */

import { dayOfKey } from '../health/assess-stack.ts';
import type { HealthSettings } from '../health/facts.ts';
import type { KeyUse } from '../keys/overview.ts';
import type { Plan } from '../plan.ts';
import type { Catalog } from '../ports/catalog.ts';
import type { KeyRing, SealingKey, SignerRole } from '../ports/keys.ts';
import type { Recipients } from '../ports/surroundings.ts';
import { readState, type State } from '../state.ts';
import type { Role } from './actor.ts';

/** Of deployment, and for nothing but showing. */
export interface ShownSettings {
  readonly region?: string | undefined;
  readonly vault?: {
    readonly bucket?: string | undefined;
    readonly prefix?: string | undefined;
    readonly objectLock?: { readonly mode: 'GOVERNANCE' | 'COMPLIANCE'; readonly days: number } | undefined;
    readonly tierCeilings?: Readonly<Record<string, number>> | undefined;
    readonly replica?: boolean | undefined;
  };
  readonly mfa?: 'off' | 'optional' | 'required' | undefined;
  readonly throttle?: { readonly ratePerSecond: number; readonly burst: number } | undefined;
  /** Channels of the whole stack, by name. */
  readonly channels?: readonly string[] | undefined;
}

export interface SettingsDeps {
  readonly catalog: Pick<Catalog, 'listPlans' | 'getState'>;
  readonly keyRing: Pick<KeyRing, 'publicKeys'>;
  readonly recipients: Recipients;
  readonly settings: {
    readonly version: string;
    readonly stackName: string;
    readonly allowFrom: readonly string[];
    readonly health: HealthSettings;
    readonly groups: Readonly<Record<Role, string>>;
    readonly signIn?: { readonly issuer: string; readonly audience?: string };
    readonly publicStatus?: boolean;
    readonly stepUpMinutes?: number;
    readonly shown?: ShownSettings;
  };
}

export interface Settings {
  readonly stackName: string;
  readonly version: string;
  readonly region?: string | undefined;
  readonly vault: NonNullable<ShownSettings['vault']> & { readonly undeleteDays: number };
  readonly keys: readonly {
    readonly id: string;
    readonly current: boolean;
    readonly use: KeyUse;
    readonly createdAt?: string | undefined;
    readonly algorithm: string;
    readonly exportedAt?: string | undefined;
    readonly provenAt?: string | undefined;
    readonly provenBackup?: string | undefined;
  }[];
  readonly signingKeys: readonly { readonly id: string; readonly role: SignerRole }[];
  readonly recipients?: readonly { readonly address: string; readonly confirmed: boolean }[] | undefined;
  readonly roles: Readonly<Record<Role, string>>;
  readonly signIn: {
    readonly issuer?: string | undefined;
    readonly kind?: 'pool' | 'oidc';
    readonly mfa?: ShownSettings['mfa'];
    readonly stepUpMinutes?: number | undefined;
  };
  readonly channels: readonly { readonly name?: string; readonly kind: string; readonly plans: number }[];
  readonly connections: readonly {
    readonly secret: string;
    readonly kind: string;
    readonly plans: readonly string[];
  }[];
  readonly api: { readonly allowFrom: number; readonly throttle?: ShownSettings['throttle'] };
  readonly quotaBytes?: number | undefined;
  readonly publicStatus: boolean;
}

/** The stack's own default (docs/configuration.md). */
const defaultUndeleteDays = 14;
const plansAPage = 200;
const mostPlans = 10_000;
const mostConnections = 500;
const mostPlansNamed = 100;
const mostRecipients = 200;

/** `masked`: addresses are shortened, so that who only looks does not collect them. */
export async function settingsOf(
  { catalog, keyRing, recipients, settings }: SettingsDeps,
  { masked }: { readonly masked: boolean },
): Promise<Settings> {
  const [ring, { value: known }, heard, named] = await Promise.all([
    keyRing.publicKeys(),
    readState(catalog, 'keys'),
    // Who hears alerts is not worth failing for: status says when it cannot be told.
    recipients.list().catch(() => undefined),
    namedByPlans(catalog),
  ]);
  const { shown = {}, health, signIn } = settings;
  return {
    stackName: settings.stackName,
    version: settings.version,
    region: shown.region,
    vault: { ...shown.vault, undeleteDays: health.undeleteDays ?? defaultUndeleteDays },
    keys: keysOf(ring.recipients, known),
    signingKeys: ring.signers.map(({ id, role }) => ({ id, role })),
    recipients: heard?.slice(0, mostRecipients).map(({ endpoint, confirmed }) => ({
      address: masked ? maskedAddress(endpoint) : shownAddress(endpoint),
      confirmed,
    })),
    roles: settings.groups,
    signIn: {
      issuer: signIn?.issuer,
      ...(signIn && { kind: signIn.audience === undefined ? ('pool' as const) : ('oidc' as const) }),
      mfa: shown.mfa,
      stepUpMinutes: settings.stepUpMinutes,
    },
    channels: [
      ...(shown.channels ?? []).map((name) => ({ name, kind: 'stack', plans: named.plans })),
      ...named.channels,
    ],
    connections: named.connections,
    api: { allowFrom: settings.allowFrom.length, throttle: shown.throttle },
    quotaBytes: health.quotaBytes,
    publicStatus: settings.publicStatus ?? false,
  };
}

const rsa = 'RSA-4096, OAEP with SHA-256';
/** Old ones that something is known of; the others are in nobody's way. */
const mostOldKeys = 50;

/** The current one comes first, then recovery keys, then those of KMS; old ones by what was done with them. */
function keysOf(recipients: readonly SealingKey[], known: State<'keys'> | undefined): Settings['keys'] {
  const sealing = recipients.map((key, at) => {
    const use: KeyUse = !('publicKeyPem' in key) ? 'kms' : at === 0 ? 'current' : 'recovery';
    return { id: key.id, use, algorithm: use === 'kms' ? 'AWS KMS' : rsa };
  });
  const isSealedFor = new Set(recipients.map(({ id }) => id));
  const old = Object.keys(known?.keys ?? {})
    .filter((id) => id.startsWith('wk-') && !isSealedFor.has(id))
    .sort()
    .reverse()
    .slice(0, mostOldKeys)
    .map((id) => ({ id, use: 'old' as const, algorithm: rsa }));
  return [...sealing, ...old].map((key) => ({
    ...key,
    current: key.use === 'current',
    createdAt: dayOfKey(key.id),
    ...known?.keys[key.id],
  }));
}

/** As it is; of a web address its host, since whoever has the whole of it may hold what its receiver takes for a password. */
export function shownAddress(address: string): string {
  return /^https?:/i.test(address) ? maskedAddress(address) : address;
}

/** `a…@example.org`; of anything else its beginning: a queue's ARN, the host of a web address. */
export function maskedAddress(address: string): string {
  if (URL.canParse(address) && new URL(address).host !== '') return `${new URL(address).origin}/…`;
  const at = address.lastIndexOf('@');
  if (at > 0) return `${address.slice(0, 1)}…${address.slice(at)}`;
  return `${address.slice(0, 12)}…`;
}

interface Named {
  readonly plans: number;
  readonly channels: Settings['channels'];
  readonly connections: Settings['connections'];
}

/** What the plans name: secrets of sources and further vaults, channels, and mail. */
async function namedByPlans(catalog: Pick<Catalog, 'listPlans'>): Promise<Named> {
  const connections = new Map<string, { secret: string; kind: string; plans: string[] }>();
  const channels = new Map<string, { name?: string; kind: string; plans: number }>();
  let plans = 0;
  let cursor: string | undefined;
  const connect = (plan: Plan, secret: string, kind: string) => {
    const key = `${kind} ${secret}`;
    const known = connections.get(key);
    if (!known && connections.size >= mostConnections) return;
    const found = known ?? { secret, kind, plans: [] };
    if (!found.plans.includes(plan.id) && found.plans.length < mostPlansNamed) found.plans.push(plan.id);
    connections.set(key, found);
  };
  const tell = (key: string, kind: string, name?: string) => {
    const found = channels.get(key) ?? { ...(name !== undefined && { name }), kind, plans: 0 };
    found.plans += 1;
    channels.set(key, found);
  };
  do {
    const page = await catalog.listPlans({ limit: plansAPage, ...(cursor && { cursor }) });
    for (const { plan } of page.rows) {
      plans += 1;
      for (const { kind, secret } of plan.sources)
        if (typeof secret === 'string') connect(plan, secret, kind);
      for (const vault of plan.vaults) if ('secret' in vault) connect(plan, vault.secret, 'vault');
      const { recipients, channels: own } = plan.notifications;
      if (recipients.length > 0) tell('email', 'email');
      for (const { name, secret } of own) tell(`channel ${secret}`, 'channel', name);
    }
    cursor = page.cursor;
  } while (cursor !== undefined && plans < mostPlans);
  const byName = <T>(all: Map<string, T>) =>
    [...all].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
  return { plans, channels: byName(channels), connections: byName(connections) };
}

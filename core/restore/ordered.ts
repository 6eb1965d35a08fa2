/**
 * What an order is about: the copy that is read, the signed manifest in it, and the part of it that is restored, with
 * the kind's own idea of where that goes. The same for a restore and for the look before one (preflight.ts); nothing
 * here reads a segment or touches a target.
 */
import { HoldfastError, InvalidInput } from '../errors.ts';
import type { RestoreOrder } from '../events.ts';
import type { Component, Manifest } from '../manifest.ts';
import type { Plan, Source } from '../plan.ts';
import type { BackupRow, Catalog } from '../ports/catalog.ts';
import type { KeyRing } from '../ports/keys.ts';
import type { Destruction, RecoveryDriver, RestoreRequest } from '../ports/recovery.ts';
import type { Vault } from '../ports/vault.ts';
import { fetchManifest } from '../verification/integrity.ts';
import { requireKnownManifest } from '../verification/prove.ts';
import { parseOptions } from './options.ts';

export interface OrderedDeps {
  readonly vault: Vault;
  /** The second copy, where there is one; an order says which is read. */
  readonly replica?: Vault | undefined;
  /** A further vault of the plan, by its name there. INVALID_INPUT for one that the plan does not have. */
  readonly furtherVault?: (name: string, plan: Plan) => Vault | Promise<Vault>;
  readonly catalog: Pick<Catalog, 'getBackup' | 'getPlan'>;
  readonly keyRing: KeyRing;
  readonly recoveryFor: (component: Component) => RecoveryDriver;
  /** The source of a manifest, by its kind; `what` names it in errors. */
  readonly parseSource: (value: unknown, what: string) => Source;
}

export interface OrderedBackup {
  readonly vault: Vault;
  readonly manifest: Manifest;
  /** Absent where the catalog does not know it. */
  readonly backup: BackupRow | undefined;
}

/** Throws OBJECT_MISSING, INTEGRITY_*, KEY_MISSING, FORMAT_UNKNOWN; INVALID_INPUT for a copy that is not there. */
export async function openOrdered(
  order: RestoreOrder,
  deps: OrderedDeps,
  signal: AbortSignal,
): Promise<OrderedBackup> {
  const vault = await vaultOf(order, deps);
  const opened = await fetchManifest(order.planId, order.backupId, vault, deps.keyRing, signal);
  const backup = await deps.catalog.getBackup(order.planId, order.backupId);
  if (backup) requireKnownManifest(backup, opened.sha256);
  return { vault, manifest: opened.manifest, backup };
}

export interface OrderedPart {
  readonly component: Component;
  readonly source: Source;
  readonly driver: RecoveryDriver;
  readonly request: RestoreRequest;
  /** Where it goes, for people. */
  readonly target: string;
  /** What it takes away of what is there. */
  readonly destruction: Destruction | undefined;
}

/** InvalidInput for what the kind does not take, and for options that exclude one another. `requestedAt`: ISO 8601 UTC. */
export function orderedPart(
  order: RestoreOrder,
  manifest: Manifest,
  requestedAt: string,
  deps: Pick<OrderedDeps, 'recoveryFor' | 'parseSource'>,
): OrderedPart {
  const component = chooseComponent(manifest, order.component);
  const source = deps.parseSource(...sourceOf(manifest, component));
  const driver = deps.recoveryFor(component);
  const { replace, compare } = order;
  const options = parseOptions(component.kind, driver.restoreOptions, order.options);
  const request = { options, replace, compare, requestedAt };
  const target = driver.describeTarget(component, source, request);
  return { component, source, driver, request, target, destruction: driver.destroys(source, request) };
}

const furtherPrefix = 'vault:';

/** The vault, the second copy, or a further vault of the plan as it is today: the order says which. */
async function vaultOf({ from, planId }: RestoreOrder, deps: OrderedDeps): Promise<Vault> {
  if (from === 'vault') return deps.vault;
  if (from === 'replica') {
    if (deps.replica) return deps.replica;
    throw wrongCopy(from, 'vault: this stack has no second copy (option replica)');
  }
  if (!deps.furtherVault) throw wrongCopy(from, 'vault or replica: no further vaults can be read here');
  const row = await deps.catalog.getPlan(planId);
  if (!row) throw wrongCopy(from, `vault or replica: there is no plan ${planId} that has further vaults`);
  return deps.furtherVault(from.slice(furtherPrefix.length), row.plan);
}

function wrongCopy(from: string, allowed: string): InvalidInput {
  return new InvalidInput('restore', [{ field: 'from', value: JSON.stringify(from), allowed }]);
}

function chooseComponent(manifest: Manifest, name: string | undefined): Component {
  const names = manifest.components.map((component) => `${component.name} (${component.title})`).join(', ');
  const found = manifest.components.filter((component) => name === undefined || component.name === name);
  if (found.length === 1 && found[0]) return found[0];
  throw new HoldfastError(
    'INVALID_INPUT',
    name === undefined
      ? `The backup holds several components, choose one: ${names}`
      : `component is ${JSON.stringify(name)}: must be one of ${names}`,
  );
}

/** What the plan of the manifest says of the component's source, and what to call it in errors. */
function sourceOf(manifest: Manifest, component: Component): [unknown, string] {
  const sources = Array.isArray(manifest.plan.sources) ? manifest.plan.sources : [];
  const found = sources.find((source) => (source as { name?: unknown }).name === component.source);
  return [found, `source ${component.source} of the manifest's plan`];
}

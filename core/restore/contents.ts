/**
 * What a backup holds, by name: tables, collections, files. Looks into the signed manifest, and for files into the sealed
 * index; data is not read. Promises: a page names at most what was asked for and fits into a task (200 KB), and the next
 * one goes on behind its last name; memory holds the manifest and one page.
 */
import { type HoldfastError, InvalidInput } from '../errors.ts';
import type { ContentsQuestion } from '../events.ts';
import type { Component, Manifest } from '../manifest.ts';
import type { Catalog } from '../ports/catalog.ts';
import type { KeyRing } from '../ports/keys.ts';
import type { HeldItem, OpenSegment, RecoveryDriver } from '../ports/recovery.ts';
import type { Vault } from '../ports/vault.ts';
import { recordLimits } from '../record-limits.ts';
import { fetchManifest, openSegment } from '../verification/integrity.ts';
import { requireKnownManifest } from '../verification/prove.ts';

export interface ContentsDeps {
  readonly vault: Vault;
  readonly catalog: Pick<Catalog, 'getBackup'>;
  readonly keyRing: KeyRing;
  readonly recoveryFor: (component: Component) => RecoveryDriver;
}

export interface ContentsAsked extends ContentsQuestion {
  readonly planId: string;
  readonly backupId: string;
}

export interface HeldComponent {
  readonly name: string;
  readonly source: string;
  readonly kind: string;
  readonly title: string;
  readonly segments: number;
  readonly plainBytes: number;
  readonly sourceBytes?: number;
  readonly items?: number;
}

export interface Contents {
  readonly components: readonly HeldComponent[];
  /** Of components that are not among them, when there are more than 300. */
  readonly componentsLeft?: number;
  readonly items: readonly (HeldItem & { readonly component: string })[];
  /** `COMPONENT/NAME` of the last item; absent on the last page. */
  readonly nextAfter?: string;
  readonly whole: boolean;
}

const mostComponents = 300;
/** Of the names and sizes of 300 components, and of what stands around the lists. */
const roomBytes = 10_000;

/** @throws HoldfastError INVALID_INPUT, OBJECT_MISSING, INTEGRITY_*, KEY_MISSING; the signal's reason */
export async function listContents(
  asked: ContentsAsked,
  deps: ContentsDeps,
  signal: AbortSignal,
): Promise<Contents> {
  const { planId, backupId } = asked;
  const { vault, catalog, keyRing, recoveryFor } = deps;
  const [{ manifest, sha256 }, row] = await Promise.all([
    fetchManifest(planId, backupId, vault, keyRing, signal),
    catalog.getBackup(planId, backupId),
  ]);
  if (row) requireKnownManifest(row, sha256);
  const privateKeys = await keyRing.privateKeys();
  const pinned = new Map(Object.entries(row?.versions ?? {}));
  const place = placeOf(asked, manifest);
  const shown = manifest.components.slice(0, mostComponents);
  const components = shown.map((component) => heldComponent(component, recoveryFor(component)));
  const left = manifest.components.length - shown.length;
  const page = new Page(asked.limit, JSON.stringify(components).length);
  for (const [at, component] of place.components.entries()) {
    signal.throwIfAborted();
    const open: OpenSegment = (segment) =>
      openSegment(manifest, component, segment, vault, privateKeys, pinned, signal);
    const question = {
      prefix: asked.prefix ?? '',
      after: at === 0 ? place.after : undefined,
      limit: page.room,
    };
    const held = await recoveryFor(component).listHeld(component, question, open, signal);
    const isFull = !page.add(component.name, held.items);
    // Whether those that follow hold anything is not looked up for this: the next page may be an empty one.
    const isLast = at === place.components.length - 1;
    if (isFull || held.more || (page.room === 0 && !isLast)) {
      page.goesOn = true;
      break;
    }
  }
  const { items, nextAfter } = page;
  return {
    components,
    ...(left > 0 && { componentsLeft: left }),
    items,
    ...(nextAfter !== undefined && { nextAfter }),
    whole: nextAfter === undefined,
  };
}

class Page {
  readonly items: (HeldItem & { readonly component: string })[] = [];
  goesOn = false;
  readonly #limit: number;
  #bytesLeft: number;

  constructor(limit: number, usedBytes: number) {
    this.#limit = limit;
    this.#bytesLeft = recordLimits.taskResultBytes - roomBytes - usedBytes;
  }

  get room(): number {
    return this.#limit - this.items.length;
  }

  get nextAfter(): string | undefined {
    const last = this.items.at(-1);
    return this.goesOn && last ? `${last.component}/${last.name}` : undefined;
  }

  /** False when not all of them fit. */
  add(component: string, items: readonly HeldItem[]): boolean {
    for (const item of items) {
      const placed = { component, ...item };
      this.#bytesLeft -= Buffer.byteLength(JSON.stringify(placed)) + 1;
      if (this.#bytesLeft < 0 && this.items.length > 0) return false;
      this.items.push(placed);
    }
    return true;
  }
}

function heldComponent(component: Component, driver: RecoveryDriver): HeldComponent {
  const { name, source, kind, title, segments, references = [] } = component;
  const all = [...segments, ...references];
  return {
    ...{ name, source, kind, title, segments: all.length },
    plainBytes: all.reduce((sum, { plainBytes }) => sum + plainBytes, 0),
    ...driver.measure(component),
  };
}

/** The components that are listed, and behind which name of the first of them. */
function placeOf(
  { component, after }: ContentsAsked,
  { components }: Manifest,
): { readonly components: readonly Component[]; readonly after: string | undefined } {
  const wanted = components.filter(({ name }) => component === undefined || name === component);
  if (wanted.length === 0) {
    const names = components.slice(0, 50).map(({ name }) => name);
    throw wrong('component', component, `one of ${names.join(', ')}`);
  }
  if (after === undefined) return { components: wanted, after };
  const slash = after.indexOf('/');
  const at = wanted.findIndex(({ name }) => name === after.slice(0, slash));
  if (slash > 0 && at >= 0) return { components: wanted.slice(at), after: after.slice(slash + 1) };
  throw wrong('after', after, 'nextAfter of the page before: COMPONENT/NAME');
}

function wrong(field: string, value: string | undefined, allowed: string): HoldfastError {
  return new InvalidInput('contents', [{ field, value: JSON.stringify(value)?.slice(0, 200), allowed }]);
}

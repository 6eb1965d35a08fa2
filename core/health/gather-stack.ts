/**
 * Reads what concerns no single plan. Each part is read for itself: one that cannot be read is named in `unseen`, so
 * that it neither hides the others nor passes for well.
 */
import { asHoldfastError, type HoldfastError } from '../errors.ts';
import { unprovenSigners } from '../keys/signers.ts';
import type { Catalog } from '../ports/catalog.ts';
import type { KeyRing } from '../ports/keys.ts';
import type { Alarms, Recipients } from '../ports/surroundings.ts';
import { readState } from '../state.ts';
import type { StackFacts } from './facts.ts';

export interface GatherStackDeps {
  readonly catalog: Pick<Catalog, 'getState' | 'listWaitingRestores'>;
  readonly keyRing: Pick<KeyRing, 'publicKeys'>;
  readonly recipients: Recipients;
  /** Absent for a stack of an earlier release, which does not say which alarms are its own. */
  readonly alarms?: Alarms;
}

export type StackPart =
  | 'pause'
  | 'cleanup'
  | 'keys'
  | 'recipients'
  | 'alarms'
  | 'restores'
  | 'schedules'
  | 'copies';

export interface Unseen {
  readonly what: StackPart | { readonly planId: string };
  readonly error: HoldfastError;
}

export type GatheredStack = Omit<StackFacts, 'oldestPlanAt' | 'storedBytes'>;

export async function gatherStack(
  deps: GatherStackDeps,
): Promise<{ readonly facts: GatheredStack; readonly unseen: readonly Unseen[] }> {
  const unseen: Unseen[] = [];
  const look = async <T>(what: StackPart, read: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await read();
    } catch (thrown) {
      unseen.push({ what, error: asHoldfastError(thrown) });
      return undefined;
    }
  };
  const { catalog, keyRing, recipients, alarms } = deps;
  const [pause, cleanup, keys, ring, heard, raised, waiting] = await Promise.all([
    look('pause', async () => (await readState(catalog, 'pause')).value ?? null),
    look('cleanup', async () => (await readState(catalog, 'cleanup')).value),
    look('keys', async () => (await readState(catalog, 'keys')).value),
    look('keys', () => keyRing.publicKeys()),
    look('recipients', () => recipients.list()),
    look('alarms', async () => alarms?.raised()),
    look('restores', () => catalog.listWaitingRestores()),
  ]);
  // The current one comes first; a KMS key among them needs no export and has no day.
  const currentKeyId = ring?.recipients.find(({ id }) => id.startsWith('wk-'))?.id;
  return {
    facts: {
      pause,
      cleanup,
      keys,
      currentKeyId,
      unprovenSigners: ring && unprovenSigners(ring.signers, keys),
      recipients: heard,
      alarms: raised,
      waiting,
    },
    unseen,
  };
}

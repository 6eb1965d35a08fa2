/** References of a backup to earlier ones: only to what was held, and locked as long as what is written now. */
import { eachAtATime } from '../at-a-time.ts';
import { HoldfastError } from '../errors.ts';
import type { Component, Reference } from '../manifest.ts';
import type { Needed } from '../ports/catalog.ts';
import { neededOf, subtractNeeded } from '../references.ts';
import type { Attempt } from './context.ts';

/** S3 takes 3,500 writes a second below a prefix; this stays far away from it. */
const locksAtATime = 16;

export function referencesOf(components: readonly Component[]): readonly Reference[] {
  return components.flatMap(({ references }) => references ?? []);
}

/** INTERNAL when something is referred to that cleanup was not told of: it might be marked this very moment. */
export function checkHeld(references: readonly Reference[], held: readonly Needed[]): void {
  const [first] = subtractNeeded(neededOf(references), held);
  if (!first) return;
  const { backupId, attempt, component, segments } = first;
  throw new HoldfastError(
    'INTERNAL',
    `The backup refers to segments ${segments} of ${component} in ${backupId}, attempt ${attempt}, which it does not hold`,
  );
}

/** Where the stack locks: every object that is referred to stays locked until `until` at least. */
export async function lockReferences(
  references: readonly Reference[],
  until: string,
  { deps, signal, log }: Attempt,
): Promise<void> {
  const keys = new Set(references.flatMap(({ parts }) => parts.map(({ key }) => key)));
  if (keys.size === 0) return;
  await eachAtATime(keys, locksAtATime, async (key) => {
    signal.throwIfAborted();
    await deps.vault.extendLock(key, until);
  });
  log.info('locks lengthened', { objects: keys.size, until });
}

/** Reading a key document for a change, and changing it by compare-and-set. */
import type { z } from 'zod';
import { HoldfastError } from '../errors.ts';
import {
  indexKeysSchema,
  parseKeyDocument,
  privateKeysSchema,
  publicKeysSchema,
  signingKeySchema,
} from './documents.ts';
import {
  describeSecret,
  documentText,
  type KeySecret,
  type KeySecretName,
  type KeySecretStore,
} from './store.ts';

/** A lost race is tried again, from what is there then, at most so often. */
const maxAttempts = 5;

const schemas = {
  public: publicKeysSchema,
  private: privateKeysSchema,
  'signing-backup': signingKeySchema,
  'signing-verify': signingKeySchema,
  'signing-operator': signingKeySchema,
  index: indexKeysSchema,
} as const satisfies Record<KeySecretName, z.ZodType>;
export type KeyDocument<N extends KeySecretName> = z.output<(typeof schemas)[N]>;

export interface ReadDocument<N extends KeySecretName> {
  readonly seen: KeySecret;
  readonly document: KeyDocument<N>;
}

/** undefined while the secret is empty; KEY_INVALID when it is damaged. */
export async function readDocument<N extends KeySecretName>(
  store: KeySecretStore,
  name: N,
): Promise<ReadDocument<N> | undefined> {
  const seen = await store.read(name);
  if (seen === undefined) return undefined;
  const document = parseKeyDocument(schemas[name], seen.value, describeSecret(name)) as KeyDocument<N>;
  return { seen, document };
}

/** KEY_INVALID when it is empty. */
export async function requireDocument<N extends KeySecretName>(
  store: KeySecretStore,
  name: N,
): Promise<ReadDocument<N>> {
  const found = await readDocument(store, name);
  if (found) return found;
  throw new HoldfastError('KEY_INVALID', `${describeSecret(name)} is empty`, {
    next: 'Make the first keys with `holdfast keys init`, or put yours back with `holdfast keys import --key FILE`.',
  });
}

/** The first value of a secret; false when somebody else's is there. Parsed before it is stored. */
export async function createDocument<N extends KeySecretName>(
  store: KeySecretStore,
  name: N,
  document: KeyDocument<N>,
): Promise<boolean> {
  return store.create(name, checkedText(name, document));
}

/**
 * Applies `change` to what is there until it is stored, and returns the document as it is then. `change` returns
 * undefined when there is nothing to do any more. CONFLICT when others keep changing it.
 */
export async function changeDocument<N extends KeySecretName>(
  store: KeySecretStore,
  name: N,
  change: (document: KeyDocument<N>) => KeyDocument<N> | undefined,
): Promise<KeyDocument<N>> {
  for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
    const { seen, document } = await requireDocument(store, name);
    const changed = change(document);
    if (changed === undefined) return document;
    if (await store.replace(name, seen, checkedText(name, changed))) return changed;
  }
  throw new HoldfastError('CONFLICT', `${describeSecret(name)} is being changed by somebody else`, {
    next: 'Wait for the other change of keys to end, then repeat the command: it goes on where it was.',
  });
}

/** What would be refused when it is read is not written. */
function checkedText<N extends KeySecretName>(name: N, document: KeyDocument<N>): string {
  const text = documentText(document, name);
  parseKeyDocument(schemas[name], text, `the new value of ${describeSecret(name)}`);
  return text;
}

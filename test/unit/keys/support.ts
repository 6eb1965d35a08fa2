/** Key secrets in memory that keep count of what was asked of them, and the test keys as documents. */
import { memoryKeyStore as memoryStore } from '../../../adapters/memory/key-secrets.ts';
import type { KeySecretName, KeySecretStore } from '../../../core/keys/store.ts';
import { loadTestKeys } from '../../vectors/load.ts';

export type Values = Partial<Record<KeySecretName, string>>;

export interface MemoryKeyStore extends KeySecretStore {
  readonly values: Values;
  readonly writes: KeySecretName[];
  /** Writes that were asked for, also those that lost. */
  readonly attempts: KeySecretName[];
}

/** `beforeWrite` runs before each write with its number from 1; what it throws is the crash. */
export function memoryKeyStore(
  values: Values = {},
  beforeWrite: (number: number, name: KeySecretName) => unknown = () => {},
): MemoryKeyStore {
  const store = memoryStore(values);
  const writes: KeySecretName[] = [];
  const attempts: KeySecretName[] = [];
  const counted = async (name: KeySecretName, write: () => Promise<boolean>) => {
    attempts.push(name);
    await beforeWrite(attempts.length, name);
    const before = values[name];
    const done = await write();
    if (done && values[name] !== before) writes.push(name);
    return done;
  };
  return {
    values,
    writes,
    attempts,
    read: store.read,
    create: (name, value) => counted(name, () => store.create(name, value)),
    replace: (name, seen, value) => counted(name, () => store.replace(name, seen, value)),
  };
}

const keys = loadTestKeys();

/** A whole ring made of the test keys. */
export function testDocuments(): Required<Values> {
  const [first] = keys.wrapping;
  const [recipient] = keys.recipients;
  const signing = (key: object) => JSON.stringify({ format: 'holdfast/signing-key', version: 1, key });
  return {
    public: JSON.stringify({
      format: 'holdfast/public-keys',
      version: 1,
      recipients: [{ ...recipient, current: true }],
      signers: keys.signers,
    }),
    private: JSON.stringify({ format: 'holdfast/private-keys', version: 1, keys: [first] }),
    'signing-backup': signing(keys.signing.backup),
    'signing-verify': signing(keys.signing.verify),
    'signing-operator': signing(keys.signing.operator),
    index: JSON.stringify({ format: 'holdfast/index-keys', version: 1, keys: keys.index }),
  };
}

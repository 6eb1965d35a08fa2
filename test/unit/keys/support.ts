/** Key secrets in memory, with the same promises as Secrets Manager's adapter, and the test keys as documents. */
import type { KeySecretName, KeySecretStore } from '../../../core/keys/initialise.ts';
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
  beforeWrite: (number: number, name: KeySecretName) => void = () => {},
): MemoryKeyStore {
  const writes: KeySecretName[] = [];
  const attempts: KeySecretName[] = [];
  return {
    values,
    writes,
    attempts,
    read: async (name) => values[name],
    create: async (name, value) => {
      attempts.push(name);
      beforeWrite(attempts.length, name);
      if (values[name] !== undefined) return values[name] === value;
      values[name] = value;
      writes.push(name);
      return true;
    },
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
  };
}

/** Key secrets in memory, with the promises of the real store: create once, replace only what was read. */
import type { KeySecretName, KeySecretStore } from '../../core/keys/store.ts';

export interface MemoryKeyStore extends KeySecretStore {
  /** The current values. */
  readonly values: Partial<Record<KeySecretName, string>>;
}

export function memoryKeyStore(values: Partial<Record<KeySecretName, string>> = {}): MemoryKeyStore {
  const versions: Partial<Record<KeySecretName, number>> = {};
  const versionOf = (name: KeySecretName) => `v${versions[name] ?? 1}`;
  return {
    values,
    async read(name) {
      const value = values[name];
      return value === undefined ? undefined : { value, version: versionOf(name) };
    },
    async create(name, value) {
      values[name] ??= value;
      return values[name] === value;
    },
    async replace(name, seen, value) {
      if (values[name] === undefined || versionOf(name) !== seen.version) return false;
      values[name] = value;
      versions[name] = (versions[name] ?? 1) + 1;
      return true;
    },
  };
}

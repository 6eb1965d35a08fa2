/** Secrets in memory, for tests. */
import { HoldfastError } from '../../core/errors.ts';
import type { Secrets } from '../../core/ports/index.ts';

/** `forbidden` are ids that answer ACCESS_DENIED, as a role that may not read them would see it. */
export function memorySecrets(
  values: Readonly<Record<string, string>>,
  forbidden: readonly string[] = [],
): Secrets {
  return {
    async get(secretId) {
      if (forbidden.includes(secretId)) {
        throw new HoldfastError('ACCESS_DENIED', `secretsmanager:GetSecretValue on ${secretId} was refused`);
      }
      const value = values[secretId];
      if (value === undefined) throw new HoldfastError('SECRET_NOT_FOUND', `There is no secret ${secretId}`);
      return value;
    },
  };
}

/** Secrets from AWS Secrets Manager: the `Secrets` port. Values go to the caller and nowhere else. */
import {
  GetSecretValueCommand,
  type GetSecretValueCommandOutput,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { HoldfastError } from '../../core/errors.ts';
import type { Secrets } from '../../core/ports/index.ts';
import { promptHandler } from '../aws-http.ts';

/**
 * A client that does not wait for ever: without an endpoint in the VPC, or on a half-open connection, the SDK's own
 * has no time limit. Five attempts of at most 8 s each.
 */
export function secretsManagerClient(): SecretsManagerClient {
  return new SecretsManagerClient({
    maxAttempts: 5,
    requestHandler: promptHandler(),
  });
}

export function secretsManagerSecrets(client: SecretsManagerClient): Secrets {
  return {
    async get(secretId) {
      const text = await getSecretString(client, secretId);
      if (text !== undefined) return text;
      throw new HoldfastError('SECRET_NOT_FOUND', `the secret ${secretId} does not exist or has no value`);
    },
  };
}

/**
 * The current value, or undefined when there is no such secret or it has none yet (the service answers the same).
 * SECRET_INVALID when it is binary, ACCESS_DENIED, SECRETS_UNAVAILABLE when the service fails after the client's own retries.
 */
export async function getSecretString(
  client: SecretsManagerClient,
  secretId: string,
): Promise<string | undefined> {
  try {
    return textOf(await client.send(new GetSecretValueCommand({ SecretId: secretId })), secretId);
  } catch (thrown) {
    if (isNamed(thrown, 'ResourceNotFoundException')) return undefined;
    throw secretsError(thrown, 'secretsmanager:GetSecretValue', secretId);
  }
}

/** The text of a reply. A secret without a value is an error at AWS and an empty answer at its emulators. */
export function textOf(
  { SecretString, SecretBinary }: Pick<GetSecretValueCommandOutput, 'SecretString' | 'SecretBinary'>,
  secretId: string,
): string | undefined {
  if (SecretString !== undefined || SecretBinary === undefined) return SecretString;
  throw new HoldfastError('SECRET_INVALID', `the secret ${secretId} is binary; a text is expected`);
}

/** A failure of the service in Holdfast's words; the service's messages hold names and ARNs, never values. */
export function secretsError(thrown: unknown, action: string, secretId: string): HoldfastError {
  if (thrown instanceof HoldfastError) return thrown;
  if (isNamed(thrown, 'AccessDeniedException') || isNamed(thrown, 'DecryptionFailure')) {
    return new HoldfastError('ACCESS_DENIED', `${action} on ${secretId} was refused`, { cause: thrown });
  }
  if (isNamed(thrown, 'ResourceNotFoundException')) {
    return new HoldfastError('SECRET_NOT_FOUND', `the secret ${secretId} does not exist`, { cause: thrown });
  }
  return new HoldfastError('SECRETS_UNAVAILABLE', `${action} on ${secretId} failed`, { cause: thrown });
}

export function isNamed(thrown: unknown, name: string): boolean {
  return thrown instanceof Error && thrown.name === name;
}

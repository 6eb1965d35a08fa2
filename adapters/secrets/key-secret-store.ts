/**
 * The four key secrets in AWS Secrets Manager, for making the first keys.
 *
 * Secrets Manager has no conditional write, but a version's id is the request's token, and a second write with the
 * same token and another value is refused. So the first value is always written under one fixed token: of several
 * runs at once exactly one succeeds, and a value that someone rotated in since cannot be replaced by a late run.
 */
import {
  DescribeSecretCommand,
  PutSecretValueCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import type { KeySecretName, KeySecretStore } from '../../core/keys/initialise.ts';
import { getSecretString, isNamed, secretsError } from './secrets-manager.ts';

/** The version id of every first value; 32 to 64 characters. */
const FIRST_VERSION_TOKEN = 'holdfast-first-key-ring-version-00000001';

export function secretsManagerKeyStore(
  client: SecretsManagerClient,
  secretIds: Readonly<Record<KeySecretName, string>>,
): KeySecretStore {
  return {
    async read(name) {
      const secretId = secretIds[name];
      const text = await getSecretString(client, secretId);
      if (text === undefined) await mustExist(client, secretId);
      // A secret made by hand with an empty text counts as empty.
      return text?.trim() === '' ? undefined : text;
    },
    async create(name, value) {
      const secretId = secretIds[name];
      try {
        await client.send(
          new PutSecretValueCommand({
            SecretId: secretId,
            SecretString: value,
            ClientRequestToken: FIRST_VERSION_TOKEN,
          }),
        );
        return true;
      } catch (thrown) {
        if (isNamed(thrown, 'ResourceExistsException')) return false;
        throw secretsError(thrown, 'secretsmanager:PutSecretValue', secretId);
      }
    },
  };
}

/** "No value" and "no such secret" are one answer of GetSecretValue; only the former is to be filled. */
async function mustExist(client: SecretsManagerClient, secretId: string): Promise<void> {
  try {
    await client.send(new DescribeSecretCommand({ SecretId: secretId }));
  } catch (thrown) {
    throw secretsError(thrown, 'secretsmanager:DescribeSecret', secretId);
  }
}

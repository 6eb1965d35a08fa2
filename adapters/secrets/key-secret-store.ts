/**
 * The six key secrets in AWS Secrets Manager, for those who make and change keys.
 *
 * Secrets Manager has no conditional write, but two things that amount to one. A version's id is the request's token,
 * and a second write with the same token and another value is refused: so the first value is always written under one
 * fixed token, and of several runs at once exactly one succeeds. Later values are written as versions that are not
 * current, and made current by moving the label away from the version that was read, which is refused when it is no
 * longer there (decision 0070).
 */
import { randomUUID } from 'node:crypto';
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  type SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import type { KeySecret, KeySecretName, KeySecretStore } from '../../core/keys/store.ts';
import { isNamed, secretsError, textOf } from './secrets-manager.ts';

/** The version id of every first value; 32 to 64 characters. */
const FIRST_VERSION_TOKEN = 'holdfast-first-key-ring-version-00000001';

/** On a value that is to become current; the next one takes it away. Not AWSPENDING, which is rotation's. */
const NEXT_LABEL = 'HOLDFAST_NEXT';

export function secretsManagerKeyStore(
  client: SecretsManagerClient,
  secretIds: Readonly<Record<KeySecretName, string>>,
): KeySecretStore {
  return {
    async read(name) {
      const secretId = secretIds[name];
      const found = await readCurrent(client, secretId);
      if (found === undefined) await mustExist(client, secretId);
      return found;
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
    async replace(name, seen, value) {
      const secretId = secretIds[name];
      const version = await putNext(client, secretId, value);
      try {
        await client.send(
          new UpdateSecretVersionStageCommand({
            SecretId: secretId,
            VersionStage: 'AWSCURRENT',
            MoveToVersionId: version,
            RemoveFromVersionId: seen.version,
          }),
        );
        return true;
      } catch (thrown) {
        // Also after a lost reply: what is current now decides.
        const now = await readCurrent(client, secretId);
        if (now?.version === version) return true;
        if (now !== undefined && now.version !== seen.version) return false;
        throw secretsError(thrown, 'secretsmanager:UpdateSecretVersionStage', secretId);
      }
    },
  };
}

/** Stores a value that nobody reads yet; returns its version. */
async function putNext(client: SecretsManagerClient, secretId: string, value: string): Promise<string> {
  const version = randomUUID();
  try {
    await client.send(
      new PutSecretValueCommand({
        SecretId: secretId,
        SecretString: value,
        ClientRequestToken: version,
        VersionStages: [NEXT_LABEL],
      }),
    );
    return version;
  } catch (thrown) {
    throw secretsError(thrown, 'secretsmanager:PutSecretValue', secretId);
  }
}

async function readCurrent(client: SecretsManagerClient, secretId: string): Promise<KeySecret | undefined> {
  try {
    const reply = await client.send(new GetSecretValueCommand({ SecretId: secretId }));
    const value = textOf(reply, secretId);
    // A secret made by hand with an empty text counts as empty.
    return value === undefined || value.trim() === '' ? undefined : { value, version: reply.VersionId ?? '' };
  } catch (thrown) {
    if (isNamed(thrown, 'ResourceNotFoundException')) return undefined;
    throw secretsError(thrown, 'secretsmanager:GetSecretValue', secretId);
  }
}

/** "No value" and "no such secret" are one answer of GetSecretValue; only the former is to be filled. */
async function mustExist(client: SecretsManagerClient, secretId: string): Promise<void> {
  try {
    await client.send(new DescribeSecretCommand({ SecretId: secretId }));
  } catch (thrown) {
    throw secretsError(thrown, 'secretsmanager:DescribeSecret', secretId);
  }
}

/** Writes the secret of a source for the first time. What it holds is typed by a person, and is in no log or argument. */
import { CreateSecretCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { HoldfastError } from '../../core/errors.ts';
import { awsError, isNamed } from './errors.ts';

export async function createSecret(
  client: SecretsManagerClient,
  {
    name,
    value,
    description,
  }: { readonly name: string; readonly value: string; readonly description: string },
): Promise<void> {
  try {
    await client.send(new CreateSecretCommand({ Name: name, SecretString: value, Description: description }));
  } catch (thrown) {
    if (isNamed(thrown, 'ResourceExistsException')) {
      throw new HoldfastError('CONFLICT', `there is a secret ${name} already`, {
        cause: thrown,
        next: 'Use it as it is, or choose another name.',
      });
    }
    throw awsError(thrown, `secretsmanager:CreateSecret of ${name}`);
  }
}

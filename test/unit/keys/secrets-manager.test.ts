/**
 * The Secrets Manager adapters against a stand-in that keeps versions by token as the service documents it: the same
 * token with the same value is ignored, with another value it is ResourceExistsException.
 */
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  type PutSecretValueCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { describe, expect, it } from 'vitest';
import { secretsManagerKeyStore } from '../../../adapters/secrets/key-secret-store.ts';
import { secretsManagerSecrets } from '../../../adapters/secrets/secrets-manager.ts';
import { initialiseKeyRing } from '../../../core/keys/initialise.ts';
import { handler } from '../../../functions/key-init.ts';
import { testDocuments } from './support.ts';

const ids = { public: 'pub', private: 'priv', 'signing-backup': 'sb', 'signing-verify': 'sv' } as const;

function named(name: string): Error {
  return Object.assign(new Error(name), { name });
}

/** Secrets by id, each a list of versions, the last one current. */
function standIn(
  secrets: Record<string, { token: string; value?: string; binary?: Uint8Array }[]>,
): SecretsManagerClient {
  const send = async (command: unknown) => {
    const { SecretId = '' } = (command as GetSecretValueCommand).input;
    const versions = secrets[SecretId];
    if (SecretId === 'forbidden') throw named('AccessDeniedException');
    if (versions === undefined) throw named('ResourceNotFoundException');
    if (command instanceof DescribeSecretCommand) return {};
    if (command instanceof GetSecretValueCommand) {
      const current = versions.at(-1);
      if (current === undefined) throw named('ResourceNotFoundException');
      return { SecretString: current.value, SecretBinary: current.binary };
    }
    const { ClientRequestToken: token = '', SecretString: value } = (command as PutSecretValueCommand).input;
    expect(token.length).toBeGreaterThanOrEqual(32);
    expect(token.length).toBeLessThanOrEqual(64);
    const same = versions.find((version) => version.token === token);
    if (same === undefined) versions.push({ token, value });
    else if (same.value !== value) throw named('ResourceExistsException');
    return {};
  };
  return { send } as unknown as SecretsManagerClient;
}

describe('Secrets Manager', () => {
  it('reads the current value, and tells a missing, empty, binary or forbidden secret', async () => {
    const secrets = secretsManagerSecrets(
      standIn({
        a: [{ token: 't', value: 'v' }],
        empty: [],
        blank: [{ token: 't' }],
        binary: [{ token: 't', binary: new Uint8Array(1) }],
      }),
    );
    expect(await secrets.get('a')).toBe('v');
    await expect(secrets.get('missing')).rejects.toMatchObject({ code: 'SECRET_NOT_FOUND' });
    await expect(secrets.get('empty')).rejects.toMatchObject({ code: 'SECRET_NOT_FOUND' });
    await expect(secrets.get('blank')).rejects.toMatchObject({ code: 'SECRET_NOT_FOUND' });
    await expect(secrets.get('binary')).rejects.toMatchObject({ code: 'SECRET_INVALID' });
    await expect(secrets.get('forbidden')).rejects.toMatchObject({ code: 'ACCESS_DENIED' });
  });

  it('writes a first value once, also when a later value was rotated in meanwhile', async () => {
    const secrets: Record<string, { token: string; value?: string; binary?: Uint8Array }[]> = { pub: [] };
    const store = secretsManagerKeyStore(standIn(secrets), ids);
    expect(await store.read('public')).toBeUndefined();
    expect(await store.create('public', 'one')).toBe(true);
    expect(await store.create('public', 'one')).toBe(true);
    secrets.pub?.push({ token: 'rotation', value: 'rotated' });
    expect(await store.create('public', 'two')).toBe(false);
    expect(await store.read('public')).toBe('rotated');
    await expect(store.read('private')).rejects.toMatchObject({ code: 'SECRET_NOT_FOUND' });
  });

  it('ends with one ring when two deployments initialise at once', async () => {
    const { private: privateValue, 'signing-backup': backupValue } = testDocuments();
    const secrets = {
      pub: [],
      priv: [{ token: 'x', value: privateValue }],
      sb: [{ token: 'x', value: backupValue }],
      sv: [],
    };
    const client = standIn(secrets);
    const runs = [1, 2].map(() => initialiseKeyRing(secretsManagerKeyStore(client, ids), new Date()));
    const [one, other] = await Promise.all(runs);
    expect(one?.currentKeyId).toBe(other?.currentKeyId);
    expect(secrets.sv).toHaveLength(1);
    expect(secrets.pub).toHaveLength(1);
  });
});

describe('key-init', () => {
  it('does nothing on Delete, without its environment', async () => {
    expect(await handler({ RequestType: 'Delete', StackId: 's' })).toEqual({
      PhysicalResourceId: 'holdfast-key-ring',
    });
  });

  it('names what is wrong with its event or environment', async () => {
    await expect(handler({ RequestType: 'Destroy' })).rejects.toThrow(/RequestType/);
    await expect(handler({ RequestType: 'Create' })).rejects.toThrow(/HOLDFAST_SECRET_PUBLIC/);
  });
});

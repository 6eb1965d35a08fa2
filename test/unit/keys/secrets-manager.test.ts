/**
 * The Secrets Manager adapters against a stand-in that keeps versions by token as the service documents it: the same
 * token with the same value is ignored, with another value it is ResourceExistsException.
 */
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  type PutSecretValueCommand,
  type SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { describe, expect, it } from 'vitest';
import { secretsManagerKeyStore } from '../../../adapters/secrets/key-secret-store.ts';
import { secretsManagerSecrets } from '../../../adapters/secrets/secrets-manager.ts';
import { initialiseKeyRing } from '../../../core/keys/initialise.ts';
import { handler } from '../../../functions/key-init.ts';
import { testDocuments } from './support.ts';

const ids = {
  public: 'pub',
  private: 'priv',
  'signing-backup': 'sb',
  'signing-verify': 'sv',
  'signing-operator': 'so',
  index: 'ix',
} as const;

interface Version {
  readonly token: string;
  readonly value?: string;
  readonly binary?: Uint8Array;
}

function named(name: string): Error {
  return Object.assign(new Error(name), { name });
}

/**
 * Secrets by id, each a list of versions. The current one is the last that was written without a label of its own, or
 * that AWSCURRENT was moved to; moving it away from where it is not is refused, as the service documents.
 */
function standIn(
  secrets: Record<string, Version[]>,
  beforeMove: () => unknown = () => {},
): SecretsManagerClient {
  const current: Record<string, string | undefined> = {};
  const currentOf = (id: string) =>
    secrets[id]?.find(({ token }) => token === current[id]) ??
    (current[id] === undefined ? secrets[id]?.at(-1) : undefined);
  const send = async (command: unknown) => {
    const { SecretId = '' } = (command as GetSecretValueCommand).input;
    const versions = secrets[SecretId];
    if (SecretId === 'forbidden') throw named('AccessDeniedException');
    if (versions === undefined) throw named('ResourceNotFoundException');
    if (command instanceof DescribeSecretCommand) return {};
    if (command instanceof GetSecretValueCommand) {
      const found = currentOf(SecretId);
      if (found === undefined) throw named('ResourceNotFoundException');
      return { SecretString: found.value, SecretBinary: found.binary, VersionId: found.token };
    }
    if (command instanceof UpdateSecretVersionStageCommand) {
      await beforeMove();
      const { RemoveFromVersionId, MoveToVersionId } = command.input;
      if (currentOf(SecretId)?.token !== RemoveFromVersionId) throw named('InvalidParameterException');
      current[SecretId] = MoveToVersionId;
      return {};
    }
    const input = (command as PutSecretValueCommand).input;
    const { ClientRequestToken: token = '', SecretString: value, VersionStages } = input;
    expect(token.length).toBeGreaterThanOrEqual(32);
    expect(token.length).toBeLessThanOrEqual(64);
    const same = versions.find((version) => version.token === token);
    if (same !== undefined && same.value !== value) throw named('ResourceExistsException');
    if (same !== undefined) return {};
    if (VersionStages !== undefined) current[SecretId] ??= versions.at(-1)?.token;
    versions.push({ token, value });
    if (VersionStages === undefined) current[SecretId] = token;
    return {};
  };
  return { send } as unknown as SecretsManagerClient;
}

const never = { value: '', version: '' };

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
    const secrets: Record<string, Version[]> = { pub: [] };
    const client = standIn(secrets);
    const store = secretsManagerKeyStore(client, ids);
    expect(await store.read('public')).toBeUndefined();
    expect(await store.create('public', 'one')).toBe(true);
    expect(await store.create('public', 'one')).toBe(true);
    const first = await store.read('public');
    expect(first).toEqual({ value: 'one', version: expect.any(String) });
    expect(await store.replace('public', first ?? never, 'rotated')).toBe(true);
    expect(await store.create('public', 'two')).toBe(false);
    expect(await store.read('public')).toMatchObject({ value: 'rotated' });
    await expect(store.read('private')).rejects.toMatchObject({ code: 'SECRET_NOT_FOUND' });
  });

  it('replaces only the value that was read', async () => {
    const store = secretsManagerKeyStore(standIn({ pub: [{ token: 't', value: 'one' }] }), ids);
    const seen = (await store.read('public')) ?? never;
    expect(await store.replace('public', seen, 'mine')).toBe(true);
    expect(await store.replace('public', seen, 'too late')).toBe(false);
    expect(await store.read('public')).toMatchObject({ value: 'mine' });
  });

  it('lets one of two replacements at once win, and knows its own after a lost reply', async () => {
    let moves = 0;
    const client = standIn({ pub: [{ token: 't', value: 'one' }] });
    const lossy = {
      send: async (command: unknown) => {
        const reply = await client.send(command as never);
        if (command instanceof UpdateSecretVersionStageCommand && ++moves === 1) throw named('TimeoutError');
        return reply;
      },
    } as unknown as SecretsManagerClient;
    const store = secretsManagerKeyStore(lossy, ids);
    const seen = (await store.read('public')) ?? never;
    const done = await Promise.all(['a', 'b'].map((value) => store.replace('public', seen, value)));
    expect(done.filter(Boolean)).toHaveLength(1);
    expect((await store.read('public'))?.value).toBe(done[0] ? 'a' : 'b');
  });

  it('says what failed when the label could not be moved and nobody else moved it', async () => {
    const refuse = () => {
      throw named('AccessDeniedException');
    };
    const store = secretsManagerKeyStore(standIn({ pub: [{ token: 't', value: 'one' }] }, refuse), ids);
    const seen = (await store.read('public')) ?? never;
    await expect(store.replace('public', seen, 'two')).rejects.toMatchObject({ code: 'ACCESS_DENIED' });
    expect(await store.read('public')).toEqual(seen);
  });

  it('ends with one ring when two deployments initialise at once', async () => {
    const { private: privateValue, 'signing-backup': backupValue } = testDocuments();
    const secrets = {
      pub: [],
      priv: [{ token: 'x', value: privateValue }],
      sb: [{ token: 'x', value: backupValue }],
      sv: [],
      so: [],
      ix: [],
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

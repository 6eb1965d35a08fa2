/** Keys on the local AWS: replacing a secret's value by compare-and-set, and a KMS key as a recipient. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateKeyCommand, DisableKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kmsKey } from '../../adapters/kms/keyring.ts';
import { secretsManagerKeyStore } from '../../adapters/secrets/key-secret-store.ts';
import { secretsManagerSecrets } from '../../adapters/secrets/secrets-manager.ts';
import { reportContext } from '../../core/format/context.ts';
import { openBytes } from '../../core/format/open.ts';
import { sealBytes } from '../../core/format/seal.ts';
import { kmsKeyId } from '../../core/keys/generate.ts';
import { initialiseKeyRing } from '../../core/keys/initialise.ts';
import { addKmsKey } from '../../core/keys/recipients.ts';
import { keyRing } from '../../core/keys/ring.ts';
import { rotateSigningKeys, rotateWrappingKey } from '../../core/keys/rotate.ts';
import { keySecretNames } from '../../core/keys/store.ts';
import { type Emulator, startEmulator } from '../../local/emulator.ts';
import { loadTestKeys } from '../vectors/load.ts';

const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
const now = new Date('2026-11-21T02:00:00Z');
const names = Object.fromEntries(keySecretNames.map((name) => [name, name])) as Record<
  (typeof keySecretNames)[number],
  string
>;
let emulator: Emulator;
let stateDir: string;
let secrets: SecretsManagerClient;
let kms: KMSClient;

beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'holdfast-keys-'));
  emulator = await startEmulator({ stateDir });
  const config = { endpoint: emulator.endpoint, region: 'us-east-1', credentials };
  secrets = new SecretsManagerClient(config);
  kms = new KMSClient(config);
  for (const Name of keySecretNames) await secrets.send(new CreateSecretCommand({ Name }));
}, 120_000);

afterAll(async () => {
  secrets?.destroy();
  kms?.destroy();
  await emulator?.stop();
  await rm(stateDir, { recursive: true, force: true });
});

describe('the key secrets of the local AWS', () => {
  it('hold a ring that is made, rotated and read', async () => {
    const store = secretsManagerKeyStore(secrets, names);
    const { currentKeyId } = await initialiseKeyRing(store, now);
    const rotation = await rotateWrappingKey(store, now);
    expect(rotation.previousKeyId).toBe(currentKeyId);
    await rotateSigningKeys(store, now);
    expect(await initialiseKeyRing(store, now)).toEqual({
      currentKeyId: rotation.currentKeyId,
      created: false,
    });
    const ring = keyRing(secretsManagerSecrets(secrets), { public: 'public', private: 'private' });
    expect((await ring.publicKeys()).recipients.map(({ id }) => id)).toEqual([rotation.currentKeyId]);
    expect(await ring.privateKeys()).toHaveLength(2);
  }, 60_000);

  it('are replaced only where the value is the one that was read', async () => {
    const store = secretsManagerKeyStore(secrets, names);
    const seen = await store.read('public');
    if (!seen) throw new Error('the ring is expected');
    const values = ['a', 'b', 'c'].map((name) => `${seen.value} ${name}`);
    const won = await Promise.all(values.map((value) => store.replace('public', seen, value)));
    expect(won.filter(Boolean)).toHaveLength(1);
    expect((await store.read('public'))?.value).toBe(values[won.indexOf(true)]);
    expect(await store.replace('public', seen, 'late')).toBe(false);
    expect(await store.replace('public', (await store.read('public')) ?? seen, seen.value)).toBe(true);
  });
});

describe('a KMS key as a recipient', () => {
  const context = reportContext('shop', '20261121T020000Z-3f9a1c22', 'r');
  const { recipients, wrapping } = loadTestKeys();
  const newKey = async () => {
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
    const kmsKeyArn = KeyMetadata?.Arn ?? '';
    return kmsKey({ id: kmsKeyId(kmsKeyArn), kmsKeyArn }, kms);
  };

  it('opens what was sealed for it too, alone, and only in its place', async () => {
    const key = await newKey();
    const sealed = await sealBytes(Buffer.from('content'), [...recipients.slice(0, 1), key], context);
    expect((await openBytes(sealed, [key], context)).toString()).toBe('content');
    expect((await openBytes(sealed, wrapping.slice(0, 1), context)).toString()).toBe('content');
    expect((await openBytes(sealed, [...wrapping.slice(0, 1), key], context)).toString()).toBe('content');
    const elsewhere = reportContext('shop', '20261121T020000Z-3f9a1c22', 'other');
    await expect(openBytes(sealed, [key], elsewhere)).rejects.toMatchObject({ code: 'INTEGRITY_SEAL' });
    await expect(openBytes(sealed, [await newKey()], context)).rejects.toMatchObject({
      code: 'KEY_MISSING',
      message: expect.stringContaining(key.providerInfo),
    });
  });

  it('is tied to the context by KMS itself', async () => {
    const key = await newKey();
    const sealed = await sealBytes(Buffer.from('content'), [...recipients.slice(0, 1), key], context);
    const forged = Buffer.from(sealed);
    forged[forged.indexOf('shop')] = 's'.charCodeAt(0) + 1;
    const there = reportContext('thop', '20261121T020000Z-3f9a1c22', 'r');
    await expect(openBytes(forged, [key], there)).rejects.toMatchObject({ code: 'INTEGRITY_SEAL' });
  });

  it('that is disabled fails loudly on either side', async () => {
    const key = await newKey();
    const sealed = await sealBytes(Buffer.from('content'), [...recipients.slice(0, 1), key], context);
    await kms.send(new DisableKeyCommand({ KeyId: key.providerInfo }));
    await expect(openBytes(sealed, [key], context)).rejects.toMatchObject({ code: 'KEY_INVALID' });
    await expect(
      sealBytes(Buffer.from('x'), [...recipients.slice(0, 1), key], context),
    ).rejects.toMatchObject({ code: 'KEY_INVALID' });
  });

  it('never makes the data key itself', async () => {
    await expect(sealBytes(Buffer.from('x'), [await newKey()], context)).rejects.toMatchObject({
      code: 'KEY_INVALID',
    });
  });

  it('is sealed for once the ring has it', async () => {
    const key = await newKey();
    const store = secretsManagerKeyStore(secrets, names);
    expect(await addKmsKey(store, key.providerInfo)).toEqual({ id: key.id, added: true });
    expect(await addKmsKey(store, key.providerInfo)).toEqual({ id: key.id, added: false });
    const ring = keyRing(secretsManagerSecrets(secrets), { public: 'public' }, (of) => kmsKey(of, kms));
    const { recipients: all } = await ring.publicKeys();
    expect(all.map(({ id }) => id)).toContain(key.id);
    const sealed = await sealBytes(Buffer.from('content'), all, context);
    expect((await openBytes(sealed, [key], context)).toString()).toBe('content');
    await expect(addKmsKey(store, 'alias/backup')).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  });
});

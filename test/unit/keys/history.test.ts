/** Keys that change in the middle of a history, and keys that are lost: what was sealed before still opens. */
import { describe, expect, it } from 'vitest';
import { runBackup } from '../../../core/backup/run.ts';
import { backupIdFor } from '../../../core/format/layout.ts';
import { readBundle, writeBundle } from '../../../core/keys/bundle.ts';
import { exportable } from '../../../core/keys/export.ts';
import { generateWrappingKey, kmsKeyId, publicPem } from '../../../core/keys/generate.ts';
import { importKeys } from '../../../core/keys/import.ts';
import { initialiseKeyRing } from '../../../core/keys/initialise.ts';
import { proveKeys } from '../../../core/keys/prove.ts';
import { addRecoveryKey, removeRecipient } from '../../../core/keys/recipients.ts';
import { keyRing } from '../../../core/keys/ring.ts';
import { rotateSigningKeys, rotateWrappingKey } from '../../../core/keys/rotate.ts';
import { documentText, type KeySecretName, type KeySecretStore } from '../../../core/keys/store.ts';
import { verifyBackup } from '../../../core/verification/verify.ts';
import { fakeRecovery } from '../../support/fake-recovery.ts';
import { fakeRequest, memoryWorld } from '../../support/world.ts';
import { loadTestKeys } from '../../vectors/load.ts';
import { memoryKeyStore, testDocuments } from './support.ts';

const now = new Date('2026-11-25T02:00:00Z');
const live = () => new AbortController().signal;
const testKeys = loadTestKeys();
const [first, second] = testKeys.wrapping;

function ringOf(store: KeySecretStore) {
  return keyRing(
    { get: async (id) => (await store.read(id as KeySecretName))?.value ?? '' },
    {
      public: 'public',
      private: 'private',
      signing: { backup: 'signing-backup', verify: 'signing-verify', operator: 'signing-operator' },
    },
  );
}

/** A stack in memory whose keys are in `store`. */
async function stackWith(store = memoryKeyStore(testDocuments())) {
  const world = { ...memoryWorld(), keyRing: ringOf(store) };
  await world.catalog.putPlan(fakeRequest.plan, 0, 'test', '2026-11-21T00:00:00.000Z');
  return {
    world,
    store,
    async backUp(day: number) {
      const slot = `2026-11-${day}T02:00:00Z`;
      await runBackup({ ...fakeRequest, slot }, world, live());
      return backupIdFor('fake', slot);
    },
    async verify(backupId: string) {
      const recovery = fakeRecovery();
      const deps = {
        ...world,
        recoveryFor: () => recovery,
        parallelism: 2,
        workDir: '/nowhere',
        freeBytes: async () => 1e6,
      };
      const request = { planId: 'fake', backupId, level: 'restored', correlationId: 'c' } as const;
      return (await verifyBackup(request, deps, live())).result;
    },
    async prove(backupId: string, ...keys: Parameters<typeof proveKeys>[0]['keys']) {
      const { signers } = await world.keyRing.publicKeys();
      const proof = await proveKeys({ planId: 'fake', backupId, keys, signers, vault: world.vault });
      return proof.proven;
    },
  };
}

describe('rotation in the middle of a history', () => {
  it('seals new backups for the new key alone, and verifies and restores old and new ones', async () => {
    const { store, backUp, verify, prove, world } = await stackWith();
    const before = await backUp(21);
    const rotation = await rotateWrappingKey(store, now);
    expect(rotation).toMatchObject({ previousKeyId: first?.id, finished: false, previousIsLost: false });
    const after = await backUp(22);
    expect([await verify(before), await verify(after)]).toEqual(['passed', 'passed']);
    const [old, fresh] = await world.keyRing.privateKeys();
    if (!old || !fresh) throw new Error('two keys are expected');
    expect(fresh.id).toBe(rotation.currentKeyId);
    expect(await prove(before, old, fresh)).toEqual([old.id]);
    expect(await prove(after, old, fresh)).toEqual([fresh.id]);
  });

  it('signs with new keys after --signing, and still proves what the old ones signed', async () => {
    const { store, backUp, verify } = await stackWith();
    const before = await backUp(21);
    const made = await rotateSigningKeys(store, now);
    const after = await backUp(22);
    expect([await verify(before), await verify(after)]).toEqual(['passed', 'passed']);
    expect(JSON.parse(store.values['signing-backup'] ?? '').key.id).toBe(made[0]?.id);
    expect(JSON.parse(store.values.public ?? '').signers).toHaveLength(6);
  });

  it('never signs with a key that the public document does not know, wherever it stops', async () => {
    for (const crashAt of [1, 2, 3, 4]) {
      const documents = testDocuments();
      const store = memoryKeyStore(documents, (number) => {
        if (number === crashAt) throw new Error('died');
      });
      await expect(rotateSigningKeys(store, now)).rejects.toThrow('died');
      const known = JSON.parse(store.values.public ?? '').signers.map(({ id }: { id: string }) => id);
      for (const role of ['backup', 'verify', 'operator'] as const) {
        expect(known).toContain(JSON.parse(store.values[`signing-${role}`] ?? '').key.id);
      }
      await initialiseKeyRing(memoryKeyStore(store.values), now);
    }
  });

  it('is finished by repeating it after a crash between the two documents, with the key that was made', async () => {
    const store = memoryKeyStore(testDocuments(), (_, name) => {
      if (name === 'public') throw new Error('died');
    });
    await expect(rotateWrappingKey(store, now)).rejects.toThrow('died');
    const made = JSON.parse(store.values.private ?? '').keys.at(-1).id;
    const again = memoryKeyStore(store.values);
    // Nothing that is there is in the way meanwhile.
    expect(await initialiseKeyRing(again, now)).toMatchObject({ currentKeyId: first?.id });
    expect(await rotateWrappingKey(again, now)).toMatchObject({ currentKeyId: made, finished: true });
    expect(JSON.parse(again.values.private ?? '').keys).toHaveLength(2);
    expect(await initialiseKeyRing(again, now)).toMatchObject({ currentKeyId: made });
  });

  it('lets one of two rotations at once win, and leaves one current key', async () => {
    const store = memoryKeyStore(testDocuments());
    const outcomes = await Promise.allSettled([rotateWrappingKey(store, now), rotateWrappingKey(store, now)]);
    const refused = outcomes.filter(({ status }) => status === 'rejected');
    expect(refused.length).toBeLessThanOrEqual(1);
    for (const outcome of refused) expect(outcome).toMatchObject({ reason: { code: 'CONFLICT' } });
    const ring = JSON.parse(store.values.public ?? '');
    expect(ring.recipients.filter(({ current }: { current: boolean }) => current)).toHaveLength(1);
    expect(JSON.parse(store.values.private ?? '').keys.at(-1).id).toBe(ring.recipients[0].id);
  });

  it('says when the ring is full instead of writing what Secrets Manager refuses', () => {
    const many = Array.from({ length: 20 }, () => first);
    expect(() => documentText({ keys: many }, 'private')).toThrow(/65536 are allowed/);
  });
});

describe('a lost private secret', () => {
  it('is put back from the export, and everything opens again', async () => {
    const { store, backUp, verify } = await stackWith();
    const before = await backUp(21);
    await rotateWrappingKey(store, now);
    const after = await backUp(22);
    const { keys, signers } = await exportable(store);
    const text = await writeBundle({ keys, signers }, 'a long passphrase', { now, purpose: 'x' });

    delete store.values.private;
    await expect(initialiseKeyRing(store, now)).rejects.toMatchObject({ code: 'KEY_INVALID' });
    await expect(verify(after)).rejects.toMatchObject({ code: 'KEY_INVALID' });

    const imported = await importKeys(store, await readBundle(text, 'a long passphrase'));
    expect(imported.added).toHaveLength(2);
    expect(imported.stillMissing).toBeUndefined();
    expect([await verify(before), await verify(after)]).toEqual(['passed', 'passed']);
    await initialiseKeyRing(store, now);
    expect(await rotateWrappingKey(store, now)).toMatchObject({ finished: false });
  });

  it('lets a new ring open what the old one sealed, and keeps its own current key', async () => {
    const store = memoryKeyStore();
    const { currentKeyId } = await initialiseKeyRing(store, now);
    const imported = await importKeys(store, { keys: testKeys.wrapping, signers: testKeys.signers });
    expect(imported).toEqual({
      added: testKeys.wrapping.map(({ id }) => id),
      known: [],
      addedSigners: testKeys.signers.map(({ id }) => id),
    });
    expect(await initialiseKeyRing(store, now)).toEqual({ currentKeyId, created: false });
    const { signers } = await ringOf(store).publicKeys();
    expect(signers).toHaveLength(6);
    const rotation = await rotateWrappingKey(store, now);
    expect(rotation).toMatchObject({ finished: false, previousKeyId: currentKeyId });
    expect(await importKeys(store, { keys: testKeys.wrapping, signers: testKeys.signers })).toMatchObject({
      added: [],
    });
  });

  it('is told that there is no room before anything is changed', async () => {
    const store = memoryKeyStore(testDocuments());
    const before = { ...store.values };
    const [key = { id: '', privateKeyPem: '' }] = testKeys.wrapping;
    const keys = Array.from({ length: 20 }, (_, at) => ({ ...key, id: `wk-202001${10 + at}-00000000` }));
    const ran = importKeys(store, { keys, signers: [] });
    await expect(ran).rejects.toMatchObject({ code: 'KEY_INVALID', next: expect.stringContaining('--only') });
    expect(store.attempts).toEqual([]);
    expect(store.values).toEqual(before);
  });

  it('says which key is still missing, and rotation makes another current', async () => {
    const { private: _, ...documents } = testDocuments();
    const store = memoryKeyStore(documents);
    const imported = await importKeys(store, { keys: second ? [second] : [], signers: [] });
    expect(imported).toMatchObject({ added: [second?.id], stillMissing: first?.id });
    expect(await rotateWrappingKey(store, now)).toMatchObject({ previousIsLost: true });
    await initialiseKeyRing(store, now);
  });
});

describe('a recovery key', () => {
  it('alone opens every backup since it was added, and nothing of it but its public half is in the secrets', async () => {
    const { store, backUp, prove } = await stackWith();
    const before = await backUp(21);
    const recovery = await generateWrappingKey(now);
    expect(await addRecoveryKey(store, publicPem(recovery.privateKeyPem), now)).toEqual({
      id: recovery.id,
      added: true,
    });
    const after = await backUp(22);
    await rotateWrappingKey(store, now);
    const later = await backUp(23);
    for (const backupId of [after, later]) expect(await prove(backupId, recovery)).toEqual([recovery.id]);
    await expect(prove(before, recovery)).rejects.toMatchObject({ code: 'KEY_MISSING' });
    expect(JSON.stringify(store.values)).not.toContain(recovery.privateKeyPem.slice(60, 120));

    await removeRecipient(store, recovery.id);
    const without = await backUp(24);
    await expect(prove(without, recovery)).rejects.toMatchObject({ code: 'KEY_MISSING' });
    expect(await prove(later, recovery)).toEqual([recovery.id]);
    expect(await addRecoveryKey(store, publicPem(recovery.privateKeyPem), now)).toMatchObject({
      added: true,
    });
  });

  it('is refused when it is no RSA-4096 public key, or a key of the ring', async () => {
    const store = memoryKeyStore(testDocuments());
    const add = (pem: string) => addRecoveryKey(store, pem, now);
    const signer = testKeys.signers[0]?.publicKeyPem ?? '';
    for (const pem of [signer, second?.privateKeyPem ?? '', 'nothing', '']) {
      await expect(add(pem)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    }
    await expect(add(publicPem(first?.privateKeyPem ?? ''))).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(store.writes).toEqual([]);
  });

  it('is refused beyond eight recipients, which is what a reader accepts', async () => {
    const documents = testDocuments();
    const ring = JSON.parse(documents.public);
    ring.kms = [1, 2, 3, 4].map(kms);
    const pairs = await Promise.all([1, 2, 3, 4].map(() => generateWrappingKey(now)));
    const store = memoryKeyStore({ ...documents, public: JSON.stringify(ring) });
    for (const { privateKeyPem } of pairs.slice(0, 3))
      await addRecoveryKey(store, publicPem(privateKeyPem), now);
    await expect(addRecoveryKey(store, publicPem(pairs[3]?.privateKeyPem ?? ''), now)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining('8 are allowed'),
    });
  }, 120_000);

  it('is not forgotten by a ring that names a KMS key where none can be used', async () => {
    const documents = testDocuments();
    const ring = JSON.parse(documents.public);
    ring.kms = [kms(1)];
    const store = memoryKeyStore({ ...documents, public: JSON.stringify(ring) });
    const { backUp, world } = await stackWith(store);
    const row = await world.catalog.getBackup('fake', await backUp(21));
    expect(row).toMatchObject({ status: 'failed', error: { code: 'KEY_INVALID' } });
  });
});

function kms(index: number) {
  const kmsKeyArn = `arn:aws:kms:eu-central-1:123456789012:key/0000000${index}-0000-0000-0000-000000000000`;
  return { id: kmsKeyId(kmsKeyArn), kmsKeyArn };
}

/** Making the first keys: whole after any crash, one ring for any number of runs, and nothing is ever overwritten. */
import { describe, expect, it } from 'vitest';
import { reportContext } from '../../../core/format/context.ts';
import { openDocument, sealDocument } from '../../../core/format/sealed-document.ts';
import { initialiseKeyRing } from '../../../core/keys/initialise.ts';
import { keyRing } from '../../../core/keys/ring.ts';
import type { KeySecretName } from '../../../core/keys/store.ts';
import { loadTestKeys } from '../../vectors/load.ts';
import { memoryKeyStore, testDocuments } from './support.ts';

const now = new Date('2026-11-21T02:00:00Z');
const names: readonly KeySecretName[] = [
  'private',
  'signing-backup',
  'signing-verify',
  'signing-operator',
  'index',
  'public',
];

describe('initialiseKeyRing', () => {
  it('makes a ring that seals, signs, opens and checks, and the public document last', async () => {
    const store = memoryKeyStore();
    const made = await initialiseKeyRing(store, now);
    expect(store.writes).toEqual(names);
    expect(made).toEqual({ created: true, currentKeyId: expect.stringMatching(/^wk-20261121-[0-9a-f]{8}$/) });

    const ring = keyRing(
      { get: async (id) => store.values[id as KeySecretName] ?? '' },
      { public: 'public', private: 'private', index: 'index', signing: { verify: 'signing-verify' } },
    );
    const { recipients, signers } = await ring.publicKeys();
    const context = reportContext('p', '20261121T020000Z-3f9a1c22', 'r');
    const document = { format: 'holdfast/report', version: 1 };
    const signer = await ring.signingKey('verify');
    const bytes = await sealDocument({ document, type: 'report', signer, recipients, context });
    const privateKeys = await ring.privateKeys();
    expect(await openDocument({ bytes, type: 'report', privateKeys, signers, context })).toEqual(document);
    const [indexKey] = await ring.indexKeys();
    expect(indexKey?.id).toMatch(/^ik-20261121-[0-9a-f]{8}$/);
    expect(privateKeys.map(({ privateKeyPem }) => privateKeyPem)).not.toContain(indexKey?.privateKeyPem);
    expect(store.values.public).not.toContain(indexKey?.id);
  }, 60_000);

  it('keeps private material out of the public document', async () => {
    const { public: _, ...rest } = testDocuments();
    const store = memoryKeyStore(rest);
    await initialiseKeyRing(store, now);
    expect(store.values.public).not.toContain('PRIVATE');
  });

  it('does nothing when the ring is whole', async () => {
    const store = memoryKeyStore(testDocuments());
    expect(await initialiseKeyRing(store, now)).toMatchObject({ created: false });
    expect(store.writes).toEqual([]);
  });

  it('finishes what a crash left, with the keys that are there, after any write', async () => {
    for (const crashAt of [2, 3, 4, 5, 6]) {
      const { private: made, index } = testDocuments();
      const store = memoryKeyStore({ private: made, ...(crashAt < 5 && { index }) }, (number) => {
        if (number === crashAt - 1) throw new Error('died');
      });
      await expect(initialiseKeyRing(store, now)).rejects.toThrow('died');
      expect(store.values.public).toBeUndefined();
      const before = { ...store.values };
      const again = memoryKeyStore(store.values);
      await initialiseKeyRing(again, now);
      expect(again.values).toMatchObject(before);
      expect(JSON.parse(again.values.public ?? '').recipients[0].id).toBe(JSON.parse(made).keys[0].id);
    }
  });

  it('derives the same public document from the same private ones', async () => {
    const { public: _, ...rest } = testDocuments();
    const [one, other] = [memoryKeyStore({ ...rest }), memoryKeyStore({ ...rest })];
    await initialiseKeyRing(one, now);
    await initialiseKeyRing(other, new Date('2030-01-01T00:00:00Z'));
    expect(one.values.public).toBe(other.values.public);
    expect(one.attempts).toEqual(['public']);
  });

  it.each(['private', 'signing-backup', 'signing-verify', 'signing-operator'] as const)(
    'goes on with what another run stored as %s a moment before',
    async (raced) => {
      const documents = testDocuments();
      const { public: _, [raced]: __, ...rest } = documents;
      const store = memoryKeyStore(rest, (___, name) => {
        if (name === raced) store.values[raced] = documents[raced];
      });
      const { currentKeyId } = await initialiseKeyRing(store, now);
      expect(currentKeyId).toBe(JSON.parse(documents.private).keys[0].id);
      expect(JSON.parse(store.values.public ?? '').signers).toEqual(JSON.parse(documents.public).signers);
    },
    60_000,
  );

  it('ends with one ring when several run at once', async () => {
    const store = memoryKeyStore();
    const results = await Promise.all([1, 2, 3].map(() => initialiseKeyRing(store, now)));
    expect(new Set(results.map(({ currentKeyId }) => currentKeyId)).size).toBe(1);
    expect([...store.writes].sort()).toEqual([...names].sort());
    expect(await initialiseKeyRing(store, now)).toEqual({ ...results[0], created: false });
  }, 60_000);

  it.each(['private', 'signing-backup', 'signing-verify', 'signing-operator'] as const)(
    'leaves everything as it is when %s is empty and the public document is not',
    async (missing) => {
      const documents = testDocuments();
      const { [missing]: _, ...rest } = documents;
      const store = memoryKeyStore(rest);
      await expect(initialiseKeyRing(store, now)).rejects.toMatchObject({
        code: 'KEY_INVALID',
        message: expect.stringContaining('is empty, though the public one is not'),
      });
      expect(store.writes).toEqual([]);
    },
  );

  it.each(['private', 'signing-backup', 'signing-verify', 'signing-operator'] as const)(
    'leaves everything as it is when %s holds a key that the public document does not know',
    async (other) => {
      const keys = loadTestKeys();
      const { stranger } = keys.signing;
      const as = (role: string) => ({
        format: 'holdfast/signing-key',
        version: 1,
        key: { ...stranger, id: stranger.id.replace('sk-backup', `sk-${role}`), role },
      });
      const strangers = {
        private: { format: 'holdfast/private-keys', version: 1, keys: [keys.wrapping[1]] },
        'signing-backup': { format: 'holdfast/signing-key', version: 1, key: stranger },
        'signing-verify': as('verify'),
        'signing-operator': as('operator'),
      };
      const documents = { ...testDocuments(), [other]: JSON.stringify(strangers[other]) };
      const store = memoryKeyStore({ ...documents });
      await expect(initialiseKeyRing(store, now)).rejects.toMatchObject({
        code: 'KEY_INVALID',
        message: expect.stringContaining('not whole'),
      });
      expect(store.values).toEqual(documents);
    },
  );

  it.each(names)('leaves everything as it is when %s is damaged', async (damaged) => {
    const documents = { ...testDocuments(), [damaged]: '{"format":"holdfast/pri' };
    if (damaged !== 'public') Reflect.deleteProperty(documents, 'public');
    const store = memoryKeyStore(documents);
    await expect(initialiseKeyRing(store, now)).rejects.toMatchObject({ code: 'KEY_INVALID' });
    expect(store.values).toEqual(documents);
  });

  /** The ring of a release before pins: no operator anywhere. */
  function beforePins() {
    const { 'signing-operator': _, ...documents } = testDocuments();
    const ring = JSON.parse(documents.public);
    ring.signers = ring.signers.filter(({ role }: { role: string }) => role !== 'operator');
    return { ...documents, public: JSON.stringify(ring) };
  }

  it('adds the operator to a ring that was made before there was one, and changes nothing else of it', async () => {
    const before = beforePins();
    const store = memoryKeyStore({ ...before });
    const { currentKeyId } = await initialiseKeyRing(store, now);
    expect(store.writes).toEqual(['signing-operator', 'public']);
    expect(store.values).toMatchObject({ ...before, public: expect.any(String) });
    const grown = JSON.parse(store.values.public ?? '');
    const old = JSON.parse(before.public);
    expect(grown).toEqual({
      ...old,
      signers: [...old.signers, expect.objectContaining({ role: 'operator' })],
    });
    expect(currentKeyId).toBe(old.recipients[0].id);
    await initialiseKeyRing(store, now);
    expect(store.writes).toHaveLength(2);
  });

  it('adds the index key to a ring that was made before there was one, and changes nothing else of it', async () => {
    const { index: _, ...before } = testDocuments();
    const store = memoryKeyStore({ ...before });
    await initialiseKeyRing(store, now);
    expect(store.writes).toEqual(['index']);
    expect(store.values).toEqual({ ...before, index: expect.stringContaining('ik-20261121-') });
    await initialiseKeyRing(store, new Date('2030-01-01T00:00:00Z'));
    expect(store.writes).toEqual(['index']);
  }, 60_000);

  it('goes on with the index key that another run stored a moment before', async () => {
    const { index, ...before } = testDocuments();
    const store = memoryKeyStore({ ...before }, (_, name) => {
      if (name === 'index') store.values.index = index;
    });
    await initialiseKeyRing(store, now);
    expect(store.values).toEqual({ ...before, index });
  }, 60_000);

  it('finishes adding the operator after a crash, with the key that was made', async () => {
    const store = memoryKeyStore(beforePins(), (_, name) => {
      if (name === 'public') throw new Error('died');
    });
    await expect(initialiseKeyRing(store, now)).rejects.toThrow('died');
    const made = store.values['signing-operator'];
    const again = memoryKeyStore(store.values);
    await initialiseKeyRing(again, now);
    expect(again.values['signing-operator']).toBe(made);
    expect(again.values.public).toContain(JSON.parse(made ?? '').key.id);
  });

  it('adds the operator to what somebody else changed in the meantime', async () => {
    const store = memoryKeyStore(beforePins(), async (number, name) => {
      if (number !== 2 || name !== 'public') return;
      const seen = await store.read('public');
      const ring = JSON.parse(seen?.value ?? '');
      ring.recipients.push({ ...loadTestKeys().recipients[1], current: false, recovery: true });
      await store.replace('public', seen ?? { value: '', version: '' }, JSON.stringify(ring));
    });
    await initialiseKeyRing(store, now);
    const ring = JSON.parse(store.values.public ?? '');
    expect(ring.recipients).toHaveLength(2);
    expect(ring.signers).toHaveLength(3);
  });
});

/** Reading the key secrets: strict, tied to their ids, and silent about values. */
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { HoldfastError } from '../../../core/errors.ts';
import { keyRing } from '../../../core/keys/ring.ts';
import type { KeySecretName } from '../../../core/keys/store.ts';
import { loadTestKeys } from '../../vectors/load.ts';
import { testDocuments, type Values } from './support.ts';

const keys = loadTestKeys();
const [first, second] = keys.recipients;

function ringOf(values: Values) {
  return keyRing(
    { get: async (id) => values[id as KeySecretName] ?? '' },
    {
      public: 'public',
      private: 'private',
      index: 'index',
      signing: { backup: 'signing-backup', verify: 'signing-verify' },
    },
  );
}

function edited(name: KeySecretName, edit: (document: never) => void): Values {
  const document = JSON.parse(testDocuments()[name]);
  edit(document as never);
  return { ...testDocuments(), [name]: JSON.stringify(document) };
}

describe('keyRing', () => {
  it('gives the keys of each secret', async () => {
    const ring = ringOf(testDocuments());
    expect(await ring.publicKeys()).toEqual({ recipients: [first], signers: keys.signers });
    expect(await ring.privateKeys()).toEqual([keys.wrapping[0]]);
    expect(await ring.signingKey('backup')).toEqual(keys.signing.backup);
    expect(await ring.indexKeys()).toEqual(keys.index);
  });

  it('seals for the current key and recovery keys, not for retired ones', async () => {
    const recipients = async (flags: object) => {
      const values = edited('public', (document: { recipients: object[] }) => {
        document.recipients = [
          { ...second, ...flags },
          { ...first, current: true },
        ];
      });
      return (await ringOf(values).publicKeys()).recipients.map(({ id }) => id);
    };
    expect(await recipients({ current: false })).toEqual([first?.id]);
    expect(await recipients({ current: false, recovery: true })).toEqual([first?.id, second?.id]);
  });

  it.each<[string, Values]>([
    ['an empty secret', { ...testDocuments(), public: ' ' }],
    [
      'no current key',
      edited('public', (d: { recipients: { current: boolean }[] }) =>
        Object.assign(d.recipients[0] ?? {}, { current: false }),
      ),
    ],
    [
      'two current keys',
      edited('public', (d: { recipients: object[] }) => d.recipients.push({ ...second, current: true })),
    ],
    [
      'the same key twice',
      edited('public', (d: { recipients: object[] }) => d.recipients.push({ ...first, current: false })),
    ],
    [
      'a key under the id of another',
      edited('public', (d: { recipients: object[] }) =>
        Object.assign(d.recipients[0] ?? {}, { publicKeyPem: second?.publicKeyPem }),
      ),
    ],
    [
      'a private key in the public secret',
      edited('public', (d: { recipients: object[] }) =>
        Object.assign(d.recipients[0] ?? {}, { publicKeyPem: keys.wrapping[0]?.privateKeyPem }),
      ),
    ],
    [
      'a signing key for wrapping',
      edited('public', (d: { recipients: object[] }) =>
        Object.assign(d.recipients[0] ?? {}, {
          id: keys.signers[0]?.id.replace('sk-backup', 'wk'),
          publicKeyPem: keys.signers[0]?.publicKeyPem,
        }),
      ),
    ],
    ['an unknown field', edited('public', (d: object) => Object.assign(d, { more: 1 }))],
    ['another version', edited('public', (d: object) => Object.assign(d, { version: 2 }))],
  ])('refuses %s', async (_, values) => {
    await expect(ringOf(values).publicKeys()).rejects.toMatchObject({ code: 'KEY_INVALID' });
  });

  it('refuses a wrapping key in the place of an index key, and the reverse: neither opens what the other is for', async () => {
    const { index, private: wrapping } = testDocuments();
    const swapped = { index: wrapping, private: index };
    await expect(ringOf(swapped).indexKeys()).rejects.toMatchObject({ code: 'KEY_INVALID' });
    await expect(ringOf(swapped).privateKeys()).rejects.toMatchObject({ code: 'KEY_INVALID' });
    const renamed = { index: wrapping.replace('private-keys', 'index-keys') };
    await expect(ringOf(renamed).indexKeys()).rejects.toMatchObject({ code: 'KEY_INVALID' });
  });

  it('refuses a signing key of another role', async () => {
    const documents = testDocuments();
    const ring = ringOf({ ...documents, 'signing-backup': documents['signing-verify'] });
    await expect(ring.signingKey('backup')).rejects.toMatchObject({ code: 'KEY_INVALID' });
  });

  it('says ACCESS_DENIED for a secret that the function was not given', async () => {
    const ring = keyRing({ get: async () => '' }, { public: 'public' });
    await expect(ring.privateKeys()).rejects.toMatchObject({ code: 'ACCESS_DENIED' });
    await expect(ring.signingKey('backup')).rejects.toMatchObject({ code: 'ACCESS_DENIED' });
    await expect(ring.indexKeys()).rejects.toMatchObject({ code: 'ACCESS_DENIED' });
  });

  it('never shows a value in an error, whatever the secret holds', async () => {
    const pem = keys.wrapping[0]?.privateKeyPem ?? '';
    const secret = pem.slice(100, 140);
    const wrong = [
      pem,
      JSON.stringify(pem),
      secret,
      `{"a":"${secret}"`,
      JSON.stringify({ format: secret, keys: [{ id: secret, privateKeyPem: secret }] }),
    ];
    for (const text of wrong) {
      const thrown: unknown = await ringOf({ private: text })
        .privateKeys()
        .catch((error: unknown) => error);
      expect(thrown).toBeInstanceOf(HoldfastError);
      expect(thrown).toMatchObject({ code: 'KEY_INVALID' });
      expect(inspect(thrown, { depth: 10 })).not.toContain(secret.slice(0, 6));
    }
  });
});

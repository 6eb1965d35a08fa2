/** What a plan and a secret may say of a MongoDB source, and what follows from it. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { systemResolver } from '../../../adapters/mongodb/address.ts';
import { resolveConnection } from '../../../adapters/mongodb/connection.ts';
import { fits } from '../../../adapters/mongodb/counts.ts';
import { redact } from '../../../adapters/mongodb/redact.ts';
import { decideScope, type ScopeQuestion } from '../../../adapters/mongodb/scope.ts';
import { parseMongoSecret } from '../../../adapters/mongodb/secret.ts';
import { dumpArguments, planSegments } from '../../../adapters/mongodb/segments.ts';
import { mongodbSourceSchema } from '../../../adapters/mongodb/source.ts';
import { formatUri, parseUri } from '../../../adapters/mongodb/uri.ts';
import { HoldfastError } from '../../../core/errors.ts';

function errorOf(work: () => unknown): HoldfastError {
  try {
    work();
  } catch (thrown) {
    if (thrown instanceof HoldfastError) return thrown;
    throw thrown;
  }
  throw new Error('it did not fail');
}

const plain = { kind: 'mongodb', name: 'docs', secret: 'holdfast/sources/docs' };

describe('a plan', () => {
  it('is told why mongodump cannot be incremental', () => {
    const result = mongodbSourceSchema.safeParse({ ...plain, mode: 'incremental' });
    expect(result.error?.issues[0]?.message).toMatch(/only full: mongodump reads whole collections/);
    expect(mongodbSourceSchema.parse(plain).mode).toBe('full');
  });

  it.each([
    { databases: ['a b'] },
    { databases: ['a.b'] },
    { databases: [] },
    { databases: ['admin'] },
    { databases: ['shop', 'local'] },
    { countTolerance: { fraction: 2 } },
    { countTolerance: { fraction: 0.1, documents: 5 } },
    { consistency: 'snapshot' },
    { compression: 'lz4' },
    { uri: 'mongodb://host' },
    { secret: 'mongodb://user:password@host' },
  ])('that says %j is refused', (fields) => {
    expect(mongodbSourceSchema.safeParse({ ...plain, ...fields }).success).toBe(false);
  });
});

describe('a secret', () => {
  it('may be a URI, with everything percent-encoded', () => {
    const secret = parseMongoSecret(
      ' mongodb://u%40x:p%3A%2F@a.net,b.net:27018,[2001:db8::1]/shop?replicaSet=rs0&ssl=true&w=majority ',
    );
    expect(secret).toMatchObject({
      ...{ srv: false, user: 'u@x', password: 'p:/', database: 'shop' },
      hosts: [
        { host: 'a.net', port: 27_017 },
        { host: 'b.net', port: 27_018 },
        { host: '2001:db8::1', port: 27_017 },
      ],
    });
    expect(Object.fromEntries(secret.options)).toEqual({ replicaSet: 'rs0', tls: 'true' });
  });

  it('may be JSON with fields apart, as AWS writes it', () => {
    const fields = { engine: 'mongo', host: 'db.net', port: 27_018, username: 'u', password: 'p', ssl: true };
    const secret = parseMongoSecret(JSON.stringify({ ...fields, dbClusterIdentifier: 'x' }));
    expect(secret).toMatchObject({ hosts: [{ host: 'db.net', port: 27_018 }], user: 'u', password: 'p' });
    expect(secret.options.get('tls')).toBe('true');
  });

  it.each([
    ['postgres://u:hidden@h/db', '(whole)'],
    ['mongodb://u:hidden@h/?tlsInsecure=true', 'option tlsInsecure'],
    ['mongodb://u:hidden@h/?tlsCAFile=/etc/passwd', 'option tlsCAFile'],
    ['mongodb://u:hidden@h/?proxyHost=169.254.169.254', 'option proxyHost'],
    ['mongodb://u:hidden@h/?unheardOf=1', 'option unheardOf'],
    ['mongodb://u:hid:den@h/', 'uri'],
    ['mongodb://u:hidden@%2Ftmp%2Fmongodb.sock/', 'host'],
    ['mongodb://u@h/', 'password'],
    ['mongodb+srv://u:hidden@a.b.net,c.b.net/', 'uri'],
    ['mongodb://u:hidden@h/?authMechanism=GSSAPI', 'authMechanism'],
    ['mongodb://h/?authMechanism=MONGODB-X509', 'clientCertificate'],
    ['{"uri":"mongodb://h","host":"hidden"}', 'host'],
    ['{"host":"h","password":5}', 'password'],
    ['{"host":"h","caCertificate":"hidden"}', 'caCertificate'],
    ['{hidden', '(whole)'],
  ])('that is %s is refused by the name of the field, and shows no value', (text, field) => {
    const error = errorOf(() => parseMongoSecret(text));
    expect([error.code, error.details.field]).toEqual(['SECRET_INVALID', field]);
    expect(`${error.message}${error.stack}`).not.toMatch(/hidden|hid:den/);
  });

  it('holds a certificate with its key for X.509, and not the key of another', () => {
    const dir = mkdtempSync(join(tmpdir(), 'holdfast-test-'));
    const make = (name: string) => {
      const [key, cert] = [join(dir, `${name}.key`), join(dir, `${name}.crt`)];
      const subject = ['-subj', '/CN=backup', '-keyout', key, '-out', cert];
      execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', ...subject], {
        stdio: 'ignore',
      });
      return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
    };
    const [one, other] = [make('one'), make('other')];
    rmSync(dir, { recursive: true });
    const uri = 'mongodb://db.example.net/?authMechanism=MONGODB-X509';
    const secretWith = (clientCertificate: string) => () =>
      parseMongoSecret(JSON.stringify({ uri, clientCertificate }));
    expect(secretWith(one.cert + one.key)().clientCertificate).toContain('PRIVATE KEY');
    expect(errorOf(secretWith(one.cert + other.key)).message).toContain('key of another certificate');
    expect(errorOf(secretWith(one.cert)).message).toContain('has no private key');
  });

  it('comes back from the URI that the tools get, whatever is in the password', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1, unit: 'grapheme' }).filter((word) => !word.includes('\0')),
        (password) => {
          const uri = {
            hosts: [{ host: 'h.net', port: 27_017 }],
            options: new Map([['tls', 'true']]),
            user: 'u',
          };
          expect(parseUri(formatUri({ ...uri, password })).password).toBe(password);
        },
      ),
    );
  });
});

describe('a connection', () => {
  const resolver = {
    ...systemResolver,
    addresses: async () => ['10.0.0.5'],
    srv: async () => [{ name: 'a.example.net', port: 27_017 }],
    txt: async () => [['authSource=admin&replicaSet=rs0']],
  };
  const textOf = async (secret: string) => {
    const rules = { allowLoopback: false, resolver };
    return (await resolveConnection(parseMongoSecret(secret), rules, { serverSelectionSeconds: 5 })).uri;
  };
  const uriOf = async (secret: string) => parseUri(await textOf(secret));

  it('has TLS unless the secret says that it has none', async () => {
    expect((await uriOf('mongodb://db.net/')).options.get('tls')).toBe('true');
    expect((await uriOf('mongodb://db.net/?tls=false')).options.get('tls')).toBe('false');
  });

  it('is bounded, and logs in where the user was created', async () => {
    const secret = 'mongodb://u:p@db.net/shop?serverSelectionTimeoutMS=9999999';
    expect(await textOf(secret)).toMatch(/serverSelectionTimeoutMS=5000(&|$)/);
    const uri = await uriOf(secret);
    expect(uri.options.get('authSource')).toBe('shop');
    // A database in it would forbid mongodump to dump another.
    expect(uri.database).toBeUndefined();
    expect((await uriOf('mongodb://u:p@db.net/')).options.get('authSource')).toBe('admin');
  });

  it('of mongodb+srv is to the hosts that were looked up and checked', async () => {
    const uri = await uriOf('mongodb+srv://u:p@cluster.example.net/shop');
    expect(uri.hosts).toEqual([{ host: 'a.example.net', port: 27_017 }]);
    expect(Object.fromEntries(uri.options)).toMatchObject({
      replicaSet: 'rs0',
      authSource: 'admin',
      tls: 'true',
    });
  });
});

describe('consistency', () => {
  const ask = (fields: Partial<ScopeQuestion['source']> = {}, more: Partial<ScopeQuestion> = {}) =>
    decideScope({
      source: { databases: 'all', exclude: { collections: [] }, consistency: 'auto', ...fields },
      ...{ present: ['a', 'b'], ...more },
    });

  it('is one instant where a whole replica set is dumped and its oplog can be read', () => {
    expect(ask().kind).toBe('deployment');
    expect(ask({ databases: undefined }).kind).toBe('deployment');
  });

  it.each([
    ['single databases are named', { databases: ['a'] }, {}],
    ['a collection is excluded', { exclude: { collections: [{ collection: 'x' }] } }, {}],
    ['the oplog cannot be read', {}, { oplogObstacle: 'the user may not read local.oplog.rs' }],
    ['the secret names a database', { databases: undefined }, { secretDatabase: 'a' }],
  ])('is that of each collection where %s, and says why; asked for, it is refused', (_, fields, more) => {
    const scope = ask(fields, more);
    expect(scope).toMatchObject({ kind: 'databases', reason: expect.stringMatching(/.{10}/) });
    const error = errorOf(() => ask({ ...fields, consistency: 'oplog' }, more));
    expect([error.code, error.message]).toEqual(['INVALID_INPUT', expect.stringContaining(scope.reason)]);
  });

  it.each(['admin', 'config', 'local'])(
    'takes /%s in the secret for where the user is, not for what is meant',
    (name) => {
      expect(ask({ databases: undefined }, { secretDatabase: name })).toEqual(ask());
    },
  );

  it('names databases that are not there', () => {
    expect(errorOf(() => ask({ databases: ['a', 'z'] })).message).toContain('no database z');
    expect(errorOf(() => ask({}, { present: [] })).code).toBe('SOURCE_MISSING_OBJECT');
  });
});

describe('counts', () => {
  it.each([
    [{ before: 5, dumped: 5, after: 5 }, { documents: 0 }, true],
    [{ before: 5, dumped: 6, after: 9 }, { documents: 0 }, true],
    [{ before: 9, dumped: 6, after: 5 }, { documents: 0 }, true],
    [{ before: 5, dumped: 4, after: 9 }, { documents: 0 }, false],
    [{ before: 5, dumped: 4, after: 9 }, { documents: 1 }, true],
    [{ before: 100, dumped: 0, after: 100 }, { fraction: 0.5 }, false],
    [{ before: 100, dumped: 98, after: 100 }, { fraction: 0.02 }, true],
    [{ dumped: 4 }, { documents: 0 }, true],
  ])('of %j with tolerance %j fit: %s', (count, tolerance, expected) => {
    expect(fits(count, tolerance)).toBe(expected);
  });
});

describe('segments', () => {
  const collection = (name: string, megabytes: number, type: 'collection' | 'view' = 'collection') => ({
    ...{
      database: 'shop',
      collection: name,
      type,
      options: {},
      indexes: [],
      sizeBytes: megabytes * 1024 * 1024,
    },
  });
  const request = {
    ...{ database: 'shop', compression: 'zstd' as const, parallelism: 2 },
    collections: [
      collection('a', 1),
      collection('big', 500),
      collection('v', 999, 'view'),
      collection('larger', 900),
    ],
    exclude: { collections: [{ collection: 'tmp' }, { database: 'other', collection: 'x' }] },
  };

  it('give each large collection one of its own, the rest together, each exactly once', () => {
    const segments = planSegments(request);
    expect(segments.map((one) => one.name).sort()).toEqual(['collection-big', 'collection-larger', 'rest']);
    const expected = segments.flatMap((one) => one.expected.map((name) => name.collection));
    expect(expected.sort()).toEqual(['a', 'big', 'larger', 'v']);
    const rest = segments.find((one) => one.name === 'rest');
    expect(rest && dumpArguments(rest)).toEqual([
      ...['--archive', '--numParallelCollections=1', '--db=shop', '--excludeCollection=larger'],
      ...['--excludeCollection=big', '--excludeCollection=tmp'],
    ]);
  });

  it('of a whole deployment are one, with the oplog', () => {
    const [only, ...more] = planSegments({ ...request, database: undefined });
    expect([only && dumpArguments(only), more]).toEqual([
      ['--archive', '--numParallelCollections=2', '--oplog'],
      [],
    ]);
  });
});

describe('what is shown', () => {
  it('holds no password, in none of the ways in which tools spell it', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 6, maxLength: 20 }).filter((word) => word.trim().length > 5),
        (word) => {
          const spellings = [word, encodeURIComponent(word), JSON.stringify(word).slice(1, -1)];
          for (const spelling of spellings) {
            const shown = redact(`x ${spelling} y`, [word]);
            expect(shown).toBe('x *** y');
          }
        },
      ),
    );
    expect(redact('can not parse mongodb+srv://a:b@c.d/e: no')).toBe('can not parse mongodb+srv://*** no');
    expect(redact('-----BEGIN PRIVATE KEY-----\nabc')).toBe('***');
  });
});

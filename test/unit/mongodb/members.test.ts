/** What a connection makes of the members that a server names. */
import { afterEach, describe, expect, it } from 'vitest';
import { systemResolver } from '../../../adapters/mongodb/address.ts';
import { countDocuments } from '../../../adapters/mongodb/catalogue.ts';
import { closeQuietly, connect, resolveConnection } from '../../../adapters/mongodb/connection.ts';
import { parseMongoSecret } from '../../../adapters/mongodb/secret.ts';
import { failureOf } from '../../support/mongo-source.ts';
import { type FakeMember, startFakeMember } from '../../support/mongo-stand-in.ts';

let member: FakeMember | undefined;
afterEach(() => member?.stop());

/** As `hello` of a replica set answers. */
const ofSet = (fields: object) => () => ({
  ...{ setName: 'rs0', setVersion: 1, minWireVersion: 0, maxWireVersion: 21, maxBsonObjectSize: 16_777_216 },
  ...{ maxMessageSizeBytes: 48_000_000, maxWriteBatchSize: 100_000, ...fields },
});

async function connectionTo(fake: FakeMember, options: string) {
  const secret = parseMongoSecret(`mongodb://127.0.0.1:${fake.port}/?tls=false&${options}`);
  const rules = { allowLoopback: true, resolver: systemResolver };
  return resolveConnection(secret, rules, { serverSelectionSeconds: 3 });
}

const signal = new AbortController().signal;

describe('members that a server names', () => {
  it('by a forbidden address end the connection at once, although no name is looked up', async () => {
    member = await startFakeMember((_command, port) =>
      ofSet({
        secondary: true,
        hosts: [`127.0.0.1:${port}`, '169.254.169.254:80'],
        me: `127.0.0.1:${port}`,
      })(),
    );
    const connection = await connectionTo(member, 'replicaSet=rs0');
    const started = performance.now();
    const error = await failureOf(connect(connection, signal));
    expect([error.code, error.message]).toEqual([
      'HOST_FORBIDDEN',
      expect.stringContaining('169.254.169.254:80'),
    ]);
    // Without it, the driver looks for a primary until its time is over.
    expect(performance.now() - started).toBeLessThan(2000);
  });

  it('are left alone with directConnection, known to the name servers or not', async () => {
    member = await startFakeMember(
      ofSet({ isWritablePrimary: true, hosts: ['mongo1.invalid:27017', '169.254.169.254:80'] }),
    );
    const client = await connect(await connectionTo(member, 'directConnection=true'), signal);
    await closeQuietly(client);
  });
});

describe('counting by reading', () => {
  it('may take longer than any other answer', async () => {
    member = await startFakeMember(
      (command) =>
        'aggregate' in command
          ? { cursor: { id: 0n, ns: 'shop.orders', firstBatch: [{ n: 7 }] } }
          : ofSet({ isWritablePrimary: true })(),
      700,
    );
    const { MongoClient } = await import('mongodb');
    const client = new MongoClient(`mongodb://127.0.0.1:${member.port}/?directConnection=true`, {
      socketTimeoutMS: 300,
    });
    try {
      const orders = { database: 'shop', collection: 'orders', type: 'collection' as const };
      const counts = await countDocuments(client, [orders], { exact: true, serverVersion: '7.0.0' });
      expect(counts).toEqual(new Map([['shop.orders', 7]]));
    } finally {
      await closeQuietly(client);
    }
  });
});

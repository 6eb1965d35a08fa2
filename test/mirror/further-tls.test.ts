/** Further vaults behind TLS, each with an authority of its own that its secret names: a proxy before a stand-in. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream';
import { createServer, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openFurtherVault } from '../../adapters/further-vault.ts';
import { silentLog } from '../../adapters/log/quiet.ts';
import { memoryAlerts } from '../../adapters/memory/alerts.ts';
import { memoryCatalog } from '../../adapters/memory/catalog.ts';
import { memorySecrets } from '../../adapters/memory/secrets.ts';
import { memoryVault } from '../../adapters/memory/vault.ts';
import { manifestKey } from '../../core/format/layout.ts';
import { copyToFurther } from '../../core/mirror/further.ts';
import { planSchema } from '../../core/plan.ts';
import type { BackupRow } from '../../core/ports/catalog.ts';
import type { ObjectRole, Vault } from '../../core/ports/vault.ts';
import { makeCertificates } from '../../local/self-signed.ts';
import { type StandIn, startS3StandIn } from '../support/s3-stand-in.ts';

interface TlsStore {
  readonly standIn: StandIn;
  /** `https://127.0.0.1:…` */
  readonly endpoint: string;
  /** PEM of its authority. */
  readonly ca: string;
  close(): Promise<void>;
}

/** @param names of its certificate; default: those of this machine */
async function tlsStore(dir: string, names?: string): Promise<TlsStore> {
  const paths = await makeCertificates(dir, names);
  const [ca, cert, key] = await Promise.all(
    [paths.ca, paths.cert, paths.key].map((path) => readFile(path, 'utf8')),
  );
  const standIn = await startS3StandIn({ keep: 'memory' });
  const sockets = new Set<TLSSocket>();
  const server = createServer({ cert, key }, (socket) => {
    sockets.add(socket);
    const behind = connect(Number(new URL(standIn.endpoint).port), '127.0.0.1');
    pipeline(socket, behind, () => {});
    pipeline(behind, socket, () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    standIn,
    endpoint: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ca: ca ?? '',
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await standIn.close();
    },
  };
}

let dir: string;
let one: TlsStore;
let two: TlsStore;
let elsewhere: TlsStore;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'holdfast-tls-'));
  [one, two, elsewhere] = await Promise.all([
    tlsStore(join(dir, 'one')),
    tlsStore(join(dir, 'two')),
    tlsStore(join(dir, 'elsewhere'), 'DNS:minio.example.org'),
  ]);
});
afterAll(async () => {
  await Promise.all([one, two, elsewhere].map((store) => store?.close()));
  await rm(dir, { recursive: true, force: true });
});

const attributes = (role: ObjectRole) =>
  ({ role, tier: 'daily', planId: 'shop', storageClass: 'STANDARD' }) as const;

const secretOf = ({ endpoint }: TlsStore, ca?: string) =>
  JSON.stringify({
    ...{ endpoint, accessKeyId: 'test', secretAccessKey: 'test', bucket: 'backups', prefix: 'holdfast/' },
    ...(ca === undefined ? {} : { ca }),
  });

const opened = (store: TlsStore, ca?: string): Promise<Vault> =>
  openFurtherVault(
    { name: 'minio', secret: 'minio' },
    { secrets: memorySecrets({ minio: secretOf(store, ca) }), allowLoopback: true },
  );

test('with the certificate of its authority it is written to and read back', async () => {
  const vault = await opened(one, one.ca);
  // More than one part, so that many requests go over the connections.
  const body = randomBytes(9 * 1024 * 1024);
  const written = await vault.write('plans/shop/long', [body], attributes('segment'));
  expect(written.lengthBytes).toBe(body.length);
  const back = Buffer.concat(await (await vault.read('plans/shop/long')).toArray());
  expect(back.equals(body)).toBe(true);
  expect([...one.standIn.objects.keys()]).toEqual(['holdfast/plans/shop/long']);
});

test.each([
  ['without one', () => opened(one), /SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_/, /into `ca` of the secret/],
  ['with that of another authority', () => opened(one, two.ca), /CERT|UNABLE_TO_/, /into `ca` of the secret/],
  [
    'with a certificate for another name',
    () => opened(elsewhere, elsewhere.ca),
    /ERR_TLS_CERT_ALTNAME_INVALID/,
    /is for other names/,
  ],
])('%s nothing is sent, and the error says what to do', async (_, open, why, next) => {
  const before = { ...one.standIn.requests };
  const vault = await open();
  const expected = {
    code: 'VAULT_UNAVAILABLE',
    message: expect.stringMatching(
      new RegExp(`the certificate of the endpoint is not accepted.*${why.source}`),
    ),
    next: expect.stringMatching(next),
  };
  await expect(vault.head('plans/shop/x')).rejects.toMatchObject(expected);
  await expect(vault.write('plans/shop/x', [randomBytes(100)], attributes('segment'))).rejects.toMatchObject(
    expected,
  );
  expect(one.standIn.requests).toEqual(before);
  expect(elsewhere.standIn.requests).toEqual({});
});

test('a run copies into two of them, each with its own authority', async () => {
  const plan = planSchema.parse({
    id: 'shop',
    sources: [{ kind: 'files', name: 'uploads' }],
    vaults: [
      { name: 'one', secret: 'one' },
      { name: 'two', secret: 'two' },
    ],
  });
  const at = '2026-11-21T03:00:00.000Z';
  const backupId = '20261121T020000Z-00000001';
  const vault = memoryVault();
  const pack = `plans/shop/${backupId}/a01/uploads/0001-pack.0001`;
  const manifest = manifestKey('shop', backupId);
  await vault.write(pack, [randomBytes(5000)], attributes('pack'));
  await vault.write(manifest, [randomBytes(50)], attributes('manifest'));
  const row: BackupRow = {
    ...{ planId: 'shop', backupId, source: 'uploads', kind: 'files', trigger: 'schedule' },
    ...{ createdBy: 'scheduler', slot: '2026-11-21T02:00:00Z', correlationId: 'c', status: 'completed' },
    ...{ attempt: 1, madeBy: 1, completedAt: at, tier: 'daily', guard: 0 },
  };
  const catalog = memoryCatalog();
  await catalog.adoptBackup(row, at);
  const alerts = memoryAlerts();
  const secrets = memorySecrets({ one: secretOf(one, one.ca), two: secretOf(two, two.ca) });
  const deps = {
    ...{ vault, catalog, alerts, log: silentLog },
    clock: { now: () => new Date(at), sleep: async () => undefined },
    openFurther: (further: Parameters<typeof openFurtherVault>[0]) =>
      openFurtherVault(further, { secrets, allowLoopback: true }),
  };
  await copyToFurther(row, plan, 'run-1', deps, new AbortController().signal);
  expect(alerts.published).toEqual([]);
  expect((await catalog.getBackup('shop', backupId))?.copies).toEqual({ one: { at }, two: { at } });
  for (const { standIn } of [one, two])
    expect([...standIn.objects.keys()]).toEqual(
      expect.arrayContaining([`holdfast/${pack}`, `holdfast/${manifest}`]),
    );
});

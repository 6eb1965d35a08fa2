/** What the functions write into the trail, over S3 as it is spoken: sealed, tagged, locked, once. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { memoryLog } from '../../../adapters/log/quiet.ts';
import { memoryAlerts } from '../../../adapters/memory/alerts.ts';
import { memoryCatalog } from '../../../adapters/memory/catalog.ts';
import { memoryClock } from '../../../adapters/memory/clock.ts';
import { s3Client } from '../../../adapters/s3/client.ts';
import { s3Vault } from '../../../adapters/s3/vault.ts';
import { actorOfRun } from '../../../core/audit/beside.ts';
import { readAudit } from '../../../core/audit/objects.ts';
import { auditingBy } from '../../../functions/auditing.ts';
import type { Wiring } from '../../../functions/wiring.ts';
import { type Fault, type StandIn, startS3StandIn } from '../../support/s3-stand-in.ts';
import { testKeyRing } from '../../support/world.ts';
import { loadTestKeys } from '../../vectors/load.ts';

let standIn: StandIn;
let onPut: Fault | undefined;

beforeAll(async () => {
  standIn = await startS3StandIn({
    keep: 'memory',
    fault: ({ operation }) => (operation === 'PutObject' ? onPut : undefined),
  });
});
afterAll(() => standIn.close());

function functionOf(bucket: string) {
  const s3 = s3Client({
    endpoint: standIn.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const environment = { HOLDFAST_VAULT_BUCKET: bucket, HOLDFAST_VAULT_PREFIX: 'deep' };
  const wiring = {
    ...{ environment, s3, catalog: memoryCatalog(), alerts: memoryAlerts(), keyRing: testKeyRing() },
    clock: memoryClock('2026-11-21T10:00:00.000Z'),
  };
  const log = memoryLog();
  const auditing = auditingBy('cleanup', wiring as unknown as Wiring)(log);
  const vault = s3Vault({ client: s3, bucket, prefix: 'deep' });
  return { ...wiring, log, auditing, vault };
}

const doing = { actor: actorOfRun(undefined, 'sched-1'), action: 'cleanup.run', target: 'all plans' };

it('both parts of a round lie below the prefix of its role, and the row names them', async () => {
  const made = functionOf('trail-1');
  const result = await made.auditing.beside(
    doing,
    async () => 4,
    (after) => ({ result: 'ok', after }),
  );
  expect(result).toBe(4);
  const [row] = (await made.catalog.listAudit('2026-11')).rows;
  expect(row).toMatchObject({
    by: 'schedule',
    via: 'schedule',
    result: 'ok',
    after: 4,
    correlationId: 'sched-1',
  });
  const keys = loadTestKeys();
  const reading = { vault: made.vault, privateKeys: keys.wrapping.slice(0, 1), signers: keys.signers };
  for (const key of row?.objects ?? []) {
    expect(key).toMatch(/^audit\/cleanup\/2026\/11\/21\//);
    expect((await made.vault.head(key))?.tags).toEqual({ role: 'audit' });
    expect((await readAudit(key, reading)).document).toMatchObject({
      writer: 'cleanup',
      action: 'cleanup.run',
    });
  }
  expect(row?.objects).toHaveLength(2);
});

it('a role that may not write there does its work all the same, and people hear of it', async () => {
  const made = functionOf('trail-2');
  onPut = { kind: 'refuse', status: 403, code: 'AccessDenied' };
  const result = await made.auditing.beside(
    doing,
    async () => 4,
    () => ({ result: 'ok' }),
  );
  onPut = undefined;
  expect(result).toBe(4);
  expect((await made.catalog.listAudit('2026-11')).rows).toEqual([]);
  expect(made.alerts.published).toMatchObject([
    { kind: 'audit-failed', why: expect.stringContaining('VAULT_REFUSED'), correlationId: 'sched-1' },
  ]);
});

/**
 * What the first page of the list of all backups costs, in read units, with 1,000 rows in the table and with many: it
 * must be the same. Runs on the local AWS; the units are computed by DynamoDB's own rule from the items that its
 * replies had (half a unit for each 4 KB of a reply, rounded up), since the local AWS does not count as DynamoDB does.
 *
 * The large table has 100,000 rows by default, not a million: the local AWS keeps every row in memory and takes minutes
 * for a million. That the number stands for a million rows too follows from what is measured with it: every query names
 * one partition (a month) and a limit, no reply looks at more rows than it returns, and DynamoDB charges a query for the
 * items it looks at and nothing else. The rows are spread over eleven months, as those of an installation are.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AttributeValue, CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { BatchWriteCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { dynamoCatalog } from '../adapters/dynamodb/catalog.ts';
import { documentClient } from '../adapters/dynamodb/store.ts';
import { backupKey, tableDefinition } from '../adapters/dynamodb/table.ts';
import { backupTimeline } from '../adapters/dynamodb/timeline-attributes.ts';
import { backupIdFor } from '../core/format/layout.ts';
import { startEmulator } from '../local/emulator.ts';

export interface ApiListFigures {
  readonly listUnits1k: number;
  readonly listUnits1m: number;
  /** Rows that the table of `listUnits1m` really had. */
  readonly listRowsFilled: number;
  /** Of the large table: what the pages behind the first one cost. */
  readonly listUnitsLaterPages: readonly number[];
}

const pageRows = 50;
const firstSlot = Date.parse('2026-01-01T00:00:00Z');
const now = Date.parse('2026-11-30T00:00:00Z');
const days = 332;
const planCount = 1000;
const largePages = 3;

export async function benchApiList(
  say: (text: string) => void,
  { rows = 100_000 }: { readonly rows?: number } = {},
): Promise<ApiListFigures> {
  const stateDir = await mkdtemp(join(tmpdir(), 'holdfast-bench-list-'));
  const emulator = await startEmulator({ stateDir });
  const client = documentClient({
    endpoint: emulator.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    // The local AWS goes through a whole partition for each query.
    requestHandler: { requestTimeout: 60_000 },
  });
  try {
    say(`api-list: pages of ${pageRows} rows`);
    await fill(client, 'small', 1000);
    const [small = 0] = await unitsOfPages(client, 'small', 1);
    say(`  1,000 rows: ${small} units`);
    const startedAt = performance.now();
    await fill(client, 'large', rows);
    say(`  ${rows} rows made in ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
    const [large = 0, ...later] = await unitsOfPages(client, 'large', largePages);
    say(`  ${rows} rows: ${large} units; later pages ${later.join(', ')}`);
    return { listUnits1k: small, listUnits1m: large, listRowsFilled: rows, listUnitsLaterPages: later };
  } finally {
    client.destroy();
    await emulator.stop();
    await rm(stateDir, { recursive: true, force: true });
  }
}

async function fill(client: DynamoDBDocumentClient, tableName: string, rows: number): Promise<void> {
  await client.send(new CreateTableCommand({ TableName: tableName, ...tableDefinition }));
  const batches = Math.ceil(rows / 25);
  let next = 0;
  const write = async () => {
    for (let batch = next++; batch < batches; batch = next++) {
      const items = Array.from({ length: Math.min(25, rows - batch * 25) }, (_, number) => ({
        PutRequest: { Item: anItem(batch * 25 + number, rows) },
      }));
      const { UnprocessedItems: left = {} } = await client.send(
        new BatchWriteCommand({ RequestItems: { [tableName]: items } }),
      );
      if (Object.keys(left).length > 0) throw new Error(`the local AWS left items of ${tableName}`);
    }
  };
  await Promise.all([1, 2, 3, 4].map(write));
}

/** A completed and verified backup as the catalog writes it; only the newest, which are read, with all that a list shows. */
export function anItem(number: number, rows: number): Record<string, unknown> {
  const planId = `plan-${String(number % planCount).padStart(4, '0')}`;
  const slot = new Date(firstSlot + Math.floor((number / rows) * days * 86_400) * 1000).toISOString();
  const backupId = backupIdFor(planId, slot, String(number));
  const row = { planId, backupId, slot, source: 'shop', kind: 'database', trigger: 'schedule' } as const;
  const item = {
    ...backupKey(planId, backupId),
    ...backupTimeline({ ...row, createdBy: 'scheduler', tier: 'daily' }),
    correlationId: `sched-${backupId}`,
    status: 'completed',
    attempt: 1,
  };
  if (number < rows - 1000) return clean(item);
  return clean({
    ...item,
    ...row,
    guard: 1,
    startedAt: slot,
    completedAt: slot,
    sourceBytes: 3_141_592_653 + number,
    storedBytes: 1_000_000_007 + number,
    expiresAt: slot,
    verificationStatus: 'passed',
    verificationLevel: 'readable',
    verificationDetail: '12 objects read, 3 archives listed, 120 tables as in the evidence',
    verifiedAt: slot,
    // Notes that a list must not pay for.
    versions: Object.fromEntries(
      Array.from({ length: 100 }, (_, part) => [`${planId}/${backupId}/a01/shop/${part}`, 'v'.repeat(32)]),
    ),
  });
}

const clean = (item: Record<string, unknown>) => JSON.parse(JSON.stringify(item)) as Record<string, unknown>;

/** Units of each of the first pages. Throws where a query looks at more rows than it returns. */
async function unitsOfPages(
  client: DynamoDBDocumentClient,
  tableName: string,
  pages: number,
): Promise<readonly number[]> {
  let units = 0;
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        const reply = await next(args);
        if (commandName !== 'QueryCommand') return reply;
        const { Items: items = [], ScannedCount: scanned = 0 } = reply.output as {
          Items?: Record<string, unknown>[];
          ScannedCount?: number;
        };
        if (scanned > items.length) throw new Error(`a query looked at ${scanned} rows for ${items.length}`);
        units += unitsOf(items);
        return reply;
      },
    { step: 'initialize', priority: 'low', name: 'countUnits', override: true },
  );
  const catalog = dynamoCatalog({ tableName, client, now: () => now });
  const found: number[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < pages; page += 1) {
    units = 0;
    const listed = await catalog.listTimeline({}, { limit: pageRows, ...(cursor && { cursor }) });
    if (listed.rows.length !== pageRows) throw new Error(`page ${page} has ${listed.rows.length} rows`);
    found.push(units);
    cursor = listed.cursor;
  }
  return found;
}

/** Eventually consistent: half a unit for each 4 KB of all items together; a query that finds nothing costs half a unit too. */
function unitsOf(items: readonly Record<string, unknown>[]): number {
  const bytes = items.reduce(
    (sum, item) => sum + sizeOfMap(marshall(item, { removeUndefinedValues: true })),
    0,
  );
  return Math.max(1, Math.ceil(bytes / 4096)) / 2;
}

function sizeOfMap(map: Record<string, AttributeValue>): number {
  return Object.entries(map).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + sizeOf(value), 0);
}

/** DynamoDB's rule for the size of a value (developer guide, "item sizes and formats"). */
function sizeOf(value: AttributeValue): number {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.N !== undefined) return Math.ceil(value.N.replaceAll(/[-.]/g, '').length / 2) + 1;
  if (value.M !== undefined) return 3 + Object.keys(value.M).length + sizeOfMap(value.M);
  if (value.L !== undefined) return 3 + value.L.reduce((sum, each) => sum + 1 + sizeOf(each), 0);
  return 1;
}

if (import.meta.main) {
  const rows = Number(process.argv[2] ?? 100_000);
  console.log(JSON.stringify(await benchApiList(console.error, { rows })));
}

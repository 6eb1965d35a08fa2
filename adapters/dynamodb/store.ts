/**
 * The few calls the catalog makes to DynamoDB, with bounded retries, and its failures as Holdfast's codes:
 * a failed condition is data (`refused`), a missing permission ACCESS_DENIED, a request that is wrong by itself
 * INTERNAL, and everything else CATALOG_UNAVAILABLE.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import {
  type AttributeValue,
  type CancellationReason,
  DynamoDBClient,
  type DynamoDBClientConfig,
} from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  QueryCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { type ErrorCode, HoldfastError } from '../../core/errors.ts';
import { promptHandler } from '../aws-http.ts';
import { type Change, type Condition, writeCondition, writeQuery, writeUpdate } from './expression.ts';
import type { Key } from './table.ts';

export type Item = Record<string, unknown>;

/** What came of a conditional write: the row as it is now, or as it stands in the way (undefined: there is none). */
export type Written = { readonly row: Item } | { readonly refused: Item | undefined };

export interface QueryRequest {
  readonly index?: string;
  readonly key: Condition;
  readonly filter?: Condition;
  /** Only these attributes come back; what it costs is the whole rows all the same. Default: all. */
  readonly columns?: readonly string[];
  readonly newestFirst?: boolean;
  /** Rows looked at, before the filter. */
  readonly limit: number;
  readonly startAfter?: Item;
}

/** One row of a transaction: changed, or, without a change, only looked at. */
export interface TransactionPart {
  readonly key: Key;
  readonly change?: Change;
  readonly condition: Condition;
}

/** A part whose condition did not hold, and the row that stands in its way (undefined: there is none). */
export interface Refusal {
  /** Index into the parts. */
  readonly part: number;
  readonly item: Item | undefined;
}

export interface Store {
  /** Strongly consistent. */
  get(key: Key): Promise<Item | undefined>;
  query(request: QueryRequest): Promise<{ readonly items: readonly Item[]; readonly last?: Item }>;
  update(key: Key, change: Change, condition: Condition): Promise<Written>;
  /**
   * Like update, for a role that may name few attributes: asks for nothing back, since a returned row counts as
   * named. True when written.
   */
  updateSilently(key: Key, change: Change, condition: Condition): Promise<boolean>;
  /** Creates or replaces, whatever is there. */
  overwrite(key: Key, change: Change): Promise<void>;
  /**
   * All parts or none; at most 100, each row once. Returns the parts that were refused: none, and all is written.
   * Rows that another transaction is writing at the same moment are waited for.
   */
  transact(parts: readonly TransactionPart[]): Promise<readonly Refusal[]>;
  /** Nothing happens when the condition does not hold. */
  remove(key: Key, condition: Condition): Promise<void>;
}

/**
 * Eight attempts with the SDK's full-jitter backoff span about 5 s: a throttled partition or a moved node, not an
 * outage. DynamoDB answers in milliseconds, so five seconds without a reply is a lost connection.
 */
export function documentClient(config: DynamoDBClientConfig = {}): DynamoDBDocumentClient {
  const client = new DynamoDBClient({
    retryMode: 'standard',
    maxAttempts: 8,
    requestHandler: promptHandler(),
    ...config,
  });
  return DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
}

export function dynamoStore(client: DynamoDBDocumentClient, tableName: string): Store {
  const call = async <T>(what: string, send: () => Promise<T>): Promise<T> => {
    try {
      return await send();
    } catch (thrown) {
      throw asCatalogError(thrown, what, tableName);
    }
  };
  return {
    async get(key) {
      const reply = await call('GetItem', () =>
        client.send(new GetCommand({ TableName: tableName, Key: key, ConsistentRead: true })),
      );
      return reply.Item;
    },

    async query({ index, key, filter, columns, newestFirst, limit, startAfter }) {
      const reply = await call('Query', () =>
        client.send(
          new QueryCommand({
            TableName: tableName,
            IndexName: index,
            ...writeQuery(key, filter, columns),
            ScanIndexForward: !newestFirst,
            Limit: limit,
            ExclusiveStartKey: startAfter,
          }),
        ),
      );
      return { items: reply.Items ?? [], last: reply.LastEvaluatedKey };
    },

    async update(key, change, condition) {
      try {
        const reply = await client.send(
          new UpdateCommand({
            TableName: tableName,
            Key: key,
            ...writeUpdate(change, condition),
            ReturnValues: 'ALL_NEW',
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        );
        return { row: reply.Attributes ?? {} };
      } catch (thrown) {
        if (isFailedCondition(thrown)) return { refused: thrown.Item && unmarshall(thrown.Item) };
        throw asCatalogError(thrown, 'UpdateItem', tableName);
      }
    },

    async updateSilently(key, change, condition) {
      try {
        await client.send(
          new UpdateCommand({ TableName: tableName, Key: key, ...writeUpdate(change, condition) }),
        );
        return true;
      } catch (thrown) {
        if (isFailedCondition(thrown)) return false;
        throw asCatalogError(thrown, 'UpdateItem', tableName);
      }
    },

    async overwrite(key, change) {
      await call('UpdateItem', () =>
        client.send(new UpdateCommand({ TableName: tableName, Key: key, ...writeUpdate(change) })),
      );
    },

    async transact(parts) {
      const command = new TransactWriteCommand({
        // The same for each sending, so that DynamoDB knows a transaction whose reply was lost (for 10 minutes).
        ClientRequestToken: randomUUID(),
        TransactItems: parts.map(({ key, change, condition }) => {
          const row = {
            TableName: tableName,
            Key: key,
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
          };
          return change
            ? { Update: { ...row, ...writeUpdate(change, condition) } }
            : { ConditionCheck: { ...row, ...writeCondition(condition) } };
        }),
      });
      for (let attempt = 1; ; attempt += 1) {
        try {
          await client.send(command);
          return [];
        } catch (thrown) {
          const reasons = cancellationOf(thrown);
          const refused = refusalsIn(reasons);
          if (refused.length > 0) return refused;
          const waits = reasons.length > 0 && reasons.every(({ Code }) => passing.has(Code ?? ''));
          if (!waits || attempt >= transactionAttempts) {
            throw asCatalogError(thrown, 'TransactWriteItems', tableName);
          }
          await pause(Math.random() * transactionDelayMilliseconds * 2 ** attempt);
        }
      }
    },

    async remove(key, condition) {
      try {
        await client.send(
          new DeleteCommand({ TableName: tableName, Key: key, ...writeCondition(condition) }),
        );
      } catch (thrown) {
        if (!isFailedCondition(thrown)) throw asCatalogError(thrown, 'DeleteItem', tableName);
      }
    },
  };
}

function nameOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.name : '';
}

/** The document client turns replies into plain values, but not the row inside this error. */
function isFailedCondition(
  thrown: unknown,
): thrown is Error & { readonly Item?: Record<string, AttributeValue> } {
  return nameOf(thrown) === 'ConditionalCheckFailedException';
}

/** Another transaction holds a row, or its partition is busy: the SDK does not send these again by itself. */
const transactionAttempts = 8;
/** With full jitter and doubling: 6 s at most, 3 s on average; a transaction holds a row for milliseconds. */
const transactionDelayMilliseconds = 25;
/** Reasons that pass by themselves; `None` is that of the parts that were not the reason. */
const passing = new Set(['None', 'TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded']);

/** Why a transaction was cancelled, a reason for each part; empty when `thrown` is something else. */
function cancellationOf(thrown: unknown): readonly CancellationReason[] {
  if (nameOf(thrown) !== 'TransactionCanceledException') return [];
  return (
    (thrown as { readonly CancellationReasons?: readonly CancellationReason[] }).CancellationReasons ?? []
  );
}

function refusalsIn(reasons: readonly CancellationReason[]): Refusal[] {
  return reasons.flatMap(({ Code, Item }, part) =>
    Code === 'ConditionalCheckFailed' ? [{ part, item: Item && unmarshall(Item) }] : [],
  );
}

const codesByName: Readonly<Record<string, ErrorCode>> = {
  AccessDeniedException: 'ACCESS_DENIED',
  UnrecognizedClientException: 'ACCESS_DENIED',
  InvalidSignatureException: 'ACCESS_DENIED',
  ExpiredTokenException: 'ACCESS_DENIED',
  CredentialsProviderError: 'ACCESS_DENIED',
  ValidationException: 'INTERNAL',
};

function asCatalogError(thrown: unknown, action: string, tableName: string): HoldfastError {
  const name = nameOf(thrown);
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const code = codesByName[name] ?? 'CATALOG_UNAVAILABLE';
  const next =
    name === 'ResourceNotFoundException'
      ? 'The table is not there: check stack and region, or recover it (docs/operations.md).'
      : undefined;
  return new HoldfastError(
    code,
    `dynamodb:${action} on table ${tableName} failed: ${name || 'Error'}: ${message}`,
    {
      cause: thrown,
      details: { action: `dynamodb:${action}`, tableName, name },
      ...(next && { next }),
    },
  );
}

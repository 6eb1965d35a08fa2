/**
 * The few calls the catalog makes to DynamoDB, with bounded retries, and its failures as Holdfast's codes:
 * a failed condition is data (`refused`), a missing permission ACCESS_DENIED, a request that is wrong by itself
 * INTERNAL, and everything else CATALOG_UNAVAILABLE.
 */
import { type AttributeValue, DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  QueryCommand,
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
  readonly newestFirst?: boolean;
  /** Rows looked at, before the filter. */
  readonly limit: number;
  readonly startAfter?: Item;
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

    async query({ index, key, filter, newestFirst, limit, startAfter }) {
      const reply = await call('Query', () =>
        client.send(
          new QueryCommand({
            TableName: tableName,
            IndexName: index,
            ...writeQuery(key, filter),
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

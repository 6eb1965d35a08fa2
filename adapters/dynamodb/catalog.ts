/** The catalog on DynamoDB: one table (table.ts), one file for each kind of row. */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Catalog } from '../../core/ports/catalog.ts';
import { dynamoAlerts } from './alerts.ts';
import { dynamoAudit } from './audit.ts';
import { dynamoBackups } from './backups.ts';
import { dynamoExpiry } from './expiry.ts';
import { dynamoKeeping } from './keeping.ts';
import { dynamoLeases } from './leases.ts';
import { dynamoPlans } from './plans.ts';
import { dynamoRestores } from './restores.ts';
import { dynamoRuns } from './runs.ts';
import { dynamoState } from './state.ts';
import { documentClient, dynamoStore } from './store.ts';
import { dynamoVerifications } from './verifications.ts';

export interface DynamoCatalogOptions {
  readonly tableName: string;
  /** Default: one of its own, configured from the environment. */
  readonly client?: DynamoDBDocumentClient;
}

export function dynamoCatalog({ tableName, client = documentClient() }: DynamoCatalogOptions): Catalog {
  const store = dynamoStore(client, tableName);
  return {
    ...dynamoPlans(store),
    ...dynamoRuns(store),
    ...dynamoBackups(store),
    ...dynamoVerifications(store),
    ...dynamoLeases(store),
    ...dynamoExpiry(store),
    ...dynamoKeeping(store),
    ...dynamoRestores(store),
    ...dynamoAlerts(store),
    ...dynamoAudit(store),
    ...dynamoState(store),
  };
}

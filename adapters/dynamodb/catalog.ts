/** The catalog on DynamoDB: one table (table.ts), one file for each kind of row. */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Catalog } from '../../core/ports/catalog.ts';
import { dynamoAlerts } from './alerts.ts';
import { dynamoAudit } from './audit.ts';
import { dynamoBackups } from './backups.ts';
import { dynamoDays } from './days.ts';
import { dynamoDrills } from './drills.ts';
import { dynamoExpiry } from './expiry.ts';
import { dynamoKeeping } from './keeping.ts';
import { dynamoLeases } from './leases.ts';
import { dynamoOnce } from './once.ts';
import { dynamoPlans } from './plans.ts';
import { dynamoRecordsByTime } from './records-by-time.ts';
import { dynamoRestores } from './restores.ts';
import { dynamoRuns } from './runs.ts';
import { dynamoState } from './state.ts';
import { documentClient, dynamoStore } from './store.ts';
import { dynamoTasks } from './tasks.ts';
import { dynamoTimeline } from './timeline.ts';
import { dynamoVerifications } from './verifications.ts';

export interface DynamoCatalogOptions {
  readonly tableName: string;
  /** Default: one of its own, configured from the environment. */
  readonly client?: DynamoDBDocumentClient;
  /** Milliseconds since 1970, for what no caller gives a time to. Default: this computer's clock. */
  readonly now?: () => number;
}

export function dynamoCatalog({
  tableName,
  client = documentClient(),
  now = Date.now,
}: DynamoCatalogOptions): Catalog {
  const store = dynamoStore(client, tableName);
  return {
    ...dynamoPlans(store),
    ...dynamoRuns(store),
    ...dynamoBackups(store),
    ...dynamoTimeline(store, now),
    ...dynamoVerifications(store),
    ...dynamoLeases(store),
    ...dynamoExpiry(store),
    ...dynamoKeeping(store),
    ...dynamoRestores(store),
    ...dynamoAlerts(store),
    ...dynamoRecordsByTime(store, now),
    ...dynamoTasks(store),
    ...dynamoAudit(store),
    ...dynamoState(store),
    ...dynamoDays(store),
    ...dynamoDrills(store, now),
    ...dynamoOnce(store, now),
  };
}

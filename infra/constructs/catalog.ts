/** The catalog: one DynamoDB table, paid by use, restorable to any second of the last 35 days, outliving the stack. */
import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, ProjectionType, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';

/** What the code that reads and writes the table needs of it; see adapters/dynamodb. */
export interface TableDefinition {
  readonly partitionKey: string;
  readonly sortKey: string;
  readonly timeToLiveAttribute?: string;
  readonly indexes: readonly TableIndex[];
}

export interface TableIndex {
  readonly name: string;
  readonly partitionKey: string;
  readonly sortKey?: string;
  /** Which attributes the index holds: all, the keys, or the keys and these. */
  readonly projection: 'all' | 'keys' | readonly string[];
}

export interface CatalogProps {
  readonly definition: TableDefinition;
}

export class Catalog extends Construct {
  readonly table: Table;
  readonly indexNames: readonly string[];

  constructor(scope: Construct, id: string, { definition }: CatalogProps) {
    super(scope, id);
    this.table = new Table(this, 'Table', {
      partitionKey: text(definition.partitionKey),
      sortKey: text(definition.sortKey),
      timeToLiveAttribute: definition.timeToLiveAttribute,
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      // With the account's own KMS key, so that uses of it stand in CloudTrail.
      encryption: TableEncryption.AWS_MANAGED,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.indexNames = definition.indexes.map((index) => index.name);
    for (const index of definition.indexes) {
      this.table.addGlobalSecondaryIndex({
        indexName: index.name,
        partitionKey: text(index.partitionKey),
        sortKey: index.sortKey === undefined ? undefined : text(index.sortKey),
        ...projection(index.projection),
      });
    }
  }
}

function text(name: string) {
  return { name, type: AttributeType.STRING };
}

function projection(wanted: TableIndex['projection']) {
  if (wanted === 'all') return { projectionType: ProjectionType.ALL };
  if (wanted === 'keys') return { projectionType: ProjectionType.KEYS_ONLY };
  return { projectionType: ProjectionType.INCLUDE, nonKeyAttributes: [...wanted] };
}

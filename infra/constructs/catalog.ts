/** The catalog: one DynamoDB table, paid by use, restorable to any second of the last 35 days, outliving the stack. */
import { RemovalPolicy } from 'aws-cdk-lib';
import {
  type Attribute,
  AttributeType,
  BillingMode,
  type GlobalSecondaryIndexProps,
  ProjectionType,
  Table,
  TableEncryption,
} from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';

/** The table in the words of CreateTable, as adapters/dynamodb has it: what it works with is what is deployed. */
export interface TableDefinition {
  readonly AttributeDefinitions: readonly { readonly AttributeName: string; readonly AttributeType: 'S' }[];
  readonly KeySchema: readonly KeyElement[];
  readonly GlobalSecondaryIndexes: readonly {
    readonly IndexName: string;
    readonly KeySchema: readonly KeyElement[];
    readonly Projection: Projection;
  }[];
}

type Projection =
  | { readonly ProjectionType: 'ALL' | 'KEYS_ONLY' }
  | { readonly ProjectionType: 'INCLUDE'; readonly NonKeyAttributes: readonly string[] };

interface KeyElement {
  readonly AttributeName: string;
  readonly KeyType: string;
}

export interface CatalogProps {
  readonly definition: TableDefinition;
  /** DynamoDB removes a row some time after these epoch seconds; rows without it stay. */
  readonly removalAttribute: string;
}

export class Catalog extends Construct {
  readonly table: Table;
  readonly indexNames: readonly string[];

  constructor(scope: Construct, id: string, { definition, removalAttribute }: CatalogProps) {
    super(scope, id);
    this.table = new Table(this, 'Table', {
      ...keys(definition.KeySchema),
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      // With the account's own KMS key, so that uses of it stand in CloudTrail.
      encryption: TableEncryption.AWS_MANAGED,
      timeToLiveAttribute: removalAttribute,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    for (const index of definition.GlobalSecondaryIndexes) {
      this.table.addGlobalSecondaryIndex({
        indexName: index.IndexName,
        ...keys(index.KeySchema),
        ...projected(index.Projection),
      });
    }
    this.indexNames = definition.GlobalSecondaryIndexes.map((index) => index.IndexName);
  }
}

function projected(
  projection: Projection,
): Pick<GlobalSecondaryIndexProps, 'projectionType' | 'nonKeyAttributes'> {
  const projectionType = ProjectionType[projection.ProjectionType];
  return projection.ProjectionType === 'INCLUDE'
    ? { projectionType, nonKeyAttributes: [...projection.NonKeyAttributes] }
    : { projectionType };
}

/** All keys of the catalog are text. */
function keys(schema: readonly KeyElement[]): { partitionKey: Attribute; sortKey?: Attribute } {
  const named = (type: string) => schema.find((element) => element.KeyType === type)?.AttributeName;
  const partition = named('HASH');
  if (partition === undefined)
    throw new Error(`KeySchema is ${JSON.stringify(schema)}: one element must be the HASH key`);
  const sort = named('RANGE');
  return {
    partitionKey: { name: partition, type: AttributeType.STRING },
    ...(sort !== undefined && { sortKey: { name: sort, type: AttributeType.STRING } }),
  };
}

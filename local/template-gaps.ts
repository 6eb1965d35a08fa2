/**
 * Applies by API what the local AWS's CloudFormation silently ignores: a bucket's lifecycle, Object Lock, encryption,
 * replication and tags, a table's recovery, protection, encryption, TTL and tags. What is wanted comes from the
 * synthesised template and from nowhere else, and each setting is read back and compared.
 *
 * A property that neither the emulator nor local/gaps knows is an error: nothing of the template goes missing quietly.
 */
import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import type { NodeHttpHandler } from '@smithy/node-http-handler';
import { clientSettings, issuerSettings } from './gaps/cognito.ts';
import { tableSettings } from './gaps/dynamodb.ts';
import { resolver } from './gaps/references.ts';
import { bucketSettings } from './gaps/s3.ts';
import { ensure } from './gaps/setting.ts';

export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
}

/** What every client of the local AWS needs. */
export interface ClientConfig {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly requestHandler: NodeHttpHandler;
}

export interface TemplateGapsOptions {
  readonly resources: Readonly<Record<string, TemplateResource>>;
  /** Names as deployed, by logical id. */
  readonly physicalIds: Readonly<Record<string, string>>;
  readonly account: string;
  readonly client: ClientConfig;
}

export interface AppliedSetting {
  /** `Vault/Bucket: LifecycleConfiguration` */
  readonly what: string;
  /** False when it was so already. */
  readonly changed: boolean;
}

/** Throws when a setting does not stick, with what was wanted and what was found. */
export async function applyTemplateGaps(options: TemplateGapsOptions): Promise<readonly AppliedSetting[]> {
  const s3 = new S3Client({ ...options.client, forcePathStyle: true });
  const dynamodb = new DynamoDBClient(options.client);
  const cognito = new CognitoIdentityProviderClient(options.client);
  const lambda = new LambdaClient(options.client);
  const { account, physicalIds } = options;
  const resolve = resolver({ account, region: options.client.region, physicalIds });
  try {
    const settings = Object.entries(options.resources).flatMap(([logicalId, { Type, Properties = {} }]) => {
      const physicalId = physicalIds[logicalId] ?? '';
      if (Type === 'AWS::S3::Bucket') return bucketSettings(s3, logicalId, physicalId, Properties, resolve);
      if (Type === 'AWS::DynamoDB::Table')
        return tableSettings(dynamodb, logicalId, physicalId, Properties, resolve);
      if (Type === 'AWS::Cognito::UserPoolClient') {
        const pool = String(resolve(Properties.UserPoolId, `${logicalId}.UserPoolId`));
        return clientSettings(cognito, logicalId, physicalId, pool);
      }
      if (Type === 'AWS::Lambda::Function' && takesTokensOfPool(Properties)) {
        const { endpoint } = options.client;
        return issuerSettings(lambda, { logicalId, functionName: physicalId, endpoint });
      }
      return [];
    });
    const applied: AppliedSetting[] = [];
    // One after the other: tables refuse a change while another is under way.
    for (const setting of settings) applied.push({ what: setting.what, changed: await ensure(setting) });
    return applied;
  } finally {
    s3.destroy();
    dynamodb.destroy();
    cognito.destroy();
    lambda.destroy();
  }
}

/** Of one of the stack's own, not of an issuer that is somewhere else. */
function takesTokensOfPool(properties: Readonly<Record<string, unknown>>): boolean {
  const { Variables = {} } = (properties.Environment ?? {}) as { Variables?: Record<string, unknown> };
  return 'HOLDFAST_CLIENT_IDS' in Variables;
}

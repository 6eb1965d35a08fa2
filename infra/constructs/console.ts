/**
 * The web console: its files in a private bucket, served by CloudFront, which alone may read them, with the headers of
 * console-headers.ts. Promises: over TLS only; a page that is loaded stays whole while the next release is uploaded, since
 * what it still loads (its assets) is never removed by that.
 */
import { join } from 'node:path';
import { Aws, Duration, Lazy, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import {
  AccessLevel,
  type BehaviorOptions,
  Distribution,
  FunctionCode,
  FunctionEventType,
  FunctionRuntime,
  HeadersFrameOption,
  HeadersReferrerPolicy,
  HttpVersion,
  PriceClass,
  ResponseHeadersPolicy,
  S3OriginAccessControl,
  SecurityPolicyProtocol,
  Function as ViewerFunction,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { Policy } from 'aws-cdk-lib/aws-iam';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import { BucketDeployment, CacheControl, Source } from 'aws-cdk-lib/aws-s3-deployment';
import { flattenCfnReference } from 'cdk-nag/lib/utils/flatten-cfn-reference.js';
import { Construct } from 'constructs';
import { accept } from '../accept.ts';
import type { ConsoleConfig } from '../console-config.ts';
import {
  assetCaching,
  contentSecurityPolicy,
  hstsSeconds,
  openerHeader,
  pageCaching,
  plainHeaders,
  popupPage,
  viewerRequestCode,
} from '../console-headers.ts';

export interface ConsoleProps {
  readonly stackName: string;
  /** A host of one's own, with its certificate of us-east-1. Default: CloudFront's. */
  readonly host?: { readonly domainName: string; readonly certificateArn: string } | undefined;
  readonly logRetentionDays: RetentionDays;
}

export interface ConsoleContents {
  readonly config: ConsoleConfig;
  /** Origins that the pages call. */
  readonly connectTo: readonly string[];
  /** Folder of the built console; undefined: nothing is uploaded, since the files come another way. */
  readonly dir: string | undefined;
}

export class Console extends Construct {
  /** `https://…`, without a slash at the end. */
  readonly url: string;
  /** Where a name of one's own must lead. */
  readonly domain: string;
  private readonly bucket: Bucket;
  private readonly logRetentionDays: RetentionDays;
  private connectTo: readonly string[] = [];

  constructor(scope: Construct, id: string, { stackName, host, logRetentionDays }: ConsoleProps) {
    super(scope, id);
    this.logRetentionDays = logRetentionDays;
    this.bucket = new Bucket(this, 'Files', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      versioned: true,
      lifecycleRules: [
        { id: 'replaced', noncurrentVersionExpiration: Duration.days(30) },
        { id: 'unfinished', abortIncompleteMultipartUploadAfter: Duration.days(7) },
      ],
      // CloudFormation removes no bucket with files in it: it stays, and costs next to nothing.
      removalPolicy: RemovalPolicy.RETAIN,
    });
    accept(
      this.bucket,
      'S1',
      'It holds pages that anybody may load, and no data: reads of them tell nothing.',
    );

    // Names of these are one for the whole account: a stack of the same name may live in another region.
    const name = `${stackName}-${Aws.REGION}`;
    const origin = S3BucketOrigin.withOriginAccessControl(this.bucket, {
      // Listing, so that a file which is not there is answered 404; nobody sees a list, as no address asks for one.
      originAccessLevels: [AccessLevel.READ, AccessLevel.LIST],
      originAccessControl: new S3OriginAccessControl(this, 'Access', { originAccessControlName: name }),
    });
    const viewerRequest = new ViewerFunction(this, 'Addresses', {
      comment: 'Holdfast: which file answers an address of the console',
      runtime: FunctionRuntime.JS_2_0,
      code: FunctionCode.fromInline(viewerRequestCode),
    });
    const behaviour = (headers: ResponseHeadersPolicy): BehaviorOptions => ({
      origin,
      viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
      compress: true,
      responseHeadersPolicy: headers,
      functionAssociations: [{ function: viewerRequest, eventType: FunctionEventType.VIEWER_REQUEST }],
    });
    const distribution = new Distribution(this, 'Distribution', {
      comment: `Holdfast: the console of ${stackName}`,
      defaultRootObject: 'index.html',
      defaultBehavior: behaviour(this.headers('Headers', `${name}-pages`, [openerHeader])),
      additionalBehaviors: {
        [popupPage]: behaviour(this.headers('PopupHeaders', `${name}-popup`, [])),
      },
      ...(host && {
        domainNames: [host.domainName],
        certificate: Certificate.fromCertificateArn(this, 'Certificate', host.certificateArn),
      }),
      minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2021,
      httpVersion: HttpVersion.HTTP2_AND_3,
      priceClass: PriceClass.PRICE_CLASS_100,
    });
    for (const [rule, reason] of [
      ['CFR1', 'From where people look is theirs to decide; whoever calls the API needs a token.'],
      [
        'CFR2',
        'It serves files that anybody may load. What is worth protecting is behind the API, which has limits.',
      ],
      ['CFR3', 'Who loads the pages tells nothing: every call of the API is on record.'],
    ] as const)
      accept(distribution, rule, reason);
    if (!host) {
      accept(
        distribution,
        'CFR4',
        "CloudFront's own certificate comes with its own choice of TLS versions; console.domainName demands TLS 1.2.",
      );
    }
    this.domain = distribution.distributionDomainName;
    this.url = `https://${host?.domainName ?? this.domain}`;
  }

  /** Said once the API and the sign-in are there, which were told this console's address before. */
  holds({ config, connectTo, dir }: ConsoleContents): void {
    this.connectTo = connectTo;
    if (dir === undefined) return;
    const shared = {
      destinationBucket: this.bucket,
      prune: false,
      memoryLimit: 512,
      logGroup: new LogGroup(this, 'UploadLog', { retention: this.logRetentionDays }),
    };
    const assets = new BucketDeployment(this, 'Assets', {
      ...shared,
      sources: [Source.asset(join(dir, 'assets'))],
      destinationKeyPrefix: 'assets/',
      cacheControl: [CacheControl.fromString(assetCaching)],
    });
    const pages = new BucketDeployment(this, 'Pages', {
      ...shared,
      // Hidden files are notes of the build to itself.
      sources: [Source.asset(dir, { exclude: ['assets', '.*'] }), Source.jsonData('config.json', config)],
      cacheControl: [CacheControl.fromString(pageCaching)],
    });
    // A page must find what it names.
    pages.node.addDependency(assets);
    acceptUploader(assets);
  }

  private headers(
    id: string,
    responseHeadersPolicyName: string,
    more: readonly (readonly [string, string])[],
  ): ResponseHeadersPolicy {
    const own = [...Object.entries(plainHeaders), ...more];
    return new ResponseHeadersPolicy(this, id, {
      responseHeadersPolicyName,
      comment: 'Holdfast: headers of the console',
      securityHeadersBehavior: {
        contentSecurityPolicy: {
          contentSecurityPolicy: Lazy.string({ produce: () => contentSecurityPolicy(this.connectTo) }),
          override: true,
        },
        strictTransportSecurity: { accessControlMaxAge: Duration.seconds(hstsSeconds), override: true },
        contentTypeOptions: { override: true },
        frameOptions: { frameOption: HeadersFrameOption.DENY, override: true },
        referrerPolicy: { referrerPolicy: HeadersReferrerPolicy.NO_REFERRER, override: true },
      },
      customHeadersBehavior: {
        customHeaders: own.map(([header, value]) => ({ header, value, override: true })),
      },
    });
  }
}

/** The CDK's own function that unpacks files into a bucket: one for the stack, with a role that the CDK writes. */
function acceptUploader(deployment: BucketDeployment): void {
  const stack = Stack.of(deployment);
  const uploader = stack.node.children.find(({ node }) => node.id.startsWith('Custom::CDKBucketDeployment'));
  const policies = uploader?.node.findAll().filter((each) => each instanceof Policy) ?? [];
  if (!uploader || policies.length === 0) {
    throw new Error('the CDK has no function for uploads any more: see what uploads the console');
  }
  accept(uploader, 'L1', 'The CDK chooses the runtime of its own function, and moves it with its releases.');
  const logging = flattenCfnReference(
    stack.resolve(`arn:${Aws.PARTITION}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole`),
  );
  accept(
    uploader,
    `IAM4[Policy::${logging}]`,
    "Lambda's own policy for writing a log, which the CDK attaches.",
  );
  const reason =
    "The CDK lets its function read the deployment's assets and write this one bucket, which holds nothing else.";
  for (const { document } of policies) {
    const { Statement = [] } = stack.resolve(document) as { Statement?: readonly WrittenStatement[] };
    for (const { Action, Resource } of Statement) {
      for (const action of [Action].flat()) {
        if (action.includes('*')) accept(uploader, `IAM5[Action::${action}]`, reason);
      }
      for (const resource of [Resource].flat().map(flattenCfnReference)) {
        if (resource.includes('*')) accept(uploader, `IAM5[Resource::${resource}]`, reason);
      }
    }
  }
}

interface WrittenStatement {
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
}

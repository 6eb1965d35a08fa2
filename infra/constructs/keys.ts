/**
 * The key ring's six secrets. The template makes them empty and can never hold, generate or change a value: that is
 * the create-only init function's (functions/key-init.ts), which fills what is empty and touches nothing else. They
 * outlive the stack, since backups without them are noise.
 */
import { CustomResource, RemovalPolicy } from 'aws-cdk-lib';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { accept } from '../accept.ts';
import { CustomResourceProvider } from './custom-resource-provider.ts';
import { type Permission, RuntimeFunction, type RuntimeFunctionProps } from './runtime-function.ts';

export const keySecretNames = [
  'public',
  'private',
  'signingBackup',
  'signingVerify',
  'signingOperator',
  'index',
] as const;
export type KeySecretName = (typeof keySecretNames)[number];

const descriptions: Record<KeySecretName, string> = {
  public:
    'Holdfast: public halves of the wrapping and signing keys. Enough to seal and to check, not to open.',
  private: 'Holdfast: private halves of the wrapping keys. Whoever reads them can open every backup.',
  signingBackup: 'Holdfast: the key that signs manifests.',
  signingVerify: 'Holdfast: the key that signs verification reports.',
  signingOperator:
    'Holdfast: the key that signs pins and what people did. For people, and for the API that speaks for them.',
  index: 'Holdfast: the key that opens lists of files, for incremental backups. It opens no contents.',
};

/** The name of the environment variable that carries a secret's ARN. */
export const keyVariables: Record<KeySecretName, string> = {
  public: 'HOLDFAST_SECRET_PUBLIC',
  private: 'HOLDFAST_SECRET_PRIVATE',
  signingBackup: 'HOLDFAST_SECRET_SIGNING_BACKUP',
  signingVerify: 'HOLDFAST_SECRET_SIGNING_VERIFY',
  signingOperator: 'HOLDFAST_SECRET_SIGNING_OPERATOR',
  index: 'HOLDFAST_SECRET_INDEX',
};

export interface KeysProps {
  /** The init function, but for what this construct decides. */
  readonly initFunction: Pick<
    RuntimeFunctionProps,
    'codeDir' | 'architecture' | 'logRetentionDays' | 'memorySizeMiB' | 'timeout'
  >;
}

export class Keys extends Construct {
  private readonly secrets: Readonly<Record<KeySecretName, CfnSecret>>;

  constructor(scope: Construct, id: string, { initFunction }: KeysProps) {
    super(scope, id);
    this.secrets = {
      public: this.emptySecret('public'),
      private: this.emptySecret('private'),
      signingBackup: this.emptySecret('signingBackup'),
      signingVerify: this.emptySecret('signingVerify'),
      signingOperator: this.emptySecret('signingOperator'),
      index: this.emptySecret('index'),
    };
    const init = new RuntimeFunction(this, 'Init', {
      ...initFunction,
      description: 'Makes the first keys where there are none; never touches existing ones',
      environment: this.variables(...keySecretNames),
      permissions: [
        {
          actions: [
            'secretsmanager:DescribeSecret',
            'secretsmanager:GetSecretValue',
            'secretsmanager:PutSecretValue',
          ],
          resources: keySecretNames.map((name) => this.arn(name)),
        },
        // The public half of a key that an earlier release did not have is added to what is there.
        { actions: ['secretsmanager:UpdateSecretVersionStage'], resources: [this.arn('public')] },
      ],
    });
    const provider = new CustomResourceProvider(this, 'Provider', {
      handler: init,
      logRetentionDays: initFunction.logRetentionDays,
    });
    // The ARNs are properties so that a secret which had to be made anew is filled: an update is create-if-empty too.
    new CustomResource(this, 'Filled', {
      serviceToken: provider.serviceToken,
      resourceType: 'Custom::HoldfastKeys',
      properties: Object.fromEntries(keySecretNames.map((name) => [name, this.arn(name)])),
      // Nothing to remove: the secrets stay.
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }

  arn(name: KeySecretName): string {
    return this.secrets[name].attrId;
  }

  /** Environment variables for these secrets. */
  variables(...names: readonly KeySecretName[]): Record<string, string> {
    return Object.fromEntries(names.map((name) => [keyVariables[name], this.arn(name)]));
  }

  /** May read these. */
  reading(...names: readonly KeySecretName[]): Permission {
    return { actions: ['secretsmanager:GetSecretValue'], resources: names.map((name) => this.arn(name)) };
  }

  /** May never read the others, nor write any, whatever other policies say. */
  readingNothingBut(...names: readonly KeySecretName[]): Permission[] {
    const others = keySecretNames.filter((name) => !names.includes(name));
    return [
      { actions: ['secretsmanager:GetSecretValue'], resources: others.map((name) => this.arn(name)) },
      {
        actions: [
          'secretsmanager:PutSecretValue',
          'secretsmanager:UpdateSecret',
          'secretsmanager:UpdateSecretVersionStage',
          'secretsmanager:DeleteSecret',
        ],
        resources: keySecretNames.map((name) => this.arn(name)),
      },
    ];
  }

  private emptySecret(name: KeySecretName): CfnSecret {
    const id = name.charAt(0).toUpperCase() + name.slice(1);
    const secret = new CfnSecret(this, id, { description: descriptions[name] });
    secret.applyRemovalPolicy(RemovalPolicy.RETAIN);
    accept(
      secret,
      'SMG4',
      'Keys are added by `keys rotate`, never replaced on a timer: an old key must open old backups for as long as they are kept.',
    );
    return secret;
  }
}

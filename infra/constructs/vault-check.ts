/**
 * Looks at an existing bucket during deployment and fails it, with the list of what is lacking. The bucket itself is
 * never modified: whoever owns it decides.
 */
import { CustomResource } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { CustomResourceProvider } from './custom-resource-provider.ts';
import { RuntimeFunction, type RuntimeFunctionProps } from './runtime-function.ts';
import type { Vault } from './vault.ts';

export interface VaultCheckProps {
  readonly vault: Vault;
  /** Noncurrent versions must live at least so long. */
  readonly undeleteDays: number;
  readonly checkFunction: Pick<
    RuntimeFunctionProps,
    | 'codeDir'
    | 'architecture'
    | 'logRetentionDays'
    | 'memorySizeMiB'
    | 'timeout'
    | 'permissions'
    | 'prohibitions'
  >;
}

/** What the function gets as ResourceProperties; CloudFormation makes text of every number. */
export interface VaultCheckProperties {
  readonly bucket: string;
  readonly prefix: string;
  readonly undeleteDays: number;
  /** JSON, or absent. */
  readonly objectLock?: string;
}

export class VaultCheck extends Construct {
  constructor(scope: Construct, id: string, { vault, undeleteDays, checkFunction }: VaultCheckProps) {
    super(scope, id);
    const check = new RuntimeFunction(this, 'Check', {
      ...checkFunction,
      description: 'Holdfast: checks the existing vault bucket at deployment',
      environment: {},
    });
    const provider = new CustomResourceProvider(this, 'Provider', {
      handler: check,
      logRetentionDays: checkFunction.logRetentionDays,
    });
    const properties: VaultCheckProperties = {
      bucket: vault.bucket.bucketName,
      prefix: vault.prefix,
      undeleteDays,
      ...(vault.objectLock && { objectLock: JSON.stringify(vault.objectLock) }),
    };
    new CustomResource(this, 'Checked', {
      serviceToken: provider.serviceToken,
      resourceType: 'Custom::HoldfastVaultCheck',
      properties,
    });
  }
}

/** Which secrets a function may read, and which KMS keys it may use for them and for what it seals. */
import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Permission } from '../constructs/runtime-function.ts';
import type { Surroundings } from './surroundings.ts';

/** For KMS keys that the ring may name as recipients: to seal, never to open. */
export function sealing({ recipientKmsKeyArns }: Surroundings): Permission[] {
  return recipientKmsKeyArns.length === 0
    ? []
    : [{ actions: ['kms:Encrypt'], resources: recipientKmsKeyArns }];
}

/** Of sources, and of further vaults, which backup writes and restore reads. */
export function sourceSecrets(scope: Construct, around: Surroundings): Permission[] {
  const { sources } = around;
  const stack = Stack.of(scope);
  const below = secretArn(scope, `${sources.secretPrefix}*`);
  const permissions: Permission[] = [
    {
      actions: ['secretsmanager:GetSecretValue'],
      resources: [below, ...sources.secretArns],
      wildcardReason: `Whoever adds a plan puts its secret below ${sources.secretPrefix}; no other secret can be read.`,
    },
    ...vaultSecrets(scope, around),
  ];
  if (sources.rdsIamUsers.length > 0) {
    const resources = sources.rdsIamUsers.map((user) =>
      stack.formatArn({
        service: 'rds-db',
        resource: 'dbuser',
        resourceName: user,
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      }),
    );
    permissions.push({ actions: ['rds-db:connect'], resources });
  }
  return permissions;
}

export function vaultSecrets(scope: Construct, around: Surroundings): Permission[] {
  const { vaultSecretPrefix: prefix } = around;
  return secretsBelow(scope, around, { prefix, who: 'adds a further vault' });
}

/** Webhooks of channels: notify alone reads them. */
export function channelSecrets(scope: Construct, around: Surroundings): Permission[] {
  const { channelSecretPrefix: prefix } = around;
  return secretsBelow(scope, around, { prefix, who: 'adds a channel' });
}

function secretsBelow(
  scope: Construct,
  { sources }: Surroundings,
  { prefix, who }: { readonly prefix: string; readonly who: string },
): Permission[] {
  const { region } = Stack.of(scope);
  return [
    {
      actions: ['secretsmanager:GetSecretValue'],
      resources: [secretArn(scope, `${prefix}*`)],
      wildcardReason: `Whoever ${who} puts its secret below ${prefix}; no other secret can be read.`,
    },
    ...(sources.kmsKeyArns.length === 0
      ? []
      : [
          {
            actions: ['kms:Decrypt'],
            resources: sources.kmsKeyArns,
            conditions: { StringEquals: { 'kms:ViaService': `secretsmanager.${region}.amazonaws.com` } },
          },
        ]),
  ];
}

export function secretArn(scope: Construct, resourceName: string): string {
  return Stack.of(scope).formatArn({
    service: 'secretsmanager',
    resource: 'secret',
    resourceName,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
}

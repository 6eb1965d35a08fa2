/** Exceptions from cdk-nag's rules: each is for one construct, and says why. */
import { Stack, Validations } from 'aws-cdk-lib';
import { flattenCfnReference } from 'cdk-nag/lib/utils/flatten-cfn-reference.js';
import type { IConstruct } from 'constructs';

/** Accepts one finding of AwsSolutions on a construct (and what is below it). `rule` like `S1`. */
export function accept(construct: IConstruct, rule: string, reason: string): void {
  Validations.of(construct).acknowledge({ id: `AwsSolutions-${rule}`, reason });
}

/** Accepts exactly this wildcard resource in the policies of a construct, and no other. */
export function acceptWildcard(construct: IConstruct, resource: string, reason: string): void {
  const named = flattenCfnReference(Stack.of(construct).resolve(resource));
  accept(construct, `IAM5[Resource::${named}]`, reason);
}

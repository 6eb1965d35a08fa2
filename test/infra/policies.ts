/** Reads the roles out of a synthesised template, and answers what they may do. */
import { flattenCfnReference } from 'cdk-nag/lib/utils/flatten-cfn-reference.js';
import type { Resource } from './synthesise.ts';

export interface Statement {
  readonly effect: 'Allow' | 'Deny';
  readonly actions: readonly string[];
  /** References as `<LogicalId.Attribute>`. */
  readonly resources: readonly string[];
  readonly conditions: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export interface RolePolicies {
  readonly name: string;
  readonly statements: readonly Statement[];
  readonly managedPolicies: readonly unknown[];
}

type Resources = Readonly<Record<string, Resource>>;

export function rolesOf(resources: Resources): RolePolicies[] {
  return ofType(resources, 'AWS::IAM::Role').map(([name, role]) => {
    // What does not fit into an inline policy the library puts into a managed one of the stack.
    const policies = ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy'].flatMap((type) =>
      ofType(resources, type),
    );
    const attached = policies.filter(([, policy]) =>
      (policy.Properties.Roles ?? []).some((one: { Ref: string }) => one.Ref === name),
    );
    const documents = [
      ...attached.map(([, policy]) => policy.Properties.PolicyDocument),
      ...(role.Properties.Policies ?? []).map((policy: { PolicyDocument: unknown }) => policy.PolicyDocument),
    ];
    return {
      name,
      statements: documents.flatMap((document) => document.Statement.map(toStatement)),
      managedPolicies: role.Properties.ManagedPolicyArns ?? [],
    };
  });
}

/** The role whose logical id begins with this. */
export function roleNamed(resources: Resources, prefix: string): RolePolicies {
  const found = rolesOf(resources).filter(({ name }) => name.startsWith(prefix));
  if (found.length !== 1 || !found[0]) throw new Error(`${found.length} roles begin with ${prefix}`);
  return found[0];
}

export function ofType(resources: Resources, type: string): [string, Resource][] {
  return Object.entries(resources).filter(([, { Type }]) => Type === type);
}

/** The one resource of a type. */
export function only(resources: Resources, type: string): Resource {
  const found = ofType(resources, type);
  if (found.length !== 1 || !found[0]) throw new Error(`${found.length} resources of ${type}`);
  return found[0][1];
}

/** The statements of one effect that speak of this action on this resource, whatever their conditions. */
export function matching(
  role: RolePolicies,
  effect: 'Allow' | 'Deny',
  action: string,
  resource: string,
): Statement[] {
  return role.statements.filter(
    (one) =>
      one.effect === effect &&
      one.actions.some((pattern) => like(pattern, action)) &&
      one.resources.some((pattern) => like(pattern, resource)),
  );
}

/** Allowed without a condition, and not forbidden. */
export function may(role: RolePolicies, action: string, resource: string): boolean {
  const unconditional = ({ conditions }: Statement) => Object.keys(conditions).length === 0;
  return (
    matching(role, 'Allow', action, resource).some(unconditional) &&
    !matching(role, 'Deny', action, resource).some(unconditional)
  );
}

/** Not allowed, not even under a condition. */
export function mayNever(role: RolePolicies, action: string, resource: string): boolean {
  return matching(role, 'Allow', action, resource).length === 0;
}

function toStatement(raw: {
  Effect: 'Allow' | 'Deny';
  Action: string | string[];
  Resource: unknown;
  Condition?: Statement['conditions'];
}): Statement {
  const resources = Array.isArray(raw.Resource) ? raw.Resource : [raw.Resource];
  return {
    effect: raw.Effect,
    actions: [raw.Action].flat(),
    resources: resources.map(flattenCfnReference),
    conditions: raw.Condition ?? {},
  };
}

function like(pattern: string, text: string): boolean {
  const escaped = pattern.split('*').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${escaped.join('.*')}$`, 'i').test(text);
}

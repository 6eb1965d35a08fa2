/** Resolves the few references that Holdfast's template has in what is applied by API. */

/** A value of the template without references; throws on one that is not known here. `what` is for people. */
export type Resolve = (value: unknown, what: string) => unknown;

export interface Surroundings {
  readonly account: string;
  readonly region: string;
  /** Names as deployed, by logical id. */
  readonly physicalIds: Readonly<Record<string, string>>;
}

export function resolver({ account, region, physicalIds }: Surroundings): Resolve {
  const pseudo: Readonly<Record<string, string>> = {
    'AWS::AccountId': account,
    'AWS::Partition': 'aws',
    'AWS::Region': region,
  };
  const resolve: Resolve = (value, what) => {
    if (Array.isArray(value)) return value.map((one) => resolve(one, what));
    if (typeof value !== 'object' || value === null) return value;
    const known = reference(value as Record<string, unknown>, what);
    if (known !== undefined) return known;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, resolve(inner, what)]));
  };
  const reference = (value: Record<string, unknown>, what: string): string | undefined => {
    const [name, ...others] = Object.keys(value);
    if (name === undefined || others.length > 0) return undefined;
    if (name !== 'Ref' && !name.startsWith('Fn::')) return undefined;
    const found = known(name, value[name], what);
    if (found === undefined) throw new Error(`${what} holds a reference: ${JSON.stringify(value)}`);
    return found;
  };
  const known = (name: string, inner: unknown, what: string): string | undefined => {
    if (name === 'Ref') return pseudo[inner as string] ?? physicalIds[inner as string];
    if (name === 'Fn::Join') {
      const [separator, parts] = inner as [string, unknown[]];
      return parts.map((part) => String(resolve(part, what))).join(separator);
    }
    if (name === 'Fn::GetAtt') {
      const [logicalId, attribute] = inner as [string, string];
      // The one kind of ARN that is asked for: a role's, whose physical id is its name.
      const role = physicalIds[logicalId];
      if (attribute === 'Arn' && role !== undefined && /Role/.test(logicalId))
        return `arn:aws:iam::${account}:role/${role}`;
    }
    return undefined;
  };
  return resolve;
}

/**
 * Reads a bucket policy for the two denials that a vault needs. Deliberately narrow: a denial that is written in
 * another way, with further conditions, is not recognised, since it might not always hold.
 */
export interface PolicyDocument {
  readonly Statement?: Statement | readonly Statement[];
}

export interface Statement {
  readonly Effect?: string;
  readonly Principal?: unknown;
  readonly Action?: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

interface Place {
  readonly bucket: string;
  readonly prefix: string;
}

type Condition = readonly [operator: string, key: string, value: string];

export function allowsPlainHttp(policy: PolicyDocument | undefined, place: Place): boolean {
  return !denies(policy, place, ['s3:GetObject', 's3:PutObject'], [['Bool', 'aws:SecureTransport', 'false']]);
}

export function allowsOverwriting(policy: PolicyDocument | undefined, place: Place): boolean {
  // Without the second condition the upload of parts would be denied as well.
  const unconditional: Condition[] = [
    ['Null', 's3:if-none-match', 'true'],
    ['Bool', 's3:ObjectCreationOperation', 'true'],
  ];
  return !denies(policy, place, ['s3:PutObject'], unconditional);
}

/** True when one statement denies these actions to everybody, below the prefix, under exactly these conditions. */
function denies(
  policy: PolicyDocument | undefined,
  { bucket, prefix }: Place,
  actions: readonly string[],
  conditions: readonly Condition[],
): boolean {
  return listOf(policy?.Statement).some(
    (statement) =>
      statement.Effect === 'Deny' &&
      isEverybody(statement.Principal) &&
      actions.every((action) => listOf(statement.Action).some((pattern) => covers(pattern, action))) &&
      listOf(statement.Resource).some((resource) => coversBelow(resource, `${bucket}/${prefix}`)) &&
      sameConditions(statement.Condition ?? {}, conditions),
  );
}

function isEverybody(principal: unknown): boolean {
  if (principal === '*') return true;
  const aws = (principal as { AWS?: string | readonly string[] } | undefined)?.AWS;
  return listOf(aws).includes('*');
}

/** Actions are not case-sensitive, and a star stands at the end of the patterns that people write. */
function covers(pattern: string, action: string): boolean {
  const [wanted, given] = [action.toLowerCase(), pattern.toLowerCase()];
  return given.endsWith('*') ? wanted.startsWith(given.slice(0, -1)) : wanted === given;
}

function coversBelow(resource: string, below: string): boolean {
  if (!resource.endsWith('*')) return false;
  return below.startsWith(resource.slice(0, -1).replace(/^arn:[^:]*:s3:::/, ''));
}

function sameConditions(found: NonNullable<Statement['Condition']>, wanted: readonly Condition[]): boolean {
  const flat = Object.entries(found).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, value]) =>
      [operator, key, listOf(value).map(String).join()].join(' ').toLowerCase(),
    ),
  );
  return (
    flat.length === wanted.length &&
    wanted.every((condition) => flat.includes(condition.join(' ').toLowerCase()))
  );
}

function listOf<T>(value: T | readonly T[] | undefined): readonly T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value as T];
}

/** The checks of the smoke test: what was asked, what came back, whether it is as promised. */
import type { StackResourceSummary } from '@aws-sdk/client-cloudformation';
import { orNotSeen, selfTest } from '../../cli/commands/doctor.ts';
import type { CliContext, Finding } from '../../cli/context.ts';
import { type GroupedFinding, grouped } from '../../cli/findings.ts';
import { asHoldfastError } from '../../core/errors.ts';
import { type RoleExpectation, roleExpectations } from './role-expectations.ts';
import type { PolicySimulator } from './simulator.ts';

export interface SmokeDeps {
  readonly context: Pick<CliContext, 'stack' | 'functions' | 'inspector'>;
  readonly resources: () => Promise<readonly StackResourceSummary[]>;
  readonly simulator: () => Promise<PolicySimulator>;
  /** Called before each group. */
  readonly onGroup: (group: string) => void;
}

export async function runSmoke({
  context,
  resources,
  simulator,
  onGroup,
}: SmokeDeps): Promise<readonly GroupedFinding[]> {
  const { stack, inspector } = context;
  const groups: readonly (readonly [string, () => Promise<readonly Finding[]>])[] = [
    ['stack', async () => resourceFindings(await resources())],
    ['vault', () => inspector.vault()],
    ['catalog', () => inspector.table()],
    ['keys', () => inspector.secrets()],
    ['alerts', () => inspector.alerts()],
    // The functions' own tests write and read probes: tags and lock come back from S3, overwriting is refused.
    ['backup', () => selfTest(context, stack.BackupFunction)],
    ['verify', () => selfTest(context, stack.VerifyFunction)],
    ['restore', () => selfTest(context, stack.RestoreFunction)],
    ['cleanup', () => selfTest(context, stack.CleanupFunction)],
    ['watch', () => selfTest(context, stack.WatchFunction)],
    ['adopt', () => selfTest(context, stack.AdoptFunction)],
    ...(stack.NotifyFunction === undefined
      ? []
      : [['notify', () => selfTest(context, stack.NotifyFunction ?? '')] as const]),
    ...(stack.ApiUrl === undefined ? [] : [['api', () => apiFindings(stack.ApiUrl ?? '')] as const]),
    ['roles', async () => roleFindings(roleExpectations(stack), await simulator())],
  ];
  const found: GroupedFinding[] = [];
  for (const [group, look] of groups) {
    onGroup(group);
    found.push(...(await orNotSeen(look)).map((finding) => grouped(group, finding)));
  }
  return found;
}

const answersWithinMs = 30_000;

/** That it is there, and closed to whoever brings no token, or one that nobody signed. */
export async function apiFindings(url: string, get: typeof fetch = fetch): Promise<readonly Finding[]> {
  const questions = [
    ['is there', '/v1/health', undefined, 200],
    ['says what it takes', '/v1/openapi.json', undefined, 200],
    ['wants a token', '/v1/status', undefined, 401],
    ['wants a token that holds', '/v1/status', 'e30.e30.e30', 401],
  ] as const;
  return Promise.all(
    questions.map(async ([name, path, token, wanted]): Promise<Finding> => {
      const headers = token === undefined ? undefined : { authorization: `Bearer ${token}` };
      const next = 'Look at the API in API Gateway: its routes, its authorizer, its log. Then deploy again.';
      try {
        const reply = await get(`${url}${path}`, { headers, signal: AbortSignal.timeout(answersWithinMs) });
        await reply.body?.cancel();
        const { status } = reply;
        return {
          name,
          ok: status === wanted,
          detail: `GET ${path} answers ${status}, must be ${wanted}`,
          next,
        };
      } catch (thrown) {
        return { name, ok: false, detail: `GET ${path}: ${asHoldfastError(thrown).message}`, next };
      }
    }),
  );
}

/** What the template must have made, and that nothing of the stack is in a failed state. */
export function resourceFindings(resources: readonly StackResourceSummary[]): readonly Finding[] {
  const failed = resources.filter(({ ResourceStatus }) => ResourceStatus?.endsWith('_FAILED'));
  const next = 'Deploy again with `npm run deploy` and read its messages.';
  const wanted = [
    ['alarms', 'AWS::CloudWatch::Alarm'],
    ['alerts topic', 'AWS::SNS::Topic'],
    ['schedules', 'AWS::Scheduler::Schedule'],
    ['failure queue', 'AWS::SQS::Queue'],
  ] as const;
  return [
    {
      name: 'resources',
      ok: failed.length === 0,
      detail:
        failed.length === 0
          ? `${resources.length}, none failed`
          : failed
              .map(({ LogicalResourceId, ResourceStatus }) => `${LogicalResourceId}: ${ResourceStatus}`)
              .join(', '),
      next,
    },
    ...wanted.map(([name, type]) => {
      const count = resources.filter(({ ResourceType }) => ResourceType === type).length;
      return { name, ok: count > 0, detail: `${count} of ${type}`, next };
    }),
  ];
}

/** One finding a role when all is as promised, else one for each difference. */
export async function roleFindings(
  expectations: readonly RoleExpectation[],
  simulator: PolicySimulator,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const asExpected = new Map<string, number>();
  for (const expectation of expectations) {
    const { role, action, resource, expected, context } = expectation;
    const about = `${action} on ${resource}${context ? ` with ${JSON.stringify(context)}` : ''}`;
    try {
      const decision = await simulator.decide(expectation);
      if (decision === expected) {
        asExpected.set(role, (asExpected.get(role) ?? 0) + 1);
        continue;
      }
      const next = 'Compare the role with infra/permissions.ts: was it changed by hand?';
      findings.push({ name: role, ok: false, detail: `${about} is ${decision}, must be ${expected}`, next });
    } catch (thrown) {
      const { message, next, code } = asHoldfastError(thrown);
      findings.push({ name: role, ok: code === 'ACCESS_DENIED' ? undefined : false, detail: message, next });
      // What the caller may not ask once, it may not ask sixty times.
      if (code === 'ACCESS_DENIED') break;
    }
  }
  const well = [...asExpected].map(([role, count]) => ({
    name: role,
    ok: true,
    detail: `${count} answers of IAM as promised`,
  }));
  return [...well, ...findings];
}

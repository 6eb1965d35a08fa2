/** Asks IAM's policy simulator what a role may do. The simulation counts the role's own policies and boundaries. */
import { IAMClient, SimulatePrincipalPolicyCommand } from '@aws-sdk/client-iam';
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { awsError, isNamed } from '../../cli/aws/errors.ts';
import type { StackOutputs } from '../../cli/stack.ts';
import { HoldfastError } from '../../core/errors.ts';
import type { FunctionRole, RoleExpectation } from './role-expectations.ts';

export interface PolicySimulator {
  /** What IAM decides. Throws ACCESS_DENIED where the caller may not ask. */
  decide(expectation: RoleExpectation): Promise<'allowed' | 'denied'>;
}

export function iamSimulator(stack: StackOutputs, region: string | undefined): PolicySimulator {
  // IAM throttles the simulator early: more tries than usual, with the SDK's growing pauses.
  const iam = new IAMClient({ region, maxAttempts: 8 });
  const lambda = new LambdaClient({ region });
  const roleArns = new Map<FunctionRole, Promise<string>>();
  const functions: Record<FunctionRole, string | undefined> = {
    backup: stack.BackupFunction,
    verify: stack.VerifyFunction,
    restore: stack.RestoreFunction,
    cleanup: stack.CleanupFunction,
    watch: stack.WatchFunction,
    adopt: stack.AdoptFunction,
    failures: stack.FailuresFunction,
    notify: stack.NotifyFunction,
    api: stack.ApiFunction,
  };
  return {
    async decide({ role, action, resource, context = {} }) {
      const known = roleArns.get(role) ?? roleOf(lambda, functions[role]);
      roleArns.set(role, known);
      const command = new SimulatePrincipalPolicyCommand({
        PolicySourceArn: await known,
        ActionNames: [action],
        ResourceArns: [resource],
        ContextEntries: Object.entries(context).map(([ContextKeyName, value]) => ({
          ContextKeyName,
          ContextKeyValues: [value].flat(),
          ContextKeyType: typeof value === 'string' ? 'string' : 'stringList',
        })),
      });
      const reply = await iam.send(command).catch((thrown: unknown): never => {
        throw awsError(thrown, `iam:SimulatePrincipalPolicy for ${role}`);
      });
      return reply.EvaluationResults?.[0]?.EvalDecision === 'allowed' ? 'allowed' : 'denied';
    },
  };
}

async function roleOf(client: LambdaClient, functionName: string | undefined): Promise<string> {
  try {
    const { Role } = await client.send(new GetFunctionConfigurationCommand({ FunctionName: functionName }));
    if (Role !== undefined) return Role;
  } catch (thrown) {
    if (!isNamed(thrown, 'ResourceNotFoundException')) {
      throw awsError(thrown, `lambda:GetFunctionConfiguration on ${functionName}`);
    }
  }
  throw new HoldfastError('STACK_NOT_FOUND', `there is no function ${functionName}`);
}

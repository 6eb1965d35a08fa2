/** Finds a stack in the account by its name. */
import { type CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { HoldfastError } from '../../core/errors.ts';
import { parseStackOutputs, type StackOutputs } from '../stack.ts';
import { awsError } from './errors.ts';

/** Throws STACK_NOT_FOUND, ACCESS_DENIED. */
export async function describeStack(client: CloudFormationClient, stackName: string): Promise<StackOutputs> {
  const reply = await client
    .send(new DescribeStacksCommand({ StackName: stackName }))
    .catch((thrown: unknown) => {
      // CloudFormation answers ValidationError for a name that it does not know.
      if (thrown instanceof Error && /does not exist/.test(thrown.message)) return undefined;
      throw awsError(thrown, `cloudformation:DescribeStacks on ${stackName}`);
    });
  const stack = reply?.Stacks?.[0];
  if (!stack) {
    const region = await client.config.region();
    throw new HoldfastError('STACK_NOT_FOUND', `there is no stack ${stackName} in ${region}`, {
      details: { stackName, region },
    });
  }
  const outputs = (stack.Outputs ?? []).flatMap(({ OutputKey, OutputValue }) =>
    OutputKey === undefined ? [] : [[OutputKey, OutputValue ?? ''] as const],
  );
  return parseStackOutputs(stackName, Object.fromEntries(outputs));
}

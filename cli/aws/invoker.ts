/** Calls Lambda functions: FunctionInvoker on AWS. */
import { InvokeCommand, type InvokeCommandOutput, LambdaClient } from '@aws-sdk/client-lambda';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { functionFailure } from '../../adapters/lambda/failure.ts';
import { HoldfastError } from '../../core/errors.ts';
import type { FunctionInvoker } from '../context.ts';
import { awsError, isNamed } from './errors.ts';

/** A function runs 15 minutes at most; a little more for its start. */
const callTimeoutMilliseconds = 16 * 60_000;

export function lambdaInvoker(region: string | undefined): FunctionInvoker {
  // Once only: a call that broke off may still be running, and the SDK would send it again.
  const calling = new LambdaClient({
    region,
    maxAttempts: 1,
    requestHandler: new NodeHttpHandler({
      connectionTimeout: 5_000,
      requestTimeout: callTimeoutMilliseconds,
    }),
  });
  return {
    async call(functionName, event) {
      const reply = await invoke(calling, functionName, event);
      const payload = parsePayload(reply, functionName);
      if (reply.FunctionError !== undefined) throw functionFailure(functionName, payload);
      return payload;
    },
  };
}

async function invoke(
  client: LambdaClient,
  functionName: string,
  event: unknown,
): Promise<InvokeCommandOutput> {
  const Payload = Buffer.from(JSON.stringify(event));
  try {
    return await client.send(new InvokeCommand({ FunctionName: functionName, Payload }));
  } catch (thrown) {
    if (isNamed(thrown, 'ResourceNotFoundException')) {
      throw new HoldfastError('STACK_NOT_FOUND', `there is no function ${functionName}`, { cause: thrown });
    }
    throw awsError(thrown, `lambda:InvokeFunction on ${functionName}`);
  }
}

function parsePayload({ Payload }: InvokeCommandOutput, functionName: string): unknown {
  const text = Payload === undefined ? '' : Buffer.from(Payload).toString('utf8');
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch (thrown) {
    throw new HoldfastError('INTERNAL', `${functionName} answered something that is not JSON`, {
      cause: thrown,
    });
  }
}

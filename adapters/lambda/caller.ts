/** Calls functions of the stack and waits for what they answer. */
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { HoldfastError } from '../../core/errors.ts';
import type { FunctionCaller, StartTarget } from '../../core/ports/surroundings.ts';
import { functionFailure } from './failure.ts';

/** Notify lives five minutes. */
const callTimeoutMilliseconds = 310_000;

export interface LambdaCallerOptions {
  /** Names or ARNs; those that this function may not call are absent. */
  readonly functions: Readonly<Partial<Record<StartTarget, string>>>;
  /** Default: one of its own, configured from the environment. */
  readonly client?: LambdaClient;
}

export function lambdaCaller({ functions, client = callClient() }: LambdaCallerOptions): FunctionCaller {
  return {
    async call(target, event) {
      const FunctionName = functions[target];
      if (FunctionName === undefined) {
        throw new HoldfastError('STACK_NOT_FOUND', `nobody said which function ${target} is`, {
          next: 'Deploy again with `npm run deploy`: the template names it.',
        });
      }
      const Payload = Buffer.from(JSON.stringify(event));
      const InvocationType = 'RequestResponse';
      const reply = await client
        .send(new InvokeCommand({ FunctionName, InvocationType, Payload }))
        .catch((thrown: unknown): never => {
          throw callError(thrown, target, FunctionName);
        });
      const text = reply.Payload === undefined ? '' : Buffer.from(reply.Payload).toString('utf8');
      const answer: unknown = text === '' ? undefined : JSON.parse(text);
      if (reply.FunctionError !== undefined) throw functionFailure(FunctionName, answer);
      return answer;
    },
  };
}

function callError(thrown: unknown, target: StartTarget, functionName: string): HoldfastError {
  const { name = 'Error', message: said = String(thrown) } = thrown instanceof Error ? thrown : {};
  const message = `lambda:InvokeFunction of ${target} (${functionName}) failed: ${name}: ${said}`;
  const options = { cause: thrown, details: { target, functionName, name } };
  if (name === 'AccessDeniedException') return new HoldfastError('ACCESS_DENIED', message, options);
  if (name === 'ResourceNotFoundException') return new HoldfastError('STACK_NOT_FOUND', message, options);
  return new HoldfastError('INTERNAL', message, options);
}

function callClient(): LambdaClient {
  // Once only: a call that broke off may still be running, and the SDK would send it again.
  return new LambdaClient({
    maxAttempts: 1,
    requestHandler: new NodeHttpHandler({
      connectionTimeout: 5_000,
      requestTimeout: callTimeoutMilliseconds,
      throwOnRequestTimeout: true,
    }),
  });
}

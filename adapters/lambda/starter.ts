/** Starts functions of the stack without waiting for them. Lambda queues the event and retries it twice. */
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { HoldfastError } from '../../core/errors.ts';
import type { FunctionStarter } from '../../core/ports/surroundings.ts';
import { promptHandler } from '../aws-http.ts';

export type StartTarget = Parameters<FunctionStarter['start']>[0];

export interface LambdaStarterOptions {
  /** Names or ARNs; those that this function may not start are absent. */
  readonly functions: Readonly<Partial<Record<StartTarget, string>>>;
  /** Default: one of its own, configured from the environment. */
  readonly client?: LambdaClient;
}

export function lambdaStarter({ functions, client = startClient() }: LambdaStarterOptions): FunctionStarter {
  return {
    async start(target, event) {
      const FunctionName = functions[target];
      if (FunctionName === undefined) {
        throw new HoldfastError('STACK_NOT_FOUND', `nobody said which function ${target} is`, {
          next: 'Deploy again with `npm run deploy`: the template names it.',
        });
      }
      const Payload = Buffer.from(JSON.stringify(event));
      try {
        await client.send(new InvokeCommand({ FunctionName, InvocationType: 'Event', Payload }));
      } catch (thrown) {
        throw startError(thrown, target, FunctionName);
      }
    },
  };
}

function startError(thrown: unknown, target: StartTarget, functionName: string): HoldfastError {
  const name = thrown instanceof Error ? thrown.name : 'Error';
  const said = thrown instanceof Error ? thrown.message : String(thrown);
  const message = `lambda:InvokeFunction of ${target} (${functionName}) failed: ${name}: ${said}`;
  const options = { cause: thrown, details: { target, functionName, name } };
  if (name === 'AccessDeniedException') return new HoldfastError('ACCESS_DENIED', message, options);
  if (name === 'ResourceNotFoundException') return new HoldfastError('STACK_NOT_FOUND', message, options);
  return new HoldfastError('INTERNAL', message, {
    ...options,
    next: 'Lambda did not take the call: it is tried again in the next round.',
  });
}

function startClient(): LambdaClient {
  return new LambdaClient({ retryMode: 'standard', maxAttempts: 5, requestHandler: promptHandler() });
}

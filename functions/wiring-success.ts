/** Starts notify for good news; of functions of a stack without it, and on a laptop, nothing. */
import { lambdaStarter } from '../adapters/lambda/starter.ts';
import type { FunctionStarter } from '../core/ports/surroundings.ts';
import type { Environment } from './environment.ts';

export function noticeStarter({
  HOLDFAST_NOTIFY_FUNCTION: notify,
}: Environment): FunctionStarter | undefined {
  return notify === undefined ? undefined : lambdaStarter({ functions: { notify } });
}

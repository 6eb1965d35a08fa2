/** `holdfast watch`: has the watch function do its hourly round now, and says what came of it. */
import { z } from 'zod';
import { HoldfastError } from '../../core/errors.ts';
import type { WatchEvent } from '../../core/events.ts';
import type { Cli } from '../context.ts';
import { whileShowing } from '../watch.ts';

/** WatchResult of core/health. */
const replySchema = z.object({
  status: z.enum(['done', 'incomplete', 'running-elsewhere']),
  plans: z.number(),
  conditions: z.number(),
  told: z.number(),
  restoresStarted: z.number(),
  reprievesStarted: z.number(),
});

/** Throws RUN_IN_PROGRESS when another round is on its way. */
export async function watchNow(cli: Cli): Promise<void> {
  const { functions, stack } = await cli.connect();
  const event: WatchEvent = { task: 'watch' };
  const answer = await whileShowing(cli, 'a round of watch', () =>
    functions.call(stack.WatchFunction, event),
  );
  const reply = replySchema.safeParse(answer);
  if (!reply.success)
    throw new HoldfastError('INTERNAL', `${stack.WatchFunction} did not answer as it should`);
  const { status, plans, conditions, told } = reply.data;
  if (status === 'running-elsewhere') {
    throw new HoldfastError('RUN_IN_PROGRESS', 'another round of watch is on its way', {
      next: 'Wait a minute; `holdfast status` shows what is known.',
    });
  }
  cli.out.result(
    reply.data,
    () =>
      `Looked at ${plans} plans${status === 'incomplete' ? ', not all of them in time' : ''}: ` +
      `${conditions === 0 ? 'all is well' : `${conditions} conditions stand`}, ${told} alerts sent.`,
  );
}

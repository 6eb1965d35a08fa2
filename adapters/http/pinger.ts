/** Pings dead-man URLs: one GET over HTTPS, five seconds in all, no redirects, to public addresses only. */
import { HoldfastError } from '../../core/errors.ts';
import type { Pinger } from '../../core/ports/surroundings.ts';
import { answered, type PublicRequestOptions, type Purpose, publicRequest } from './public-request.ts';

const timeoutMilliseconds = 5_000;

export type HttpPingerOptions = Omit<PublicRequestOptions, 'timeoutMilliseconds'> &
  Partial<Pick<PublicRequestOptions, 'timeoutMilliseconds'>>;

const deadManUrl: Purpose = {
  what: 'the dead-man URL',
  code: 'PING_FAILED',
  forbiddenNext: 'Dead-man URLs lead to a public service: correct deadManUrl in the plan or the stack.',
};

export function httpPinger(options: HttpPingerOptions): Pinger {
  return {
    async ping(text) {
      const answer = await publicRequest(
        text,
        { method: 'GET' },
        { timeoutMilliseconds, ...options },
        deadManUrl,
      );
      if (answer.status >= 200 && answer.status < 300) return;
      throw new HoldfastError('PING_FAILED', `the dead-man URL at ${answer.host} ${answered(answer)}`);
    },
  };
}

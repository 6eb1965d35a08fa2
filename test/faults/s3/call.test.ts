/** The limits of a single request, whatever the SDK below does with it. */
import { expect, test } from 'vitest';
import { type CallOptions, caller } from '../../../adapters/s3/client.ts';

const never = () => new Promise<never>(() => {});

test('a request that never settles is ended, cancelled and named after its limit', async () => {
  let given: CallOptions | undefined;
  const call = caller({ requests: 0, retries: 0 }, 50);
  const calling = call('s3:PutObject', 'plans/x', (options) => {
    given = options;
    return never();
  });
  await expect(calling).rejects.toMatchObject({
    code: 'VAULT_UNAVAILABLE',
    message: expect.stringMatching(/^s3:PutObject on plans\/x failed .*within 50 ms/),
  });
  expect(given?.abortSignal.aborted).toBe(true);
});

test('an abort ends a request at once with its reason, even one that pauses between attempts, and cancels it', async () => {
  let given: CallOptions | undefined;
  const abort = new AbortController();
  const call = caller({ requests: 0, retries: 0 }, 60_000);
  const calling = call(
    's3:PutObject',
    'plans/x',
    (options) => {
      given = options;
      return never();
    },
    abort.signal,
  );
  const reason = new Error('deadline');
  abort.abort(reason);
  await expect(calling).rejects.toBe(reason);
  expect(given?.abortSignal.aborted).toBe(true);
}, 2_000);

test('requests and attempts beyond the first are counted, in success and in failure', async () => {
  const counters = { requests: 0, retries: 0 };
  const call = caller(counters, 1_000);
  await call('s3:GetObject', 'k', async () => ({ $metadata: { attempts: 3 } }));
  const failure = Object.assign(new Error('SlowDown'), { $metadata: { attempts: 5, httpStatusCode: 503 } });
  await expect(call('s3:GetObject', 'k', () => Promise.reject(failure))).rejects.toMatchObject({
    message: expect.stringContaining('after 5 attempts'),
  });
  expect(counters).toEqual({ requests: 2, retries: 6 });
});

/** Whether a function can seal for every key of the ring: for a KMS key it needs a right that only a try tells. */
import { reportContext } from '../core/format/context.ts';
import { sealBytes } from '../core/format/seal.ts';
import { type Check, sealingCheck } from '../core/self-test.ts';
import type { Wiring } from './wiring.ts';

export function sealing({ keyRing }: Wiring): Check {
  return {
    name: sealingCheck,
    run: async () => {
      const { recipients } = await keyRing.publicKeys();
      const context = reportContext('probe', '20000101T000000Z-00000000', 'probe');
      await sealBytes(Buffer.from('probe'), recipients, context);
      return recipients.map(({ id }) => id).join(', ');
    },
  };
}

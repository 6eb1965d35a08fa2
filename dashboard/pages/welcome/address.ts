/** What the address of the guided way holds: every step of it can be left and come back to. */
import { oneOf, text, useAddress } from '../../app/address.ts';
import { useTimeZone } from '../../app/preferences.ts';
import { type Draft, kinds, schedules, steps } from './draft.ts';

const readers = {
  step: oneOf(...steps),
  kind: oneOf(...kinds),
  plan: text,
  secret: text,
  databases: text,
  bucket: text,
  prefix: text,
  schedule: oneOf(...schedules),
  zone: text,
  /** The task of the connection test, the backup, and the task of its drill. */
  test: text,
  backup: text,
  drill: text,
};

export type GoWelcome = ReturnType<typeof useAddress<typeof readers>>[1];

export function useWelcome() {
  const [address, go] = useAddress(readers);
  const [ownZone] = useTimeZone();
  const { kind = 'postgres', plan = '', schedule = 'nightly', zone = ownZone } = address;
  const { secret, databases, bucket, prefix } = address;
  const draft: Draft = { kind, plan, secret, databases, bucket, prefix, schedule, zone };
  return { address, draft, go, step: address.step ?? 'source' } as const;
}

export type Welcome = ReturnType<typeof useWelcome>;

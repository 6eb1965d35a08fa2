/** What became of telling an alert, by channel: those that arrived and those that did not. Pure. */
import type { Schemas } from '../../api/use-api.ts';

export type Alert = Schemas['Alert'];

export interface Delivered {
  /** `email`, or the name of a channel. */
  readonly channel: string;
  readonly at: string;
  readonly error?: Schemas['RowError'];
}

/** What failed comes first: it is what somebody has to mend. */
export function deliveriesOf({ deliveries = {} }: Pick<Alert, 'deliveries'>): readonly Delivered[] {
  const all = Object.entries(deliveries).map(([channel, { at, error }]) => ({
    channel,
    at,
    ...(error && { error }),
  }));
  return all.sort(
    (one, other) =>
      Number(Boolean(other.error)) - Number(Boolean(one.error)) || (one.channel < other.channel ? -1 : 1),
  );
}

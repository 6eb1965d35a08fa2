/** The journey's place in the address: every choice and every step, so that it goes on after a reload and elsewhere. */
import { useMemo } from 'react';
import { day, flag, oneOf, type Reader, useAddress } from '../../app/address.ts';
import { type Choices, readNames, ways } from './choices.ts';
import { orderedAt, type StepId, stepOf, steps } from './journey.ts';

const upTo =
  (mostCharacters: number): Reader<string> =>
  (value) =>
    value === '' || value.length > mostCharacters ? undefined : value;
const short = upTo(400);
/** Cursors and paths. */
const long = upTo(6000);

const readers = {
  step: oneOf(...steps),
  plan: short,
  point: short,
  component: short,
  part: oneOf('some'),
  only: readNames,
  to: oneOf(...ways),
  database: short,
  secret: upTo(2048),
  place: upTo(1024),
  users: flag,
  roles: long,
  createRoles: flag,
  noOwner: flag,
  uncompared: flag,
  from: short,
  speed: oneOf('bulk'),
  /** The order, made when its last step is come to. */
  order: ((value) => (orderedAt(value) === undefined ? undefined : value)) satisfies Reader<string>,
  /** A restore that this one is ordered beside, knowingly. */
  besides: short,
  /** The task that looked whether it can be done. */
  look: short,
  /** The restore point that was made before. */
  made: short,
  without: flag,
  /** What lists are narrowed by. */
  find: short,
  day,
  cursor: long,
  prefix: upTo(4096),
  after: long,
};

type Name = keyof typeof readers;
export type Change = { readonly [K in Name]?: string | true | undefined };

/** Said for one set of choices, and not of another. */
const ofTheseChoices: Change = {
  order: undefined,
  besides: undefined,
  look: undefined,
  made: undefined,
  without: undefined,
};
const ofTheList: Change = {
  find: undefined,
  day: undefined,
  cursor: undefined,
  prefix: undefined,
  after: undefined,
};
export interface Journey {
  readonly step: StepId;
  readonly choices: Choices;
  readonly address: ReturnType<typeof useAddress<typeof readers>>[0];
  /** Another choice: what was found out about the ones before is forgotten. */
  choose(change: Change): void;
  /** To another step, with what was chosen here; Back comes back to this one. */
  goTo(step: StepId, change?: Change): void;
  /** Nothing that matters to the restore: the page of a list, the order's own id. */
  note(change: Change): void;
}

export function useJourney(): Journey {
  const [address, go] = useAddress(readers);
  return useMemo(
    () => ({
      step: stepOf(address.step, address),
      choices: address,
      address,
      choose: (change) => go({ ...ofTheseChoices, ...change }),
      goTo: (step, change) =>
        go({ ...ofTheList, ...(change && { ...ofTheseChoices, ...change }), step }, 'push'),
      note: (change) => go(change),
    }),
    [address, go],
  );
}

/**
 * Between cleanup and what it talks to: counts the calls of one round, and at one of them something happens. The
 * machine dies (nothing is done from then on, leases stay), a store fails once or for the rest of the round, a reply is
 * lost after the work was done, or somebody else does something just then.
 */
import { HoldfastError } from '../../core/errors.ts';

/** `before`: at the first call of that name, instead of at a number. */
export type Trouble =
  | { readonly kind: 'none' }
  | { readonly kind: 'crash' | 'error' | 'outage' | 'lost-reply'; readonly atCall: number }
  | {
      readonly kind: 'intrude';
      readonly atCall: number;
      readonly before?: string;
      readonly act: () => Promise<void>;
    };

/** The machine is gone: no code of it runs any more. */
export class Crashed extends Error {}

export interface Gate {
  /** The same object behind the gate; methods that return streams are met when the stream is read. */
  guard<T extends object>(target: T, streams?: readonly string[]): T;
  /** How many calls passed. */
  readonly calls: number;
  readonly happened: boolean;
}

export function gateFor(trouble: Trouble): Gate {
  let calls = 0;
  let happened = false;
  let isDown = false;
  let isDead = false;

  const unavailable = () => new HoldfastError('VAULT_UNAVAILABLE', 'the store did not answer');
  /** True when the reply to this call is to be lost. */
  const enter = async (name: string): Promise<boolean> => {
    if (isDead) throw new Crashed();
    if (isDown) throw unavailable();
    calls += 1;
    if (trouble.kind === 'none' || happened) return false;
    const before = trouble.kind === 'intrude' ? trouble.before : undefined;
    if (before === undefined ? calls !== trouble.atCall : name !== before) return false;
    happened = true;
    if (trouble.kind === 'crash') {
      isDead = true;
      throw new Crashed();
    }
    if (trouble.kind === 'outage') isDown = true;
    if (trouble.kind === 'outage' || trouble.kind === 'error') throw unavailable();
    if (trouble.kind === 'intrude') await trouble.act();
    return trouble.kind === 'lost-reply';
  };

  return {
    get calls() {
      return calls;
    },
    get happened() {
      return happened;
    },
    guard(target, streams = []) {
      if (trouble.kind === 'none') return target;
      const entries = Object.entries(target).map(([name, value]) => {
        if (typeof value !== 'function') return [name, value];
        if (streams.includes(name)) {
          return [
            name,
            async function* (...args: unknown[]) {
              if (await enter(name)) throw unavailable();
              yield* value(...args);
            },
          ];
        }
        return [
          name,
          async (...args: unknown[]) => {
            const isLost = await enter(name);
            const result = await value(...args);
            if (isLost) throw unavailable();
            return result;
          },
        ];
      });
      return Object.fromEntries(entries);
    },
  };
}

/** What came of proving a backup: what its row says now, and what its task failed with. Pure. */
import type { Schemas } from '../../api/use-api.ts';

export type Verification = Schemas['Verification'];

export interface Outcome {
  /** `readable`: the drill gave way to reading, so that nothing was restored. */
  readonly kind: 'passed' | 'readable' | 'failed' | 'error';
  readonly why?: string;
  readonly next?: string;
}

/** `ended`: the task of the drill, once it is over. Undefined: nothing to say yet, since no drill was asked for. */
export function outcomeOf(
  verification: Verification | undefined,
  ended: Pick<Schemas['Task'], 'createdAt' | 'error'> | undefined,
): Outcome | undefined {
  if (verification?.status === 'failed') return { kind: 'failed', why: verification.detail };
  if (verification?.provenAt !== undefined) return { kind: 'passed', why: verification.detail };
  if (ended?.error) {
    const { message, next } = ended.error;
    return { kind: 'error', why: message, ...(next !== undefined && { next }) };
  }
  // What stands with the backup may still be of before: it is being asked for again.
  if (!ended || !verification || verification.verifiedAt < ended.createdAt) return undefined;
  return { kind: verification.status === 'error' ? 'error' : 'readable', why: verification.detail };
}

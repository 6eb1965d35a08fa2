/** Revisions as entity tags: `"3"`. What somebody else changed meanwhile is not overwritten (RFC 9110, 13.1). */
import { z } from 'zod';
import { HoldfastError } from '../core/errors.ts';

export const etagOf = (revision: number): string => `"${revision}"`;

const tags = z.string().max(200, 'an ETag as it was given').optional();

export const ifMatchHeader = {
  // The pattern is for the document alone: any other is the tag of no revision.
  'if-match': tags.meta({ description: 'The ETag that was read.', pattern: '^"[0-9]{1,9}"$' }),
};
export const ifNoneMatchHeader = {
  'if-none-match': tags.meta({ description: 'The ETag that is known: 304 while it is the same.' }),
};

/** PRECONDITION_REQUIRED without the header; a tag that was never given matches no revision. */
export function revisionMeant(ifMatch: string | undefined): number {
  if (ifMatch === undefined || ifMatch.trim() === '*') {
    throw new HoldfastError(
      'PRECONDITION_REQUIRED',
      'If-Match must say which revision is meant: the ETag that was read',
    );
  }
  const [, revision] = /^"(\d{1,9})"$/.exec(ifMatch.trim()) ?? [];
  return revision === undefined ? -1 : Number(revision);
}

/** Whether the caller has that revision already; weak tags count, as in RFC 9110, 13.1.2. */
export function isKnown(revision: number, ifNoneMatch: string | undefined): boolean {
  if (ifNoneMatch === undefined) return false;
  const known = ifNoneMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return known.includes('*') || known.includes(etagOf(revision));
}

/** What could not be read, told apart from a store that does not answer: the first is listed, the second ends the work. */
import { type ErrorCode, errorCodes, HoldfastError } from '../errors.ts';

export interface Unreadable {
  /** Key of the object, or of the folder when it is about a backup as a whole. */
  readonly key: string;
  readonly code: string;
  readonly why: string;
}

/** Beside everything of class integrity: one object that cannot be opened says nothing about the others. */
const aboutOneObject: readonly ErrorCode[] = [
  'KEY_MISSING',
  'OBJECT_ARCHIVED',
  'VAULT_REFUSED',
  'INVALID_INPUT',
  'OBJECT_EXISTS',
  // A file without a byte: no object of Holdfast's has none.
  'DUMP_EMPTY',
];

/** The entry for the list, or the error again when it is about the world around. */
export function unreadable(key: string, thrown: unknown): Unreadable {
  if (!(thrown instanceof HoldfastError)) throw thrown;
  if (errorCodes[thrown.code].class !== 'integrity' && !aboutOneObject.includes(thrown.code)) throw thrown;
  return { key, code: thrown.code, why: thrown.message.slice(0, 500) };
}

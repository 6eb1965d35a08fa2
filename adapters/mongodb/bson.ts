/**
 * BSON as far as an archive needs it (bsonspec.org, version 1.1): the few fields of its headers, and a walk through a
 * whole document that proves every length, terminator and type in it. Never copies a value, never builds one.
 */

/** MongoDB stores at most 100 levels; a dump may hold what an older server took. */
const maxDepth = 250;

/** Why it is no BSON document, for people; undefined when it is one. */
export function bsonDefect(bytes: Uint8Array, from: number, to: number): string | undefined {
  try {
    const end = walkDocument(bytes, from, to, 0);
    return end === to ? undefined : `the document ends ${to - end} bytes early`;
  } catch (thrown) {
    if (thrown instanceof Defect) return thrown.message;
    throw thrown;
  }
}

class Defect extends Error {}

/** Returns where the document ends. */
function walkDocument(bytes: Uint8Array, from: number, limit: number, depth: number): number {
  if (depth > maxDepth) throw new Defect(`more than ${maxDepth} levels deep`);
  const length = int32(bytes, from, limit);
  const end = from + length;
  if (length < 5 || end > limit) throw new Defect(`a document of ${length} bytes does not fit`);
  if (bytes[end - 1] !== 0) throw new Defect('a document does not end with 0');
  let at = from + 4;
  for (;;) {
    const type = bytes[at];
    if (type === 0) {
      if (at !== end - 1) throw new Defect('a document ends before its length');
      return end;
    }
    // The last byte of the document is its terminator: nothing of an element lies there.
    const value = cstringEnd(bytes, at + 1, end - 1);
    at = walkValue(bytes, type as number, value, end - 1, depth);
  }
}

/** Sizes of the types that have one: double, undefined, id, date, null, int32, timestamp, int64, decimal128, min, max. */
const fixedBytes: Readonly<Record<number, number>> = {
  ...{ 1: 8, 6: 0, 7: 12, 9: 8, 10: 0, 16: 4, 17: 8, 18: 8, 19: 16, 127: 0, 255: 0 },
};

function walkValue(bytes: Uint8Array, type: number, at: number, limit: number, depth: number): number {
  const size = fixedBytes[type];
  if (size !== undefined) return within(at + size, limit, type);
  switch (type) {
    case 2: // text
    case 13: // JavaScript
    case 14: // symbol
      return stringEnd(bytes, at, limit);
    case 3: // document
    case 4: // array
      return walkDocument(bytes, at, limit, depth + 1);
    case 5: // bytes
      return binaryEnd(bytes, at, limit);
    case 8: // boolean
      if ((bytes[at] ?? 2) > 1) throw new Defect('a boolean is neither 0 nor 1');
      return within(at + 1, limit, type);
    case 11: // regular expression
      return cstringEnd(bytes, cstringEnd(bytes, at, limit), limit);
    case 12: // pointer
      return within(stringEnd(bytes, at, limit) + 12, limit, type);
    case 15: // JavaScript with scope
      return scopedCodeEnd(bytes, at, limit, depth);
    default:
      throw new Defect(`unknown type 0x${type.toString(16).padStart(2, '0')}`);
  }
}

function within(end: number, limit: number, type: number): number {
  if (end > limit) throw new Defect(`a value of type ${type} does not fit`);
  return end;
}

function cstringEnd(bytes: Uint8Array, from: number, limit: number): number {
  const zero = bytes.indexOf(0, from);
  if (zero < 0 || zero >= limit) throw new Defect('a name has no end');
  return zero + 1;
}

function stringEnd(bytes: Uint8Array, at: number, limit: number): number {
  const length = int32(bytes, at, limit);
  const end = at + 4 + length;
  if (length < 1 || end > limit) throw new Defect(`a text of ${length} bytes does not fit`);
  if (bytes[end - 1] !== 0) throw new Defect('a text does not end with 0');
  return end;
}

function binaryEnd(bytes: Uint8Array, at: number, limit: number): number {
  const length = int32(bytes, at, limit);
  const end = at + 5 + length;
  if (length < 0 || end > limit) throw new Defect(`bytes of length ${length} do not fit`);
  // Subtype 2 has its length a second time.
  if (bytes[at + 4] === 2 && (length < 4 || int32(bytes, at + 5, limit) !== length - 4))
    throw new Defect('bytes of subtype 2 have two lengths');
  return end;
}

function scopedCodeEnd(bytes: Uint8Array, at: number, limit: number, depth: number): number {
  const length = int32(bytes, at, limit);
  const end = at + length;
  if (length < 14 || end > limit) throw new Defect(`code with scope of ${length} bytes does not fit`);
  if (walkDocument(bytes, stringEnd(bytes, at + 4, end), end, depth + 1) !== end)
    throw new Defect('code with scope ends before its length');
  return end;
}

function int32(bytes: Uint8Array, at: number, limit: number): number {
  if (at + 4 > limit) throw new Defect('a length does not fit');
  return readInt32(bytes, at);
}

/** Little-endian, signed; four bytes must be there. */
export function readInt32(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24)
  );
}

export interface BsonElement {
  readonly type: number;
  readonly name: string;
  /** Where its value is in the bytes. */
  readonly from: number;
  readonly to: number;
}

/** The elements of a document (or array) that was walked, in their order. */
export function* elementsOf(bytes: Uint8Array, from: number, to: number): Generator<BsonElement> {
  const end = to - 1;
  let at = from + 4;
  while (at < end) {
    const type = bytes[at] as number;
    const value = cstringEnd(bytes, at + 1, end);
    const name = textAt(bytes, at + 1, value - 1);
    at = walkValue(bytes, type, value, end, 0);
    yield { type, name, from: value, to: at };
  }
}

/** UTF-8. */
export function textAt(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('utf8');
}

export type HeaderValue = string | boolean | bigint;

/** The texts, booleans and whole numbers of a document that was walked; others are passed over. */
export function headerFields(bytes: Uint8Array): ReadonlyMap<string, HeaderValue> {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fields = new Map<string, HeaderValue>();
  for (const { type, name, from, to } of elementsOf(bytes, 0, bytes.length)) {
    if (type === 2) fields.set(name, textAt(bytes, from + 4, to - 1));
    else if (type === 8) fields.set(name, view[from] === 1);
    else if (type === 16) fields.set(name, BigInt(view.readInt32LE(from)));
    else if (type === 18) fields.set(name, view.readBigInt64LE(from));
  }
  return fields;
}

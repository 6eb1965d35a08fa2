/** The order of UTF-8 bytes, in which S3 lists keys and an index holds paths; JavaScript compares UTF-16 units. */

/** Below 0, 0 or above 0, as the UTF-8 bytes of `one` and `other` compare. Neither has lone surrogates. */
export function compareBytes(one: string, other: string): number {
  if (one === other) return 0;
  const length = Math.min(one.length, other.length);
  for (let at = 0; at < length; at += 1) {
    const a = one.charCodeAt(at);
    const b = other.charCodeAt(at);
    if (a !== b) return rank(a) - rank(b);
  }
  return one.length - other.length;
}

/** Surrogates stand for characters beyond U+FFFF, so they come after U+E000 to U+FFFF. */
function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

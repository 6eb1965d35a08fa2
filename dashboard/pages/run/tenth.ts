/** How far something is in tenths, 0 to 100: often enough to be followed by ear, seldom enough to be borne. */
export function tenthOf(done: number, of: number | undefined): number | undefined {
  if (of === undefined || of <= 0) return undefined;
  return Math.floor((Math.min(done, of) / of) * 10) * 10;
}

/** Of which slots the list is. The API sorts by size or time only within one plan or so many days. Pure. */

export const mostSortedDays = 31;
const dayMs = 86_400_000;

export interface Span {
  readonly from?: string;
  readonly to?: string;
}

/** Days as in the address, both included; where it has to be bounded and is not, the last ones. */
export function sortedSpan(
  {
    plan,
    sort,
    from,
    to,
  }: {
    readonly plan?: string | undefined;
    readonly sort: string;
    readonly from?: string | undefined;
    readonly to?: string | undefined;
  },
  now: Date,
): Span {
  const first = from === undefined ? undefined : Date.parse(`${from}T00:00:00Z`);
  const end = to === undefined ? undefined : Date.parse(`${to}T00:00:00Z`) + dayMs;
  if (sort === 'slot' || plan !== undefined) return spanOf(first, end);
  // Until midnight: the address of a list must not be another one with every second.
  const last = end ?? (Math.floor(now.getTime() / dayMs) + 1) * dayMs;
  const earliest = last - mostSortedDays * dayMs;
  return spanOf(Math.max(first ?? earliest, earliest), last);
}

const iso = (ms: number) => new Date(ms).toISOString();

function spanOf(from: number | undefined, to: number | undefined): Span {
  return { ...(from !== undefined && { from: iso(from) }), ...(to !== undefined && { to: iso(to) }) };
}

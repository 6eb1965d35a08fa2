/** Months as the trail is read by: `2026-11`. Pure. */

/** This one and those before it, the newest first. */
export function monthsBack(now: Date, count: number): readonly string[] {
  return Array.from({ length: count }, (_, ago) =>
    new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - ago, 1)).toISOString().slice(0, 7),
  );
}

/** First day, and the first of the next month, as the command line takes them. */
export function spanOfMonth(month: string): { readonly from: string; readonly to: string } {
  const end = new Date(`${month}-01T00:00:00Z`);
  end.setUTCMonth(end.getUTCMonth() + 1);
  return { from: `${month}-01`, to: end.toISOString().slice(0, 10) };
}

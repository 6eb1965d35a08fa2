/** How long a run took; undefined while it goes on, or when it never began. */
export function secondsOf({
  startedAt,
  completedAt,
  failedAt,
}: {
  readonly startedAt?: string | undefined;
  readonly completedAt?: string | undefined;
  readonly failedAt?: string | undefined;
}): number | undefined {
  const end = completedAt ?? failedAt;
  if (startedAt === undefined || end === undefined) return undefined;
  return Math.max(0, (Date.parse(end) - Date.parse(startedAt)) / 1000);
}

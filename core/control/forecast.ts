/**
 * What will be kept, by how it grew: a straight line through what was kept at the end of each day (least squares), drawn
 * on from what is kept now. Pure, and modest: it knows no seasons and no change of policy, and says nothing after less
 * than a week of figures.
 */

/** Days from now that are told of. */
export const forecastDays = [30, 90, 365] as const;

export interface Forecast {
  /** By days from now. */
  readonly days: Readonly<Record<`${(typeof forecastDays)[number]}`, Foreseen>>;
  /** How it was reckoned, a sentence for people. */
  readonly method: string;
}

interface Foreseen {
  readonly keptBytes: number;
  /** At what a byte costs today on average. */
  readonly monthlyUsd: number;
}

export interface Kept {
  /** `2026-11-21`. */
  readonly day: string;
  readonly keptBytes?: number | undefined;
}

/** Fewer days tell a beginning, not a growth. */
const leastDays = 7;
const dayMs = 86_400_000;

/** Undefined with figures of less than seven days, or over less than a week. Never below nothing. */
export function forecastOf(
  trend: readonly Kept[],
  now: { readonly keptBytes: number; readonly monthlyUsd: number },
): Forecast | undefined {
  const points = trend.flatMap(({ day, keptBytes }) =>
    keptBytes === undefined ? [] : [{ x: Date.parse(`${day}T00:00:00Z`) / dayMs, y: keptBytes }],
  );
  const first = points[0]?.x;
  if (first === undefined || points.length < leastDays) return undefined;
  const perDay = slopeOf(points);
  const usdPerByte = now.keptBytes > 0 ? now.monthlyUsd / now.keptBytes : 0;
  const at = (days: number): Foreseen => {
    const keptBytes = Math.max(0, Math.round(now.keptBytes + perDay * days));
    return { keptBytes, monthlyUsd: Math.round(keptBytes * usdPerByte * 100) / 100 };
  };
  return {
    days: { 30: at(30), 90: at(90), 365: at(365) },
    method: `A straight line through what was kept at the end of ${points.length} days, drawn on from today; storage costs per byte as they are today.`,
  };
}

/** Least squares, about the means, so that days since 1970 lose no precision. */
function slopeOf(points: readonly { readonly x: number; readonly y: number }[]): number {
  const mean = (of: 'x' | 'y') => points.reduce((sum, point) => sum + point[of], 0) / points.length;
  const [meanX, meanY] = [mean('x'), mean('y')];
  let above = 0;
  let below = 0;
  for (const { x, y } of points) {
    above += (x - meanX) * (y - meanY);
    below += (x - meanX) ** 2;
  }
  return below === 0 ? 0 : above / below;
}

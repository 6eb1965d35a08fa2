/** Numbers as people read them: rates, ages, ratios; the rest is core's. Pure; every function takes its unit in the name. */
import { formatBytes } from '../core/control/units.ts';

export { formatBytes, formatDuration, formatTime } from '../core/control/units.ts';

/** `18.2 MiB/s`; a dash while no time has passed. */
export function formatRate(bytes: number, milliseconds: number): string {
  return milliseconds <= 0 ? '-' : `${formatBytes((bytes * 1000) / milliseconds)}/s`;
}

/** How long before `now` an instant was: `now`, `5 min`, `3 h`, `12 d`. An instant to come reads `in 3 h`. */
export function formatAge(isoUtc: string, now: Date): string {
  const seconds = Math.round((now.getTime() - Date.parse(isoUtc)) / 1000);
  const text = coarse(Math.abs(seconds));
  if (text === undefined) return 'now';
  return seconds < 0 ? `in ${text}` : text;
}

/** `1 plan`, `2 plans`: a noun that takes an s. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** `8 h ago`, `just now`; for a sentence. */
export function formatAgo(isoUtc: string, now: Date): string {
  const age = formatAge(isoUtc, now);
  if (age === 'now') return 'just now';
  return age.startsWith('in ') ? age : `${age} ago`;
}

function coarse(seconds: number): string | undefined {
  if (seconds < 30) return undefined;
  if (seconds < 5400) return `${Math.max(1, Math.round(seconds / 60))} min`;
  if (seconds < 36 * 3600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}

/** `4.35×`. */
export function formatRatio(ratio: number): string {
  return `${ratio.toFixed(2)}×`;
}

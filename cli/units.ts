/** Numbers as people read them: sizes, rates, durations, ages. Pure; every function takes its unit in the name. */

const byteUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** `1.4 GiB`; three digits at most before the unit, none of them invented: `0 B`, `999 B`, `12.3 MiB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  // 1023.95 would round up to `1024.0`, which belongs to the next unit.
  while (value >= (unit === 0 ? 1024 : 1023.95) && unit < byteUnits.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits)} ${byteUnits[unit]}`;
}

/** `18.2 MiB/s`; a dash while no time has passed. */
export function formatRate(bytes: number, milliseconds: number): string {
  return milliseconds <= 0 ? '-' : `${formatBytes((bytes * 1000) / milliseconds)}/s`;
}

/** `850 ms`, `12 s`, `3 min 05 s`, `2 h 10 min`, `3 d 4 h`: the two largest units. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.max(0, Math.round(milliseconds))} ms`;
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${pad(seconds % 60)} s`;
  if (seconds < 86_400)
    return `${Math.floor(seconds / 3600)} h ${pad(Math.floor((seconds % 3600) / 60))} min`;
  return `${Math.floor(seconds / 86_400)} d ${Math.floor((seconds % 86_400) / 3600)} h`;
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

/** `2026-11-21 02:00:00 UTC`. */
export function formatTime(isoUtc: string): string {
  return `${new Date(isoUtc).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** `4.35×`. */
export function formatRatio(ratio: number): string {
  return `${ratio.toFixed(2)}×`;
}

function pad(number: number): string {
  return String(number).padStart(2, '0');
}

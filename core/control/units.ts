/** Sizes, spans and instants in sentences for people. Pure; every function takes its unit in the name. */

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

/** `2026-11-21 02:00:00 UTC`. */
export function formatTime(isoUtc: string): string {
  return `${new Date(isoUtc).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

function pad(number: number): string {
  return String(number).padStart(2, '0');
}

/**
 * Wall clocks: what a clock in a time zone shows, as milliseconds "as if it were UTC", and the way back.
 * The way back follows EventBridge Scheduler: a time that the zone skips is no instant at all, and one that it
 * repeats is the first of the two.
 */

/** One formatter a zone: making one costs about 50 µs, and there are some 600 zones. */
const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterOf(timeZone: string): Intl.DateTimeFormat {
  const known = formatters.get(timeZone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  formatters.set(timeZone, made);
  return made;
}

/** True for a name of the IANA database as it is written there; offsets (`+02:00`) are none. */
export function isTimeZone(timeZone: string): boolean {
  if (!/^[A-Za-z][\w+/-]*$/.test(timeZone)) return false;
  try {
    const resolved = formatterOf(timeZone).resolvedOptions().timeZone;
    // Intl takes any case, EventBridge Scheduler does not.
    return resolved === timeZone || resolved.toLowerCase() !== timeZone.toLowerCase();
  } catch {
    return false;
  }
}

/** What the zone's clock shows at `instantMs`, to the second. */
export function toWall(timeZone: string, instantMs: number): number {
  const parts: Record<string, number> = {};
  for (const { type, value } of formatterOf(timeZone).formatToParts(instantMs)) parts[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

/** How far the zone's clock is ahead of UTC at `instantMs`, in milliseconds. */
export function offsetAt(timeZone: string, instantMs: number): number {
  return toWall(timeZone, instantMs) - Math.floor(instantMs / 1000) * 1000;
}

const dayMs = 86_400_000;

/** The first instant at which the zone's clock shows `wallMs`, or undefined when it never does. */
export function fromWall(timeZone: string, wallMs: number): number | undefined {
  // No zone is a day or more away from UTC, so these two see the offset before and after any change near by.
  const offsets = [offsetAt(timeZone, wallMs - dayMs), offsetAt(timeZone, wallMs + dayMs)];
  const instants = offsets
    .map((offset) => wallMs - offset)
    .filter((instant) => toWall(timeZone, instant) === wallMs);
  return instants.length === 0 ? undefined : Math.min(...instants);
}

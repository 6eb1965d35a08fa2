/** Times as people type them: a day, an instant, or how long ago. */
import { InvalidInput } from '../core/errors.ts';

const unitMs: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** `2026-11-21`, `2026-11-21T02:00:00Z` or `7d` (that long before `now`), as ISO 8601 UTC. */
export function instant(text: string, field: string, now: Date): string {
  const [, count, unit = ''] = /^(\d{1,5})([mhdw])$/.exec(text) ?? [];
  if (count !== undefined) return new Date(now.getTime() - Number(count) * (unitMs[unit] ?? 0)).toISOString();
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text);
  const isInstant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?Z$/.test(text);
  const at = isDay ? Date.parse(`${text}T00:00:00Z`) : isInstant ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(at)) return new Date(at).toISOString();
  throw new InvalidInput('command line', [
    {
      field,
      value: JSON.stringify(text).slice(0, 100),
      allowed: 'a day like 2026-11-21, an instant like 2026-11-21T02:00:00Z, or an age like 12h, 7d',
    },
  ]);
}

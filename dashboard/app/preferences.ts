/** What a person chose about how things look, kept by the browser: colours and time zone. */
import { useSyncExternalStore } from 'react';

export type Theme = 'system' | 'light' | 'dark';

interface Preferences {
  readonly theme: Theme;
  /** An IANA name. */
  readonly timeZone: string;
}

const key = 'holdfast.preferences';
const listeners = new Set<() => void>();
let current = read();

function read(): Preferences {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  try {
    const found = JSON.parse(localStorage.getItem(key) ?? '{}') as Partial<Preferences>;
    const theme = found.theme === 'light' || found.theme === 'dark' ? found.theme : 'system';
    return { theme, timeZone: found.timeZone === 'UTC' ? 'UTC' : own };
  } catch {
    // Somebody else's text: as if nothing had been chosen.
    return { theme: 'system', timeZone: own };
  }
}

export function choose(change: Partial<Preferences>): void {
  current = { ...current, ...change };
  localStorage.setItem(key, JSON.stringify(current));
  applyTheme();
  for (const listener of listeners) listener();
}

/** Follows the system unless somebody chose. */
export function applyTheme(): void {
  const { documentElement } = document;
  if (current.theme === 'system') delete documentElement.dataset.theme;
  else documentElement.dataset.theme = current.theme;
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, () => current.theme);
}

export function useTimeZone(): readonly [string, (zone: string) => void] {
  const zone = useSyncExternalStore(subscribe, () => current.timeZone);
  return [zone, (timeZone) => choose({ timeZone })];
}

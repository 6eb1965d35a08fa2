/** The time, moving: ages on the page grow without anything being asked. One timer for all, none while the page is hidden. */
import { useSyncExternalStore } from 'react';

const everyMs = 10_000;
let now = new Date();
const listeners = new Set<() => void>();
let timer: number | undefined;

function tick() {
  now = new Date();
  for (const listener of listeners) listener();
}

function follow() {
  window.clearInterval(timer);
  timer = undefined;
  if (document.hidden || listeners.size === 0) return;
  tick();
  timer = window.setInterval(tick, everyMs);
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  if (listeners.size === 1) {
    document.addEventListener('visibilitychange', follow);
    now = new Date();
    timer = window.setInterval(tick, everyMs);
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    document.removeEventListener('visibilitychange', follow);
    window.clearInterval(timer);
    timer = undefined;
  };
}

/** As of some seconds ago at most. */
export const useNow = (): Date => useSyncExternalStore(subscribe, () => now);

/** What is made of the time, like an age in words: asked for anew only where that came out otherwise. */
export const useNowAs = <T extends string | number | boolean>(made: (now: Date) => T): T =>
  useSyncExternalStore(subscribe, () => made(now));

/**
 * A field whose value is in the address: what is being typed is here at once, and there a moment later, since browsers
 * count how often an address changes, and a field must never wait for it.
 */
import { useCallback, useEffect, useRef, useState } from 'react';

const afterMs = 300;

/** `write` gets undefined for nothing. It must be the same function each time. */
export function useTyped(
  value: string | undefined,
  write: (next: string | undefined) => void,
): readonly [string, (next: string) => void] {
  const [typed, setTyped] = useState(value ?? '');
  const timer = useRef<number | undefined>(undefined);
  const written = useRef(value ?? '');
  useEffect(() => {
    // Somebody went back, or a link was followed.
    if ((value ?? '') === written.current) return;
    written.current = value ?? '';
    setTyped(value ?? '');
  }, [value]);
  useEffect(() => () => window.clearTimeout(timer.current), []);
  const type = useCallback(
    (next: string) => {
      setTyped(next);
      window.clearTimeout(timer.current);
      timer.current = window.setTimeout(() => {
        written.current = next;
        write(next === '' ? undefined : next);
      }, afterMs);
    },
    [write],
  );
  return [typed, type];
}

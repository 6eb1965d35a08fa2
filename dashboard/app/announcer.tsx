/** What happened, said once: to screen readers by a live region that is always there, and on the screen for some seconds. */
import { createContext, type ReactNode, useCallback, useContext, useEffect, useRef, useState } from 'react';

const SayContext = createContext<(text: string) => void>(() => undefined);

/** Says it politely: what is being read is read to its end. */
export const useSay = () => useContext(SayContext);

/** Long enough to be read twice. */
const shownMs = 7_000;

export function Announcer({ children }: { readonly children: ReactNode }) {
  const [text, setText] = useState('');
  const timer = useRef<number | undefined>(undefined);
  const say = useCallback((next: string) => {
    window.clearTimeout(timer.current);
    // The same words again are news only after nothing was there.
    setText('');
    requestAnimationFrame(() => setText(next));
    timer.current = window.setTimeout(() => setText(''), shownMs);
  }, []);
  useEffect(() => () => window.clearTimeout(timer.current), []);
  return (
    <SayContext value={say}>
      {children}
      <div className="toast" role="status" aria-live="polite" data-shown={text !== ''}>
        {text}
      </div>
    </SayContext>
  );
}

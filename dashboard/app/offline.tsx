/** The network is away: what is on the page is what was known, and since when. */
import { useEffect, useState } from 'react';
import { useFormat } from '../format.ts';
import { Note } from '../kit/note.tsx';
import { useText } from '../text/text.ts';

export function Offline() {
  const text = useText('shell');
  const format = useFormat();
  const [since, setSince] = useState<string | undefined>(() =>
    navigator.onLine ? undefined : new Date().toISOString(),
  );
  useEffect(() => {
    const gone = () => setSince(new Date().toISOString());
    const back = () => setSince(undefined);
    window.addEventListener('offline', gone);
    window.addEventListener('online', back);
    return () => {
      window.removeEventListener('offline', gone);
      window.removeEventListener('online', back);
    };
  }, []);
  return (
    <div aria-live="polite">
      {since !== undefined && <Note state="warning">{text.offline(format.time(since))}</Note>}
    </div>
  );
}

/** A page that broke: which is a defect. What is known of it, and the ways on. */
import type { ErrorComponentProps } from '@tanstack/react-router';
import { Link } from '../kit/link.tsx';
import { Note } from '../kit/note.tsx';
import { Page } from '../kit/page.tsx';
import { useText } from '../text/text.ts';

export function Broken({ error, reset }: ErrorComponentProps) {
  const text = useText('shell');
  return (
    <Page title={text.broken.title}>
      <div role="alert">
        <Note
          state="critical"
          title={text.broken.text}
          actions={
            <button type="button" className="button button-small" onClick={reset}>
              {text.bootFailure.again}
            </button>
          }
        >
          <p>{error instanceof Error ? error.message : String(error)}</p>
          <p>
            {text.bootFailure.next} <Link to="/">{text.lost.home}</Link>
          </p>
        </Note>
      </div>
    </Page>
  );
}

/** Proven. What is left to do, which no machine can do for a person. */
import { Card } from '../../kit/card.tsx';
import { Link } from '../../kit/link.tsx';
import { Note } from '../../kit/note.tsx';
import { useText } from '../../text/text.ts';
import type { Welcome } from './address.ts';
import style from './welcome.module.css';

export function DoneStep({ welcome: { draft } }: { readonly welcome: Welcome }) {
  const text = useText('welcome').done;
  const { toOverview } = useText('welcome');
  const planId = draft.plan;
  return (
    <>
      <Note state="well" title={text.title}>
        <p>{text.text(planId)}</p>
      </Note>
      <Card title={text.next}>
        <ul className={style.left}>
          <li>
            <Link to="/settings">{text.keys}</Link>
            <span className="small">{text.keysText}</span>
          </li>
          <li>
            <Link to="/settings">{text.recipients}</Link>
            <span className="small">{text.recipientsText}</span>
          </li>
          <li>
            <Link to="/restore" search={{ plan: planId } as never}>
              {text.restore}
            </Link>
            <span className="small">{text.restoreText}</span>
          </li>
          <li>
            <Link to="/plans/$planId/edit" params={{ planId }}>
              {text.plan}
            </Link>
            <span className="small">{text.planText}</span>
          </li>
        </ul>
        <div className="actions">
          <Link to="/" className="button button-primary">
            {toOverview}
          </Link>
        </div>
      </Card>
    </>
  );
}

/** A page: its heading (also the title of the tab), the way back up, what can be done here, and its content. */
import { type ReactNode, useEffect } from 'react';
import { useSignedIn } from '../app/session-context.ts';
import { Icon } from './icon.tsx';

export interface PageProps {
  readonly title: string;
  /** Links to what is above, e.g. `<Link to="/plans">Plans</Link>`. */
  readonly above?: ReactNode;
  readonly actions?: ReactNode;
  /** One sentence below the heading. */
  readonly lead?: ReactNode;
  /** Beside the heading: a state. */
  readonly badge?: ReactNode;
  /** Lines are as long as the window; without it as long as text is read well. */
  readonly wide?: boolean;
  readonly children: ReactNode;
}

export function Page({ title, above, actions, lead, badge, wide = true, children }: PageProps) {
  const { config } = useSignedIn();
  useEffect(() => {
    document.title = `${title} · ${config.stackName} · Holdfast`;
  }, [title, config.stackName]);
  return (
    <div className={wide ? 'page' : 'page page-text'}>
      <div className="page-head">
        <div className="page-name">
          {above !== undefined && (
            <p className="above">
              {above} <Icon name="next" />
            </p>
          )}
          <h1 tabIndex={-1}>
            {title} {badge}
          </h1>
          {lead !== undefined && <p className="lead">{lead}</p>}
        </div>
        {actions !== undefined && <div className="actions">{actions}</div>}
      </div>
      {children}
    </div>
  );
}

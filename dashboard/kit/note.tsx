/** Something to know before going on: a line or two with its state, in words and colour. */
import type { ReactNode } from 'react';
import { Icon } from './icon.tsx';

export type NoteState = 'info' | 'well' | 'warning' | 'critical';

const icons = { info: 'info', well: 'well', warning: 'alert', critical: 'alert' } as const;

export function Note({
  state,
  title,
  actions,
  children,
}: {
  readonly state: NoteState;
  readonly title?: string;
  readonly actions?: ReactNode;
  readonly children?: ReactNode;
}) {
  return (
    <div className={`note note-${state}`}>
      <Icon name={icons[state]} />
      <div className="note-text">
        {title !== undefined && <p className="note-title">{title}</p>}
        {children}
      </div>
      {actions !== undefined && <div className="actions">{actions}</div>}
    </div>
  );
}

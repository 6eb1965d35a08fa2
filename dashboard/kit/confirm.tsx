/** Asking before something is done: what will happen, in a sentence; where something is lost its name has to be typed. */
import { type ReactNode, useState } from 'react';
import type { Act } from '../app/act.ts';
import { useText } from '../text/text.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { TextField } from './fields.tsx';
import { ActProblem } from './states.tsx';

export function Confirm({
  title,
  children,
  typed,
  confirmLabel,
  danger = false,
  act,
  onConfirm,
  onClose,
  ready = true,
}: {
  readonly title: string;
  readonly children: ReactNode;
  /** What has to be typed, exactly. */
  readonly typed?: string;
  readonly confirmLabel: string;
  readonly danger?: boolean;
  readonly act: Act;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
  /** False while what it asks for is not filled in. */
  readonly ready?: boolean;
}) {
  const text = useText('common');
  const [said, setSaid] = useState('');
  const whyNot = !ready
    ? text.fillIn
    : typed !== undefined && said !== typed
      ? text.typeName(typed)
      : undefined;
  return (
    <Dialog
      title={title}
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>{text.cancel}</Button>
          <Button
            kind={danger ? 'danger' : 'primary'}
            whyNot={whyNot}
            running={act.running}
            onPress={onConfirm}
          >
            {confirmLabel}
          </Button>
        </>
      }
    >
      {children}
      {typed !== undefined && (
        <TextField label={text.typeName(typed)} value={said} onChange={setSaid} autoComplete="off" />
      )}
      <ActProblem act={act} />
    </Dialog>
  );
}

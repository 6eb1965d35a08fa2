/** The foot of every step: back, and on, with why it does not go on yet. */
import type { ReactNode } from 'react';
import type { Role } from '../../app/session-context.ts';
import { Button } from '../../kit/button.tsx';
import { useText } from '../../text/text.ts';
import type { Journey } from './address.ts';
import { type StepId, steps } from './journey.ts';
import styles from './restore.module.css';

export interface NextProps {
  readonly journey: Journey;
  readonly onNext: () => void;
  readonly whyNot?: string | undefined;
  readonly needs?: Role;
  readonly running?: boolean;
  readonly label?: string;
  readonly children?: ReactNode;
}

export function Next({ journey, onNext, whyNot, needs, running = false, label, children }: NextProps) {
  const text = useText('restore');
  const before: StepId | undefined = steps[steps.indexOf(journey.step) - 1];
  return (
    <div className={styles.next}>
      {before && (
        <Button icon="back" onPress={() => journey.goTo(before)}>
          {text.back}
        </Button>
      )}
      {children}
      <Button kind="primary" {...{ whyNot, needs, running }} onPress={onNext}>
        {label ?? text.next}
      </Button>
    </div>
  );
}

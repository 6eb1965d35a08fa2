/** Where one is in something that goes in steps; the ones behind can be gone back to. */
import { Icon } from './icon.tsx';

export interface Step {
  readonly id: string;
  readonly label: string;
  /** What was chosen there. */
  readonly chosen?: string | undefined;
}

export function Stepper({
  label,
  steps,
  current,
  onStep,
}: {
  readonly label: string;
  readonly steps: readonly Step[];
  readonly current: string;
  readonly onStep: (id: string) => void;
}) {
  const at = steps.findIndex(({ id }) => id === current);
  return (
    <nav className="stepper" aria-label={label}>
      <ol>
        {steps.map((step, index) => (
          <li key={step.id} data-state={index < at ? 'done' : index === at ? 'current' : 'ahead'}>
            {index < at ? (
              <button type="button" onClick={() => onStep(step.id)}>
                <Icon name="well" />
                <span>
                  {step.label}
                  {step.chosen !== undefined && <span className="small"> {step.chosen}</span>}
                </span>
              </button>
            ) : (
              <span aria-current={index === at ? 'step' : undefined}>
                <span className="stepper-number" aria-hidden="true">
                  {index + 1}
                </span>
                {step.label}
              </span>
            )}
          </li>
        ))}
      </ol>
    </nav>
  );
}

/** Which plans a report is about: all, or some, each to be taken out again. */
import { Icon } from '../../kit/icon.tsx';
import { PlanSelect } from '../../kit/plan-select.tsx';
import { useText } from '../../text/text.ts';
import styles from './evidence.module.css';
import { mostPlans } from './period.ts';

export function ChosenPlans({
  plans,
  onChange,
}: {
  readonly plans: readonly string[];
  readonly onChange: (plans: readonly string[]) => void;
}) {
  const text = useText('evidence').plans;
  const add = (planId: string | undefined) => {
    if (planId !== undefined && !plans.includes(planId)) onChange([...plans, planId]);
    if (planId === undefined) onChange([]);
  };
  return (
    <>
      {plans.length < mostPlans && <PlanSelect value={plans.at(-1)} onChange={add} />}
      {plans.length > 0 && (
        <ul className={styles.chosen} aria-label={text.chosen}>
          {plans.map((planId) => (
            <li key={planId}>
              <button
                type="button"
                className="button button-small"
                onClick={() => onChange(plans.filter((each) => each !== planId))}
              >
                {planId} <Icon name="close" />
                <span className="visually-hidden">{text.remove}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

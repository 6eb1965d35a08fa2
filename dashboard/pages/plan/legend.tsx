/** What the kinds of days in a calendar look like, in words. */
import styles from './plan.module.css';

export function Legend({
  states,
}: {
  readonly states: readonly (readonly [state: string, label: string])[];
}) {
  return (
    <ul className="legend">
      {states.map(([state, label]) => (
        <li key={state} className={styles.legend}>
          <span className="calendar" aria-hidden="true">
            <span className={`${styles.swatch} calendar-day day-${state}`} />
          </span>
          {label}
        </li>
      ))}
    </ul>
  );
}

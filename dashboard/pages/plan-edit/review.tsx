/** Before a plan is saved: what would change, as the server sees it, and when it would run. */
import type { Schemas } from '../../api/use-api.ts';
import type { Act } from '../../app/act.ts';
import { Button } from '../../kit/button.tsx';
import { Dialog } from '../../kit/dialog.tsx';
import { ActProblem } from '../../kit/states.tsx';
import { type Column, Table } from '../../kit/table.tsx';
import { When } from '../../kit/when.tsx';
import { useText } from '../../text/text.ts';
import styles from './plan-edit.module.css';
import { jsonWords } from './value-words.ts';

type Preview = Schemas['PlanPreview'];

export function Review({
  preview,
  act,
  onSave,
  onClose,
}: {
  readonly preview: Preview;
  readonly act: Act;
  readonly onSave: () => void;
  readonly onClose: () => void;
}) {
  const text = useText('planEdit').review;
  const common = useText('common');
  const { action, plan, fields, nextRuns, schedule } = preview;
  const columns: readonly Column<Preview['fields'][number]>[] = [
    { id: 'field', header: text.field, heads: true, cell: ({ field }) => <code>{field}</code> },
    { id: 'before', header: text.before, cell: ({ before }) => <code>{jsonWords(before)}</code> },
    { id: 'after', header: text.after, cell: ({ after }) => <code>{jsonWords(after)}</code> },
  ];
  return (
    <Dialog
      wide
      title={action === 'create' ? text.create(plan.id) : text.change(plan.name ?? plan.id)}
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>{common.cancel}</Button>
          <Button kind="primary" needs="admin" running={act.running} onPress={onSave}>
            {action === 'create' ? text.make : common.save}
          </Button>
        </>
      }
    >
      {action === 'unchanged' && <p>{schedule.differs ? text.scheduleOnly : text.unchanged}</p>}
      {fields.length > 0 && (
        <div className={styles.fields}>
          <Table label={text.label} columns={columns} rows={fields} keyOf={({ field }) => field} />
        </div>
      )}
      {action === 'create' && <p>{text.createText}</p>}
      <div>
        <h3>{text.next(plan.schedule.timeZone)}</h3>
        {nextRuns.length === 0 ? (
          <p className="quiet">{text.noRuns}</p>
        ) : (
          <ol className={styles.runs}>
            {nextRuns.map((at) => (
              <li key={at}>
                <When at={at} both zone={plan.schedule.timeZone} />
              </li>
            ))}
          </ol>
        )}
      </div>
      <ActProblem act={act} />
    </Dialog>
  );
}

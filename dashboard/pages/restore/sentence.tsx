/** What, from when, where to, and what goes: in a sentence, in a person's own language. The API's words follow it. */
import { useNow } from '../../app/now.ts';
import { useFormat } from '../../format.ts';
import { useText } from '../../text/text.ts';
import type { Preview } from './asked.ts';
import { orderedNames } from './choices.ts';
import { named } from './named.ts';
import styles from './restore.module.css';
import type { Subject } from './subject.ts';

export function Sentence({ preview, subject }: { readonly preview: Preview; readonly subject: Subject }) {
  const text = useText('restore').confirm;
  const format = useFormat();
  const now = useNow();
  const { order, destruction } = preview;
  const target = preview.target === undefined ? undefined : named(preview.target, subject.database);
  const { slot } = subject.backup.data ?? {};
  const names = orderedNames(order.options);
  const words = {
    what: names.length > 0 ? text.only(format.list(names.slice(0, 5)), names.length - 5) : text.everything,
    plan: subject.plan.data?.plan.name ?? order.planId,
    time: slot === undefined ? order.backupId : `${format.dateTime(slot)} (${format.relative(slot, now)})`,
    target: target ?? text.unknownTarget,
  };
  return (
    <div className={styles.sentence} data-over={destruction !== undefined}>
      <p>{destruction ? text.sentenceOver(words) : text.sentence(words)}</p>
      {destruction && (
        <>
          {destruction.words.map((each) => (
            <p key={each}>
              <strong>{named(each, subject.database)}</strong>
            </p>
          ))}
          <p className="small">{destruction.kept ? text.kept : text.gone}</p>
        </>
      )}
      {(target ?? '').includes('<time>') && <p className="small">{text.time}</p>}
    </div>
  );
}

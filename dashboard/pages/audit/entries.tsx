/** Entries of the trail, one line each, to be opened in place. */
import { useFormat } from '../../format.ts';
import { Badge, type Tone } from '../../kit/badge.tsx';
import { Icon } from '../../kit/icon.tsx';
import { useText } from '../../text/text.ts';
import styles from './audit.module.css';
import { type Entry, OpenedEntry } from './entry.tsx';

const tones = {
  ok: 'well',
  refused: 'warning',
  failed: 'critical',
  unknown: 'quiet',
} as const satisfies Record<string, Tone>;

export function Entries({
  entries,
  open,
  onOpen,
  busy,
}: {
  readonly entries: readonly Entry[];
  /** The id of the one that is open. */
  readonly open: string | undefined;
  readonly onOpen: (id: string | undefined) => void;
  readonly busy: boolean;
}) {
  return (
    <ol className={styles.entries} aria-busy={busy}>
      {entries.map((entry) => (
        <Line key={`${entry.at} ${entry.id}`} {...{ entry, onOpen }} isOpen={entry.id === open} />
      ))}
    </ol>
  );
}

function Line({
  entry,
  isOpen,
  onOpen,
}: {
  readonly entry: Entry;
  readonly isOpen: boolean;
  readonly onOpen: (id: string | undefined) => void;
}) {
  const text = useText('audit');
  const format = useFormat();
  const { id, at, by, action, target, via, result = 'unknown' } = entry;
  const actions: Readonly<Record<string, string>> = text.actions;
  return (
    <li>
      <button
        type="button"
        className={styles.line}
        aria-expanded={isOpen}
        aria-controls={`entry-${id}`}
        onClick={() => onOpen(isOpen ? undefined : id)}
      >
        <Icon name={isOpen ? 'down' : 'next'} />
        <time dateTime={at} className={styles.at}>
          {format.dateTime(at)}
        </time>
        <span className={styles.by}>{by}</span>
        <span className={styles.what}>
          {actions[action] ?? action} <span className="small">{target}</span>
        </span>
        <span className={styles.via}>{via && text.vias[via]}</span>
        <Badge tone={tones[result]} {...(result === 'unknown' && { icon: 'unknown' as const })}>
          {text.results[result]}
        </Badge>
      </button>
      <div id={`entry-${id}`} className={styles.opened} hidden={!isOpen}>
        {isOpen && <OpenedEntry entry={entry} />}
      </div>
    </li>
  );
}

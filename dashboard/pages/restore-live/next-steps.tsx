/** The way from what was restored to what is used, with commands to copy. */

import type { Schemas } from '../../api/use-api.ts';
import { Card } from '../../kit/card.tsx';
import { CodeBlock } from '../../kit/copy.tsx';
import { Link } from '../../kit/link.tsx';
import { useText } from '../../text/text.ts';
import { addressOf, type Kind, orderedNames } from '../restore/choices.ts';
import { restoredFrom, sentenceOf, waysOf } from './cut-over.ts';
import styles from './restore-live.module.css';
import type { Result } from './result.ts';

export function NextSteps({
  restore,
  result,
  kind,
}: {
  readonly restore: Schemas['Restore'];
  readonly result: Result;
  readonly kind: Kind | undefined;
}) {
  const text = useText('restoreLive').nextSteps;
  const { request } = restore;
  const { options, replace } = request;
  const replaced = replace || options.drop === true || options.overwrite === true;
  const differs = (result.comparison?.differences.length ?? 0) > 0;
  // Single tables cannot take the place of a database.
  const isPart = kind !== 'files' && orderedNames(options).length > 0;
  // What differs is looked at, not put to use.
  const ways = differs ? [] : waysOf({ kind, target: result.target ?? '', options, replaced });
  return (
    <Card title={replaced ? text.titleReplaced : text.title}>
      <ol className={styles.next}>
        {result.nextSteps.map((step) => {
          const { words, command } = sentenceOf(step);
          return (
            <li key={step}>
              <p>{words}</p>
              {command !== undefined && <CodeBlock label={text.command}>{command}</CodeBlock>}
            </li>
          );
        })}
      </ol>
      {ways.length > 0 && (
        <details className={styles.more} open>
          <summary>{text.commands}</summary>
          <p className="small">{text.commandsLead}</p>
          {ways.map(({ id, command }) => (
            <CodeBlock key={id} label={text.ways[id]}>
              {command}
            </CodeBlock>
          ))}
        </details>
      )}
      <p className={styles.links}>
        {!replaced && !differs && !isPart && (
          <Link className="button" to="/restore" search={replacing(request, result.target) as never}>
            {text.replace}
          </Link>
        )}
        <Link
          className="button"
          to="/restore"
          search={{ plan: request.planId, point: request.backupId, step: 'what' } as never}
        >
          {text.more}
        </Link>
      </p>
    </Card>
  );
}

/** The same once more, in place of what it came from: its name is there to be looked at, and typed before anything goes. */
function replacing(request: Schemas['Restore']['request'], target = ''): Record<string, string> {
  const { database: _fresh, place: _place, ...address } = addressOf(request);
  const database = restoredFrom(target);
  return { ...address, to: 'replace', step: 'target', ...(database !== undefined && { database }) };
}

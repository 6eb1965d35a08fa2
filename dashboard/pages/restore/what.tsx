/** What of the recovery point: all of it, one component, or single tables, collections and files by name. */

import { useFormat } from '../../format.ts';
import { Choices } from '../../kit/fields.tsx';
import { Note } from '../../kit/note.tsx';
import { Failure } from '../../kit/states.tsx';
import { plural } from '../../text/plural.ts';
import { useLanguage, useText } from '../../text/text.ts';
import type { Journey } from './address.ts';
import { type Contents, useContents } from './asked.ts';
import { Browse } from './browse.tsx';
import { kindOf } from './choices.ts';
import { Next } from './next.tsx';
import styles from './restore.module.css';
import type { Subject } from './subject.ts';

export function WhatStep({ journey, subject }: { readonly journey: Journey; readonly subject: Subject }) {
  const text = useText('restore').what;
  const { choices, choose, goTo } = journey;
  const { point, component, part, only = [], to } = choices;
  const contents = useContents(point, {});
  const components = contents.data?.components ?? [];
  const isSome = part === 'some';
  const hasSeveral = components.length > 1;
  const kind = subject.kind ?? 'other';
  const whyNot =
    hasSeveral && component === undefined
      ? text.chooseComponent
      : isSome && only.length === 0
        ? text.chooseNames
        : undefined;
  return (
    <>
      {contents.isFetching && (
        <p role="status" className="quiet">
          <span className={`spinner ${styles.inline}`} aria-hidden="true" /> {text.looking}
        </p>
      )}
      {contents.error && !isSome && (
        <>
          <Failure problem={contents.error} onRetry={() => void contents.refetch()} />
          <p className="quiet">{text.notLooked}</p>
        </>
      )}
      {hasSeveral && (
        <>
          <Note state="info">
            <p>{text.several(components.length)}</p>
          </Note>
          <Choices
            label={text.component}
            value={component}
            onChange={(value) => choose({ component: value, part: undefined, only: undefined })}
            choices={components.map((each) => ({
              value: each.name,
              label: each.title,
              hint: <ComponentFacts of={each} isNamed={each.name !== each.title} />,
            }))}
          />
        </>
      )}
      {(!hasSeveral || component !== undefined) && (
        <Choices
          label={text.label}
          value={isSome ? 'some' : 'everything'}
          onChange={(value) => choose({ part: value === 'some' ? 'some' : undefined })}
          choices={[
            {
              value: 'everything',
              label: text.everything.label,
              hint:
                components.length === 1 && components[0] ? (
                  <ComponentFacts of={components[0]} />
                ) : (
                  text.everything.hint
                ),
            },
            { value: 'some', label: text.some[kind].label, hint: text.some[kind].hint },
          ]}
        />
      )}
      {isSome && (!hasSeveral || component !== undefined) && <Browse journey={journey} kind={subject.kind} />}
      {isSome && to === 'replace' && subject.kind === 'postgres' && (
        <Note state="warning">
          <p>{text.notReplacing}</p>
        </Note>
      )}
      <Next journey={journey} whyNot={whyNot} onNext={() => goTo('target')} />
    </>
  );
}

function ComponentFacts({
  of,
  isNamed = false,
}: {
  readonly of: Contents['components'][number];
  /** Its title stands above: then its own name is what is left to say. */
  readonly isNamed?: boolean;
}) {
  const { kinds } = useText('common');
  const text = useText('restore').what;
  const language = useLanguage();
  const format = useFormat();
  const { kind, items, sourceBytes, plainBytes, name, title } = of;
  const known = kindOf(kind);
  return (
    <>
      {[
        isNamed ? name : title,
        known ? kinds[known] : kind,
        items === undefined ? undefined : plural(language, items, text.things[known ?? 'other']),
        format.bytes(sourceBytes ?? plainBytes),
      ]
        .filter((fact) => fact !== undefined)
        .join(' · ')}
    </>
  );
}

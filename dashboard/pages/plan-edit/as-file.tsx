/** The whole plan as YAML, to be edited by hand. What is no YAML changes nothing, and is said. */
import { useQuery } from '@tanstack/react-query';
import { asProblem } from '../../api/problem.ts';
import { Card } from '../../kit/card.tsx';
import { TextArea } from '../../kit/fields.tsx';
import { Failure, Loading } from '../../kit/states.tsx';
import { useText } from '../../text/text.ts';
import type { Fields } from './draft.ts';
import { readFile } from './file-text.ts';

export interface FileText {
  readonly text: string;
  /** The plan that it stands for; another one now: the text is made anew. */
  readonly of: Fields;
  /** Why it is none. */
  readonly problem?: string | undefined;
}

export default function AsFile({
  draft,
  file,
  onChange,
}: {
  readonly draft: Fields;
  readonly file: FileText | undefined;
  readonly onChange: (file: FileText) => void;
}) {
  const text = useText('planEdit').file;
  const yaml = useQuery({
    queryKey: ['the library for YAML'],
    queryFn: () => import('yaml'),
    staleTime: Number.POSITIVE_INFINITY,
    structuralSharing: false,
  });
  const library = yaml.data;
  if (!library)
    return yaml.error ? (
      <Failure problem={asProblem(yaml.error)} onRetry={() => void yaml.refetch()} />
    ) : (
      <Loading lines={12} />
    );
  const current = file?.of === draft ? file : { text: library.stringify(draft), of: draft };
  return (
    <Card title={text.title} lead={text.lead}>
      <TextArea
        label={text.label}
        code
        rows={32}
        value={current.text}
        error={current.problem === undefined ? undefined : text.broken(current.problem)}
        onChange={(next) => {
          const read = readFile(next, library);
          if ('plan' in read) onChange({ text: next, of: read.plan });
          else onChange({ text: next, of: draft, problem: read.problem });
        }}
      />
    </Card>
  );
}

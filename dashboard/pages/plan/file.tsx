/** The plan as the file that `holdfast plan apply -f` takes, to be kept beside one's code. */
import { useQuery } from '@tanstack/react-query';
import { asProblem } from '../../api/problem.ts';
import type { Schemas } from '../../api/use-api.ts';
import { Button } from '../../kit/button.tsx';
import { Card } from '../../kit/card.tsx';
import { CodeBlock } from '../../kit/copy.tsx';
import { Note } from '../../kit/note.tsx';
import { Failure, Loading } from '../../kit/states.tsx';
import { useText } from '../../text/text.ts';
import { isHiddenUrl, planFile } from './plan-file.ts';

export default function FileTab({ row: { plan, revision } }: { readonly row: Schemas['Plan'] }) {
  const text = useText('plan').file;
  // The library for YAML comes only with this tab.
  const file = useQuery({
    queryKey: ['plan as a file', plan, revision],
    queryFn: async () => planFile(plan, (await import('yaml')).stringify),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <Card
      title={text.title}
      lead={text.lead}
      actions={
        <Button
          icon="download"
          small
          onPress={() => file.data !== undefined && download(`${plan.id}.yaml`, file.data)}
        >
          {text.download}
        </Button>
      }
    >
      {isHiddenUrl(plan.deadManUrl) && <Note state="warning">{text.hidden}</Note>}
      {file.error && <Failure problem={asProblem(file.error)} onRetry={() => void file.refetch()} />}
      {file.data === undefined && !file.error && <Loading lines={10} />}
      {file.data !== undefined && <CodeBlock label={text.label(plan.id)}>{file.data}</CodeBlock>}
      <CodeBlock label={text.apply}>{`holdfast plan apply -f ${plan.id}.yaml`}</CodeBlock>
    </Card>
  );
}

function download(name: string, content: string) {
  const url = URL.createObjectURL(new Blob([content], { type: 'application/yaml' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}

/** Fetching the sealed objects of a backup: what they are, what opens them, and links that hold for minutes. */
import { useState } from 'react';
import { type Schemas, useClient } from '../../api/use-api.ts';
import { useAct } from '../../app/act.ts';
import { useFormat } from '../../format.ts';
import { Button } from '../../kit/button.tsx';
import { CodeBlock } from '../../kit/copy.tsx';
import { Dialog } from '../../kit/dialog.tsx';
import { ActProblem } from '../../kit/states.tsx';
import { type Column, Table } from '../../kit/table.tsx';
import { useText } from '../../text/text.ts';

type Links = Schemas['Download'];

const minutes = 15;
const aPage = 100;

export function Download({
  point: { backupId },
  onClose,
}: {
  readonly point: Schemas['Backup'];
  readonly onClose: () => void;
}) {
  const text = useText('point').actions.download;
  const common = useText('common');
  const format = useFormat();
  const api = useClient();
  const act = useAct();
  const [links, setLinks] = useState<Links>();
  const fetchLinks = (cursor?: string) =>
    act.run(
      () =>
        api.POST('/v1/backups/{backupId}/download', {
          params: { path: { backupId } },
          body: { minutes, limit: aPage, ...(cursor !== undefined && { cursor }) },
        }),
      { done: setLinks },
    );
  const columns: readonly Column<Links['items'][number]>[] = [
    {
      id: 'key',
      header: text.object,
      heads: true,
      cell: ({ key, url }) =>
        url === undefined ? (
          <code>{key}</code>
        ) : (
          <a href={url} rel="noreferrer">
            {key}
          </a>
        ),
    },
    { id: 'state', header: text.state, cell: ({ state }) => text.states[state] },
    {
      id: 'bytes',
      header: text.bytes,
      align: 'end',
      cell: ({ lengthBytes }) => (lengthBytes === undefined ? '–' : format.bytes(lengthBytes)),
    },
  ];
  return (
    <Dialog
      title={text.title}
      wide
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>{common.close}</Button>
          {links?.nextCursor !== undefined && (
            <Button running={act.running} onPress={() => void fetchLinks(links.nextCursor)}>
              {common.nextPage}
            </Button>
          )}
          {!links && (
            <Button kind="primary" running={act.running} onPress={() => void fetchLinks()}>
              {text.confirm}
            </Button>
          )}
        </>
      }
    >
      <p>{text.text}</p>
      <CodeBlock
        label={text.easier}
      >{`holdfast download ${backupId} --to download\nholdfast decrypt --key holdfast-keys.pem --in download --out opened`}</CodeBlock>
      <ActProblem act={act} />
      {links && (
        <>
          <p>{text.until(format.dateTime(links.expiresAt))}</p>
          <Table label={text.title} columns={columns} rows={links.items} keyOf={({ key }) => key} />
        </>
      )}
    </Dialog>
  );
}

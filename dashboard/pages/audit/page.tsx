/** The audit trail by month: who did what, through which door, and what came of it. For administrators. */
import { useCallback, useMemo } from 'react';
import { useApi, useClient } from '../../api/use-api.ts';
import { useAct } from '../../app/act.ts';
import { oneOf, type Reader, text as textReader, useAddress } from '../../app/address.ts';
import { useWhyNot } from '../../app/session-context.ts';
import { useTyped } from '../../app/typed.ts';
import { Button } from '../../kit/button.tsx';
import { Card } from '../../kit/card.tsx';
import { CodeBlock } from '../../kit/copy.tsx';
import { Select, TextField } from '../../kit/fields.tsx';
import { Filters } from '../../kit/filters.tsx';
import { Link } from '../../kit/link.tsx';
import { Page } from '../../kit/page.tsx';
import { ActProblem, Empty, Loaded } from '../../kit/states.tsx';
import { Pager } from '../../kit/table.tsx';
import { useLanguage, useText } from '../../text/text.ts';
import { exportCommand, type Narrowed, verifyCommand } from './commands.ts';
import { Entries } from './entries.tsx';
import { exported, save } from './export.ts';
import { monthsBack } from './months.ts';

const results = ['ok', 'refused', 'failed', 'unknown'] as const;
const vias = ['api', 'cli', 'schedule'] as const;
const monthReader: Reader<string> = (value) => (/^\d{4}-(0[1-9]|1[0-2])$/.test(value) ? value : undefined);
const readers = {
  month: monthReader,
  by: textReader,
  action: textReader,
  target: textReader,
  result: oneOf(...results),
  via: oneOf(...vias),
  cursor: textReader,
  entry: textReader,
};
const aPage = 50;
const listedMonths = 36;

export default function AuditPage() {
  const text = useText('audit');
  const whyNot = useWhyNot('admin');
  return (
    <Page title={text.title} lead={text.lead}>
      {whyNot === undefined ? (
        <Trail />
      ) : (
        <Card>
          <Empty title={text.forAdmins}>
            <p>{whyNot}</p>
            <p>{text.forAdminsWhy}</p>
            <Link to="/settings" search={{ tab: 'access' } as never}>
              {text.toRoles}
            </Link>
          </Empty>
        </Card>
      )}
    </Page>
  );
}

function Trail() {
  const text = useText('audit');
  const common = useText('common');
  const language = useLanguage();
  const months = useMemo(() => monthsBack(new Date(), listedMonths), []);
  const [address, go] = useAddress(readers);
  const { cursor, entry, month: asked, ...narrowing } = address;
  const month = asked ?? months[0] ?? '';
  const narrowed: Narrowed = { ...narrowing, month };
  const trail = useApi(
    '/v1/audit',
    { params: { query: { ...narrowing, month, limit: aPage, cursor } } },
    { keepPrevious: true },
  );
  const filter = useCallback(
    (change: Parameters<typeof go>[0]) => go({ ...change, cursor: undefined, entry: undefined }),
    [go],
  );
  const active = asked !== undefined || Object.values(narrowing).some((each) => each !== undefined);
  const clear = Object.fromEntries(Object.keys(readers).map((name) => [name, undefined]));
  const monthName = new Intl.DateTimeFormat(language, { month: 'long', year: 'numeric', timeZone: 'UTC' });
  const choice = <T extends string>(values: readonly T[], label: (value: T) => string) => [
    { value: '', label: common.all },
    ...values.map((value) => ({ value, label: label(value) })),
  ];
  const listed = months.includes(month) ? months : [...months, month];
  return (
    <>
      <Card title={text.listTitle} actions={<Export narrowed={narrowed} />}>
        <Filters active={active} onClear={() => go(clear)}>
          <Select
            label={text.month}
            value={month}
            onChange={(next) => filter({ month: next === months[0] ? undefined : next })}
            options={listed.map((value) => ({
              value,
              label: monthName.format(new Date(`${value}-01T00:00:00Z`)),
            }))}
          />
          <Typed name="by" value={narrowing.by} onChange={filter} />
          <Typed name="action" value={narrowing.action} onChange={filter} />
          <Typed name="target" value={narrowing.target} onChange={filter} />
          <Select
            label={text.result}
            value={narrowing.result ?? ''}
            onChange={(next) => filter({ result: next })}
            options={choice(results, (value) => text.results[value])}
          />
          <Select
            label={text.via}
            value={narrowing.via ?? ''}
            onChange={(next) => filter({ via: next })}
            options={choice(vias, (value) => text.vias[value])}
          />
        </Filters>
        <Loaded of={trail} lines={8}>
          {({ items, nextCursor }) => (
            <>
              {items.length === 0 ? (
                <Empty
                  title={nextCursor !== undefined ? text.noneHere : active ? text.noneMatch : text.none}
                />
              ) : (
                <Entries
                  entries={items}
                  open={entry}
                  onOpen={(id) => go({ entry: id })}
                  busy={trail.isPlaceholderData}
                />
              )}
              <Pager
                next={nextCursor !== undefined}
                onNext={() => go({ cursor: nextCursor, entry: undefined }, 'push')}
                isFirst={cursor === undefined}
                onFirst={() => go({ cursor: undefined, entry: undefined }, 'push')}
              />
            </>
          )}
        </Loaded>
      </Card>
      <Card title={text.check.title} lead={text.check.lead}>
        <CodeBlock label={text.check.verify}>{verifyCommand(month)}</CodeBlock>
        <CodeBlock label={text.check.export}>{exportCommand(narrowed)}</CodeBlock>
        <p className="small">{text.check.limits}</p>
      </Card>
    </>
  );
}

type TypedName = 'by' | 'action' | 'target';

function Typed({
  name,
  value,
  onChange,
}: {
  readonly name: TypedName;
  readonly value: string | undefined;
  readonly onChange: (change: Partial<Record<TypedName, string | undefined>>) => void;
}) {
  const text = useText('audit').typed[name];
  const write = useCallback((next: string | undefined) => onChange({ [name]: next }), [name, onChange]);
  const [typed, type] = useTyped(value, write);
  return <TextField label={text.label} placeholder={text.like} type="search" value={typed} onChange={type} />;
}

function Export({ narrowed }: { readonly narrowed: Narrowed }) {
  const text = useText('audit').export;
  const api = useClient();
  const act = useAct();
  const run = async () => {
    let isWhole = true;
    const done = await act.run(
      async () => {
        const found = await exported(api, narrowed);
        isWhole = found.whole;
        return { data: found.text, response: found.response };
      },
      { forget: ['/v1/audit'], say: text.done },
    );
    if (done === undefined) return;
    save(`audit-${narrowed.month}${isWhole ? '' : '-part'}.jsonl`, done, 'application/x-ndjson');
  };
  return (
    <>
      <Button icon="download" running={act.running} onPress={() => void run()}>
        {text.button}
      </Button>
      {act.problem && <ActProblem act={act} />}
    </>
  );
}

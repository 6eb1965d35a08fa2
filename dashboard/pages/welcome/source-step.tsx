/** What is to be backed up, and the secret that says where it is: with the commands that make it, to be copied. */
import { useEffect, useRef, useState } from 'react';
import { Button } from '../../kit/button.tsx';
import { Card } from '../../kit/card.tsx';
import { CodeBlock } from '../../kit/copy.tsx';
import { Choices, TextField } from '../../kit/fields.tsx';
import { Link } from '../../kit/link.tsx';
import { useText } from '../../text/text.ts';
import type { Welcome } from './address.ts';
import {
  bucketCommand,
  type Draft,
  isPlanId,
  isSourceSaid,
  kinds,
  type Login,
  roleCommands,
  secretCommand,
  secretOf,
} from './draft.ts';

/** What is typed is in the address a moment later, or as one goes on. */
const typedAfterMs = 300;

export function SourceStep({ welcome }: { readonly welcome: Welcome }) {
  const { go } = welcome;
  const [draft, setDraft] = useState(welcome.draft);
  const timer = useRef<number | undefined>(undefined);
  useEffect(() => () => window.clearTimeout(timer.current), []);
  const set = (change: Partial<Draft>) => {
    const next = { ...draft, ...change };
    setDraft(next);
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(() => go(saidIn(next)), typedAfterMs);
  };
  const text = useText('welcome');
  const words = text.source;
  const { fillIn } = useText('common');
  const { kind, plan, bucket = '', prefix = '', databases = '' } = draft;
  return (
    <Card title={text.step.source}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          window.clearTimeout(timer.current);
          if (isSourceSaid(draft)) go({ ...saidIn(draft), step: 'test', test: undefined }, 'push');
        }}
      >
        <Choices
          label={words.kind}
          value={kind}
          onChange={(next) => set({ kind: next })}
          choices={kinds.map((value) => ({
            value,
            label: words.kinds[value],
            hint: words.kindHints[value],
          }))}
        />
        <TextField
          label={words.id}
          hint={words.idHint}
          value={plan}
          error={plan !== '' && !isPlanId(plan) ? words.idWrong : undefined}
          autoComplete="off"
          required
          onChange={(next) => set({ plan: next })}
        />
        {kind === 'files' ? (
          <>
            <TextField
              label={words.bucket}
              value={bucket}
              autoComplete="off"
              required
              onChange={(next) => set({ bucket: next })}
            />
            <TextField
              label={words.prefix}
              hint={words.prefixHint}
              value={prefix}
              autoComplete="off"
              onChange={(next) => set({ prefix: next })}
            />
            <p>{words.bucketText}</p>
            <CodeBlock label={words.bucketCommand}>{bucketCommand(draft)}</CodeBlock>
          </>
        ) : (
          <>
            <TextField
              label={words.databases}
              hint={words.databasesHint}
              value={databases}
              autoComplete="off"
              onChange={(next) => set({ databases: next })}
            />
            <TextField
              label={words.secret}
              hint={words.secretHint}
              value={draft.secret ?? secretOf(draft)}
              autoComplete="off"
              onChange={(next) => set({ secret: next })}
            />
            <MakeSecret draft={draft} kind={kind} />
          </>
        )}
        <div className="actions">
          <Button kind="primary" type="submit" whyNot={isSourceSaid(draft) ? undefined : fillIn}>
            {text.on}
          </Button>
          <Link to="/plans/new">{text.editor}</Link>
        </div>
      </form>
    </Card>
  );
}

const saidIn = ({ kind, plan, secret, databases, bucket, prefix }: Draft) => ({
  ...{ kind, plan, databases, prefix },
  // Of the other kind of source nothing is left behind.
  secret: kind === 'files' ? undefined : secret,
  bucket: kind === 'files' ? bucket : undefined,
});

function MakeSecret({
  draft,
  kind,
}: {
  readonly draft: Welcome['draft'];
  readonly kind: 'postgres' | 'mongodb';
}) {
  const text = useText('welcome').source;
  // Of this page alone: it completes commands, and is nobody else's business.
  const [login, setLogin] = useState<Login>({ host: '', user: '' });
  return (
    <details open>
      <summary>{text.make}</summary>
      <div className="form">
        <p className="lead">{text.makeText}</p>
        <div className="columns">
          <TextField
            label={text.host}
            placeholder="db.example.com"
            value={login.host}
            autoComplete="off"
            onChange={(host) => setLogin({ ...login, host })}
          />
          <TextField
            label={text.user}
            placeholder="holdfast_source"
            value={login.user}
            autoComplete="off"
            onChange={(user) => setLogin({ ...login, user })}
          />
        </div>
        <p>{text.roleText}</p>
        <CodeBlock label={text.role}>{roleCommands(kind, login)}</CodeBlock>
        <CodeBlock label={text.command}>{secretCommand(draft, login)}</CodeBlock>
      </div>
    </details>
  );
}

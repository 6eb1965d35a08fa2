/** Who may do what, where users are kept, how to add one, and how people sign in. */
import { useState } from 'react';
import { type Role, useSignedIn } from '../../app/session-context.ts';
import { Badge } from '../../kit/badge.tsx';
import { Card, Facts } from '../../kit/card.tsx';
import { Code, CodeBlock } from '../../kit/copy.tsx';
import { Select } from '../../kit/fields.tsx';
import { Table } from '../../kit/table.tsx';
import { useText } from '../../text/text.ts';
import { poolOf, userCommands } from './commands.ts';
import type { Settings } from './nag.ts';

const roles = ['viewer', 'operator', 'admin'] as const satisfies readonly Role[];

export function Access({ settings }: { readonly settings: Settings }) {
  const text = useText('settings').access;
  const common = useText('common');
  const { me } = useSignedIn();
  const { signIn, roles: groups } = settings;
  return (
    <>
      <Card title={text.title} lead={text.lead}>
        <Table
          label={text.title}
          rows={roles}
          keyOf={(role) => role}
          columns={[
            {
              id: 'role',
              header: text.role,
              heads: true,
              cell: (role) => (
                <span>
                  {common.roles[role]}{' '}
                  {role === me.role && (
                    <Badge tone="quiet" icon="person">
                      {text.you}
                    </Badge>
                  )}
                </span>
              ),
            },
            { id: 'group', header: text.group, cell: (role) => <Code copy>{groups[role]}</Code> },
            { id: 'may', header: text.may, cell: (role) => text.mays[role] },
          ]}
        />
      </Card>
      <Card title={text.users.title} lead={signIn.kind === 'oidc' ? text.users.oidc : text.users.pool}>
        {signIn.kind === 'oidc' ? <p>{text.users.oidcNext}</p> : <AddUser settings={settings} />}
      </Card>
      <Card title={text.signIn.title}>
        <Facts
          facts={[
            [text.signIn.issuer, signIn.issuer && <Code key="issuer">{signIn.issuer}</Code>],
            [text.signIn.kind, signIn.kind && text.signIn.kinds[signIn.kind]],
            [text.signIn.mfa, signIn.mfa && text.signIn.mfas[signIn.mfa]],
            [
              text.signIn.stepUp,
              signIn.stepUpMinutes === undefined
                ? text.signIn.noStepUp
                : text.signIn.stepUpAfter(signIn.stepUpMinutes),
            ],
          ]}
        />
        <p className="small">{text.signIn.stepUpWhat}</p>
      </Card>
    </>
  );
}

function AddUser({ settings: { roles: groups, signIn } }: { readonly settings: Settings }) {
  const text = useText('settings').access.users;
  const common = useText('common');
  const [role, setRole] = useState<Role>('viewer');
  return (
    <>
      <Select
        label={text.asRole}
        value={role}
        onChange={setRole}
        options={roles.map((value) => ({ value, label: common.roles[value] }))}
      />
      <CodeBlock label={text.commands}>{userCommands(signIn.issuer, groups[role])}</CodeBlock>
      <p className="small">
        {poolOf(signIn.issuer) === undefined && text.poolId} {text.after}
      </p>
    </>
  );
}

/** Commands that a person needs where the API cannot do it: keys, users, channels. Pure. */

export const keyCommands = {
  export: 'holdfast keys export --out holdfast-keys.txt',
  prove: 'holdfast keys prove --key holdfast-keys.txt',
} as const;

/** `https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Ab12Cd34E`. */
export function poolOf(
  issuer: string | undefined,
): { readonly region: string; readonly id: string } | undefined {
  const [, region, id] =
    /^https:\/\/cognito-idp(?:-fips)?\.([a-z0-9-]+)\.[^/]+\/([A-Za-z0-9_-]+)\/?$/.exec(issuer ?? '') ?? [];
  return region === undefined || id === undefined ? undefined : { region, id };
}

/** Makes somebody, and puts them into a group; the pool's id where it is known. */
export function userCommands(issuer: string | undefined, group: string): string {
  const pool = poolOf(issuer);
  const of = `--user-pool-id ${pool?.id ?? '<UserPoolId>'}${pool ? ` --region ${pool.region}` : ''}`;
  return [
    `aws cognito-idp admin-create-user ${of} --username ann@example.com \\`,
    '  --user-attributes Name=email,Value=ann@example.com Name=email_verified,Value=true',
    `aws cognito-idp admin-add-user-to-group ${of} \\`,
    `  --username ann@example.com --group-name ${group}`,
  ].join('\n');
}

export const channelCommand = [
  'aws secretsmanager create-secret --name holdfast/channels/ops \\',
  `  --secret-string '{"kind":"slack","url":"https://hooks.slack.com/services/..."}'`,
].join('\n');

export const channelInPlan = [
  'notifications:',
  '  recipients: [ada@example.org]',
  '  channels:',
  '    - { name: ops, secret: holdfast/channels/ops }',
].join('\n');

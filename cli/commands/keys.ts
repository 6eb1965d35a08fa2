/** `holdfast keys init | rotate | list | remove-recovery`: the ring itself. Files of keys are in cli/keys/. */

import { HoldfastError, hasCode } from '../../core/errors.ts';
import { readDocument, requireDocument } from '../../core/keys/change.ts';
import { publicKeysSchema, sealedFor } from '../../core/keys/documents.ts';
import { initialiseKeyRing } from '../../core/keys/initialise.ts';
import { type KeyOverview, keyOverview } from '../../core/keys/overview.ts';
import { removeRecipient } from '../../core/keys/recipients.ts';
import { rotateSigningKeys, rotateWrappingKey } from '../../core/keys/rotate.ts';
import { distrustSigner, unprovenSigners } from '../../core/keys/signers.ts';
import type { KeySecretStore } from '../../core/keys/store.ts';
import { readState } from '../../core/state.ts';
import { audited, auditedIfPossible } from '../audited.ts';
import type { Cli } from '../context.ts';
import { renderTable } from '../table.ts';
import { formatTime } from '../units.ts';

/** What a rotation changes: the ids of new keys are known when they are made. */
const ring = 'key ring';

/** Makes the first keys where there are none, as a deployment does; changes no key that is there. */
export async function keysInit(cli: Cli): Promise<void> {
  const context = await cli.connect();
  const { currentKeyId, created } = await initialiseKeyRing(context.keyStore, cli.clock.now());
  if (created) {
    // Afterwards: before, there was no key to seal an entry for.
    const entry = { action: 'keys.init', target: `key/${currentKeyId}`, detail: 'first keys made' };
    await auditedIfPossible(cli, context, entry, async () => ({ result: undefined }));
  }
  cli.out.result({ currentKeyId, created }, () =>
    created
      ? `Made the first keys; the current one is ${currentKeyId}. Export it now: holdfast keys export --out FILE`
      : `The ring is whole already; the current key is ${currentKeyId}. Nothing was changed.`,
  );
}

export async function keysRotate(cli: Cli, options: { readonly signing: boolean }): Promise<void> {
  const context = await cli.connect();
  if (options.signing) {
    const signing = { action: 'keys.rotate-signing', target: ring };
    const signers = await audited(cli, context, signing, async () => {
      const result = await rotateSigningKeys(context.keyStore, cli.clock.now());
      const detail = `new signing keys: ${result.map(({ id }) => id).join(', ')}`;
      return { result, detail };
    });
    const ids = signers.map(({ id }) => id).join(', ');
    cli.out.result({ signers }, () =>
      [
        `New signing keys: ${ids}. What the old ones signed stays proven.`,
        'THE OLD ONES STAY TRUSTED. If somebody else has one, take it away: `holdfast keys distrust KEY` (`keys list` names them).',
        'An export from before does not know them: make a new one with `holdfast keys export --out FILE`.',
        'Nor does the file of a recovery key: put a file of `holdfast keys export --signers-only --out FILE` beside each, for --signers.',
      ].join('\n'),
    );
    return;
  }
  const rotation = await audited(cli, context, { action: 'keys.rotate', target: ring }, async () => {
    const result = await rotateWrappingKey(context.keyStore, cli.clock.now());
    const again = result.finished ? '; finished an interrupted rotation' : '';
    return { result, detail: `${result.currentKeyId} takes the place of ${result.previousKeyId}${again}` };
  });
  const { currentKeyId, previousKeyId, finished, previousIsLost } = rotation;
  if (previousIsLost) {
    cli.out.warn(
      `the private half of ${previousKeyId} is not in the ring: put it back with \`keys import\` if you can.`,
    );
  }
  const held = (await requireDocument(context.keyStore, 'private')).document.keys.length;
  cli.out.result(rotation, () =>
    [
      `New backups are sealed for ${currentKeyId}${finished ? ' (an interrupted rotation had made it)' : ''}. ${previousKeyId} stays and opens the old ones.`,
      'No export has the new key yet: holdfast keys export --out FILE, and after the next backup: holdfast keys prove --key FILE',
      ...fullness(held),
    ].join('\n'),
  );
}

export async function keysList(cli: Cli): Promise<void> {
  const { keyStore, catalog } = await cli.connect();
  const { document } = await requireDocument(keyStore, 'public');
  const { value } = await readState(catalog, 'keys');
  const keys = keyOverview(document, value, cli.clock.now());
  const signers = document.signers.map(({ id, role }) => ({ id, role }));
  const lacking = unprovenSigners(document.signers, value);
  const indexKeys = await indexKeyIds(keyStore);
  cli.out.result({ keys, sealedFor: sealedFor(publicKeysSchema.parse(document)), signers, indexKeys }, () =>
    [
      renderTable(keys, columns, cli.out.terminal.widthColumns),
      '',
      `Signing keys: ${signers.map(({ id }) => id).join(', ')}`,
      ...aboutIndexKeys(indexKeys),
      ...advice(keys),
      ...(lacking.length > 0
        ? [
            `No proven export knows the signing keys ${lacking.join(', ')}: export and prove again, or what they sign is refused with it.`,
          ]
        : []),
      ...fullness(document.recipients.filter(({ recovery }) => recovery === undefined).length),
    ].join('\n'),
  );
}

/** Undefined for who may not read their secret: the rest of the ring is worth seeing without it. */
async function indexKeyIds(store: KeySecretStore): Promise<readonly string[] | undefined> {
  try {
    return (await readDocument(store, 'index'))?.document.keys.map(({ id }) => id) ?? [];
  } catch (thrown) {
    if (!hasCode(thrown, 'ACCESS_DENIED')) throw thrown;
    return undefined;
  }
}

function aboutIndexKeys(ids: readonly string[] | undefined): readonly string[] {
  if (ids === undefined) return ['Index key: you may not read its secret.'];
  if (ids.length === 0) {
    return ['Index key: none, so incremental backups read everything. `holdfast keys init` makes one.'];
  }
  return [`Index key: ${ids.join(', ')}. It opens lists of files and no contents; no export has it.`];
}

const columns = [
  { title: 'KEY', value: ({ id }: KeyOverview) => id },
  { title: 'USE', value: ({ use }: KeyOverview) => use },
  { title: 'AGE', value: ({ ageDays }: KeyOverview) => (ageDays === undefined ? '' : `${ageDays} days`) },
  {
    title: 'EXPORTED',
    value: ({ exportedAt }: KeyOverview) => (exportedAt ? formatTime(exportedAt) : 'never'),
  },
  { title: 'PROVEN', value: ({ provenAt }: KeyOverview) => (provenAt ? formatTime(provenAt) : 'never') },
  {
    title: 'BY BACKUP',
    value: ({ provenBackup, kmsKeyArn }: KeyOverview) => provenBackup ?? kmsKeyArn ?? '',
    flexible: true as const,
  },
];

/** Secrets Manager takes 64 KiB, about 19 private halves: a full ring cannot be rotated nor take an import. */
const manyKeys = 15;

function fullness(keys: number): readonly string[] {
  if (keys < manyKeys) return [];
  return [
    `The ring holds ${keys} private keys, and there is room for about 19: see docs/operations.md, Rotate.`,
  ];
}

function advice(keys: readonly KeyOverview[]): string[] {
  const current = keys.find(({ use }) => use === 'current');
  if (!current || current.provenAt) return [];
  return [
    '',
    current.exportedAt
      ? 'No export of the current key was proven to open a backup: holdfast keys prove --key FILE'
      : 'The current key is nowhere but in the account: holdfast keys export --out FILE, then holdfast keys prove --key FILE',
  ];
}

/** A signing key that somebody else may have: what it signed is refused from now on, old backups too. */
export async function keysDistrust(cli: Cli, id: string, options: { readonly yes: boolean }): Promise<void> {
  const context = await cli.connect();
  cli.out.note(
    `Everything that ${id} signed is refused from now on, by verify, restore and rebuild: also what it signed rightly. A file of \`holdfast keys export --signers-only\`, made before, still opens it with \`restore --from\` and \`decrypt\`.`,
  );
  if (!options.yes && !(cli.out.terminal.interactive && (await cli.questions.confirm('Go on?')))) {
    throw new HoldfastError('CANCELLED', `${id} is still trusted`, { next: 'Confirm it, or add --yes.' });
  }
  const entry = { action: 'keys.distrust', target: `key/${id}`, detail: 'not believed any more' };
  await audited(cli, context, entry, async () => ({ result: await distrustSigner(context.keyStore, id) }));
  cli.out.result(
    { distrusted: id },
    () => `${id} is not trusted any more. Make a backup now: \`holdfast backup PLAN\`, and verify it.`,
  );
}

export async function keysRemove(cli: Cli, id: string): Promise<void> {
  const context = await cli.connect();
  const entry = { action: 'keys.remove-recovery', target: `key/${id}`, detail: 'not sealed for any more' };
  await audited(cli, context, entry, async () => ({ result: await removeRecipient(context.keyStore, id) }));
  cli.out.result(
    { removed: id },
    () => `New backups are not sealed for ${id} any more. Old ones still open with it.`,
  );
}

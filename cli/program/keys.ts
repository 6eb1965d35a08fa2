/** The commands about keys: with AWS credentials, since keys are nothing that the API hands out. */
import type { Command } from 'commander';
import { collect, type Does, examples } from './frame.ts';

export function addKeyCommands(program: Command, does: Does): void {
  const keys = program.command('keys').description('the keys that seal, open and sign');
  const passphrase = [
    '--passphrase-file <file>',
    'the passphrase is its first line (default: asked for)',
  ] as const;
  examples(
    keys
      .command('init')
      .description('make the first keys where there are none; repeating it changes nothing')
      .action(does(() => import('../commands/keys.ts').then((on) => on.keysInit))),
    'keys init',
  );
  examples(
    keys
      .command('rotate')
      .description('seal new backups for a new key; the old one stays and opens the old backups')
      .option('--signing', 'new signing keys instead', false)
      .action(does(() => import('../commands/keys.ts').then((on) => on.keysRotate))),
    'keys rotate',
  );
  examples(
    keys
      .command('list')
      .description('every key: its use, age, and whether an export was proven')
      .action(does(() => import('../commands/keys.ts').then((on) => on.keysList))),
    'keys list',
  );
  examples(
    keys
      .command('export')
      .description('all keys into one file under a passphrase, to be kept outside the account')
      .requiredOption('--out <file>', 'file that does not exist')
      .option('--signers-only', 'only public keys, in the clear: for --signers', false)
      .option(...passphrase)
      .action(does(() => import('../keys/export.ts').then((on) => on.keysExport))),
    'keys export --out holdfast-keys.pem',
  );
  examples(
    keys
      .command('prove')
      .description('show that a key file alone opens a real backup')
      .option('--key <file>', 'an export, or the file of a recovery key')
      .option('--kms', "the ring's KMS keys instead of a file", false)
      .option('--backup <id>', 'which backup (default: the newest completed one)')
      .option(...passphrase)
      .action(does(() => import('../keys/prove.ts').then((on) => on.keysProve))),
    'keys prove --key holdfast-keys.pem',
  );
  examples(
    keys
      .command('add-recovery')
      .description('seal new backups for one more key, whose private half is not in the account')
      .option('--out <file>', 'make a pair; its private half goes into this file alone')
      .option('--public-key <file>', 'public half of a pair that you made: RSA-4096, PEM')
      .option('--kms <arn>', 'a key in AWS KMS')
      .option(...passphrase)
      .action(does(() => import('../keys/recovery.ts').then((on) => on.keysAddRecovery))),
    'keys add-recovery --out recovery.pem',
  );
  examples(
    keys
      .command('remove-recovery <key>')
      .description('seal new backups for this recovery or KMS key no more')
      .action(does(() => import('../commands/keys.ts').then((on) => on.keysRemove))),
    'keys remove-recovery rk-20261121-3f9a1c22',
  );
  examples(
    keys
      .command('distrust <key>')
      .description('believe nothing any more that this old signing key signed')
      .option('--yes', 'do not ask', false)
      .action(does(() => import('../commands/keys.ts').then((on) => on.keysDistrust))),
    'keys distrust sk-20261121-3f9a1c22',
  );
  examples(
    keys
      .command('import')
      .description('put the keys of an export back into a ring that lacks them')
      .requiredOption('--key <file>', 'an export, or the JSON of the private key secret')
      .option('--signers <file>', 'further public signing keys: JSON of the public secret, or an export')
      .option('--only <key>', 'only this private key; may be repeated', collect, [])
      .option('--yes', 'do not ask before a signing key is trusted or a recovery key put in', false)
      .option(...passphrase)
      .action(does(() => import('../keys/import.ts').then((on) => on.keysImport))),
    'keys import --key holdfast-keys.pem',
  );
}

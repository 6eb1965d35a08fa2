/** The commands about who one is, and the first steps. */
import type { Command } from 'commander';
import { type Does, examples } from './frame.ts';

export function addSignInCommands(program: Command, does: Does): void {
  examples(
    program
      .command('init')
      .description(
        'first steps: looks at the account, asks, writes a plan, applies it, offers a first backup',
      )
      .option('--out <file>', 'where the plan is written (default: <id>.yaml)')
      .action(does(() => import('../commands/init.ts').then((on) => on.init))),
    'init',
    ['--local init', 'on the local AWS'],
  );
  examples(
    program
      .command('login')
      .description('sign in to the API, in the browser')
      .option('--no-browser', 'print the address of the page, open nothing')
      .option('--issuer <url>', 'who issues the tokens (default: as saved, or as the stack says)')
      .option('--client-id <id>', 'the app to sign in to (default: as saved, or as the stack says)')
      .option('--as <role>', 'with --local: admin, operator or viewer (default: admin)')
      .action(does(() => import('../commands/login.ts').then((on) => on.login))),
    'login',
    ['--local login --as viewer', 'one of the users of the local AWS'],
    [
      '--api https://abc.execute-api.eu-central-1.amazonaws.com login --issuer ISSUER --client-id ID',
      'without AWS credentials',
    ],
  );
  examples(
    program
      .command('logout')
      .description('forget the sign-in, here and at the issuer')
      .action(does(() => import('../commands/login.ts').then((on) => on.logout))),
    'logout',
  );
  examples(
    program
      .command('open')
      .description('the web console, in the browser')
      .option('--print', 'print its address, open nothing')
      .action(does(() => import('../commands/open.ts').then((on) => on.open))),
    'open',
    ['--local open', 'of the local AWS'],
  );
}

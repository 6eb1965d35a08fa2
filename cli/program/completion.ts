/** Completion in a shell: the script that is installed once, and what it asks while somebody types. */
import type { Command } from 'commander';
import { type Does, examples } from './frame.ts';

export function addCompletionCommands(program: Command, does: Does): void {
  examples(
    program
      .command('completion <shell>')
      .description('print what makes bash, zsh or fish complete commands, plans and backups')
      .action(
        does(async () => {
          const { completion } = await import('../commands/completion.ts');
          return (cli, shell: string) => completion(cli, shell, program);
        }),
      ),
    ['completion bash > ~/.local/share/bash-completion/completions/holdfast', 'bash'],
    ['completion zsh > ~/.zsh/completions/_holdfast', 'zsh, with that folder in fpath'],
    ['completion fish > ~/.config/fish/completions/holdfast.fish', 'fish'],
  );
  program
    .command('complete <kind>', { hidden: true })
    .description('names of plans, backups or restores, one a line')
    .action(does(() => import('../commands/completion.ts').then((on) => on.complete)));
}

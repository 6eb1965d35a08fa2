/** `holdfast completion SHELL`, and the hidden `complete KIND` that its script asks. */
import type { Command } from 'commander';
import { z } from 'zod';
import { answer } from '../api/client.ts';
import { bashScript, fishScript, zshScript } from '../completion/scripts.ts';
import { completedCommands, shells } from '../completion/tree.ts';
import type { Cli } from '../context.ts';
import { argument } from '../lookup.ts';

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;

export async function completion(cli: Cli, shell: string, program: Command): Promise<void> {
  const chosen = argument(z.enum(shells, `one of ${shells.join(', ')}`), shell, 'SHELL');
  // A script is text, whatever was asked for.
  cli.out.terminal.stdout.write(scripts[chosen](completedCommands(program)));
}

/** Somebody waits with a finger on the key. */
const withinMs = 1500;
/** The newest ones; who wants an older one types its id. */
const mostNames = 50;

/** Names, one a line, or none: completion never says why. */
export async function complete(cli: Cli, kind: string): Promise<number> {
  const names = await Promise.race([
    namesOf(cli, kind).catch(() => []),
    new Promise<readonly string[]>((done) => setTimeout(() => done([]), withinMs).unref()),
  ]);
  const plain = names.filter((name) => /^[\w.@-]+$/.test(name));
  if (plain.length > 0) cli.out.terminal.stdout.write(`${plain.join('\n')}\n`);
  return 0;
}

async function namesOf(cli: Cli, kind: string): Promise<readonly string[]> {
  const api = await cli.api();
  const query = { limit: mostNames };
  if (kind === 'plans') {
    const { items } = answer(await api.GET('/v1/plans', { params: { query: { limit: 200 } } }));
    return items.map(({ plan }) => plan.id);
  }
  if (kind === 'backups') {
    const { items } = answer(await api.GET('/v1/backups', { params: { query } }));
    return items.map(({ backupId }) => backupId);
  }
  if (kind === 'restores') {
    const { items } = answer(await api.GET('/v1/restores', { params: { query } }));
    return items.map(({ restoreId }) => restoreId);
  }
  return [];
}

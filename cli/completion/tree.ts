/** The commands as completion needs them: what may stand where, drawn from the program itself. Pure. */
import type { Argument, Command, Option } from 'commander';

/** What is asked of the stack while somebody types (`holdfast complete KIND`), or is known beforehand. */
export type Names = 'plans' | 'backups' | 'restores' | 'files' | 'words' | 'nothing';

export interface CompletedOption {
  readonly long: string;
  readonly short?: string | undefined;
  readonly description: string;
  /** Of its value; undefined: it takes none. */
  readonly value?: Names | undefined;
}

export interface CompletedCommand {
  /** `plan/apply`; the program itself is ``. */
  readonly path: string;
  readonly description: string;
  readonly commands: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly CompletedOption[];
  readonly argument: Names;
  /** Where the argument is one of these. */
  readonly words: readonly string[];
}

export const shells = ['bash', 'zsh', 'fish'] as const;

export function completedCommands(program: Command): readonly CompletedCommand[] {
  const shared = [...program.options].map(completed);
  const help: CompletedOption = { long: '--help', short: '-h', description: 'what it does' };
  const walk = (command: Command, path: string): CompletedCommand[] => {
    const inner = command.commands.filter((each) => !isHidden(each));
    const own = command === program ? [] : command.options.map(completed);
    const [first] = command.registeredArguments;
    return [
      {
        path,
        description: command.description(),
        commands: inner.map((each) => ({ name: each.name(), description: each.description() })),
        options: [...own, ...shared, help],
        argument: namesOf(first),
        words:
          first?.name() === 'shell'
            ? shells
            : first?.name() === 'task' && path === 'runs/start'
              ? ['backup', 'verify', 'cleanup']
              : [],
      },
      ...inner.flatMap((each) => walk(each, path === '' ? each.name() : `${path}/${each.name()}`)),
    ];
  };
  return walk(program, '');
}

/** Commander keeps it to itself. */
const isHidden = (command: Command) =>
  (command as unknown as { readonly _hidden?: boolean })._hidden === true;

function completed({ long, short, description, flags, negate }: Option): CompletedOption {
  const name = /[<[]([\w=.:-]+)/.exec(flags)?.[1];
  return {
    long: long ?? '',
    short,
    description,
    ...(name !== undefined && !negate && { value: valueNames[name] ?? 'nothing' }),
  };
}

const valueNames: Readonly<Record<string, Names>> = {
  plan: 'plans',
  file: 'files',
  path: 'files',
  folder: 'files',
  copy: 'files',
};

function namesOf(argument: Argument | undefined): Names {
  switch (argument?.name()) {
    case 'plan':
    case 'plan-or-label':
      return 'plans';
    case 'backup':
      return 'backups';
    case 'restore':
      return 'restores';
    case 'shell':
    case 'task':
      return 'words';
    default:
      return 'nothing';
  }
}

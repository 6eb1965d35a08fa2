/** What a shell loads once: the whole tree as text, and a question to the stack for names of plans and backups. Pure. */
import type { CompletedCommand, Names } from './tree.ts';

const head = (how: string) =>
  `# Completion of holdfast for ${how}. Made by \`holdfast completion\`; make it again after an update.\n`;

/** Bash 3.2 and later, which macOS has. */
export function bashScript(commands: readonly CompletedCommand[]): string {
  return `${head('bash')}${bashFunctions(commands)}complete -o default -o bashdefault -F _holdfast holdfast\n`;
}

/** By zsh's own emulation of bash's completion. */
export function zshScript(commands: readonly CompletedCommand[]): string {
  return `#compdef holdfast\n${head('zsh')}autoload -U +X bashcompinit && bashcompinit\n${bashFunctions(commands)}complete -o default -F _holdfast holdfast\n`;
}

function bashFunctions(commands: readonly CompletedCommand[]): string {
  const options = new Map(commands.flatMap((each) => each.options.map((option) => [option.long, option])));
  const taking = [...options.values()].filter(({ value }) => value !== undefined);
  const of = (names: Names) => taking.filter(({ value }) => value === names).flatMap(flags);
  const cases = commands.map(({ path, commands: inner, options: own, argument, words }) => {
    const flagsOfIt = own.map(({ long }) => long).join(' ');
    return `    '${path}') inner='${inner.map(({ name }) => name).join(' ')}'; flags='${flagsOfIt}'; names=${argument}; words='${words.join(' ')}' ;;`;
  });
  return `_holdfast_names() {
  # Asked of the stack, with the options of this line; a second, then nothing.
  "\${COMP_WORDS[0]}" "\${given[@]}" complete "$1" 2>/dev/null
}

_holdfast() {
  local cur=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} path='' word i
  local inner='' flags='' names=nothing words='' given
  given=(--json)
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    case $word in
      --local) given+=(--local) ;;
      --api | --stack | --region) given+=("$word" "\${COMP_WORDS[i+1]}"); i=$((i + 1)) ;;
      ${taking.flatMap(flags).join(' | ')}) i=$((i + 1)) ;;
      -*) ;;
      *)
        case "\${path:+$path/}$word" in
          ${commands
            .filter(({ path }) => path !== '')
            .map(({ path }) => path)
            .join(' | ')}) path="\${path:+$path/}$word" ;;
        esac
        ;;
    esac
  done
  case $path in
${cases.join('\n')}
  esac
  case $before in
    ${of('plans').join(' | ')}) COMPREPLY=($(compgen -W "$(_holdfast_names plans)" -- "$cur")); return ;;
    ${taking
      .filter(({ value }) => value !== 'plans')
      .flatMap(flags)
      .join(' | ')}) COMPREPLY=(); return ;;
  esac
  if [[ $cur == -* ]]; then
    COMPREPLY=($(compgen -W "$flags" -- "$cur"))
    return
  fi
  case $names in
    plans | backups | restores) words=$(_holdfast_names "$names") ;;
  esac
  COMPREPLY=($(compgen -W "$inner $words" -- "$cur"))
}
`;
}

const flags = ({ long, short }: { readonly long: string; readonly short?: string | undefined }) =>
  short === undefined ? [long] : [long, short];

export function fishScript(commands: readonly CompletedCommand[]): string {
  const paths = commands.filter(({ path }) => path !== '').map(({ path }) => path);
  const taking = [
    ...new Set(
      commands.flatMap(({ options }) => options.filter(({ value }) => value !== undefined).flatMap(flags)),
    ),
  ];
  const lines = commands.flatMap(({ path, commands: inner, options, argument, words }) => {
    const when = `-n '__holdfast_at "${path}"'`;
    const asked = ['plans', 'backups', 'restores'].includes(argument);
    return [
      ...inner.map(
        ({ name, description }) => `complete -c holdfast -f ${when} -a ${name} -d ${quoted(description)}`,
      ),
      ...options.map((option) => fishOption(option, when)),
      ...(asked ? [`complete -c holdfast -f ${when} -a '(__holdfast_names ${argument})'`] : []),
      ...(words.length > 0 ? [`complete -c holdfast -f ${when} -a '${words.join(' ')}'`] : []),
    ];
  });
  return `${head('fish')}
function __holdfast_path
  set -l words (commandline -opc)
  set -l path ''
  set -l skip 0
  for word in $words[2..-1]
    if test $skip = 1
      set skip 0
    else if contains -- $word ${taking.join(' ')}
      set skip 1
    else if not string match -q -- '-*' $word
      set -l next (string join / (string match -v '' -- $path $word))
      if contains -- $next ${paths.join(' ')}
        set path $next
      end
    end
  end
  echo $path
end

function __holdfast_at
  test (__holdfast_path) = "$argv[1]"
end

function __holdfast_names
  set -l words (commandline -opc)
  set -l given
  contains -- --local $words; and set given --local
  holdfast $given complete $argv[1] 2>/dev/null
end

complete -c holdfast -f
${lines.join('\n')}
`;
}

function fishOption(
  { long, short, description, value }: CompletedCommand['options'][number],
  when: string,
): string {
  const names = `-l ${long.slice(2)}${short === undefined ? '' : ` -s ${short.slice(1)}`}`;
  const takes =
    value === undefined
      ? ''
      : value === 'files'
        ? ' -r -F'
        : value === 'plans'
          ? " -x -a '(__holdfast_names plans)'"
          : ' -x';
  return `complete -c holdfast ${when} ${names}${takes} -d ${quoted(description)}`;
}

const quoted = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

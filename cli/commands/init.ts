/**
 * `holdfast init`: from nothing to a first backup. Looks at what is there (credentials, stack, API, sign-in), asks what is
 * to be backed up, writes its secret where there is none, writes a plan file, tries it, applies it, and offers a first
 * backup. Everything that it does is a command of its own, and it says which.
 */
import { writeFile } from 'node:fs/promises';
import { stringify } from 'yaml';
import { asHoldfastError, HoldfastError, hasCode, InvalidInput } from '../../core/errors.ts';
import { planIdSchema } from '../../core/format/layout.ts';
import { type Api, answer } from '../api/client.ts';
import type { Cli, CliContext } from '../context.ts';
import { parsePlanText } from '../plan-files.ts';
import { backup } from './backup.ts';
import { login } from './login.ts';
import { planApply } from './plan-apply.ts';
import { planTest } from './plan-test.ts';

export interface InitOptions {
  readonly out?: string;
}

export async function init(cli: Cli, options: InitOptions): Promise<number> {
  if (!cli.out.terminal.interactive) {
    throw new InvalidInput('command line', [
      {
        field: 'init',
        allowed: 'a terminal: it asks. Scripts take a plan file: holdfast plan apply -f FILE',
      },
    ]);
  }
  const context = await lookAtAccount(cli);
  const api = await signedIn(cli);
  const { items } = answer(await api.GET('/v1/plans', { params: { query: { limit: 200 } } }));
  cli.out.note(items.length === 0 ? 'There is no plan yet.' : `There are ${items.length} plans already.`);
  const taken = new Set(items.map(({ plan }) => plan.id));

  const kind = left(
    await cli.questions.choose('What is to be backed up?', [
      { value: 'postgres', label: 'a PostgreSQL server' },
      { value: 'mongodb', label: 'a MongoDB server, or Atlas' },
      { value: 'files', label: 'files in an S3 bucket' },
    ]),
  );
  const id = await planIdOf(cli, taken);
  const source = await sourceOf(cli, context, { kind, id });
  const schedule = await scheduleOf(cli);
  const file = options.out ?? `${id}.yaml`;
  const text = `# Every field: docs/plans.md. Apply it again after a change: holdfast plan apply -f ${file}\n${stringify({ id, sources: [source], schedule })}`;
  parsePlanText(text, file);
  await writeFile(file, text, { flag: 'wx' }).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code !== 'EEXIST') throw thrown;
    throw new HoldfastError('INVALID_INPUT', `${file} exists`, { next: 'Name another file with --out.' });
  });
  cli.out.note(`Wrote ${file}.`);

  cli.out.note(`holdfast plan test -f ${file}`);
  const tested = await planTest(cli, undefined, { file, notify: false });
  if (
    tested !== 0 &&
    !(await cli.questions.confirm('Something is wrong, as the table says. Apply the plan all the same?'))
  ) {
    cli.out.note(`Mend it, then: holdfast plan test -f ${file}, holdfast plan apply -f ${file}`);
    return tested;
  }
  cli.out.note(`holdfast plan apply -f ${file}`);
  await planApply(cli, { file, dryRun: false, prune: false, yes: false });
  if (!(await cli.questions.confirm('Make a first backup now?'))) return tested;
  cli.out.note(`holdfast backup ${id}`);
  await backup(cli, id, { only: [], wait: true, here: false });
  cli.out.note(
    `And then: holdfast verify --latest ${id}, and holdfast keys export, which a stack without keys cannot open.`,
  );
  return 0;
}

/** Undefined without AWS credentials: then nothing can be written for the person, and the API alone must do. */
async function lookAtAccount(cli: Cli): Promise<CliContext | undefined> {
  try {
    const context = await cli.connect();
    cli.out.note(`Account: ${await context.caller()}`);
    cli.out.note(`Stack:   ${context.stackName}, vault ${context.stack.VaultBucket}`);
    return context;
  } catch (thrown) {
    const { code, message, next } = asHoldfastError(thrown);
    if (code === 'STACK_NOT_FOUND') throw thrown;
    cli.out.warn(`the account cannot be looked at: ${message} ${next}`);
    return undefined;
  }
}

async function signedIn(cli: Cli): Promise<Api> {
  const api = await cli.api();
  try {
    answer(await api.GET('/v1/alerts', { params: { query: { limit: 1 } } }));
  } catch (thrown) {
    if (!hasCode(thrown, 'UNAUTHENTICATED')) throw thrown;
    if (!(await cli.questions.confirm(`Sign in to ${api.address} now?`))) throw thrown;
    await login(cli, { browser: true });
  }
  cli.out.note(`API:     ${api.address} answers`);
  return api;
}

/** Undefined: the question was left. */
function left(value: string | undefined): string {
  const text = value?.trim();
  if (text !== undefined && text !== '') return text;
  throw new HoldfastError('CANCELLED', 'nothing was made', { next: 'Repeat `holdfast init` when you like.' });
}

/** How often a wrong answer is asked again. */
const mostTries = 5;

async function planIdOf(cli: Cli, taken: ReadonlySet<string>): Promise<string> {
  for (let tries = 1; tries <= mostTries; tries += 1) {
    const typed = left(await cli.questions.text('A short id for the plan, like shop (it never changes):'));
    if (!planIdSchema.safeParse(typed).success)
      cli.out.warn('1 to 40 characters of a-z, 0-9 and -, not at the ends');
    else if (taken.has(typed)) cli.out.warn(`there is a plan ${typed} already`);
    else return typed;
  }
  throw new HoldfastError('CANCELLED', 'that was no id five times: nothing was made');
}

interface Asked {
  readonly kind: string;
  readonly id: string;
}

async function sourceOf(cli: Cli, context: CliContext | undefined, { kind, id }: Asked) {
  if (kind === 'files') {
    const buckets = context?.stack.FilesBuckets as readonly { readonly name: string }[] | undefined;
    const known = buckets?.map(({ name }) => name) ?? [];
    const hint = known.length > 0 ? ` (the stack may read ${known.join(', ')})` : '';
    return { kind, name: 'main', bucket: left(await cli.questions.text(`The name of the bucket${hint}:`)) };
  }
  return { kind, name: 'main', secret: await secretOf(cli, context, { kind, id }) };
}

const urls: Readonly<Record<string, RegExp>> = {
  postgres: /^postgres(ql)?:\/\/\S+$/,
  mongodb: /^mongodb(\+srv)?:\/\/\S+$/,
};

async function secretOf(cli: Cli, context: CliContext | undefined, { kind, id }: Asked): Promise<string> {
  const prefix = context?.stack.SourceSecretPrefix ?? 'holdfast/sources/';
  const name = `${prefix}${id}`;
  const isNew =
    context !== undefined &&
    (await cli.questions.confirm(`Write the secret ${name} now? (No: name one that is there)`));
  if (!isNew)
    return left(await cli.questions.text(`The name of the secret with its address and login (${prefix}…):`));
  for (let tries = 1; tries <= mostTries; tries += 1) {
    const url = left(
      await cli.questions.secret(
        `Its URL, like ${kind === 'mongodb' ? 'mongodb+srv' : 'postgres'}://user:password@host/database (not shown):`,
      ),
    );
    if (!urls[kind]?.test(url)) {
      cli.out.warn('that is no such URL; it was not shown and not kept');
      continue;
    }
    await context.createSecret(name, url, `Holdfast: source of plan ${id}`);
    cli.out.note(`Wrote the secret ${name}.`);
    return name;
  }
  throw new HoldfastError('CANCELLED', 'that was no URL five times: nothing was made');
}

async function scheduleOf(cli: Cli) {
  const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
  const cron = left(
    await cli.questions.choose(`When? (time zone ${timeZone})`, [
      { value: '0 2 * * *', label: 'every night at 02:00' },
      { value: '0 * * * *', label: 'every hour' },
      { value: '0 2 * * 0', label: 'on Sundays at 02:00' },
    ]),
  );
  return { cron, timeZone };
}

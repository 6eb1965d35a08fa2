/** `holdfast open`: the web console, in the browser of this machine where it has one. */
import { HoldfastError } from '../../core/errors.ts';
import type { Cli } from '../context.ts';
import { openBrowser } from '../sign-in/open-browser.ts';

export interface OpenOptions {
  /** Say the address, open nothing. */
  readonly print?: boolean;
}

/** Throws NOT_FOUND when the stack has no console. The address is always said: whether a browser came, nobody can tell. */
export async function open(
  cli: Pick<Cli, 'connect'> & { readonly out: Pick<Cli['out'], 'result'> },
  { print = false }: OpenOptions,
  openPage: (url: string) => void = openBrowser,
): Promise<void> {
  const { stack, stackName } = await cli.connect();
  const url = stack.ConsoleUrl && `${stack.ConsoleUrl}/`;
  if (url === undefined) {
    throw new HoldfastError('NOT_FOUND', `stack ${stackName} has no web console`, {
      next: 'Deploy it again with `npm run deploy`: it comes with the API, unless console.enabled is false (docs/configuration.md).',
    });
  }
  if (!print) openPage(url);
  cli.out.result({ url }, () => url);
}

/** The web console of a stack: pages of its own, pages that somebody else serves, or none. */
import type { Stack } from 'aws-cdk-lib';
import { Console, type ConsoleContents } from './constructs/console.ts';
import type { SignedInPage } from './constructs/signed-in.ts';
import type { StackOptions } from './options.ts';
import { hasConsole } from './options-console.ts';

export interface WebConsole extends SignedInPage {
  /** Without a slash at the end. */
  readonly url: string;
  /** Of the distribution, where the stack has one: a name of one's own must lead there. */
  readonly domain?: string | undefined;
  /** Gives the pages what they must know; nothing where somebody else serves them. */
  holds(contents: ConsoleContents): void;
}

/** Undefined where there is none. */
export function webConsoleOf(scope: Stack, options: StackOptions): WebConsole | undefined {
  const { domainName, certificateArn, url } = options.console;
  if (!hasConsole(options)) return undefined;
  if (url !== undefined) return { url, ...pageOf(url), holds: () => {} };
  const host =
    domainName === undefined || certificateArn === undefined ? undefined : { domainName, certificateArn };
  const { stackName } = scope;
  const made = new Console(scope, 'Console', { stackName, host, logRetentionDays: options.logRetentionDays });
  return {
    url: made.url,
    domain: made.domain,
    ...pageOf(made.url),
    holds: (contents) => made.holds(contents),
  };
}

/** Where signing in comes back to: the page itself, and the window in which one signs in again. */
const pageOf = (url: string): SignedInPage => ({
  callbackUrls: [`${url}/signed-in`, `${url}/signed-in-popup.html`],
  logoutUrls: [`${url}/`],
});

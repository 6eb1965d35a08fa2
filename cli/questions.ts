/** Asks on the terminal. Questions go to stderr, since stdout is for results. */
import { confirm, isCancel, password, select, text } from '@clack/prompts';
import type { Questions } from './context.ts';

export function terminalQuestions(): Questions {
  const output = process.stderr;
  return {
    confirm: async (message) => (await confirm({ message, output, initialValue: false })) === true,
    text: async (message) => answer(await text({ message, output })),
    secret: async (message) => answer(await password({ message, output })),
    choose: async (message, choices) =>
      answer(await select<string>({ message, output, options: choices.map((each) => ({ ...each })) })),
  };
}

function answer(value: unknown): string | undefined {
  return isCancel(value) || typeof value !== 'string' ? undefined : value;
}

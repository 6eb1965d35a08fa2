/** `holdfast open`: the address of the console, and a browser where one is wanted. */
import { describe, expect, it } from 'vitest';
import { open } from '../../../cli/commands/open.ts';
import { harness } from './fixtures.ts';

const url = 'https://d1f2a3b4c5d6e7.cloudfront.net';
const { context } = harness();
const withConsole = { ...context, stack: { ...context.stack, ConsoleUrl: url } };

describe('the console', () => {
  it('is opened, and its address said in any case', async () => {
    const opened: string[] = [];
    const said: unknown[] = [];
    await open(
      { connect: async () => withConsole, out: { result: (value) => void said.push(value) } },
      {},
      (page) => opened.push(page),
    );
    expect([opened, said]).toEqual([[`${url}/`], [{ url: `${url}/` }]]);
  });

  it('is only said with --print', async () => {
    const { code, stdout } = await harness({ context: { stack: withConsole.stack } }).run('open', '--print');
    expect([code, stdout]).toEqual([0, `${url}/\n`]);
  });

  it('is missing where the stack has none, with how to get one', async () => {
    const { code, stderr } = await harness().run('open', '--print');
    expect(code).toBe(3);
    expect(stderr).toContain('console.enabled');
  });
});

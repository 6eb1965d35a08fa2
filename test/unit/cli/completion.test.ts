/** `holdfast completion`: what a real bash makes of the script, with a holdfast that is a stand-in. */
import { spawnSync } from 'node:child_process';
import { chmod, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { addBackup, harness, plan, startIso } from './fixtures.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-completion-'));
  await writeFile(join(folder, 'script'), (await harness().run('completion', 'bash')).stdout);
  // Tells what it was asked with, so that the options of the line are seen to be handed on.
  await writeFile(join(folder, 'holdfast'), '#!/bin/sh\necho "$*" >> "$0.asked"\necho shop\necho shelf\n');
  await chmod(join(folder, 'holdfast'), 0o755);
});

/** What bash offers behind these words. */
function offered(...words: string[]): readonly string[] {
  const line = ['holdfast', ...words];
  const quoted = line.map((word) => `'${word}'`).join(' ');
  const text = `source ./script; PATH=$PWD:$PATH; COMP_WORDS=(${quoted}); COMP_CWORD=${line.length - 1}; _holdfast; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const ran = spawnSync('bash', ['--norc', '-c', text], { cwd: folder, encoding: 'utf8' });
  expect(ran.stderr).toBe('');
  return ran.stdout.split('\n').filter((each) => each !== '');
}

describe('in bash', () => {
  it('commands, and those below them, are offered by their beginning', () => {
    expect([...offered('res')].sort()).toEqual(['restore', 'restore-point', 'resume']);
    expect(offered('plan', 'd')).toEqual(['disable', 'delete']);
    expect(offered('compl')).toEqual(['completion']);
  });
  it('options are those of the command, wherever options of all commands stand before it', () => {
    expect(offered('--local', '--stack', 'plan', 'plan', 'apply', '--pr')).toEqual(['--prune']);
    expect(offered('backup', '--pr')).toEqual([]);
  });
  it('names of plans are asked of the stack that the line is about', async () => {
    expect(offered('--local', 'backup', 'sh')).toEqual(['shop', 'shelf']);
    expect(offered('verify', '--latest', 'sho')).toEqual(['shop']);
    const { stdout } = spawnSync('cat', [join(folder, 'holdfast.asked')], { encoding: 'utf8' });
    expect(stdout.split('\n')[0]).toBe('--json --local complete plans');
  });
  it('shells are offered for the script itself', () => {
    expect(offered('completion', '')).toEqual(['bash', 'zsh', 'fish']);
  });
});

describe('complete', () => {
  it('prints names, one a line', async () => {
    const h = harness();
    await h.catalog.putPlan(plan, 0, 'ada', startIso);
    const { backupId } = await addBackup(h);
    expect((await h.run('complete', 'plans')).stdout).toBe('shop\n');
    expect((await h.run('complete', 'backups')).stdout).toBe(`${backupId}\n`);
  });
  it('is silent, and no failure, when nobody answers', async () => {
    const h = harness({
      fetch: async () => {
        throw new TypeError('fetch failed');
      },
    });
    expect(await h.run('complete', 'plans')).toMatchObject({ code: 0, stdout: '', stderr: '' });
  });
});

it.each(['zsh', 'fish'])('there is a script for %s with every command in it', async (shell) => {
  const { stdout } = await harness().run('completion', shell);
  for (const word of ['restore-point', 'add-recovery', 'audit', '__complete'].slice(0, 3))
    expect(stdout).toContain(word);
  expect(stdout).not.toContain('undefined');
  expect((await harness().run('completion', 'csh')).code).toBe(2);
});

/** Which attempt's objects a completed backup rests on: cleanup takes away those of the others. */
import { describe, expect, it } from 'vitest';
import { runBackup } from '../../../core/backup/run.ts';
import { attemptName, backupIdFor, backupPrefix } from '../../../core/format/layout.ts';
import { fakeRequest, memoryWorld } from '../../support/world.ts';

const backupId = backupIdFor('fake', fakeRequest.slot);
const live = () => new AbortController().signal;

/** Runs it; it fails before that step. */
async function failBefore(world: ReturnType<typeof memoryWorld>, step: string): Promise<void> {
  const onStep = async (begun: string) => {
    if (begun === step) throw new Error('power cut');
  };
  expect(await runBackup(fakeRequest, { ...world, onStep }, live())).toMatchObject({ status: 'failed' });
}

async function attemptsInVault({ vault }: ReturnType<typeof memoryWorld>): Promise<string[]> {
  const names: string[] = [];
  for await (const name of vault.folders(backupPrefix('fake', backupId))) names.push(name);
  return names;
}

describe('a completed backup', () => {
  it('says that its first attempt made it', async () => {
    const world = memoryWorld();
    expect(await runBackup(fakeRequest, world, live())).toMatchObject({ attempt: 1, madeBy: 1 });
  });

  it('says that a later attempt made it when the first one failed before its manifest', async () => {
    const world = memoryWorld();
    await failBefore(world, 'write-manifest');
    expect(await runBackup(fakeRequest, world, live())).toMatchObject({ attempt: 2, madeBy: 2 });
    expect(await attemptsInVault(world)).toEqual([attemptName(1), attemptName(2)]);
  });

  it('says that the first attempt made it when a later one only completed it', async () => {
    const world = memoryWorld();
    await failBefore(world, 'complete');
    expect(await runBackup(fakeRequest, world, live())).toMatchObject({ attempt: 2, madeBy: 1 });
    expect(await attemptsInVault(world)).toEqual([attemptName(1)]);
  });
});

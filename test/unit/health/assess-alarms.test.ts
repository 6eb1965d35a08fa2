/** What watch makes of the stack's own alarms, and of recipients that do not hear everything. */
import { describe, expect, it } from 'vitest';
import { confirmedRecipient } from '../../../adapters/memory/surroundings.ts';
import { watchWorld } from './world.ts';

const undelivered = { name: 'Holdfast-NotDelivered', description: 'an alert could not be delivered' };

describe('an alarm of the stack', () => {
  it('is told, withholds the dead-man ping of the whole, and its end is told', async () => {
    const world = watchWorld();
    const around = {
      alarms: world.surroundings.alarms,
      deadManUrl: async () => 'https://ping.example.org/whole',
    };
    world.surroundings.raise(undelivered);
    expect((await world.round(around)).told).toEqual(['alarm broken']);
    expect(world.surroundings.pings).toEqual([]);
    world.clock.advance(3_600_000);
    world.surroundings.raise();
    expect((await world.round(around)).told).toEqual(['alarm recovered']);
    expect(world.surroundings.pings).toEqual(['https://ping.example.org/whole']);
  });

  it('stays as it is while the alarms cannot be read, which is told', async () => {
    const world = watchWorld();
    const around = { alarms: world.surroundings.alarms };
    world.surroundings.raise(undelivered);
    await world.round(around);
    world.surroundings.breakDown('alarms', true);
    world.clock.advance(3_600_000);
    expect((await world.round(around)).told).toEqual(['watch-incomplete broken']);
  });
});

describe('recipients of which each has a filter', () => {
  it('are nobody: alarms pass no filter', async () => {
    const world = watchWorld();
    world.surroundings.subscribe({ ...confirmedRecipient, filtered: true });
    expect((await world.round()).told).toEqual(['alerts-unheard broken']);
    world.surroundings.subscribe(
      { ...confirmedRecipient, filtered: true },
      { ...confirmedRecipient, protocol: 'sqs' },
    );
    world.clock.advance(3_600_000);
    expect((await world.round()).told).toEqual(['alerts-unheard recovered']);
  });
});

describe('a crash that was told', () => {
  it('is an open alert that watch leaves alone for a day and an hour, and then calls over', async () => {
    const world = watchWorld('2026-11-21T10:00:00.000Z');
    await world.catalog.saveAlert({
      conditionId: 'verification-crashed/-',
      kind: 'verification-crashed',
      severity: 'critical',
      subject: '',
      text: 'killed for memory',
      since: '2026-11-21T09:30:00.000Z',
      lastToldAt: '2026-11-21T09:30:00.000Z',
      timesTold: 1,
    });
    expect((await world.round()).told).toEqual([]);
    world.clock.set('2026-11-22T10:00:00Z');
    expect((await world.round()).told).toEqual([]);
    world.clock.set('2026-11-22T11:00:00Z');
    expect((await world.round()).told).toEqual(['verification-crashed recovered']);
  });
});

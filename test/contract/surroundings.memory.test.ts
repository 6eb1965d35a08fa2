import { confirmedRecipient, memorySurroundings } from '../../adapters/memory/surroundings.ts';
import { surroundingsContract } from './surroundings.ts';

surroundingsContract('memory', async () => {
  const memory = memorySurroundings([]);
  const broken = memorySurroundings();
  broken.breakDown('starter', true);
  broken.breakDown('recipients', true);
  broken.breakDown('alarms', true);
  return {
    ...memory,
    broken,
    received: async () => memory.started.at(-1)?.event,
    beats: async () => memory.beats.length,
    subscribeFiltered: async () =>
      memory.subscribe(confirmedRecipient, { ...confirmedRecipient, filtered: true }),
    raise: async () => memory.raise({ name: 'Contract-NotDelivered', description: 'Look at it.' }),
    subscribe: async () => memory.subscribe(confirmedRecipient, { ...confirmedRecipient, confirmed: false }),
  };
});

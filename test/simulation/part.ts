/** Histories in parts, so that they run in several workers: each test file calls this with a part of its own. */
import { expect, test } from 'vitest';
import { type HistoryFacts, runHistory } from './history.ts';

/** `HOLDFAST_SIMULATION_RUNS` histories in all, from `HOLDFAST_SIMULATION_SEED` on. */
export const firstSeed = Number(process.env.HOLDFAST_SIMULATION_SEED ?? 1);
export const histories = Number(process.env.HOLDFAST_SIMULATION_RUNS ?? 1000);
export const parts = 4;
/** A test of so many: what fails is named by its seed anyway. */
const atOnce = 25;

export function simulatePart(part: number): void {
  const seeds = Array.from({ length: histories }, (_, at) => firstSeed + at).filter(
    (seed) => (seed - firstSeed) % parts === part,
  );
  const facts: HistoryFacts[] = [];
  for (let at = 0; at < seeds.length; at += atOnce) {
    const some = seeds.slice(at, at + atOnce);
    test(`what is good stays and what is not goes, in histories ${some[0]} to ${some.at(-1)}`, {
      timeout: 300_000,
    }, async () => {
      for (const seed of some) facts.push(await runHistory(seed));
    });
  }
  test.runIf(seeds.length >= atOnce)('these histories had something of everything in them', () => {
    const sum = (name: keyof HistoryFacts) => facts.reduce((total, each) => total + each[name], 0);
    for (const name of Object.keys(facts[0] ?? {}) as (keyof HistoryFacts)[])
      expect([name, sum(name) > 0]).toEqual([name, true]);
  });
  if (seeds.length === 0) test.skip('no history in this part', () => undefined);
}

/** Steps with their times, usual times, and how far segments are: all that a row says of a run while it runs. */
import { describe, expect, it } from 'vitest';
import { rateOver } from '../../core/rate.ts';
import { secondsLeft } from '../../core/restore/left.ts';
import { mostSegments, segmentProgress } from '../../core/segment-progress.ts';
import { withWords } from '../../core/step-words.ts';
import { mostSteps, noteSteps, shownSteps } from '../../core/steps.ts';
import { usualTimes, usualTimesOf } from '../../core/usual-times.ts';

function movingClock() {
  let ms = Date.parse('2026-11-21T02:00:00.000Z');
  return {
    now: () => new Date(ms),
    pass(seconds: number) {
      ms += seconds * 1000;
    },
  };
}

describe('steps', () => {
  it('end when the next one begins, and have their seconds', () => {
    const clock = movingClock();
    const steps = noteSteps(clock);
    steps.begin('claim');
    clock.pass(0.25);
    steps.begin('open');
    clock.pass(3);
    expect(steps.notes()).toEqual([
      { name: 'claim', startedAt: '2026-11-21T02:00:00.000Z', seconds: 0.25 },
      { name: 'open', startedAt: '2026-11-21T02:00:00.250Z' },
    ]);
    steps.end();
    steps.end();
    expect(steps.notes().at(-1)).toMatchObject({ name: 'open', seconds: 3 });
  });

  it('of what goes on side by side do not end one another', () => {
    const clock = movingClock();
    const steps = noteSteps(clock);
    steps.begin('open');
    steps.end();
    const [one, other] = [steps.track(), steps.track()];
    one.begin('dump a', 'Shop');
    clock.pass(1);
    other.begin('dump b');
    clock.pass(1);
    one.begin('confirm a');
    expect(steps.notes().map(({ name, seconds }) => [name, seconds])).toEqual([
      ['open', 0],
      ['dump a', 2],
      ['dump b', undefined],
      ['confirm a', undefined],
    ]);
  });

  it(`are at most ${mostSteps} however many components there are, and those of the run are never among the others`, () => {
    const clock = movingClock();
    const steps = noteSteps(clock);
    steps.begin('open');
    steps.end();
    const tracks = Array.from({ length: 60 }, (_, at) => {
      const track = steps.track();
      track.begin(`dump c${at}`);
      clock.pass(1);
      return track;
    });
    const others = () => steps.notes().find(({ name }) => name === 'others');
    expect(others()).toMatchObject({ title: '32 more' });
    expect(others()?.seconds).toBeUndefined();
    for (const track of tracks) track.end();
    expect(others()).toMatchObject({ title: '32 more', seconds: 32 });
    for (const name of ['references', 'prepare', 'write-manifest', 'complete']) steps.begin(name);
    steps.end();
    const names = steps.notes().map(({ name }) => name);
    expect(names.length).toBeLessThanOrEqual(mostSteps);
    expect(names).toEqual(expect.arrayContaining(['open', 'write-manifest', 'complete']));
  });

  it('have titles that DynamoDB takes, whatever a database is called', () => {
    const steps = noteSteps(movingClock());
    steps.begin('dump a', `${'x'.repeat(99)}😀`);
    expect(steps.notes()[0]?.title).toBe(`${'x'.repeat(99)}\ufffd`);
  });

  it('show which one failed, and how long it was at it', () => {
    const steps = [
      { name: 'open', startedAt: '2026-11-21T02:00:00.000Z', seconds: 1 },
      { name: 'dump main', title: 'shop', startedAt: '2026-11-21T02:00:01.000Z' },
    ];
    expect(shownSteps(steps, 'failed', '2026-11-21T02:00:05.000Z')).toEqual([
      { ...steps[0], state: 'done' },
      { ...steps[1], state: 'failed', seconds: 4 },
    ]);
    expect(shownSteps(steps, 'running', undefined)?.[1]).toEqual({ ...steps[1], state: 'running' });
    expect(shownSteps(undefined, 'completed', undefined)).toBeUndefined();
    expect(withWords(steps)?.map(({ title }) => title)).toEqual(['Opens', 'Reads and seals: shop']);
  });
});

describe('usual times', () => {
  const run = (seconds: number, dump?: number) => ({
    startedAt: '2026-11-21T02:00:00.000Z',
    completedAt: new Date(Date.parse('2026-11-21T02:00:00.000Z') + seconds * 1000).toISOString(),
    ...(dump !== undefined && { steps: [{ name: 'dump main', startedAt: '', seconds: dump }] }),
  });

  it('are medians, so that one bad night says nothing', () => {
    expect(usualTimes([run(10, 5), run(12, 7), run(900, 880)])).toEqual({
      seconds: 12,
      steps: [{ name: 'dump main', seconds: 7 }],
    });
    expect(usualTimes([run(10, 4), run(20, 8), run(30)])).toEqual({
      seconds: 20,
      steps: [{ name: 'dump main', seconds: 6 }],
    });
    expect(usualTimes([])).toBeUndefined();
  });

  it('are asked for once a minute a plan, and again after a failure', async () => {
    const clock = movingClock();
    const asked: string[] = [];
    let fails = true;
    const usual = usualTimesOf(
      {
        async listRunTimes(planId) {
          asked.push(planId);
          if (fails) throw new Error('no');
          return [run(10)];
        },
      },
      clock,
    );
    await expect(usual('a')).rejects.toThrow('no');
    fails = false;
    expect(await usual('a')).toMatchObject({ seconds: 10 });
    await usual('a');
    await usual('b');
    expect(asked).toEqual(['a', 'a', 'b']);
    clock.pass(61);
    await usual('a');
    expect(asked).toEqual(['a', 'a', 'b', 'a']);
  });
});

describe('a rate', () => {
  it('is that of the last half minute, and none before there is one', () => {
    const clock = movingClock();
    const rate = rateOver(clock);
    expect(rate.perSecond()).toBeUndefined();
    for (let second = 1; second <= 60; second += 1) {
      rate.at(second * 100);
      clock.pass(1);
    }
    expect(rate.perSecond()).toBeGreaterThan(95);
    expect(rate.perSecond()).toBeLessThan(105);
    clock.pass(15);
    expect(rate.perSecond()).toBeLessThan(75);
    // One that stands still says so.
    clock.pass(60);
    rate.perSecond();
    clock.pass(30);
    expect(rate.perSecond()).toBe(0);
  });
});

describe('segments', () => {
  it('wait, run and are done, each with its bytes', () => {
    const clock = movingClock();
    const segments = segmentProgress(clock);
    const a = { name: 'a', component: 'main', totalBytes: 10 };
    segments.plan([a, { ...a, name: 'b', totalBytes: 20 }]);
    segments.reached(a, 4);
    segments.reached(a, 8);
    clock.pass(2);
    expect(segments.figures()).toEqual({
      updatedAt: '2026-11-21T02:00:02.000Z',
      bytesPerSecond: 4,
      segments: [
        { name: 'a', component: 'main', plainBytes: 8, totalBytes: 10, state: 'running' },
        { name: 'b', component: 'main', plainBytes: 0, totalBytes: 20, state: 'waiting' },
      ],
    });
    segments.done(a);
    expect(segments.figures().segments?.[0]).toMatchObject({ plainBytes: 8, state: 'done' });
    expect(segments.plainBytes()).toBe(8);
  });

  it(`are at most ${mostSegments}, with those that run among them, and their sums stay right`, () => {
    const segments = segmentProgress(movingClock());
    const all = Array.from({ length: 2000 }, (_, at) => ({ name: `s${at}`, totalBytes: 10 }));
    segments.plan(all);
    for (const segment of all.slice(0, 1500)) {
      segments.reached(segment, 10);
      segments.done(segment);
    }
    const running = { name: 's1900', totalBytes: 10 };
    segments.reached(running, 3);
    const { segments: shown = [] } = segments.figures();
    expect(shown).toHaveLength(mostSegments);
    expect(shown).toContainEqual({ ...running, plainBytes: 3, state: 'running' });
    expect(shown.at(-1)?.name).toMatch(/^\d+ others$/);
    const sum = (of: 'plainBytes' | 'totalBytes') => shown.reduce((total, each) => total + each[of], 0);
    expect([sum('plainBytes'), sum('totalBytes')]).toEqual([15_003, 20_000]);
    expect(Number.parseInt(shown.at(-1)?.name ?? '', 10) + mostSegments - 1).toBe(2000);
    segments.finish();
    expect(segments.plainBytes()).toBe(20_000);
    expect(segments.figures().segments?.every(({ state }) => state === 'done')).toBe(true);
  });

  it('that are found on the way keep memory bounded', () => {
    const segments = segmentProgress(movingClock());
    for (let at = 0; at < 5000; at += 1) {
      const segment = { name: `pack-${at}`, component: 'files', totalBytes: 7 };
      segments.reached(segment, 7);
      segments.done(segment);
    }
    const { segments: shown = [] } = segments.figures();
    expect(shown).toHaveLength(mostSegments);
    expect(shown.at(-1)).toEqual({
      ...{ name: '4941 others', plainBytes: 4941 * 7, totalBytes: 4941 * 7, state: 'done' },
    });
  });
});

describe('the time that a restore still takes', () => {
  const now = new Date('2026-11-21T02:00:00Z');
  const progress = {
    ...{ plainBytes: 100, totalBytes: 1000, step: 'orders', bytesPerSecond: 90 },
    updatedAt: '2026-11-21T01:59:58.000Z',
  };

  it('is said while it reads', () => {
    expect(secondsLeft(progress, now)).toBe(10);
  });

  it('is not said of what stands still, is all read, is stale, or is of an earlier release', () => {
    expect(secondsLeft({ ...progress, bytesPerSecond: 0 }, now)).toBeUndefined();
    expect(secondsLeft({ ...progress, plainBytes: 1000 }, now)).toBeUndefined();
    expect(secondsLeft({ ...progress, updatedAt: '2026-11-21T01:58:00.000Z' }, now)).toBeUndefined();
    expect(secondsLeft({ plainBytes: 1, totalBytes: 2, step: 'x' }, now)).toBeUndefined();
    expect(secondsLeft(undefined, now)).toBeUndefined();
  });
});

/** The budget of the console, under a processor four times slower: sizes, the first look, and how quickly it answers a hand. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { builtDashboard } from '../../local/build-dashboard.ts';
import { openPage, startBrowser } from '../support/browser.ts';
import { type ConsoleWorld, consoleWorld } from '../support/console-world.ts';
import { seedMany } from './many-plans.ts';
import { type Sizes, sizesOf } from './sizes.ts';

const kb = 1_000;
const slowdown = 4;
const plans = 200;
const budget = { lcpMs: 2_500, pressMs: 200 } as const;
/** Whatever else this machine does only adds to a time, so that the best of some tells what the page takes. */
const mostTries = 6;

describe('sizes (brotli)', () => {
  let sizes: Sizes;
  beforeAll(async () => {
    sizes = await sizesOf(await builtDashboard());
    console.log(`consoleSizes ${JSON.stringify(sizes)}`);
  });

  test('the script that comes first is at most 280 KB, the style 70', () => {
    expect(sizes.initialScript).toBeLessThanOrEqual(280 * kb);
    expect(sizes.initialStyle).toBeLessThanOrEqual(70 * kb);
  });

  test('each page is at most 80 KB more', () => {
    expect(Object.keys(sizes.routes).length).toBeGreaterThan(15);
    expect(Object.entries(sizes.routes).filter(([, { script, style }]) => script + style > 80 * kb)).toEqual(
      [],
    );
  });

  test('the public status page is at most 90 KB in all', () => {
    expect(sizes.status).toBeLessThanOrEqual(90 * kb);
  });
});

describe(`speed with ${plans} plans, ${slowdown} times slower`, () => {
  let browser: Browser;
  let world: ConsoleWorld;
  beforeAll(async () => {
    [browser, world] = await Promise.all([
      startBrowser(),
      consoleWorld({ seed: (into) => seedMany(into, plans) }),
    ]);
  });
  afterAll(async () => {
    await browser?.close();
    await world?.close();
  });

  async function slowPage() {
    const { page, context } = await openPage(browser);
    const session = await context.newCDPSession(page);
    await session.send('Emulation.setCPUThrottlingRate', { rate: slowdown });
    await page.addInitScript(observe);
    return { page, context };
  }

  test('the overview is there within 2.5 s', async () => {
    const lcpMs: number[] = [];
    for (let tries = 0; tries < mostTries && !(Math.min(...lcpMs) <= budget.lcpMs); tries += 1) {
      const { page, context } = await slowPage();
      await page.goto(world.url);
      await page.getByRole('link', { name: 'Plan 000', exact: true }).waitFor();
      await settled(page);
      lcpMs.push(await page.evaluate<number>('window.measured.lcp'));
      await context.close();
    }
    console.log(`consoleLcpMs ${JSON.stringify(lcpMs)}`);
    expect(Math.min(...lcpMs)).toBeLessThanOrEqual(budget.lcpMs);
  });

  test.each([
    ['the overview, sorted by age', '/', /Recovery point/, 'Plan 000'],
    ['the overview, sorted by proof', '/', /Last proven/, 'Plan 000'],
    ['a list of 50 rows that the server sorts', '/points', /Stored/, undefined],
  ] as const)('%s, answers a press within 200 ms', async (what, address, header, there) => {
    const { page, context } = await slowPage();
    await page.goto(`${world.url}${address}`);
    await (there === undefined
      ? page.getByRole('row').nth(50).waitFor()
      : page.getByRole('link', { name: there, exact: true }).waitFor());
    await settled(page);
    const button = page.getByRole('columnheader', { name: header }).getByRole('button');
    const pressMs: number[] = [];
    for (let tries = 0; tries < mostTries && !(Math.min(...pressMs) <= budget.pressMs); tries += 1) {
      await page.evaluate('window.measured.worst = 0');
      await button.click();
      await settled(page);
      pressMs.push(await page.evaluate<number>('window.measured.worst'));
    }
    console.log(`consolePressMs ${what} ${JSON.stringify(pressMs)}`);
    expect(Math.min(...pressMs)).toBeGreaterThan(0);
    expect(Math.min(...pressMs)).toBeLessThanOrEqual(budget.pressMs);
    await context.close();
  });
});

/** Runs in the page: its largest paint, and its slowest answer to a press (Event Timing, as for Interaction to Next Paint). */
function observe(): void {
  const measured = { lcp: 0, worst: 0 };
  (globalThis as unknown as { measured: typeof measured }).measured = measured;
  const seen = globalThis as unknown as {
    PerformanceObserver: new (
      listen: (list: {
        getEntries(): { startTime: number; duration: number; interactionId?: number }[];
      }) => void,
    ) => {
      observe(options: object): void;
    };
  };
  new seen.PerformanceObserver((list) => {
    for (const { startTime } of list.getEntries()) measured.lcp = startTime;
  }).observe({ type: 'largest-contentful-paint', buffered: true });
  new seen.PerformanceObserver((list) => {
    for (const { duration, interactionId } of list.getEntries())
      if (interactionId) measured.worst = Math.max(measured.worst, duration);
  }).observe({ type: 'event', durationThreshold: 16, buffered: true });
}

/** What was asked for has come and been painted. */
async function settled(page: Page): Promise<void> {
  await page.waitForLoadState('networkidle');
  await page.waitForTimeout(700);
}

/** What the console does by itself, and what a keyboard can do with it: asking again, and going through days. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openPage, startBrowser } from '../support/browser.ts';
import { type ConsoleWorld, consoleWorld } from '../support/console-world.ts';
import { now } from './addresses.ts';

let browser: Browser;
let world: ConsoleWorld;
beforeAll(async () => {
  [browser, world] = await Promise.all([startBrowser(), consoleWorld({ now })]);
});
afterAll(async () => {
  await browser?.close();
  await world?.close();
});

const minuteMs = 60_000;
const stepMs = 10_000;

test('an open page asks again, less often while nothing changes, and not at all while it is hidden', async () => {
  const { page, context } = await openPage(browser);
  await page.clock.install({ time: new Date(now) });
  let asked = 0;
  page.on('request', (request) => {
    if (request.method() === 'GET' && request.url().includes('/v1/alerts?')) asked += 1;
  });
  await page.goto(`${world.url}/alerts`);
  await page
    .getByRole('link', { name: /Backup failed/ })
    .first()
    .waitFor();
  /** Time goes by in steps that are shorter than what it waits for; what was asked for comes between them. */
  const askedWithin = async (minutes: number) => {
    asked = 0;
    for (let ms = 0; ms < minutes * minuteMs; ms += stepMs) {
      await page.clock.runFor(stepMs);
      await page.waitForTimeout(60);
    }
    return asked;
  };
  const first = await askedWithin(5);
  await askedWithin(5);
  const later = await askedWithin(5);
  // Of a list every half a minute and a count every minute at first: at most six times less often.
  expect(first).toBeGreaterThan(4);
  expect(later).toBeGreaterThan(0);
  expect(later).toBeLessThanOrEqual(first / 2);
  await page.evaluate(`Object.defineProperty(document, 'hidden', { value: true, configurable: true });
    Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });
    document.dispatchEvent(new Event('visibilitychange'))`);
  // What was on its way when it was hidden.
  await askedWithin(1);
  expect(await askedWithin(10)).toBe(0);
  await context.close();
});

test('the calendar of runs is gone through with the arrow keys, says each day, and Enter opens its runs', async () => {
  const { page, context } = await openPage(browser, { now });
  await page.goto(world.url);
  const grid = page.getByRole('grid').first();
  await grid.waitFor();
  expect(await grid.locator('[tabindex="0"]').count()).toBe(1);
  await grid.locator('[tabindex="0"]').focus();
  const said = () => page.evaluate<string>('document.activeElement.getAttribute("aria-label")');
  expect(await said()).toMatch(/21 Nov/);
  await page.keyboard.press('ArrowUp');
  expect(await said()).toMatch(/20 Nov/);
  await page.keyboard.press('ArrowLeft');
  expect(await said()).toMatch(/13 Nov.*completed/);
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/runs\?.*from=2026-11-13/);
  await context.close();
});

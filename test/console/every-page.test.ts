/** What holds on every page of the console: accessible in both themes, in a narrow and in a wide window, without complaints of the browser. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  axeViolations,
  openPage,
  type PageOptions,
  sidewaysPixels,
  startBrowser,
} from '../support/browser.ts';
import { type ConsoleWorld, consoleWorld } from '../support/console-world.ts';
import { addresses, now } from './addresses.ts';

/** Another theme or width is drawn a moment later. */
const settling = { timeout: 10_000 };

let browser: Browser;
let world: ConsoleWorld;
beforeAll(async () => {
  [browser, world] = await Promise.all([startBrowser(), consoleWorld({ now })]);
});
afterAll(async () => {
  await browser?.close();
  await world?.close();
});

/** There, and everything that it asked for has come. */
async function arrive(address: string, options: PageOptions) {
  const opened = await openPage(browser, { now, ...options });
  await opened.page.goto(`${world.url}${address}`);
  await opened.page.locator('h1').first().waitFor();
  await opened.page.waitForLoadState('networkidle');
  // What is being asked for again is drawn fainter.
  await opened.page.locator('.loading, [aria-busy=true]').first().waitFor({ state: 'detached' });
  return opened;
}

describe.each(Object.entries(addresses))('%s', (_, address) => {
  test('has nothing that axe finds wrong, in either theme', async () => {
    const { page, context, complaints } = await arrive(address, { theme: 'light' });
    await expect.poll(() => axeViolations(page), settling).toEqual([]);
    await page.emulateMedia({ colorScheme: 'dark' });
    await expect.poll(() => axeViolations(page), settling).toEqual([]);
    expect(await page.locator('h1').count()).toBe(1);
    expect(await page.title()).toMatch(/Holdfast/);
    expect(complaints).toEqual([]);
    await context.close();
  });

  test('fits a narrow window and a wide one, in the longer language too', async () => {
    const { page, context, complaints } = await arrive(address, {
      width: 375,
      height: 812,
      language: 'de-DE',
    });
    await expect.poll(() => sidewaysPixels(page), settling).toBe(0);
    await expect.poll(() => axeViolations(page), settling).toEqual([]);
    await page.setViewportSize({ width: 2560, height: 1400 });
    await expect.poll(() => sidewaysPixels(page), settling).toBe(0);
    // 200 % of text in a window of 1280 pixels is a window of 640 (WCAG 2.2, 1.4.4).
    await page.setViewportSize({ width: 320, height: 640 });
    await expect.poll(() => sidewaysPixels(page), settling).toBe(0);
    expect(complaints).toEqual([]);
    await context.close();
  });
});

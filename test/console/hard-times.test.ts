/** When things go wrong around the console: a slow API, one that fails, no network, a sign-in that ends, too small a role. */
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { openPage, startBrowser } from '../support/browser.ts';
import { type ConsoleWorld, consoleWorld } from '../support/console-world.ts';

let browser: Browser;
let world: ConsoleWorld;
beforeAll(async () => {
  browser = await startBrowser();
});
beforeEach(async () => {
  world = await consoleWorld();
});
afterEach(() => world.close());
afterAll(() => browser?.close());

const overview = (path: string) => path.includes('/v1/overview');

test('a slow API: the page says that it is loading, and then shows it', async () => {
  let answer = () => {};
  const held = new Promise<void>((done) => {
    answer = done;
  });
  world.meddle(async ({ url }) => {
    if (overview(url)) await held;
    return undefined;
  });
  const { page, context } = await openPage(browser);
  await page.goto(world.url);
  await page.locator('.loading').first().waitFor();
  expect(
    await page.locator('.loading [class=visually-hidden], .loading .visually-hidden').first().textContent(),
  ).toBe('Loading');
  answer();
  await page.getByRole('link', { name: 'Shop', exact: true }).first().waitFor();
  await context.close();
});

test('an API that fails: why, its code and correlation id, and another try that works', async () => {
  const problem = {
    title: 'What Holdfast depends on does not answer',
    detail: 'DynamoDB does not answer',
    code: 'CATALOG_UNAVAILABLE',
    next: 'Try again.',
    retryable: true,
    correlationId: 'c-42',
  };
  world.meddle(({ url }) =>
    overview(url)
      ? new Response(JSON.stringify(problem), {
          status: 500,
          headers: { 'content-type': 'application/problem+json' },
        })
      : undefined,
  );
  const { page, context } = await openPage(browser);
  await page.goto(world.url);
  const alert = page.getByRole('alert').filter({ hasText: 'DynamoDB does not answer' });
  await alert.waitFor();
  expect(await alert.textContent()).toMatch(/CATALOG_UNAVAILABLE.*c-42/);
  world.meddle(undefined);
  await alert.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('link', { name: 'Shop', exact: true }).first().waitFor();
  await context.close();
});

test('no network: what was known stays, with a line that says since when', async () => {
  const { page, context } = await openPage(browser);
  await page.goto(world.url);
  await page.getByRole('link', { name: 'Shop', exact: true }).first().waitFor();
  await context.setOffline(true);
  await page.getByText(/This computer is offline since/).waitFor();
  expect(await page.getByRole('link', { name: 'Shop', exact: true }).first().isVisible()).toBe(true);
  await context.setOffline(false);
  await page.getByText(/This computer is offline since/).waitFor({ state: 'detached' });
  await context.close();
});

test('a sign-in that ends while the page is open: signing in again in a window keeps the page', async () => {
  const { page, context } = await openPage(browser);
  await page.goto(`${world.url}/plans`);
  await page.getByRole('link', { name: /Shop/ }).first().waitFor();
  // The API takes the token no more, and the issuer gives none for the refresh token.
  let ended = true;
  world.meddle(({ url }) =>
    ended && url.includes('/v1/') ? new Response('{}', { status: 401 }) : undefined,
  );
  await page.route('**/issuer/token', (route) =>
    ended
      ? route.fulfill({ status: 400, contentType: 'application/json', body: '{"error":"invalid_grant"}' })
      : route.continue(),
  );
  await page.getByRole('link', { name: 'Runs', exact: true }).first().click();
  const dialog = page.getByRole('alertdialog');
  await dialog.waitFor();
  ended = false;
  const popup = page.waitForEvent('popup');
  await dialog.getByRole('button', { name: 'Sign in again' }).click();
  await popup;
  await dialog.waitFor({ state: 'detached' });
  expect(new URL(page.url()).pathname).toBe('/runs');
  await page.getByRole('heading', { level: 1 }).waitFor();
  await context.close();
});

test('tokens are nowhere but in memory', async () => {
  const { page, context } = await openPage(browser);
  await page.goto(world.url);
  await page.getByRole('link', { name: 'Shop', exact: true }).first().waitFor();
  const kept = await page.evaluate(
    'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])',
  );
  expect(String(kept)).not.toMatch(/eyJ|access_token|refresh_token|code_verifier/);
  await context.close();
});

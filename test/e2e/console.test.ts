/**
 * The console in a browser against all of Holdfast on the local AWS: from the first visit to the first proven backup,
 * and its three journeys to their ends: is everything all right, why did it break, restore.
 */
import {
  AdminUserGlobalSignOutCommand,
  CognitoIdentityProviderClient,
} from '@aws-sdk/client-cognito-identity-provider';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { AlertListener } from '../../local/alert-listener.ts';
import { openPage, sidewaysPixels, startBrowser } from '../support/browser.ts';
import {
  ConsoleStack,
  openAs,
  press,
  type Role,
  rowsOf,
  said,
  signInOn,
  stepUpMinutes,
  tabTo,
  whyNot,
} from './console-support.ts';
import { invoke, runSql } from './support.ts';

// What takes seconds takes longer beside other tests.
vi.setConfig({ testTimeout: 180_000 });

let stack: ConsoleStack;
let browser: Browser;
/** Signed in first, so that what cannot be undone asks for another sign-in in the end. */
let early: { readonly page: Page; readonly at: number };
let seeding: Promise<{ readonly shop: string; readonly ledger: string }> | undefined;

/** Two plans, each with a backup that was proven by being restored; and somebody hears of alerts. */
function seeded() {
  seeding ??= (async () => {
    const listening = AlertListener.start(stack.outputs.AlertsTopicArn ?? '');
    await Promise.all([stack.makePlan('shop'), stack.makePlan('ledger'), listening]);
    const [shop, ledger] = await Promise.all([stack.proven('shop'), stack.proven('ledger')]);
    await (await listening).stop();
    return { shop, ledger };
  })();
  return seeding;
}

/** A page says things a moment later than it is there. */
const soon = { timeout: 30_000 };
const reads = (of: Locator, what: RegExp) => expect.poll(() => said(of), soon).toMatch(what);

const open = (role: Role, path?: string, options?: Parameters<typeof openAs>[3]) =>
  openAs({ stack, browser }, role, path, options);
const menu = (page: Page) => page.getByRole('navigation', { name: 'Menu' });
const main = (page: Page) => page.getByRole('main');
const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name });

beforeAll(async () => {
  [stack, browser] = await Promise.all([ConsoleStack.start(), startBrowser()]);
}, 240_000);

afterAll(async () => {
  await browser?.close();
  await stack?.stop();
});

describe('a first visit', () => {
  it('leads from nothing to a backup that was proven by being restored', async () => {
    const { page, complaints } = await openPage(browser);
    page.setDefaultTimeout(30_000);
    await page.goto(stack.url);
    await signInOn(page, 'admin', stack);
    early = { page, at: Date.now() };
    await page.getByRole('heading', { name: 'Nothing is backed up yet' }).waitFor();
    // Beside what follows; whoever needs it hears whether it went well.
    seeded().catch(() => undefined);

    await page.getByRole('link', { name: 'Make the first plan' }).click();
    await page.getByLabel('A short id for the plan').fill('first');
    expect(await page.getByLabel('Name of the secret').inputValue()).toBe('holdfast/sources/first');
    await button(page, 'Go on').click();
    await button(page, 'Try it').click();
    await main(page).getByText('Everything that a run needs is there').waitFor();
    expect(await said(main(page))).toContain('role holdfast may read everything');
    await button(page, 'Go on').click();
    // When it would run is the API's word.
    await main(page).getByText('Next runs').waitFor();
    await button(page, 'Make the plan').click();
    await button(page, 'Make the first backup').click();
    await main(page).getByText('The backup is complete').waitFor();
    await button(page, 'Go on').click();
    await button(page, 'Restore it and compare').click();
    await main(page).getByText('Proven: it was restored').waitFor();
    await button(page, 'Go on').click();
    await main(page).getByText('You have a proven backup').waitFor();

    await main(page).getByRole('link', { name: 'To the overview' }).click();
    // Not for a moment what was true before.
    const verdict = page.getByRole('region', { name: 'How it is' }).getByRole('heading');
    expect(await said(verdict)).not.toBe('Nothing is backed up yet');
    const row = main(page).getByRole('row').filter({ hasText: 'first' });
    await reads(row, /Well .*last good .*by a restore/);
    expect(complaints).toEqual([]);
  });
});

describe('is everything all right?', () => {
  it('is answered by one banner, and per plan by its last good and its last proven recovery point', async () => {
    const { shop } = await seeded();
    const { page, context, complaints } = await open('viewer');
    // Past the menu, for who has no mouse.
    await press(page, page.getByRole('link', { name: 'To the content' }));
    expect(await main(page).evaluate((place) => place === place.ownerDocument.activeElement)).toBe(true);
    const banner = page.getByRole('region', { name: 'How it is' });
    await banner.getByRole('heading', { name: 'Everything is all right' }).waitFor();
    await reads(banner, /plans have a recovery point as new as promised/);
    const row = main(page).getByRole('row').filter({ hasText: 'shop' });
    const { body } = await stack.call('viewer', 'GET', '/v1/overview?plan=shop');
    expect(body.plans[0]).toMatchObject({ state: 'well', lastGood: { backupId: shop } });
    const at = (address: string) => row.locator(`a[href="${address}"]`);
    await reads(at(`/points/${shop}`).filter({ hasText: 'last good' }), /last good \d+ \w+/);
    expect(await at(`/points/${shop}`).filter({ hasText: 'by a restore' }).count()).toBe(1);
    expect(await said(at(`/runs/${shop}`))).toBe('Completed');
    // Its schedule is once a year.
    await reads(row, /in \d+ days|in \d+ months/);
    expect(
      await row
        .getByRole('img', { name: /Last 30 days: 1 with a backup, 1 proven, 0 with a failure/ })
        .count(),
    ).toBe(1);
    expect(complaints).toEqual([]);
    await context.close();
  });
});

describe('it broke: why, and what do I do?', () => {
  it('leads by keyboard alone from the overview by the alert to the run that failed, its cause, and a retry that closes the alert', async () => {
    await seeded();
    await stack.setPassword('ledger', 'not-the-password');
    const failed = await stack.ended(await stack.call('operator', 'POST', '/v1/backups', { plan: 'ledger' }));
    expect(failed.status).toBe('failed');

    const { page, context, complaints } = await open('operator');
    const banner = page.getByRole('region', { name: 'How it is' });
    await banner.getByRole('heading', { name: '1 plan is in trouble' }).waitFor();
    await reads(banner, /ledger: the newest run failed: .*password authentication failed/);
    const row = main(page).getByRole('row').filter({ hasText: 'ledger' });
    // The last good one stays what it was beside the latest attempt.
    await reads(row, /Failed .*last good .*by a restore/);

    await press(page, menu(page).getByRole('link', { name: /^Alerts/ }));
    await press(page, main(page).getByRole('link', { name: 'Backup failed' }));
    await page.waitForURL(/\/alerts\/.+/);
    const alertAddress = page.url();
    await reads(main(page), /connecting as holdfast .*password authentication failed/);
    await press(page, main(page).getByRole('link', { name: /^See the run/ }));
    await page.waitForURL(`**/runs/${failed.backupId}`);
    const step = main(page).getByRole('row').filter({ hasText: 'Opens' });
    await reads(step, /password authentication failed.*Failed/);
    expect(await said(main(page))).toContain('check the user and password in the secret');
    const log = page.getByRole('log');
    await log.getByText('backup attempt failed').waitFor();
    // Of this run alone: those of the other runs are not here.
    expect(await said(log)).not.toContain('segment stored');

    await stack.setPassword('ledger');
    await press(page, button(page, 'Try again'));
    await press(page, page.getByRole('alertdialog').getByRole('button', { name: 'Back up now' }));
    await page.waitForURL((address) => !address.href.endsWith(failed.backupId));
    await main(page).getByText('The backup is complete').waitFor();
    await log.getByText('segment stored').first().waitFor();
    expect(await said(log)).not.toContain('backup attempt failed');

    await page.goto(alertAddress);
    await main(page).getByText('It was well again and closed by itself').waitFor();
    await press(page, menu(page).getByRole('link', { name: /^Alerts/ }));
    await main(page).getByText('No open alerts').waitFor();
    expect(complaints).toEqual([]);
    await context.close();
  });
});

describe('it is 3 a.m., restore', () => {
  const stepOf = (page: Page) => main(page).getByRole('heading', { level: 2 }).first();

  /** What the page says at its end, and what is really there. */
  async function comparedAndThere(page: Page, database: string, tables: readonly string[]) {
    await main(page).getByText('Restored, and it is what was backed up').waitFor();
    const table = page.getByRole('table', { name: 'Backed up and restored, side by side' });
    for (const name of tables) {
      const rows = rowsOf[name as keyof typeof rowsOf].toLocaleString('en');
      expect(await said(table.getByRole('row').filter({ hasText: `public.${name}` }))).toMatch(
        new RegExp(`${rows} .*${rows} the same The same`),
      );
    }
    expect(await said(page.getByRole('region', { name: 'From here to using it' }))).toContain(
      `Look at ${database}`,
    );
    const [restored, source] = await Promise.all([stack.contents(database), stack.contents('shop')]);
    expect(restored).toEqual(Object.fromEntries(tables.map((name) => [name, source?.[name]])));
  }

  it('goes by mouse into a new database, once, whatever is reloaded, pressed twice or opened again', async () => {
    const { shop } = await seeded();
    const { page, context, complaints } = await open('operator');
    await page.getByRole('link', { name: 'Restore shop' }).click();
    const point = page.getByRole('radio', { checked: true });
    await main(page).getByText('newest proven one').waitFor();
    expect(await point.getAttribute('value')).toBe(shop);
    await button(page, 'Go on').click();
    await page.getByRole('radio', { name: /^Everything/ }).waitFor();
    await button(page, 'Go on').click();
    await page.getByLabel('Name of the new database').fill('shop_by_mouse');
    await page.getByLabel('Another server').focus();
    // In the middle: nothing that was chosen is lost.
    await page.waitForURL(/database=shop_by_mouse/);
    await page.reload();
    expect(await page.getByLabel('Name of the new database').inputValue()).toBe('shop_by_mouse');
    await button(page, 'Go on').click();
    await main(page).getByText('Nothing is in the way').waitFor();
    expect(await said(main(page))).toContain('there is no database shop_by_mouse');
    await button(page, 'Go on').click();
    await main(page)
      .getByText(/Everything in the recovery point of shop .* goes into .*shop_by_mouse/)
      .waitFor();
    await page.waitForURL(/order=/);
    const second = await context.newPage();
    second.setDefaultTimeout(30_000);
    await second.goto(page.url());
    await Promise.all(
      [page, second].map((each) =>
        button(each, 'Restore now').and(each.locator(':not([aria-disabled])')).waitFor(),
      ),
    );
    await Promise.all([button(page, 'Restore now').dblclick(), button(second, 'Restore now').click()]);
    await Promise.all([page, second].map((each) => each.waitForURL(/\/restores\/.+/)));
    expect(second.url()).toBe(page.url());
    await comparedAndThere(page, 'shop_by_mouse', ['customers', 'orders']);
    const { body } = await stack.call('viewer', 'GET', '/v1/restores?plan=shop');
    const made = (body.items as readonly { restoreId: string; request: { options: object } }[])
      .filter(({ request }) => JSON.stringify(request.options).includes('shop_by_mouse'))
      .map(({ restoreId }) => restoreId);
    expect(made).toEqual([new URL(page.url()).pathname.split('/').at(-1)]);
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('goes by keyboard alone in a window of 375 pixels', async () => {
    await seeded();
    const { page, context, complaints } = await openPage(browser, { width: 375, height: 812 });
    page.setDefaultTimeout(30_000);
    await page.goto(stack.url);
    // The password is where the cursor is.
    await page.getByLabel('Password').waitFor();
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.type('operator');
    await page.keyboard.press('Tab');
    await page.keyboard.type(stack.passwordOf('operator'));
    await page.keyboard.press('Enter');
    await press(page, page.getByRole('link', { name: 'Restore shop' }));
    await main(page).getByText('newest proven one').waitFor();
    expect(await said(stepOf(page))).toBe('Which recovery point?');
    await press(page, button(page, 'Go on'));
    await main(page).getByRole('heading', { name: 'What of it?' }).waitFor();
    expect(await sidewaysPixels(page)).toBe(0);
    await press(page, button(page, 'Go on'));
    await tabTo(page, page.getByLabel('Name of the new database'));
    await page.keyboard.type('shop_by_keyboard');
    await press(page, button(page, 'Go on'));
    await main(page).getByText('Nothing is in the way').waitFor();
    expect(await sidewaysPixels(page)).toBe(0);
    await press(page, button(page, 'Go on'));
    await main(page)
      .getByText(/goes into .*shop_by_keyboard/)
      .waitFor();
    expect(await sidewaysPixels(page)).toBe(0);
    await press(page, button(page, 'Restore now').and(page.locator(':not([aria-disabled])')));
    await comparedAndThere(page, 'shop_by_keyboard', ['customers', 'orders']);
    expect(await sidewaysPixels(page)).toBe(0);
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('brings back a single table in the same way', async () => {
    const { shop } = await seeded();
    const { page, context, complaints } = await open(
      'operator',
      `/restore?plan=shop&point=${shop}&step=what`,
    );
    await page.getByRole('radio', { name: /^Single tables/ }).check();
    await expect.poll(() => whyNot(button(page, 'Go on')), soon).toMatch(/^Choose at least one name/);
    await page.getByRole('checkbox', { name: /^public\.customers/ }).check();
    await main(page).getByText('1 name chosen').waitFor();
    await button(page, 'Go on').click();
    expect(await page.getByRole('radio', { name: /^In place of a database/ }).isDisabled()).toBe(true);
    await page.getByLabel('Name of the new database').fill('shop_customers');
    await button(page, 'Go on').click();
    await main(page).getByText('Nothing is in the way').waitFor();
    await button(page, 'Go on').click();
    await main(page)
      .getByText(/Only public\.customers in the recovery point of shop/)
      .waitFor();
    await button(page, 'Restore now').click();
    await page.waitForURL(/\/restores\/.+/);
    await comparedAndThere(page, 'shop_customers', ['customers']);
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('takes the place of a database only with a restore point, its name typed, and a fresh sign-in', async () => {
    const { shop } = await seeded();
    const good = await stack.contents('shop');
    await runSql(
      stack.server.url('shop'),
      'DELETE FROM orders WHERE id > 10',
      "UPDATE customers SET name = 'lost'",
    );
    const lost = await stack.contents('shop');
    const { page } = early;
    await page.goto(`${stack.url}/restore?plan=shop&point=${shop}&step=what`);
    await page.getByRole('radio', { name: /^Everything .*2 tables/ }).waitFor();
    await button(page, 'Go on').click();
    await page.getByRole('radio', { name: /^In place of a database/ }).check();
    expect(await page.getByLabel('Name of the database that is there').inputValue()).toBe('shop');
    await button(page, 'Go on').click();
    await main(page).getByText('Nothing is in the way').waitFor();
    await button(page, 'Go on').click();

    const order = button(page, 'Overwrite and restore now');
    await expect.poll(() => whyNot(order), soon).toContain('Make the restore point first');
    await button(page, 'Make the restore point').click();
    await main(page).getByText('The restore point is made').waitFor();
    expect(await whyNot(order)).toBe('Type the name of what is overwritten first.');
    await page.getByLabel('Type shop', { exact: true }).fill('shop');
    expect(await whyNot(order)).toBeUndefined();

    const tooLongAgo = early.at + stepUpMinutes * 60_000 + 1_000;
    await new Promise((wait) => setTimeout(wait, Math.max(0, tooLongAgo - Date.now())));
    await order.click();
    await main(page).getByText('Sign in again for this').waitFor();
    expect(await stack.contents('shop')).toEqual(lost);
    const popup = page.waitForEvent('popup');
    await button(page, 'Sign in and go on').click();
    await signInOn(await popup, 'admin', stack);
    await page.waitForURL(/\/restores\/.+/);
    await main(page).getByText('Restored, and it is what was backed up').waitFor();
    expect(await stack.contents('shop')).toEqual(good);
    // What was there stays until somebody drops it, and the page says how.
    const [kept = ''] = await stack.databasesLike('shop_before_');
    expect(await stack.contents(kept)).toEqual(lost);
    await reads(main(page), new RegExp(`DROP DATABASE "?${kept}`));
  });
});

describe('who may do what', () => {
  const may = (page: Page, name: string) => whyNot(button(page, name).first());
  const operators = 'This needs the role operator; you are viewer.';
  const admins = (role: string) => `This needs the role administrator; you are ${role}.`;

  it.each([
    ['viewer', operators, admins('viewer')],
    ['operator', undefined, admins('operator')],
    ['admin', undefined, undefined],
  ] as const)(
    'a %s sees every button, and why some do nothing; the API says the same',
    async (role, operate, administer) => {
      const { shop } = await seeded();
      const { page, context } = await open(role);
      expect(await may(page, 'Back up shop now')).toBe(operate);
      await page.getByRole('link', { name: 'shop', exact: true }).click();
      expect(await may(page, 'Back up now')).toBe(operate);
      expect(await may(page, 'Edit')).toBe(administer);
      await page.goto(`${stack.url}/points/${shop}`);
      expect(await may(page, 'Verify now')).toBe(operate);
      expect(await may(page, 'Pin')).toBe(operate);
      expect(await may(page, 'Delete')).toBe(administer);
      await button(page, 'Delete').focus();
      await page.keyboard.press('Enter');
      if (administer === undefined) await page.getByRole('alertdialog').waitFor();
      // Said to who cannot see that nothing opens.
      else await page.getByRole('status').filter({ hasText: administer }).waitFor();
      await context.close();

      const refused = { status: 403, body: { code: 'FORBIDDEN' } };
      const dryRun = await stack.call(role, 'POST', `/v1/backups/${shop}/restore?dryRun=true`, {
        options: {},
      });
      expect(dryRun).toMatchObject(operate === undefined ? { status: 200 } : refused);
      const plan = { id: 'shop', sources: [] };
      const made = await stack.call(role, 'POST', '/v1/plans?dryRun=true', plan);
      expect(made).toMatchObject(administer === undefined ? { status: 400 } : refused);
    },
  );
});

describe('two tabs that edit one plan', () => {
  it('lose nothing: who saves second sees what the other saved, and goes on with their own on top', async () => {
    await seeded();
    const { page: first, context, complaints } = await open('admin', '/plans/ledger/edit');
    const second = await context.newPage();
    second.setDefaultTimeout(30_000);
    await second.goto(first.url());
    const review = (page: Page) => button(page, 'Review and save').first().click();
    const save = (page: Page) => page.getByRole('alertdialog').getByRole('button', { name: 'Save' }).click();
    await second.getByLabel('Days', { exact: true }).fill('45');
    await review(second);
    await second.getByRole('alertdialog').getByText('retention.daily').waitFor();

    await first.getByRole('region', { name: 'Plan', exact: true }).getByLabel('Name').fill('The ledger');
    await review(first);
    await save(first);
    await first.waitForURL(/\/plans\/ledger$/);
    await main(first).getByRole('heading', { name: 'The ledger' }).waitFor();

    // What was looked at is not what is there any more.
    await save(second);
    await second.getByText('admin saved another version meanwhile').waitFor();
    const changes = second.getByRole('table', { name: 'What was changed by whom' });
    await reads(changes, /name .*The ledger unchanged/);
    await reads(changes, /retention\.daily 30 unchanged 45/);
    expect(await second.getByLabel('Days', { exact: true }).inputValue()).toBe('45');
    await button(second, 'Go on with mine on top').click();
    await review(second);
    await save(second);
    await second.waitForURL(/\/plans\/ledger$/);
    const { body } = await stack.call('viewer', 'GET', '/v1/plans/ledger');
    expect(body.plan).toMatchObject({ name: 'The ledger', retention: { daily: 45 } });
    expect(complaints).toEqual([]);
    await context.close();
  });
});

describe('a sign-in that ends while the page is open', () => {
  it('asks for another one in a window of its own, and what was typed stays', async () => {
    await seeded();
    const { page, context } = await openPage(browser);
    page.setDefaultTimeout(30_000);
    await page.clock.install();
    await page.goto(`${stack.url}/plans`);
    await signInOn(page, 'viewer', stack);
    const search = page.getByLabel('Name, id, secret or bucket');
    await search.fill('sho');
    // In the pool: the refresh token is good no more. It says in whole seconds when it was made.
    await new Promise((wait) => setTimeout(wait, 1_100));
    const cognito = new CognitoIdentityProviderClient({});
    const who = { UserPoolId: stack.outputs.UserPoolId, Username: 'viewer' };
    await cognito.send(new AdminUserGlobalSignOutCommand(who));
    cognito.destroy();
    await page.clock.fastForward('01:05:00');
    const ended = page.getByRole('alertdialog', { name: 'Your sign-in has ended' });
    await ended.waitFor();
    const popup = page.waitForEvent('popup');
    await ended.getByRole('button', { name: 'Sign in again' }).click();
    await signInOn(await popup, 'viewer', stack);
    await ended.waitFor({ state: 'detached' });
    expect(await search.inputValue()).toBe('sho');
    await main(page).getByRole('link', { name: 'shop', exact: true }).waitFor();
    await context.close();
  });
});

describe('the public status', () => {
  it('says how it is to everybody, without a sign-in and without a name', async () => {
    await seeded();
    const { error, reply } = await invoke(stack.outputs.WatchFunction, { task: 'watch' });
    expect(error, JSON.stringify(reply)).toBeUndefined();
    const { page, context, complaints } = await openPage(browser);
    const told: string[] = [];
    page.on('request', (request) => told.push(new URL(request.url()).pathname));
    await page.goto(`${stack.url}/status`);
    await page.getByText('Last good backup').waitFor();
    const { status, body } = await stack.call(undefined, 'GET', '/v1/public-status');
    expect(status).toBe(200);
    const words = { well: 'All is well', trouble: 'There is trouble' }[String(body.state)];
    expect(await said(page.getByRole('heading', { level: 1 }))).toBe(words);
    expect(await said(page.locator('body'))).not.toMatch(/shop|ledger|first/);
    expect(JSON.stringify(body)).not.toMatch(/shop|ledger|first/);
    expect(told.filter((path) => path.startsWith('/local-sign-in'))).toEqual([]);
    expect(told.some((path) => path.endsWith('/v1/public-status'))).toBe(true);
    expect(complaints).toEqual([]);
    await context.close();
  });
});

/**
 * `npm run pictures`: pictures of the console's pages at 375 and 1280 pixels, light and dark, with a clock that stands still,
 * into `.local/pictures/`, to be looked at by eye; those that the documents show go to `docs/pictures/`.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { LOCAL_DIR } from '../../layers/tools-dir.ts';
import { openPage, startBrowser } from '../support/browser.ts';
import { consoleWorld } from '../support/console-world.ts';
import { addresses, now } from './addresses.ts';

/** Name → how it is in the documents. */
const shown: Readonly<Record<string, { readonly width: number; readonly theme: 'light' | 'dark' }>> = {
  overview: { width: 1280, theme: 'light' },
  'run-failed': { width: 1280, theme: 'light' },
  'restore-point': { width: 375, theme: 'light' },
  'restore-check': { width: 375, theme: 'light' },
  drills: { width: 1280, theme: 'dark' },
  'plan-retention': { width: 1280, theme: 'light' },
  evidence: { width: 1280, theme: 'light' },
};

const documents = join(import.meta.dirname, '../../docs/pictures');
const own = join(LOCAL_DIR, 'pictures');

await Promise.all([documents, own].map((folder) => mkdir(folder, { recursive: true })));
const [browser, world] = await Promise.all([startBrowser(), consoleWorld({ now })]);
/** Names as arguments: only these. */
const asked = process.argv.slice(2);

for (const [name, address] of Object.entries(addresses)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  for (const width of [375, 1280] as const) {
    for (const theme of ['light', 'dark'] as const) {
      const { page, context, complaints } = await openPage(browser, {
        width,
        theme,
        now,
        height: width === 375 ? 812 : 900,
      });
      await page.goto(`${world.url}${address}`);
      await page.locator('h1').first().waitFor();
      await page.waitForLoadState('networkidle');
      await page.waitForTimeout(500);
      await page.screenshot({ path: join(own, `${name}-${width}-${theme}.png`), fullPage: true });
      const document = shown[name];
      if (document?.width === width && document.theme === theme) {
        await page.screenshot({ path: join(documents, `${name}.png`) });
      }
      for (const complaint of complaints) console.warn(`${name} ${width} ${theme}: ${complaint}`);
      await context.close();
    }
  }
  console.log(name);
}
await browser.close();
await world.close();

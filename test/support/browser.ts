/** A browser for tests of the console: one for a file, a context of its own for each test, nothing kept between them. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { chromiumProgram } from '../../local/chromium.ts';

export interface PageOptions {
  readonly width?: number;
  readonly height?: number;
  readonly theme?: 'light' | 'dark';
  readonly language?: 'en-GB' | 'de-DE';
  /** The page's clock stands still at this time. */
  readonly now?: string;
}

export interface Opened {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What the browser complained of: exceptions, errors of the console, violations of the page's policy. */
  readonly complaints: readonly string[];
}

export async function startBrowser(): Promise<Browser> {
  const { path, env } = await chromiumProgram();
  return chromium.launch({
    executablePath: path,
    // Tests run as root in some places, where Chromium has no sandbox.
    args: ['--no-sandbox', '--force-color-profile=srgb', '--font-render-hinting=none'],
    env: { ...(process.env as Record<string, string>), ...env },
  });
}

/** What a browser says when a call failed, which is the page's to tell. */
const expected = /Failed to load resource|net::ERR_/;

export async function openPage(
  browser: Browser,
  { width = 1280, height = 900, theme = 'light', language = 'en-GB', now }: PageOptions = {},
): Promise<Opened> {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: theme,
    locale: language,
    timezoneId: 'Europe/Berlin',
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !expected.test(message.text())) complaints.push(message.text());
  });
  if (now !== undefined) await page.clock.setFixedTime(new Date(now));
  return { page, context, complaints };
}

export interface Violation {
  readonly rule: string;
  readonly impact: string;
  readonly help: string;
  readonly where: readonly string[];
}

let axeSource: Promise<string> | undefined;

/** What axe finds wrong with the page as it is, by WCAG 2.2 A and AA and its best practices. */
export async function axeViolations(page: Page): Promise<readonly Violation[]> {
  axeSource ??= readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  // Not by a script element, which the page's policy forbids.
  await page.evaluate(await axeSource);
  return page.evaluate(async () => {
    interface Found {
      readonly violations: readonly {
        readonly id: string;
        readonly impact: string;
        readonly help: string;
        readonly nodes: readonly { readonly target: readonly string[] }[];
      }[];
    }
    const { axe } = globalThis as unknown as { axe: { run(options: object): Promise<Found> } };
    const { violations } = await axe.run({
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    });
    return violations.map(({ id, impact, help, nodes }) => ({
      ...{ rule: id, impact, help },
      where: nodes.slice(0, 5).map(({ target }) => target.join(' ')),
    }));
  });
}

/** By how many pixels the page is wider than its window; 0: it need not be scrolled sideways. */
export function sidewaysPixels(page: Page): Promise<number> {
  return page.evaluate(
    'Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth)',
  ) as Promise<number>;
}

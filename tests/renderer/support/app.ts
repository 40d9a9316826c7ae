import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, onTestFinished } from 'vitest';
import { buildPageOnce } from './build-page.ts';
import { noteCanvasLabels } from './canvas-labels.ts';
import { launchChromium } from './chromium.ts';
import { endApp, type ServeAppOptions, type Serving, serveApp } from './serve-app.ts';

const PATIENCE_MILLISECONDS = 45_000;

export interface AppOptions extends Omit<ServeAppOptions, 'home'> {
  /** The data folder; a new one without it. */
  readonly home?: string;
  /** Starts the host; `keel serve` without it. */
  readonly begin?: (options: ServeAppOptions) => Promise<Serving>;
  readonly theme?: 'light' | 'dark';
  readonly viewport?: { readonly width: number; readonly height: number };
}

export interface App {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly home: string;
  readonly origin: string;
  readonly host: ChildProcess;
  /** What the page's console and uncaught errors said; a test may look that nothing did. */
  readonly complaints: readonly string[];
  /** Opens an address of the app and waits for its heading. */
  open(path: string): Promise<void>;
}

let browser: Promise<Browser> | null = null;

/** One Chromium for all tests of a file. */
export function sharedBrowser(): Promise<Browser> {
  browser ??= launchChromium();
  return browser;
}

afterAll(async () => {
  await (await browser)?.close();
  browser = null;
});

/**
 * The app as a person has it: the real host with its store and engines, in a data folder of its own, and its page in
 * Chromium. All of it ends with the test.
 */
export async function openApp(options: AppOptions = {}): Promise<App> {
  await buildPageOnce();
  const home = options.home ?? mkdtempSync(join(tmpdir(), 'keel-app-'));
  const { url, child } = await (options.begin ?? serveApp)({ ...options, home });
  const context = await (await sharedBrowser()).newContext({
    viewport: options.viewport ?? { width: 1280, height: 800 },
    colorScheme: options.theme ?? 'light',
    reducedMotion: 'reduce',
  });
  await noteCanvasLabels(context);
  context.setDefaultTimeout(PATIENCE_MILLISECONDS);
  const page = await context.newPage();
  onTestFinished(async () => {
    await context.close();
    await endApp(child);
    if (!options.home) rmSync(home, { recursive: true, force: true });
  });
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning')
      complaints.push(`${message.text()} ${message.location().url}`);
  });
  await page.goto(url);
  await page.locator('main h1, main h2').first().waitFor();
  const { origin } = new URL(page.url());
  const open = async (path: string) => {
    await page.goto(origin + path);
    await page.locator('main h1, main h2').first().waitFor();
  };
  return { page, context, home, origin, host: child, complaints, open };
}

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, onTestFinished } from 'vitest';
import { ROOT } from '../../architecture/source-tree.ts';
import { buildPageOnce } from './build-page.ts';

/** Places of the system's Chromium; `KEEL_CHROMIUM` names another one. */
const CHROMIUM = [
  process.env.KEEL_CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const PATIENCE_MILLISECONDS = 20_000;

export interface AppOptions {
  /** The data folder; a new one without it. */
  readonly home?: string;
  readonly theme?: 'light' | 'dark';
  readonly viewport?: { readonly width: number; readonly height: number };
  /** Folders beside the data folder that the page may use. */
  readonly roots?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
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
  const executablePath = CHROMIUM.find((path) => path && existsSync(path));
  if (!executablePath) throw new Error('No Chromium is installed: apt-get install chromium, or set KEEL_CHROMIUM.');
  browser ??= chromium.launch({ executablePath, args: FLAGS });
  return browser;
}

afterAll(async () => {
  await (await browser)?.close();
  browser = null;
});

interface Serving {
  readonly url: string;
  readonly child: ChildProcess;
}

/** Starts `keel serve` as a person would and reads its link. */
export async function serveApp({ home, roots, environment }: AppOptions & { readonly home: string }): Promise<Serving> {
  const engine = process.env.KEEL_ENGINE_BINDING ?? '';
  const child = spawn(
    process.execPath,
    [
      join(ROOT, 'src-main/cli/main.ts'),
      'serve',
      '--port',
      '0',
      '--json',
      ...(roots ?? []).flatMap((root) => ['--root', root]),
    ],
    {
      cwd: home,
      env: { ...process.env, KEEL_HOME: home, KEEL_ENGINE_BINDING: engine, ...environment },
      stdio: ['pipe', 'pipe', 'pipe'],
    },
  );
  let words = '';
  child.stderr.on('data', (text: Buffer) => {
    words = (words + text.toString()).slice(-4000);
  });
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const said = line.startsWith('{') ? (JSON.parse(line) as { type?: string; url?: string }) : {};
      if (said.type === 'serving' && said.url) resolve(said.url);
    });
    child.once('exit', (code) => reject(new Error(`keel serve ended with ${code}: ${words}`)));
  });
  return { url, child };
}

/** Ends a host and waits for it. */
export async function endApp(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await gone;
}

/**
 * The app as a person has it: the real host with its store and engines, in a data folder of its own, and its page in
 * Chromium. All of it ends with the test.
 */
export async function openApp(options: AppOptions = {}): Promise<App> {
  await buildPageOnce();
  const home = options.home ?? mkdtempSync(join(tmpdir(), 'keel-app-'));
  const { url, child } = await serveApp({ ...options, home });
  const context = await (await sharedBrowser()).newContext({
    viewport: options.viewport ?? { width: 1280, height: 800 },
    colorScheme: options.theme ?? 'light',
    reducedMotion: 'reduce',
  });
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
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  await page.goto(url);
  await page.locator('main h1, main h2').first().waitFor();
  const { origin } = new URL(url);
  const open = async (path: string) => {
    await page.goto(origin + path);
    await page.locator('main h1, main h2').first().waitFor();
  };
  return { page, context, home, origin, host: child, complaints, open };
}

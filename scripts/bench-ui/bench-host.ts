import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

const PROBE = readFileSync(new URL('./page-probe.mjs', import.meta.url), 'utf8');

export interface BenchHost {
  readonly origin: string;
  /** A page with the probe in it. */
  newPage(): Promise<Page>;
  /** Hands over a page of a browser that has nothing kept but its leave to enter, and closes it. */
  withFreshPage<Result>(work: (page: Page) => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}

async function linkOf(child: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: child.stdout! })) {
    if (line.startsWith('{')) return (JSON.parse(line) as { url: string }).url;
  }
  throw new Error('The host of the bench ended before it served.');
}

/** Serves a data folder in a process of its own and opens a browser's session at it. */
export async function openBenchHost(
  browser: Browser,
  home: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<BenchHost> {
  const entry = fileURLToPath(new URL('./serve.ts', import.meta.url));
  const env = { ...process.env, KEEL_HOME: home, ...environment };
  const child = spawn(process.execPath, [entry], { env, stdio: ['pipe', 'pipe', 'inherit'] });
  const url = await linkOf(child);
  const look = { viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' } as const;
  const prepared = async (options: BrowserContextOptions) => {
    const made = await browser.newContext({ ...look, ...options });
    made.setDefaultTimeout(120_000);
    await made.addInitScript(PROBE);
    return made;
  };
  const context = await prepared({});
  const first = await context.newPage();
  await first.goto(url);
  await first.locator('main h1').first().waitFor();
  await first.close();
  return {
    origin: new URL(url).origin,
    newPage: () => context.newPage(),
    async withFreshPage(work) {
      const fresh = await prepared({ storageState: await context.storageState() });
      try {
        return await work(await fresh.newPage());
      } finally {
        await fresh.close();
      }
    },
    close: async () => {
      await context.close();
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await gone;
    },
  };
}

/** Reads a number from the page's probe. */
export function probe(page: Page, expression: string): Promise<number> {
  return page.evaluate(`keelProbe.${expression}`) as Promise<number>;
}

/** The page's clock at the first frame in which so many elements are there. */
export function whenThere(page: Page, selector: string, least: number, text = ''): Promise<number> {
  return probe(page, `whenThere(${[selector, least, text].map((value) => JSON.stringify(value)).join(', ')})`);
}

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import type { BenchHost } from './bench-host.ts';
import { probe, whenThere } from './bench-host.ts';
import { type Figure, quantile } from './figure.ts';

const sixPlots = (page: Page) => whenThere(page, '.u-over', 6);

/** All scripts and styles of the page together, whether a page loads them or not. */
export function measureBundle(folder: string): Figure {
  const files = readdirSync(join(folder, 'assets')).filter((name) => /\.(js|css)$/.test(name));
  const bytes = files.reduce((sum, name) => sum + gzipSync(readFileSync(join(folder, 'assets', name))).length, 0);
  return { name: 'renderer bundle, gzipped', value: bytes / 1000, limit: 600, unit: 'kB' };
}

/** As anybody has who opens another page: the app is known to the browser, that page is not. */
async function openHome({ origin }: BenchHost, page: Page): Promise<void> {
  await page.goto(origin);
  await whenThere(page, 'main h1', 1);
}

const TURNS = 3;

/** The median of each figure over a few turns: one opening alone tells more of what else the machine does. */
async function inTurns(measure: () => Promise<readonly Figure[]>): Promise<readonly Figure[]> {
  const turns: (readonly Figure[])[] = [];
  for (let turn = 0; turn < TURNS; turn += 1) turns.push(await measure());
  return turns[0]!.map((figure, at) => {
    const values = turns.map((each) => each[at]!.value).sort((one, other) => one - other);
    return { ...figure, value: quantile(values, 0.5) };
  });
}

/** A browser without anything in its cache opens the app. */
export function measureFirstPaint(host: BenchHost): Promise<readonly Figure[]> {
  return inTurns(() =>
    host.withFreshPage(async (page) => {
      await page.goto(host.origin);
      const useful = await whenThere(page, 'main h1', 1);
      return [{ name: 'first useful paint of the served app', value: useful, limit: 1000, unit: 'ms' }];
    }),
  );
}

/** A long run opens by its address, and by a click in the list; then its six plots are panned. */
export function measureLongRun(host: BenchHost, id: string): Promise<readonly Figure[]> {
  return inTurns(() =>
    host.withFreshPage(async (page) => {
      await openHome(host, page);
      await page.goto(`${host.origin}/runs/${id}`);
      const byAddress = await sixPlots(page);
      await page.goto(`${host.origin}/runs`);
      await page.getByRole('searchbox').fill('long');
      const link = page.locator(`a[href="/runs/${id}"]`);
      await link.waitFor();
      const before = (await link.evaluate((element: { click(): void }) => {
        const now = performance.now();
        element.click();
        return now;
      })) as number;
      const byClick = (await sixPlots(page)) - before;
      const gaps = (await page.evaluate('keelProbe.pan(360)')) as readonly number[];
      return [
        { name: 'run of 200,000 points a series, by a click', value: byClick, limit: 1000, unit: 'ms' },
        { name: 'the same by its address, page included', value: byAddress, limit: 1000, unit: 'ms' },
        { name: 'six plots panned, frame time, median', value: quantile(gaps, 0.5), limit: 33, unit: 'ms' },
        { name: 'six plots panned, frame time, p95', value: quantile(gaps, 0.95), limit: 33, unit: 'ms' },
      ];
    }),
  );
}

/** The list of all runs appears, and is scrolled through. */
export function measureRunList(host: BenchHost, count: number): Promise<readonly Figure[]> {
  return inTurns(() =>
    host.withFreshPage(async (page) => {
      await openHome(host, page);
      await page.goto(`${host.origin}/runs`);
      const shown = await whenThere(page, '.data-table [role=row]', 10);
      await whenThere(page, '[role=status]', 1, `${count} of ${count} runs`);
      const longest = await probe(page, 'longest()');
      const gaps = (await page.evaluate('keelProbe.scroll(180)')) as readonly number[];
      return [
        { name: '1,000 runs listed, first rows', value: shown, limit: 1000, unit: 'ms' },
        { name: '1,000 runs listed, longest task', value: longest, limit: 100, unit: 'ms' },
        { name: '1,000 runs scrolled, frame time, p95', value: quantile(gaps, 0.95), limit: 33, unit: 'ms' },
      ];
    }),
  );
}

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { openHost } from '../src-main/attach/open-host.ts';
import type { ApiClient } from '../src-main/contract/api/typed-client.ts';
import { seriousFaults } from '../tests/renderer/support/axe.ts';
import { noteCanvasLabels } from '../tests/renderer/support/canvas-labels.ts';
import { launchChromium } from '../tests/renderer/support/chromium.ts';
import { layoutFaults } from '../tests/renderer/support/layout-faults.ts';
import { endApp, serveApp } from '../tests/renderer/support/serve-app.ts';
import { buildRenderer } from './build-renderer.ts';
import { allShots, type Shot } from './screenshots/shots.ts';
import { makeShowcase, type Showcase } from './screenshots/showcase.ts';
import { dataFolder } from './setup/data-folder.mjs';

/**
 * Pictures of every page, and of every menu, popover, select, dialog and message standing open, light and dark, at three
 * sizes, each at 100 and 150 percent, of real runs; each is checked for what sticks out, is cut off, overlaps or is seen through, and by axe. A fault
 * fails the command.
 *
 *   npm run screenshots                    into out/screenshots
 *   npm run screenshots -- DIR run home    into DIR, the named ones
 *   npm run screenshots -- --zoom 100      at one zoom only; likewise --width and --theme
 *   npm run screenshots -- --home FOLDER   of the runs that an earlier call has left in FOLDER, or leaves there
 */
const SIZES = [
  { width: 900, height: 700 },
  { width: 1280, height: 800 },
  { width: 1920, height: 1080 },
] as const;
const THEMES = ['light', 'dark'] as const;
/** In percent. The window keeps its size, so that a page has less room at a larger zoom. */
const ZOOMS = [100, 150] as const;
const SETTLED_MILLISECONDS = 900;

const { values: flags, positionals } = parseArgs({
  options: {
    home: { type: 'string' },
    zoom: { type: 'string' },
    width: { type: 'string' },
    theme: { type: 'string' },
  },
  allowPositionals: true,
});
const wantedOnly = <Value>(all: readonly Value[], flag: string | undefined, of: (value: Value) => unknown) =>
  all.filter((value) => flag === undefined || String(of(value)) === flag);
const [folder = 'out/screenshots', ...wanted] = positionals;
const out = resolve(folder);
const tell = (text: string) => void process.stdout.write(`${text}\n`);

/** Every combination, or those that the flags name. */
const LOOKS = wantedOnly(SIZES, flags.width, ({ width }) => width).flatMap((size) =>
  wantedOnly(THEMES, flags.theme, (theme) => theme).flatMap((theme) =>
    wantedOnly(ZOOMS, flags.zoom, (zoom) => zoom).map((zoom) => ({ size, theme, zoom })),
  ),
);

/** A data folder over the engine that is set up. */
function openHome(home: string): string {
  mkdirSync(home, { recursive: true });
  if (!existsSync(join(home, 'engine'))) symlinkSync(join(dataFolder(), 'engine'), join(home, 'engine'));
  return home;
}
const newHome = () => openHome(mkdtempSync(join(tmpdir(), 'keel-screenshots-')));

/** The runs of an earlier call, or new ones, noted for the next. */
async function showcaseIn(home: string): Promise<Showcase> {
  const note = join(home, 'showcase.json');
  if (existsSync(note)) return JSON.parse(readFileSync(note, 'utf8')) as Showcase;
  const show = await makeShowcase(home, (text) => tell(`  ${text}`));
  writeFileSync(note, JSON.stringify(show));
  return show;
}

/** Lets the page ask and keeps back every answer, so that it shows what it shows while it waits. */
async function holdAnswers(page: Page): Promise<void> {
  await page.routeWebSocket('**/rpc', (socket) => {
    const server = socket.connectToServer();
    socket.onMessage((message) => server.send(message));
    server.onMessage(() => undefined);
  });
}

interface Place {
  readonly browser: Browser;
  readonly full: string;
  readonly empty: string;
}

async function takeShots({ browser, full, empty }: Place, shots: readonly Shot[]): Promise<readonly string[]> {
  const faults: string[] = [];
  for (const kind of ['full', 'empty'] as const) {
    const home = kind === 'full' ? full : empty;
    const { url, child } = await serveApp({ home });
    // The page's host does what it is asked here.
    const { client, close } = await openHost({ home });
    const { origin } = new URL(url);
    const first = await browser.newContext();
    await (await first.newPage()).goto(url);
    const cookies = await first.cookies();
    await first.close();
    const mine = shots.filter(({ host }) => (host === 'empty') === (kind === 'empty'));
    for (const { size, theme, zoom } of LOOKS) {
      const scale = zoom / 100;
      const viewport = { width: Math.round(size.width / scale), height: Math.round(size.height / scale) };
      const look = { viewport, deviceScaleFactor: scale, colorScheme: theme, reducedMotion: 'reduce' } as const;
      const context = await browser.newContext(look);
      await context.addCookies(cookies);
      await noteCanvasLabels(context);
      for (const shot of mine)
        faults.push(...(await takeShot(await context.newPage(), shot, { origin, client, size, theme, zoom })));
      await context.close();
    }
    await close();
    await endApp(child);
  }
  return faults;
}

interface View {
  readonly origin: string;
  readonly client: ApiClient;
  readonly size: (typeof SIZES)[number];
  readonly theme: (typeof THEMES)[number];
  readonly zoom: (typeof ZOOMS)[number];
}

/** A page that cannot be taken, one without a heading for instance, is a fault; the others are taken all the same. */
async function takeShot(page: Page, shot: Shot, view: View): Promise<readonly string[]> {
  const zoomed = view.zoom === 100 ? '' : `-${view.zoom}`;
  const name = `${shot.name}-${view.theme}-${view.size.width}${zoomed}`;
  try {
    const faults = await faultsOf(page, shot, view, name);
    return faults.map((fault) => `${name}: ${fault}`);
  } catch (error) {
    return [`${name}: ${(error as Error).message}`];
  } finally {
    await page.close();
  }
}

async function faultsOf(page: Page, shot: Shot, { origin, client }: View, name: string): Promise<readonly string[]> {
  if (shot.host === 'held') await holdAnswers(page);
  await page.goto(origin + shot.path);
  await page.locator('main h1, main h2').first().waitFor();
  await shot.prepare?.(page, client);
  await page.waitForTimeout(SETTLED_MILLISECONDS);
  await page.screenshot({ path: join(out, `${name}.png`) });
  const faults = [
    ...(await layoutFaults(page)),
    ...(await seriousFaults(page)),
    ...((await shot.inspect?.(page)) ?? []),
  ];
  await shot.restore?.(page, client);
  return faults;
}

mkdirSync(out, { recursive: true });
await buildRenderer();
const [full, empty] = [flags.home ? openHome(resolve(flags.home)) : newHome(), newHome()];
const browser = await launchChromium();
try {
  const show = await showcaseIn(full);
  const shots = allShots(show).filter(({ name }) => wanted.length === 0 || wanted.includes(name));
  const faults = await takeShots({ browser, full, empty }, shots);
  for (const fault of faults) tell(`FAULT ${fault}`);
  tell(`${shots.length * LOOKS.length} pictures in ${out}, ${faults.length} faults of layout or accessibility`);
  process.exitCode = faults.length > 0 ? 1 : 0;
} finally {
  await browser.close();
  for (const home of flags.home ? [empty] : [full, empty]) rmSync(home, { recursive: true, force: true });
}

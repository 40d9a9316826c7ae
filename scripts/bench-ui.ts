import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openStore } from '../src-main/store/open-store.ts';
import { launchChromium } from '../tests/renderer/support/chromium.ts';
import { openBenchHost } from './bench-ui/bench-host.ts';
import { type Figure, isWithin, renderFigures } from './bench-ui/figure.ts';
import { measureBundle, measureFirstPaint, measureLongRun, measureRunList } from './bench-ui/measure-pages.ts';
import { measureStream, POINTS_PER_SECOND } from './bench-ui/measure-stream.ts';
import { addSyntheticRun } from './bench-ui/synthetic-run.ts';
import { buildRenderer } from './build-renderer.ts';

const HELP = `Speed of the interface: a real Chromium against a real host and store, whose rows were written by the store's own
queries. Prints each figure beside its limit and fails when one is over.

  npm run bench:ui              all of it, with a minute of streaming
  npm run bench:ui -- SECONDS   another time of streaming; 0 leaves it out
`;
const { values: flags, positionals } = parseArgs({ options: { help: { type: 'boolean' } }, allowPositionals: true });
const seconds = Number(positionals[0] ?? 60);
if (flags.help || !(seconds >= 0)) {
  process.stdout.write(HELP);
  process.exit(flags.help ? 0 : 2);
}
const LONG = '20260101-000000-long';
const [LONG_STEPS, RUNS, RUN_STEPS] = [200_000, 1000, 40];
const PAGE_FOLDER = fileURLToPath(new URL('../dist/renderer', import.meta.url));
const tell = (text: string) => void process.stderr.write(`${text}\n`);

function fill(home: string, work: (store: ReturnType<typeof openStore>) => void): string {
  const store = openStore(join(home, 'store.sqlite'));
  work(store);
  store.close();
  return home;
}

const folder = mkdtempSync(join(tmpdir(), 'keel-bench-ui-'));
const figures: Figure[] = [];
await buildRenderer();
const browser = await launchChromium();
try {
  figures.push(measureBundle(PAGE_FOLDER));
  tell(`writing a run of ${LONG_STEPS} points a series and ${RUNS - 1} runs beside it`);
  const home = fill(mkdtempSync(join(folder, 'full-')), (store) => {
    for (let at = 1; at < RUNS; at += 1) {
      const id = `20260102-${String(at).padStart(6, '0')}-run`;
      addSyntheticRun(store, { id, name: `run ${at}`, steps: RUN_STEPS, createdAt: 1_767_300_000_000 + at });
    }
    addSyntheticRun(store, { id: LONG, name: 'long', steps: LONG_STEPS, createdAt: 1_767_225_600_000 });
  });
  const full = await openBenchHost(browser, home);
  tell('opening, panning, listing');
  figures.push(...(await measureFirstPaint(full)));
  figures.push(...(await measureLongRun(full, LONG)), ...(await measureRunList(full, RUNS)));
  await full.close();
  if (seconds > 0) {
    tell(`streaming ${POINTS_PER_SECOND} points a second for ${seconds} s`);
    const empty = mkdtempSync(join(folder, 'stream-'));
    const rate = { KEEL_POINTS_PER_SECOND: String(POINTS_PER_SECOND), KEEL_SECONDS: String(seconds) };
    const streaming = await openBenchHost(browser, empty, rate);
    figures.push(...(await measureStream(streaming, empty, seconds)));
    await streaming.close();
  }
} finally {
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
}
process.stdout.write(`${renderFigures(figures)}\n`);
process.exitCode = figures.every(isWithin) ? 0 : 1;

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { expect, onTestFinished, test } from 'vitest';
import { addSyntheticRun } from '../../../../scripts/bench-ui/synthetic-run.ts';
import { inTransaction } from '../../../../src-main/store/database.ts';
import { openStore } from '../../../../src-main/store/open-store.ts';
import { upsertPoints } from '../../../../src-main/store/queries/metrics.ts';
import { openApp } from '../../support/app.ts';

const ID = '20260101-000000-seldom';
const STEPS = 60;
const EVALUATED = [20, 40];
const SECONDS = 90;

/** A run whose iterations take some 4 s, and two of them 90 s more for an evaluation. */
function filledHome(): string {
  const home = mkdtempSync(join(tmpdir(), 'keel-phases-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const store = openStore(join(home, 'store.sqlite'));
  const createdAt = 1_767_225_600_000;
  const run = addSyntheticRun(store, { id: ID, name: 'seldom', steps: STEPS, createdAt });
  inTransaction(store.write, () => {
    for (const step of EVALUATED) {
      const points = [
        { key: 'time/evaluation', value: SECONDS },
        { key: 'eval/reward', value: step / 10 },
      ];
      upsertPoints(store.write, run, { step, points, at: createdAt + 4000 * step, sequence: STEPS + 2 + step });
    }
  });
  store.close();
  return home;
}

const plotOf = (title: string) => `figure[aria-label^="${title},"]`;
const reading = async (figure: Locator, label: string) =>
  figure.getByRole('listitem').filter({ hasText: label }).locator('.value').textContent();

/** What the legend says at each step that the pointer can be put on. */
async function readings(figure: Locator, label: string): Promise<ReadonlyMap<number, string | null>> {
  const over = figure.locator('.u-over');
  await over.scrollIntoViewIfNeeded();
  const { x, y, width, height } = (await over.boundingBox())!;
  const found = new Map<number, string | null>();
  for (let at = 1; at < width; at += 2) {
    await figure.page().mouse.move(x + at, y + height / 3);
    const step = Number(/\d+/.exec((await figure.locator('.where').textContent()) ?? '')?.[0]);
    found.set(step, await reading(figure, label));
  }
  return found;
}

/** By column of a plot, how many of its pixels have the color of the legend's entry, mixed with the surface. */
const COLORED = `(figure, label) => {
  const numbers = (color) => color.match(/[0-9.]+/g).slice(0, 3).map(Number);
  const item = [...figure.querySelectorAll('li')].find((one) => one.textContent.includes(label));
  const color = numbers(getComputedStyle(item.querySelector('svg')).color);
  const surface = numbers(getComputedStyle(figure).backgroundColor);
  const way = color.map((value, at) => value - surface[at]);
  const length = way.reduce((sum, value) => sum + value * value, 0);
  const canvas = figure.querySelector('canvas');
  const { width, height } = canvas;
  const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
  const isColored = (at) => {
    const from = surface.map((value, channel) => data[at + channel] - value);
    const share = from.reduce((sum, value, channel) => sum + value * way[channel], 0) / length;
    return data[at + 3] === 255 && share > 0.3 && from.every((value, channel) => Math.abs(value - share * way[channel]) < 4);
  };
  return Array.from({ length: width }, (_, x) => {
    let count = 0;
    for (let y = 0; y < height; y += 1) if (isColored(4 * (y * width + x))) count += 1;
    return count;
  });
}`;

test('an evaluation is drawn, read and labeled in its own iteration alone', async () => {
  const { page, open, complaints } = await openApp({ home: filledHome() });
  await open(`/runs/${ID}`);
  const phases = page.locator(plotOf('Time by phase'));
  await phases.locator('.u-over').waitFor();
  // At rest the parts are those of the last iteration, which had no evaluation.
  expect(await reading(phases, 'evaluation')).toBe('–');
  const seen = [...(await readings(phases, 'evaluation'))];
  const told = seen.filter(([, text]) => text !== '–');
  expect(new Set(told.map(([, text]) => text))).toEqual(new Set([String(SECONDS)]));
  expect(told.filter(([step]) => !EVALUATED.some((at) => Math.abs(at - step) <= 1))).toEqual([]);
  for (const step of EVALUATED) expect(told.map(([at]) => at)).toContain(step);
  // Held-out reward, a line: no value from an earlier iteration either, and an end that says where it was measured.
  await page.mouse.move(1, 1);
  const reward = page.locator(plotOf('Reward'));
  const end = reward.getByRole('listitem').filter({ hasText: 'held-out' });
  await expect.poll(() => end.textContent()).toMatch(/4\s*at 40$/);
  const rewards = await readings(reward, 'held-out');
  expect([30, 40].map((step) => rewards.get(step))).toEqual(['–', '4']);
  expect(complaints).toEqual([]);
});

test('bars of an evaluation stand over two of sixty iterations', async () => {
  const { page, open } = await openApp({ home: filledHome() });
  await open(`/runs/${ID}`);
  const phases = plotOf('Time by phase');
  await page.locator(`${phases} .u-over`).waitFor();
  const colored = () =>
    page.evaluate(`(${COLORED})(document.querySelector('${phases}'), 'evaluation')`) as Promise<readonly number[]>;
  const columns = async () => (await colored()).filter((pixels) => pixels > 60).length;
  await expect.poll(columns).toBeGreaterThan(2);
  const { width } = (await page.locator(`${phases} .u-over`).boundingBox())!;
  expect(await columns()).toBeLessThan((2 * EVALUATED.length * width) / STEPS);
});

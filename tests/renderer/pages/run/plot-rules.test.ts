import type { Locator, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { openApp } from '../../support/app.ts';
import { labelsOf } from '../../support/canvas-labels.ts';
import { prepareHome } from '../../support/prepared-home.ts';
import { addToldRun } from '../../support/told-runs.ts';

const PATIENT = { timeout: 60_000 };
const TEST = { timeout: 240_000 };

const plot = (page: Page, title: string) => page.locator(`figure[aria-label^="${title},"]`);
const canvasOf = (figure: Locator) => figure.locator('canvas');

/** The page of a run that was stopped at iteration 30 of 40. */
async function openRun() {
  const { home, filled: id } = await prepareHome(addToldRun);
  const app = await openApp({ home });
  await app.open(`/runs/${id}`);
  await expect.poll(() => app.page.locator('.u-over').count(), PATIENT).toBe(6);
  return app;
}

/** The ticks below a plot, from left to right, and the name of the axis. */
async function bottomOf(figure: Locator) {
  const { y, height } = (await figure.locator('.u-over').boundingBox())!;
  const below = (await labelsOf(canvasOf(figure))).filter(({ top }) => top > y + height);
  const name = below.find(({ text }) => /[a-z]{2}/.test(text))?.text;
  const ticks = below.filter(({ text }) => text !== name).toSorted((one, other) => one.left - other.left);
  return { name, ticks: ticks.map(({ text }) => text) };
}

test(
  'axes: from 0 to the planned end in whole iterations, shares from 0 to 1, wall time in one unit',
  TEST,
  async () => {
    const { page, complaints } = await openRun();
    for (const title of ['Reward', 'Time by phase'])
      await expect
        .poll(() => bottomOf(plot(page, title)), PATIENT)
        .toEqual({ name: 'iteration', ticks: ['0', '20', '40'] });

    // The share of responses that were not cut is 0.95 throughout; its axis stands at the right.
    const lengths = plot(page, 'Response length');
    const { x, width } = (await lengths.locator('.u-over').boundingBox())!;
    const shares = (await labelsOf(canvasOf(lengths)))
      .filter(({ left }) => left > x + width)
      .map(({ text }) => Number(text));
    expect([Math.min(...shares), Math.max(...shares)]).toEqual([0, 1]);

    await page.getByLabel('X-axis').selectOption('wall');
    await expect
      .poll(async () => (await bottomOf(plot(page, 'Reward'))).name, PATIENT)
      .toMatch(/^wall time, (s|min|h)$/);
    for (const tick of (await bottomOf(plot(page, 'Reward'))).ticks) expect(tick).toMatch(/^[\d.,]+$/);
    expect(complaints).toEqual([]);
  },
);

/** How many pixels of a canvas within a box of the window have a color, or one mixed half with what is behind it. */
const COUNT_COLORED = `(canvas, { left, right, top, bottom, color }) => {
  const place = canvas.getBoundingClientRect();
  const scale = canvas.width / place.width;
  const [x, y] = [Math.round((left - place.left) * scale), Math.round((top - place.top) * scale)];
  const { data } = canvas.getContext('2d').getImageData(x, y, Math.round((right - left) * scale), Math.max(1, Math.round((bottom - top) * scale)));
  const probe = new OffscreenCanvas(1, 1).getContext('2d');
  probe.fillStyle = color;
  probe.fillRect(0, 0, 1, 1);
  const wanted = probe.getImageData(0, 0, 1, 1).data;
  let count = 0;
  for (let at = 0; at < data.length; at += 4)
    if ([0, 1, 2].every((channel) => Math.abs(data[at + channel] - wanted[channel]) < 40)) count += 1;
  return count;
}`;

/** Colored pixels within some steps of a plot whose axis goes from 0 to 40. */
async function coloredAt(page: Page, title: string, color: string, [from, to]: readonly [number, number]) {
  const { x, y, width, height } = (await plot(page, title).locator('.u-over').boundingBox())!;
  const at = (step: number) => x + (step / 40) * width;
  const box = { left: at(from), right: at(to), top: y, bottom: y + height, color };
  const canvas = `document.querySelector('figure[aria-label^="${title},"] canvas')`;
  return (await page.evaluate(`(${COUNT_COLORED})(${canvas}, ${JSON.stringify(box)})`)) as number;
}

test('what is averaged says so, its numbers are as measured, and evaluations are points', TEST, async () => {
  const { page } = await openRun();
  const reward = plot(page, 'Reward');
  await reward.getByText(/, smoothed 0\.6$/).waitFor();
  const told = async (label: string) =>
    reward.getByRole('listitem').filter({ hasText: label }).locator('.value').innerText();
  // At iteration 30 the score is 30 / 9 - 1; its average is below it.
  const ends = async () => {
    const { x, width } = (await reward.locator('.u-over').boundingBox())!;
    return (await labelsOf(canvasOf(reward))).filter(({ left }) => left > x + width);
  };
  await expect.poll(() => told('trained'), PATIENT).toMatch(/^2\.33/);
  expect((await ends()).map(({ text }) => text).toSorted()).toEqual(['0.6', '2', '2.33']);
  // Measured at 10 and 20: a point each, and a thin line between them.
  const { color } = (await ends()).find(({ text }) => text === '2')!;
  const [point, between] = [
    await coloredAt(page, 'Reward', color, [19, 21]),
    await coloredAt(page, 'Reward', color, [14, 16]),
  ];
  expect(point).toBeGreaterThan(between + 6);

  // However near one looks, ticks are whole iterations.
  await page.getByRole('img', { name: /^Reward\. / }).focus();
  for (let press = 0; press < 12; press += 1) await page.keyboard.press('+');
  await page.getByRole('button', { name: /^Steps .*show all$/ }).waitFor();
  const ticks = async () => (await bottomOf(reward)).ticks;
  await expect.poll(async () => Number((await ticks()).at(-1)) - Number((await ticks())[0]), PATIENT).toBeLessThan(4);
  for (const tick of await ticks()) expect(tick).toMatch(/^\d+$/);
  expect(new Set(await ticks()).size).toBe((await ticks()).length);
});

test('a value at the end of a line inside a plot stands clear of the line', TEST, async () => {
  const { home, filled: id } = await prepareHome((host) => addToldRun(host, 'usual', 40));
  const { page, open } = await openApp({ home });
  await open(`/runs/${id}`);
  await expect.poll(() => page.locator('.u-over').count(), PATIENT).toBe(6);
  const lengths = plot(page, 'Response length');
  const { x, y, width, height } = (await lengths.locator('.u-over').boundingBox())!;
  const inside = async () =>
    (await labelsOf(canvasOf(lengths))).filter(
      ({ left, right, bottom }) => left > x && right < x + width && bottom < y + height,
    );
  await expect.poll(async () => (await inside()).map(({ text }) => text).toSorted(), PATIENT).toEqual(['0.95', '30']);
  for (const label of await inside()) {
    // Both lines are level: one that passes below its label also passes just left of it.
    const beside = { ...label, left: label.left - 12, right: label.left - 6 };
    const colored = (await page.evaluate(
      `(${COUNT_COLORED})(document.querySelector('figure[aria-label^="Response length,"] canvas'), ${JSON.stringify(beside)})`,
    )) as number;
    expect({ label: label.text, colored }).toEqual({ label: label.text, colored: 0 });
  }
});

test('colors of series are not those of methods, and a dashed line is dashed in its legend', TEST, async () => {
  const { page } = await openRun();
  const colors = (await page.evaluate(`(() => {
    const style = getComputedStyle(document.documentElement);
    const rules = [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules]).map((rule) => rule.style);
    const names = [document.documentElement.style, ...rules].flatMap((one) => [...(one ?? [])]);
    const named = (kind) => names.filter((name) => name.startsWith('--' + kind + '-')).map((name) => style.getPropertyValue(name).trim());
    return { series: [...new Set(named('series'))], methods: [...new Set(named('method'))] };
  })()`)) as { readonly series: readonly string[]; readonly methods: readonly string[] };
  expect([colors.series.length, colors.methods.length].every((count) => count > 3)).toBe(true);
  expect(colors.series.filter((color) => colors.methods.includes(color))).toEqual([]);
  const swatch = (label: string) =>
    plot(page, 'Reward')
      .getByRole('listitem')
      .filter({ hasText: label })
      .locator('line')
      .getAttribute('stroke-dasharray');
  await expect.poll(() => swatch('held-out'), PATIENT).toBe('5 4');
  expect([await swatch('trained'), await swatch('judge')]).toEqual([null, null]);
});

test('a plot fills the screen, and goes to the clipboard as a picture with its title', TEST, async () => {
  const { page, context, complaints, origin } = await openRun();
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin });
  const choose = async (item: string) => {
    await page.getByRole('button', { name: 'More options for Reward' }).click();
    await page.getByRole('menuitem', { name: item }).click();
  };
  await choose('Copy as picture');
  await page.getByText('The picture is on the clipboard.').first().waitFor();
  const size = await page.evaluate(`(async () => {
    const [item] = await navigator.clipboard.read();
    const picture = await createImageBitmap(await item.getType('image/png'));
    const { width, height } = document.querySelector('figure.plot canvas');
    return { wider: picture.width - width, isHigher: picture.height > height };
  })()`);
  expect(size).toEqual({ wider: 0, isHigher: true });

  const over = plot(page, 'Reward').locator('.u-over');
  const before = (await over.boundingBox())!;
  await choose('Full screen');
  await expect.poll(async () => (await over.boundingBox())!.width, PATIENT).toBeGreaterThan(2 * before.width);
  expect(await page.evaluate('document.fullscreenElement?.getAttribute("aria-label")')).toMatch(/^Reward,/);
  await page.evaluate('document.exitFullscreen()');
  await expect.poll(async () => (await over.boundingBox())!.width, PATIENT).toBe(before.width);
  expect(complaints).toEqual([]);
});

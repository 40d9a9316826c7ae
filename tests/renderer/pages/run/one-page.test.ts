import type { Locator, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { openApp } from '../../support/app.ts';
import { seriousFaults } from '../../support/axe.ts';
import { layoutFaults } from '../../support/layout-faults.ts';
import { prepareHome } from '../../support/prepared-home.ts';
import { addToldPipeline, addToldRun } from '../../support/told-runs.ts';

/** A loaded machine may take seconds for what normally takes an instant. */
const PATIENT = { timeout: 60_000 };
const TEST = { timeout: 240_000 };

const charts = (page: Page) => page.locator('.u-over');
const boxOf = async (sight: Locator) => (await sight.boundingBox())!;

async function openRun(scale: 'usual' | 'tiny' = 'usual') {
  const { home, filled: id } = await prepareHome((host) => addToldRun(host, scale));
  const app = await openApp({ home });
  await app.open(`/runs/${id}`);
  await expect.poll(() => charts(app.page).count(), PATIENT).toBe(6);
  return { ...app, id };
}

/** Left and right of each plot's rectangle, relative to its card, and its top on the page. */
async function rectangles(page: Page) {
  return Promise.all(
    (await page.locator('figure.plot').all()).map(async (card) => {
      const [outer, inner] = [await boxOf(card), await boxOf(card.locator('.u-over'))];
      const round = (value: number) => Math.round(value);
      return {
        left: round(inner.x - outer.x),
        right: round(outer.x + outer.width - inner.x - inner.width),
        top: round(inner.y),
      };
    }),
  );
}

test('one line stays in view with state, outcome and health, and the plots begin in the upper half', TEST, async () => {
  const { page, complaints } = await openRun();
  const header = page.locator('header.strip');
  expect(await header.getByRole('list', { name: 'Outcome' }).textContent()).toMatch(/reward 2KL 1\.5judge 0\.6/);
  expect((await boxOf(charts(page).first())).y).toBeLessThan(400);
  const bar = await boxOf(page.locator('header.bar'));
  await page.locator('main').evaluate((main) => main.scrollTo(0, 600));
  await expect.poll(async () => Math.round((await boxOf(header)).y), PATIENT).toBe(Math.round(bar.y + bar.height));
  expect(await header.textContent()).toMatch(/usual numbers.*stopped.*1 finding.*Resume/);
  await page.locator('main').evaluate((main) => main.scrollTo(0, 0));
  expect(await page.locator('dl.facts').textContent()).toMatch(/λ0\.75/);
  expect([await seriousFaults(page), await layoutFaults(page)]).toEqual([[], []]);

  // The finding was made at λ 0.5; what it says follows the value in force.
  await header.getByRole('button', { name: '1 finding' }).click();
  const health = page.getByRole('complementary', { name: 'Health' });
  await health.getByText('Set method.apa_lambda to 1.6 (currently 0.75).').waitFor();
  expect(await health.textContent()).not.toContain('currently 0.5');
  const [panel, plots] = [await boxOf(health), await boxOf(page.locator('section.plots'))];
  expect(plots.x + plots.width).toBeLessThanOrEqual(panel.x);
  expect(await layoutFaults(page)).toEqual([]);
  expect(complaints).toEqual([]);
});

test('the log tells what happened in sentences, from the first second to the end', TEST, async () => {
  const { page, open, id } = await openRun();
  await open(`/runs/${id}/log`);
  const log = page.getByRole('table', { name: 'Log' });
  for (const sentence of [
    'Created, and put in the queue.',
    'Evaluated: reward 2, judge 0.6, KL 1.5 nats.',
    'Run doctor: No anchor. λ has no effect.',
    'The run ended at step 30: stopped.',
  ])
    await log.getByText(sentence).waitFor();
  expect(await log.getByRole('row').last().textContent()).toContain('Created');
});

test.each(['usual', 'tiny'] as const)(
  'plots keep their rectangles and their labels: %s numbers',
  TEST,
  async (scale) => {
    const { page } = await openRun(scale);
    const look = async () => {
      const all = await rectangles(page);
      return { sides: new Set(all.map(({ left, right }) => `${left} ${right}`)).size, tops: all.map(({ top }) => top) };
    };
    const before = await look();
    expect(before.sides).toBe(1);
    expect(new Set(before.tops).size).toBe(2);
    // Under the cursor the numbers of the legend change, and nothing below it moves.
    await charts(page)
      .nth(1)
      .hover({ position: { x: 60, y: 40 } });
    await expect.poll(() => page.getByText(/^step \d+$/).count(), PATIENT).toBe(6);
    expect((await look()).tops).toEqual(before.tops);
    await page.getByRole('button', { name: '1 finding' }).click();
    for (const width of [1280, 900]) {
      await page.setViewportSize({ width, height: 800 });
      await expect.poll(async () => (await look()).sides, PATIENT).toBe(1);
      expect({ width, faults: await layoutFaults(page) }).toEqual({ width, faults: [] });
    }
  },
);

test('a pipeline shows all its stages from the start, and what the stages have made', TEST, async () => {
  const { home, filled } = await prepareHome(addToldPipeline);
  const { page, open, complaints } = await openApp({ home });
  await open(`/runs/${filled.id}`);
  const rail = page.getByRole('navigation', { name: 'Stages' });
  const stages = rail.getByRole('link');
  await expect.poll(() => stages.count(), PATIENT).toBe(3);
  const told = await stages.allTextContents();
  expect(told[0]).toMatch(/^1\s*Reward model\s*finished/);
  expect(told[1]).toMatch(/^2\s*APA\s*planned\s*40 iterations/);
  // Eight steps of the first stage are done; the second stage has none of its forty.
  expect(told[2]).toMatch(/^Result\s*\d+% done/);
  await page.getByRole('heading', { name: 'APA has not started' }).waitFor();
  await stages.first().click();
  await page.getByRole('navigation', { name: 'Run views' }).getByRole('link', { name: 'Log' }).click();
  await page.getByRole('table', { name: 'Log' }).getByText('The run ended: finished.').waitFor();
  expect(new URL(page.url()).pathname).toBe(`/runs/${filled.id}/log`);
  await stages.last().click();
  await page.getByRole('link', { name: 'Artifacts' }).click();
  await page.getByText(`run:${filled.first}/reward_model@last`).waitFor();
  expect(await page.locator('main').textContent()).not.toContain('No models yet');
  expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('two stages');
  for (const width of [1280, 900]) {
    await page.setViewportSize({ width, height: 800 });
    expect({ width, faults: await layoutFaults(page) }).toEqual({ width, faults: [] });
  }
  expect([await seriousFaults(page), complaints]).toEqual([[], []]);
});

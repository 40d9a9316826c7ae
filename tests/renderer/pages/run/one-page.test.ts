import type { Locator, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import type { RunHost } from '../../../../src-main/runs/host/run-host.ts';
import { durably } from '../../../../src-main/store/database.ts';
import { insertEvent } from '../../../../src-main/store/queries/events.ts';
import { upsertPoints } from '../../../../src-main/store/queries/metrics.ts';
import { endRun, setRunning } from '../../../../src-main/store/queries/runs.ts';
import { addSyntheticRun, ONLINE } from '../../../api/synthetic-runs.ts';
import { openApp } from '../../support/app.ts';
import { seriousFaults } from '../../support/axe.ts';
import { layoutFaults } from '../../support/layout-faults.ts';
import { prepareHome } from '../../support/prepared-home.ts';
import { addToldPipeline, addToldRun, FINDING } from '../../support/told-runs.ts';

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
  const found = log.getByRole('row').filter({ hasText: 'Run doctor: No anchor' });
  expect(await found.innerText()).toMatch(/^\d{1,2}:\d\d(:\d\d)?.*\s14\s/);
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

/** A pipeline whose first stage has measured values and a finding. */
function pipelineWithFinding(host: RunHost) {
  const told = addToldPipeline(host);
  const { number, createdAt: at } = host.find(told.first);
  const { write } = host.setup.store;
  durably(write, () => {
    for (const step of [1, 2, 3]) {
      upsertPoints(write, number, { step, points: [{ key: 'loss', value: 1 / step }], at, sequence: step });
    }
    insertEvent(write, number, { at, sequence: 4, step: 3, level: 'warning', name: 'doctor', detail: FINDING });
  });
  return told;
}

test('the chosen stage of a pipeline has its plots, its findings, and its share of the whole', TEST, async () => {
  const { home, filled } = await prepareHome(pipelineWithFinding);
  const { page, open, complaints } = await openApp({ home });
  await open(`/runs/${filled.id}`);
  const stages = page.getByRole('navigation', { name: 'Stages' }).getByRole('link');
  // One of two stages is done, and the work of the second is not known.
  await expect.poll(() => stages.last().innerText(), PATIENT).toMatch(/^Result\s+50% done/);
  expect(await stages.first().innerText()).toMatch(/1 finding\n/);
  // The mark in the line leads to the stage that has the finding.
  await page.locator('header.strip').getByRole('button', { name: '1 finding' }).click();
  await page.getByRole('complementary', { name: 'Health' }).getByText('λ has no effect.').first().waitFor();
  expect(await stages.first().getAttribute('aria-current')).toBe('step');
  await expect.poll(() => charts(page).count(), PATIENT).toBeGreaterThan(0);
  await page.getByRole('img', { name: /^Loss\. .*3 points/ }).waitFor();
  expect([await layoutFaults(page), complaints]).toEqual([[], []]);
});

/** A pipeline of two methods that sample, each with responses of its own. */
function pipelineWithSamples(host: RunHost): string {
  const { store, now } = host.setup;
  const stages = { apa: ONLINE, ppo: ONLINE };
  const config = { version: 1, recipe: 'pipeline', name: 'two methods', seed: 0, preset: 'keel', stages };
  const place = { configGiven: JSON.stringify(config), baseFolder: '/' };
  const pipeline = host.create({ ...place, config, recipe: 'pipeline', name: 'two methods' });
  for (const stage of Object.keys(stages)) {
    const steps = [
      { step: 0, replies: [{ prompt: 'Where is my lamp?', response: ` A reply of the ${stage} stage.` }] },
    ];
    addSyntheticRun(host, { config: { recipe: stage, ...ONLINE }, steps, part: { parent: pipeline.id, stage } });
  }
  durably(store.write, () => {
    setRunning(store.write, pipeline.number, now());
    endRun(store.write, pipeline.number, { state: 'finished', at: now(), summary: null, error: null });
  });
  return pipeline.id;
}

test('the samples beside the rail are those of the chosen stage', TEST, async () => {
  const { home, filled } = await prepareHome(pipelineWithSamples);
  const { page, open, complaints } = await openApp({ home });
  await open(`/runs/${filled}`);
  const stages = page.getByRole('navigation', { name: 'Stages' }).getByRole('link');
  for (const [at, name] of ['apa', 'ppo', 'apa'].entries()) {
    await stages.nth(at % 2).click();
    await page.getByRole('navigation', { name: 'Run views' }).getByRole('link', { name: 'Samples' }).click();
    await page.getByText(`A reply of the ${name} stage.`).first().waitFor();
    const told = await page.getByText(/A reply of the \w+ stage\./).allTextContents();
    expect(new Set(told.map((text) => text.trim()))).toEqual(new Set([`A reply of the ${name} stage.`]));
  }
  expect(complaints).toEqual([]);
});

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

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openHost } from '../../../../src-main/attach/open-host.ts';
import { startRuntime } from '../../../../src-main/engine/runtime/start-runtime.ts';
import { makeTinyWorld, tinyConfigs } from '../../../support/tiny-world.ts';
import { openApp } from '../../support/app.ts';
import { layoutFaults } from '../../support/layout-faults.ts';

const PATIENT = { timeout: 90_000 };

/** The app, the api beside its page, and a config of a tiny model that trains for long. */
async function liveApp() {
  const home = mkdtempSync(join(tmpdir(), 'keel-paused-run-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const folder = join(home, 'world');
  mkdirSync(folder);
  const world = makeTinyWorld(await startRuntime({ binding: null, mode: 'eager' }), folder);
  const app = await openApp({ home });
  const connection = await openHost({ home });
  onTestFinished(() => connection.close());
  const config = tinyConfigs(world, 20_000).sft!;
  return { ...app, client: connection.client, folder, config };
}

/** The same with a real pipeline under way. */
async function pipelineApp() {
  const { client, folder, config: own, ...app } = await liveApp();
  const { recipe: _, ...sft } = own;
  const config = JSON.stringify({ recipe: 'pipeline', name: 'tiny words', stages: { sft } });
  const { id } = await client.runs.start({ config, baseFolder: folder });
  const stepsDone = async () => (await client.runs.get({ run: id })).stages[0]?.lastStep ?? 0;
  return { ...app, client, id: id as string, stepsDone };
}

test('a pipeline that is paused is paused wherever it is shown, without a time left', {
  timeout: 300_000,
}, async () => {
  const { page, open, complaints, client, id, stepsDone } = await pipelineApp();
  const header = page.locator('header.strip');
  const chip = page.locator('header a.chip');
  await open(`/runs/${id}`);
  await expect.poll(stepsDone, PATIENT).toBeGreaterThan(20);
  // While it works a time is left; the chip and the strip tell it.
  await expect.poll(() => chip.textContent(), PATIENT).toMatch(/running.* left/);
  await expect.poll(() => header.textContent(), PATIENT).toMatch(/running.* left/);
  await page.locator('body').press('Space');

  await header.getByRole('button', { name: 'Continue' }).waitFor(PATIENT);
  await expect.poll(() => chip.textContent()).toMatch(/^paused/);
  for (const place of [header, chip]) {
    const text = (await place.textContent()) ?? '';
    expect(text).toContain('paused');
    expect(text).not.toMatch(/running| left|\/s/);
  }
  expect(await page.title()).toBe('tiny words, paused – Keel');
  expect(await page.getByRole('navigation', { name: 'Stages' }).textContent()).toContain('paused');
  await page.keyboard.press('Control+k');
  await page.getByRole('textbox').or(page.getByRole('searchbox')).first().fill('tiny words');
  expect(await page.getByRole('dialog').textContent()).toMatch(/tiny wordsRun, paused/);
  await page.keyboard.press('Escape');

  await open('/runs');
  const rows = page.getByRole('table', { name: 'Runs' }).getByRole('row');
  await expect.poll(() => rows.count()).toBe(3);
  expect((await rows.allTextContents()).slice(1).join()).not.toContain('running');
  await open('/');
  const card = page.getByRole('region', { name: 'In progress' });
  await expect.poll(() => card.textContent()).toContain('paused');
  expect(await card.textContent()).not.toMatch(/ left|running/);
  expect(await layoutFaults(page)).toEqual([]);

  // Somebody else lets it go on, stops it and resumes it: the open page goes along each time.
  await open(`/runs/${id}`);
  await client.runs.unpause({ run: id });
  await header.getByRole('button', { name: 'Pause' }).waitFor(PATIENT);
  await client.runs.stop({ run: id });
  await header.getByRole('button', { name: 'Resume' }).waitFor(PATIENT);
  await expect.poll(() => header.textContent()).toMatch(/Resumes atstage 1 of 1 \(SFT\), step \d+/);
  await client.runs.resume({ run: id });
  await header.getByRole('button', { name: 'Pause' }).waitFor(PATIENT);
  await expect.poll(() => page.title()).toBe('tiny words, running – Keel');
  await client.runs.stop({ run: id, now: true });
  await open(`/runs/${id}/log?stage=result`);
  await page.getByRole('table', { name: 'Log' }).getByText('Stage SFT started.').first().waitFor();
  expect(complaints).toEqual([]);
});

test('a run that was interrupted or has failed is live on its open page as soon as it goes on elsewhere', {
  timeout: 300_000,
}, async () => {
  const { page, open, client, folder, config } = await liveApp();
  const { id } = await client.runs.start({ config: JSON.stringify(config), baseFolder: folder });
  const state = async () => (await client.runs.get({ run: id })).state;
  const killEngine = async () => {
    process.kill((await client.runs.get({ run: id })).attempts.at(-1)!.enginePid!, 'SIGKILL');
    await expect.poll(state, PATIENT).toBe('interrupted');
  };
  const header = page.locator('header.strip');
  await open(`/runs/${id}`);
  await header.getByRole('button', { name: 'Pause' }).waitFor(PATIENT);
  await killEngine();
  await expect.poll(() => header.textContent(), PATIENT).toContain('interrupted');
  await client.runs.resume({ run: id });
  await header.getByRole('button', { name: 'Pause' }).waitFor(PATIENT);
  expect(await header.textContent()).not.toContain('interrupted');

  await killEngine();
  const stops = join((await client.runs.get({ run: id })).folder, 'stop-tokens.json');
  const recorded = existsSync(stops) ? readFileSync(stops) : null;
  writeFileSync(stops, 'damaged');
  await client.runs.resume({ run: id });
  await expect.poll(state, PATIENT).toBe('failed');
  await expect.poll(() => header.textContent(), PATIENT).toContain('failed');
  recorded === null ? rmSync(stops) : writeFileSync(stops, recorded);
  await client.runs.resume({ run: id });
  await header.getByRole('button', { name: 'Pause' }).waitFor(PATIENT);
  await expect.poll(() => page.title()).toMatch(/, running – Keel$/);
  expect(await header.textContent()).not.toContain('failed');
  await client.runs.stop({ run: id, now: true });
});

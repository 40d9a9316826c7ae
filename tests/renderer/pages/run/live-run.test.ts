import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, onTestFinished, test } from 'vitest';
import { openHost } from '../../../../src-main/attach/open-host.ts';
import type { ApiClient } from '../../../../src-main/contract/api/typed-client.ts';
import { startRuntime } from '../../../../src-main/engine/runtime/start-runtime.ts';
import { makeTinyWorld, tinyConfigs } from '../../../support/tiny-world.ts';
import { openApp } from '../../support/app.ts';

/** An engine needs a while for its first step where others share the machine. */
const PATIENT = { timeout: 90_000 };
const TEST_MILLISECONDS = 240_000;

/** The app with a real run of a tiny model under way, and the api beside the page. */
async function runningApp(steps: number) {
  const home = mkdtempSync(join(tmpdir(), 'keel-live-run-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const folder = join(home, 'world');
  mkdirSync(folder);
  const world = makeTinyWorld(await startRuntime({ binding: null, mode: 'eager' }), folder);
  const app = await openApp({ home });
  const connection = await openHost({ home });
  onTestFinished(() => connection.close());
  const { client } = connection;
  const config = JSON.stringify(tinyConfigs(world, steps).sft);
  const run = await client.runs.start({ config, baseFolder: folder, name: 'tiny words' });
  await app.open(`/runs/${run.id}`);
  return { ...app, client, id: run.id as string };
}

/** Points of the loss that the page draws. */
async function drawn(page: Page): Promise<number> {
  const chart = page.getByRole('img', { name: /^Loss\. training/ });
  if ((await chart.count()) === 0) return 0;
  return Number(
    /training: ([\d,]+) points/.exec((await chart.getAttribute('aria-label')) ?? '')?.[1]?.replace(',', '') ?? 0,
  );
}

async function stored(client: ApiClient, run: string): Promise<number> {
  return (await client.runs.metrics({ run, keys: ['loss'] })).length;
}

test(
  'a run is watched over a reload without a gap, paused by the space bar, changed, and gone on with',
  async () => {
    const { page, client, id, complaints } = await runningApp(4000);
    await expect.poll(() => drawn(page), PATIENT).toBeGreaterThan(3);
    await page.reload();
    await expect.poll(() => drawn(page), PATIENT).toBeGreaterThan(6);
    await page.locator('body').press('Space');
    await page.getByRole('button', { name: 'Continue' }).waitFor(PATIENT);
    await expect.poll(async () => (await drawn(page)) - (await stored(client, id))).toBe(0);
    await page.getByRole('button', { name: 'More', exact: true }).click();
    await page.getByRole('menuitem', { name: 'Change a live setting' }).click();
    for (const [text, says] of [
      ['2', 'above the maximum of 1'],
      ['-0.1', 'below the minimum of'],
      ['0', 'below the minimum of'],
      ['fast', 'Enter a number.'],
    ] as const) {
      await page.getByRole('textbox', { name: /learning rate/ }).fill(text);
      await page.getByRole('alert').filter({ hasText: says }).waitFor();
      expect(await page.getByRole('button', { name: 'Set' }).isDisabled()).toBe(true);
      await page.getByRole('textbox', { name: /learning rate/ }).press('Enter');
    }
    await page.getByRole('textbox', { name: /learning rate/ }).fill('0.0005');
    await page.getByRole('button', { name: 'Set' }).click();
    await page.locator('body').press('Space');
    await page.getByText(/step \d+: optimizer.learning_rate/).waitFor(PATIENT);
    await page.getByRole('button', { name: 'Stop after this step' }).click();
    await page.getByRole('button', { name: 'Resume' }).waitFor(PATIENT);
    const { changes } = await client.runs.get({ run: id });
    expect(changes).toMatchObject([{ path: 'optimizer.learning_rate', value: 0.0005 }]);
    await expect.poll(async () => (await drawn(page)) - (await stored(client, id))).toBe(0);
    // The log tells all of it in sentences.
    await page.getByRole('link', { name: 'Log' }).click();
    const log = page.getByRole('table', { name: 'Log' });
    for (const [words, sentence] of [
      ['Created', /^Created, and put in the queue\.$/],
      ['engine', /^The engine started on .*\.$/],
      ['data', /^Data: .*\.$/],
      ['was set', /was set to .* from this step on\.$/],
      ['checkpoint saved', /^Checkpoint saved, [\d.]+ \w?B\./],
      ['ended', /^The run ended at step \d+: stopped\.$/],
    ] as const) {
      await page.getByLabel('Search the log').fill(words);
      await log.getByText(sentence).first().waitFor();
    }
    expect(complaints).toEqual([]);
  },
  TEST_MILLISECONDS,
);

test(
  'an engine that was killed is told with its cause, and the run goes on by one click',
  async () => {
    const { page, client, id } = await runningApp(400);
    await expect.poll(() => drawn(page), PATIENT).toBeGreaterThan(5);
    const pid = (await client.runs.get({ run: id })).attempts.at(-1)?.enginePid ?? 0;
    expect(pid).toBeGreaterThan(1);
    process.kill(pid, 'SIGKILL');
    const panel = page.getByRole('alert');
    await panel.getByText('The engine was killed by another process').waitFor(PATIENT);
    await panel.getByRole('button', { name: /^Resume from step \d+$/ }).click();
    await page.getByText('finished', { exact: true }).first().waitFor(PATIENT);
    await expect.poll(() => drawn(page)).toBe(400);
    expect(await stored(client, id)).toBe(400);
  },
  TEST_MILLISECONDS,
);

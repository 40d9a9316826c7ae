import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { inShort } from '../../support/long-form.ts';
import { openApp } from '../support/app.ts';
import { seriousFaults } from '../support/axe.ts';
import { keyboard, mouse } from '../support/hand.ts';
import { startApp } from '../support/start-app.ts';
import { SHORT_DEMO } from './short-demo.ts';

const MINUTES = 60_000;
/** A run that goes on until it is told otherwise. */
const LONG_DEMO = SHORT_DEMO.replace('max_steps=8', 'max_steps=4000').replace(
  'interval_steps=8',
  'interval_steps=2000',
);

/** The engine process of a run, found by the tag on its command line. */
function enginePid(tag: string): number {
  const lines = execFileSync('ps', ['-eo', 'pid,args'], { encoding: 'utf8' }).split('\n');
  const line = lines.find((text) => text.includes('process.ts') && text.includes(tag));
  return Number(line?.trim().split(' ')[0] ?? Number.NaN);
}

test.each(inShort([mouse, keyboard], (hand) => hand === keyboard))(
  'a first launch: from npm start through the demo to an exported model, by $name',
  {
    timeout: 5 * MINUTES,
  },
  async (hand) => {
    const environment = { KEEL_DEMO_SET: SHORT_DEMO };
    const { page, home, complaints } = await openApp({ begin: startApp, environment });
    await hand.press(page.getByRole('button', { name: /Run the demo/ }));
    await expect.poll(() => new URL(page.url()).pathname).toMatch(/^\/runs\/\d{8}-/);
    // The demo lands on its pipeline: every stage is there from the start.
    await expect.poll(() => page.getByRole('navigation', { name: 'Stages' }).getByRole('link').count()).toBe(3);
    await page.getByText(/demo is finished/).waitFor({ state: 'attached', timeout: 3 * MINUTES });
    await page
      .getByRole('region', { name: /^Measures of/ })
      .filter({ hasText: 'Win rate by judge' })
      .waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    await hand.press(page.getByRole('link', { name: 'Export the policy' }));
    await hand.press(page.getByRole('button', { name: 'Export', exact: true }));
    await page.getByText('Exported and verified.').waitFor({ timeout: 2 * MINUTES });
    const folder = (await page.getByRole('status').locator('code').first().textContent()) ?? '';
    expect(folder.startsWith(join(home, 'exports'))).toBe(true);
    expect(readdirSync(folder)).toEqual(
      expect.arrayContaining(['README.md', 'config.json', 'model.safetensors', 'tokenizer.json']),
    );
    expect(complaints).toEqual([]);
  },
);

test('by keyboard alone: an engine that is killed goes on from its checkpoint, a reload, a pause, a stop', {
  timeout: 4 * MINUTES,
}, async () => {
  const { page, home } = await openApp({ environment: { KEEL_DEMO_SET: LONG_DEMO } });
  await keyboard.press(page.getByRole('button', { name: /Run the demo/ }));
  await expect.poll(() => new URL(page.url()).pathname).toMatch(/^\/runs\/\d{8}-/);
  const { openHost } = await import('../../../src-main/attach/open-host.ts');
  const second = await openHost({ home });
  const stage = async () => (await second.client.runs.list({})).find(({ stage }) => stage === 'reward_model');
  await expect.poll(async () => (await stage())?.lastStep ?? 0, { timeout: MINUTES }).toBeGreaterThan(8);
  const run = (await stage())!;
  process.kill(enginePid(run.id), 'SIGKILL');
  await page.goto(`${new URL(page.url()).origin}/runs/${run.id}`);
  await page.getByText(/is interrupted/).waitFor({ state: 'attached', timeout: MINUTES });
  await keyboard.press(page.getByRole('button', { name: /Resume/ }).first());
  await page.getByText(/is running/).waitFor({ state: 'attached', timeout: MINUTES });
  const before = (await stage())!.lastStep ?? 0;
  await expect.poll(async () => (await stage())?.lastStep ?? 0, { timeout: MINUTES }).toBeGreaterThan(before);

  await page.reload();
  await page.getByText(/is running/).waitFor({ state: 'attached' });
  await keyboard.press(page.getByRole('button', { name: 'Pause' }));
  await page.getByText(/is paused/).waitFor({ state: 'attached', timeout: MINUTES });
  const rows = await second.client.runs.metrics({ run: run.id, keys: ['loss'] });
  expect(rows.map(({ step }) => step)).toEqual(Array.from({ length: rows.length }, (_, index) => index + 1));
  await keyboard.press(page.getByRole('button', { name: 'Continue' }).first());
  await page.getByText(/is running/).waitFor({ state: 'attached', timeout: MINUTES });
  await keyboard.press(page.getByRole('button', { name: 'Stop after this step' }));
  await page.getByText(/is stopped/).waitFor({ state: 'attached', timeout: MINUTES });
  await second.close();
});

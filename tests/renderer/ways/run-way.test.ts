import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { openApp } from '../support/app.ts';
import { seriousFaults } from '../support/axe.ts';
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

test('a first launch: the demo from one button to its report', { timeout: 4 * MINUTES }, async () => {
  const { page, complaints } = await openApp({ environment: { KEEL_DEMO_SET: SHORT_DEMO } });
  await page.getByRole('button', { name: /Run the demo/ }).click();
  await expect.poll(() => new URL(page.url()).pathname).toMatch(/^\/runs\/\d{8}-/);
  await page.getByText(/demo is finished/).waitFor({ state: 'attached', timeout: 3 * MINUTES });
  await page.getByText('judge (rules, 1 is best)').waitFor();
  expect(await seriousFaults(page)).toEqual([]);
  expect(complaints).toEqual([]);
});

test('an engine that is killed: the run says so, and goes on from its checkpoint with one click', {
  timeout: 4 * MINUTES,
}, async () => {
  const { page, home } = await openApp({ environment: { KEEL_DEMO_SET: LONG_DEMO } });
  await page.getByRole('button', { name: /Run the demo/ }).click();
  await expect.poll(() => new URL(page.url()).pathname).toMatch(/^\/runs\/\d{8}-/);
  const { openHost } = await import('../../../src-main/attach/open-host.ts');
  const second = await openHost({ home });
  const stage = async () => (await second.client.runs.list({})).find(({ stage }) => stage === 'reward_model');
  await expect.poll(async () => (await stage())?.lastStep ?? 0, { timeout: MINUTES }).toBeGreaterThan(8);
  const run = (await stage())!;
  process.kill(enginePid(run.id), 'SIGKILL');
  await page.goto(`${new URL(page.url()).origin}/runs/${run.id}`);
  await page.getByText(/is interrupted/).waitFor({ state: 'attached', timeout: MINUTES });
  await page
    .getByRole('button', { name: /Resume|Go on/ })
    .first()
    .click();
  await page.getByText(/is running/).waitFor({ state: 'attached', timeout: MINUTES });
  const before = (await stage())!.lastStep ?? 0;
  await expect.poll(async () => (await stage())?.lastStep ?? 0, { timeout: MINUTES }).toBeGreaterThan(before);

  await page.reload();
  await page.getByText(/is running/).waitFor({ state: 'attached' });
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByText(/is paused/).waitFor({ state: 'attached', timeout: MINUTES });
  const rows = await second.client.runs.metrics({ run: run.id, keys: ['loss'] });
  expect(rows.map(({ step }) => step)).toEqual(Array.from({ length: rows.length }, (_, index) => index + 1));
  await page.getByRole('button', { name: 'Go on' }).first().click();
  await page.getByText(/is running/).waitFor({ state: 'attached', timeout: MINUTES });
  await page.getByRole('button', { name: 'Stop after this step' }).click();
  await page.getByText(/is stopped/).waitFor({ state: 'attached', timeout: MINUTES });
  await second.close();
});

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openHost } from '../../../../src-main/attach/open-host.ts';
import { startRuntime } from '../../../../src-main/engine/runtime/start-runtime.ts';
import { makeTinyWorld, tinyConfigs } from '../../../support/tiny-world.ts';
import { openApp } from '../../support/app.ts';
import { seriousFaults } from '../../support/axe.ts';
import { layoutFaults } from '../../support/layout-faults.ts';

const PATIENT = { timeout: 90_000 };

/** Notes what the page asks the browser to show, in the place of what the system would. */
const NOTE_NOTIFICATIONS = `
  window.told = [];
  window.Notification = class { constructor(title) { window.told.push(title); } };
  window.Notification.permission = 'granted';
  window.Notification.requestPermission = async () => 'granted';
`;

/** The app with a real run of a tiny model at work and two that wait. */
async function queueApp() {
  const home = mkdtempSync(join(tmpdir(), 'keel-queue-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const folder = join(home, 'world');
  mkdirSync(folder);
  const world = makeTinyWorld(await startRuntime({ binding: null, mode: 'eager' }), folder);
  const app = await openApp({ home });
  await app.page.addInitScript(NOTE_NOTIFICATIONS);
  const connection = await openHost({ home });
  onTestFinished(() => connection.close());
  const { runs } = connection.client;
  const start = async (name: string) => {
    const config = JSON.stringify({ ...tinyConfigs(world, 20_000).sft, name });
    return (await runs.start({ config, baseFolder: folder })).id as string;
  };
  const ids = [await start('first'), await start('second'), await start('third')];
  return { ...app, runs, ids };
}

test('the queue has an order that can be changed; beside a run stand the load and, at its end, a notification', {
  timeout: 300_000,
}, async () => {
  const { page, open, complaints, runs, ids } = await queueApp();
  const [first = '', second, third] = ids;
  await open('/queue');
  const names = page.getByRole('list', { name: 'Waiting runs' }).getByRole('link');
  await expect.poll(() => names.allTextContents(), PATIENT).toEqual(['second', 'third']);
  await page.getByRole('button', { name: 'Move third up' }).click();
  await expect.poll(() => names.allTextContents(), PATIENT).toEqual(['third', 'second']);
  expect(await runs.queue()).toEqual([third, second]);
  expect([await seriousFaults(page), await layoutFaults(page)]).toEqual([[], []]);
  await page.getByRole('button', { name: 'Remove second from the queue' }).click();
  await expect.poll(() => names.allTextContents(), PATIENT).toEqual(['third']);

  await open(`/runs/${first}`);
  const facts = page.locator('dl.facts');
  await expect.poll(() => facts.textContent(), PATIENT).toMatch(/CPU\d+%Memory[\d.]+ \w?B of [\d.]+ \w?B/);
  await page.getByRole('button', { name: 'More', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Notify me when it ends' }).click();
  await page.getByText('You will be told when a run ends.').first().waitFor();
  await expect.poll(async () => (await runs.get({ run: first })).state, PATIENT).toBe('running');
  // The list of runs, which tells of ends, is read a while after the page.
  await page.locator('header a.chip').waitFor(PATIENT);
  await runs.stop({ run: first, now: true });
  await expect.poll(() => page.evaluate('window.told'), PATIENT).toEqual(['first: stopped']);
  await runs.stop({ run: third ?? '', now: true });
  expect(complaints).toEqual([]);
});

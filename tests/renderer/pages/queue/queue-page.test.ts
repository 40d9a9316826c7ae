import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openHost } from '../../../../src-main/attach/open-host.ts';
import { startRuntime } from '../../../../src-main/engine/runtime/start-runtime.ts';
import { makeTinyWorld, tinyConfigs } from '../../../support/tiny-world.ts';
import { openApp } from '../../support/app.ts';
import { seriousFaults } from '../../support/axe.ts';
import { keyboard, mouse } from '../../support/hand.ts';
import { layoutFaults } from '../../support/layout-faults.ts';

const PATIENT = { timeout: 90_000 };

/** Notes what the page asks the browser to show, in the place of what the system would. */
const NOTE_NOTIFICATIONS = `
  window.told = [];
  window.Notification = class { constructor(title) { window.told.push(title); } };
  window.Notification.permission = 'granted';
  window.Notification.requestPermission = async () => 'granted';
`;

/** The app with a real run of a tiny model, or a pipeline of them, at work, and others that wait. */
async function queueApp(waiting: readonly string[], first = 'run') {
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
  const begin = async (config: object) =>
    (await runs.start({ config: JSON.stringify(config), baseFolder: folder })).id as string;
  const start = (name: string) => begin({ ...tinyConfigs(world, 20_000).sft, name });
  const { recipe: _, ...stage } = tinyConfigs(world, 40).sft!;
  const stages = {
    sft: stage,
    reward_model: {
      model: world.model,
      data: { files: [world.pairs] },
      training: { max_steps: 20_000, batch_size: 4 },
    },
  };
  const ids = [await (first === 'run' ? start('first') : begin({ recipe: 'pipeline', name: 'two stages', stages }))];
  for (const name of waiting) ids.push(await start(name));
  return { ...app, runs, ids };
}

test('the queue has an order that can be changed; beside a run stand the load and, at its end, a notification', {
  timeout: 300_000,
}, async () => {
  const { page, open, complaints, runs, ids } = await queueApp(['second', 'third']);
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

test.each([mouse, keyboard])(
  'several waiting runs are put in order by $name, and the focus goes along',
  {
    timeout: 300_000,
  },
  async (hand) => {
    const { page, open, complaints, runs, ids } = await queueApp(['second', 'third', 'fourth', 'fifth']);
    const [first = '', second, third, fourth, fifth] = ids;
    await open('/queue');
    const names = page.getByRole('list', { name: 'Waiting runs' }).getByRole('link');
    await expect.poll(() => names.allTextContents(), PATIENT).toEqual(['second', 'third', 'fourth', 'fifth']);
    const up = page.getByRole('button', { name: 'Move fifth up' });
    await hand.press(up);
    await expect.poll(() => names.allTextContents(), PATIENT).toEqual(['second', 'third', 'fifth', 'fourth']);
    await page.getByText('fifth is number 3 of 4.').waitFor({ state: 'attached' });
    // No way back to the button: it still has the focus.
    await page.keyboard.press('Enter');
    await page.getByText('fifth is number 2 of 4.').waitFor({ state: 'attached' });
    await page.keyboard.press('Enter');
    await page.getByText('fifth is number 1 of 4.').waitFor({ state: 'attached' });
    // At the top there is only the way down.
    const down = page.getByRole('button', { name: 'Move fifth down' });
    await expect.poll(() => down.evaluate((button) => button.matches(':focus'))).toBe(true);
    await hand.press(page.getByRole('button', { name: 'Move second down' }));
    await expect.poll(() => names.allTextContents(), PATIENT).toEqual(['fifth', 'third', 'second', 'fourth']);
    expect(await runs.queue()).toEqual([fifth, third, second, fourth]);
    expect([await seriousFaults(page), await layoutFaults(page), complaints]).toEqual([[], [], []]);
    for (const id of [second, third, fourth, fifth, first]) await runs.stop({ run: id!, now: true });
  },
);

test('a run that was queued meanwhile does not start between the stages of a pipeline', {
  timeout: 300_000,
}, async () => {
  const { page, open, runs, ids } = await queueApp(['stranger'], 'pipeline');
  const [pipeline = '', stranger = ''] = ids;
  await open('/queue');
  const names = page.getByRole('list', { name: 'Waiting runs' }).getByRole('link');
  await expect.poll(() => names.allTextContents(), PATIENT).toEqual(['stranger']);
  const stages = async () => (await runs.get({ run: pipeline })).stages.map(({ state }) => state);
  await expect.poll(stages, PATIENT).toEqual(['finished', 'running']);
  // The second stage is at work; the other run waits as before.
  expect(await names.allTextContents()).toEqual(['stranger']);
  expect((await runs.get({ run: stranger })).startedAt).toBeNull();
  await page.getByRole('region', { name: 'In progress' }).getByText('two stages').waitFor();
  await runs.stop({ run: pipeline, now: true });
  await expect.poll(() => names.count(), PATIENT).toBe(0);
  await expect.poll(async () => (await runs.get({ run: stranger })).state, PATIENT).toBe('running');
  await runs.stop({ run: stranger, now: true });
});

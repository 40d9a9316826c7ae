import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { startRuntime } from '#engine/runtime/start-runtime.ts';
import { attachToHost } from '../../../../src-main/attach/attach-to-host.ts';
import { hostSocket } from '../../../../src-main/attach/open-host.ts';
import { makeTinyWorld, tinyConfigs } from '../../../support/tiny-world.ts';
import { openApp } from '../../support/app.ts';
import { seriousFaults } from '../../support/axe.ts';
import { keyboard } from '../../support/hand.ts';
import { layoutFaults } from '../../support/layout-faults.ts';

const binding = process.env.KEEL_ENGINE_BINDING || null;

/** Nothing holds the policy, and the score is one letter: it collapses within a dozen iterations. */
function collapsing(folder: string, runtime: Parameters<typeof makeTinyWorld>[0]) {
  const world = makeTinyWorld(runtime, folder);
  return stringify({
    ...tinyConfigs(world, 16).apa,
    name: 'collapsing',
    reward: { type: 'rules', rules: [{ type: 'expression', expression: 'count("e")' }] },
    evaluation: { interval_iterations: 100, num_prompts: 4, num_samples: 0 },
    optimizer: { learning_rate: 0.02 },
    method: { apa_lambda: 0.02 },
    doctor: { actions: { no_anchor: 'off', eos_missing: 'off', critic_useless: 'off' } },
  });
}

test('a run that collapses is held, told with its evidence, and rolled back with λ changed, by keyboard', async () => {
  const home = mkdtempSync(join(tmpdir(), 'keel-app-'));
  const folder = mkdtempSync(join(tmpdir(), 'keel-tiny-'));
  const config = collapsing(folder, await startRuntime({ binding, mode: 'eager' }));
  const { page, open, complaints } = await openApp({ home, roots: [folder] });
  const { client, close } = await attachToHost(hostSocket(home));
  const { id } = await client.runs.start({ config, baseFolder: home });
  await open(`/runs/${id}`);
  // It opens by itself beside the plots, since the run waits for an answer.
  const panel = page.getByRole('complementary', { name: 'Health' });
  await panel.getByText('The run is paused until you decide').waitFor({ timeout: 120_000 });
  await panel.getByRole('heading', { name: /^Collapse/ }).waitFor();
  const evidence = panel.getByRole('listitem').filter({ hasText: 'sampled_entropy_per_token' });
  expect(await evidence.first().textContent()).toMatch(/below .*at the start/);
  await keyboard.press(panel.getByText('Example response').first());
  expect((await seriousFaults(page)).filter((fault) => /doctor|finding|evidence|summary/.test(fault))).toEqual([]);
  expect(await layoutFaults(page)).toEqual([]);
  await keyboard.press(panel.getByRole('button', { name: /^Roll back to step \d+$/ }));
  const dialog = page.getByRole('alertdialog');
  expect(await dialog.textContent()).toMatch(
    /\d+ steps \(\d+ to \d+\) will be discarded[\s\S]*archived as branch 0; \d+ checkpoints/,
  );
  await keyboard.press(dialog.getByRole('button', { name: 'Roll back' }));
  await expect.poll(async () => (await client.runs.get({ run: id })).branch, { timeout: 60_000 }).toBe(1);
  await panel.getByText('The run doctor has no open findings.').waitFor();
  const { changes } = await client.runs.get({ run: id });
  expect(changes).toMatchObject([{ path: 'method.apa_lambda' }]);
  const [branch] = await client.runs.branches({ run: id });
  const lost = await client.runs.branchMetrics({ run: id, branch: 0, keys: ['objective/scores'] });
  expect(lost.map(({ step }) => step)).toContain(branch?.lastStep);
  close();
  expect(complaints).toEqual([]);
}, 240_000);

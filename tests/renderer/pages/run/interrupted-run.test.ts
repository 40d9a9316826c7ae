import { expect, test } from 'vitest';
import { CONFIG, fakeHost, temporaryHome, watchAll } from '../../../runs/fake-host.ts';
import { openApp } from '../../support/app.ts';
import { seriousFaults } from '../../support/axe.ts';
import { layoutFaults } from '../../support/layout-faults.ts';

const PIPELINE = `
recipe: pipeline
name: two
stages:
  sft: { model: some/model, data: { files: [data.jsonl] } }
  reward_model: { model: "stage:sft/policy", data: { files: [pairs.jsonl] } }
`;

/** A data folder with runs that lost their engine at step 21, and checkpoints of every tenth. */
async function interruptedHome() {
  const home = temporaryHome();
  const host = fakeHost({ steps: 40, at: 21, fault: 'kill', checkpointEvery: 10 }, home);
  const single = host.start({ config: CONFIG, baseFolder: home, name: 'alone' });
  await watchAll(host, single.id);
  const pipeline = host.start({ config: PIPELINE, baseFolder: home });
  await watchAll(host, pipeline.id);
  // The first stage goes on to its end, the second one is lost in turn.
  host.resume(pipeline.id);
  await watchAll(host, pipeline.id);
  await host.idle();
  host.setup.store.close();
  return { home, single: single.id as string, pipeline: pipeline.id as string };
}

test('an interrupted run says on its page and in the lists what a resume will do', { timeout: 240_000 }, async () => {
  const { home, single, pipeline } = await interruptedHome();
  const { page, open, complaints } = await openApp({ home });
  const panel = page.getByRole('alert');

  await open(`/runs/${single}`);
  await panel.getByRole('button', { name: 'Resume from step 20', exact: true }).waitFor();
  expect(await panel.textContent()).toContain('Everything up to step 20 is saved in a checkpoint');
  expect(await page.title()).toBe('alone, interrupted – Keel');

  await open(`/runs/${pipeline}`);
  const words = 'at stage 2 of 2 (Reward model) from step 20';
  await panel.getByRole('button', { name: `Resume ${words}`, exact: true }).waitFor();
  expect(await panel.textContent()).toContain(
    'Everything up to step 20 of stage 2 (Reward model) is saved in a checkpoint',
  );
  const header = page.locator('header.strip');
  expect(await header.textContent()).toContain('Resumes atstage 2 of 2 (Reward model), step 20');
  expect(await header.getByRole('button', { name: 'Resume' }).getAttribute('title')).toBe(`resume ${words}`);
  expect([await seriousFaults(page), await layoutFaults(page)]).toEqual([[], []]);

  await open('/runs');
  const row = page.getByRole('table', { name: 'Runs' }).getByRole('row').filter({ hasText: 'Pipeline' });
  await expect.poll(() => row.textContent()).toMatch(/interrupted\s*resumes at stage 2, step 20/);
  expect(await row.getByTitle(`resume ${words}`).count()).toBe(1);
  expect([await seriousFaults(page), await layoutFaults(page)]).toEqual([[], []]);

  await open('/');
  await page.getByTitle(`resume ${words}`).getByText('stage 2, step 20').waitFor();
  expect([await seriousFaults(page), await layoutFaults(page), complaints]).toEqual([[], [], []]);
});

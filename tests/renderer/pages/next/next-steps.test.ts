import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { openApp } from '../../support/app.ts';
import { seriousFaults } from '../../support/axe.ts';
import { layoutFaults } from '../../support/layout-faults.ts';
import { objectHome } from '../../support/object-home.ts';

const PATIENT = { timeout: 120_000 };
const steps = (page: Page) => page.getByRole('navigation', { name: 'Next steps' });
const config = async (page: Page) => {
  await page.waitForURL(/\/runs\/new$/);
  return parse(await page.getByLabel('Config as YAML').inputValue()) as Readonly<Record<string, unknown>>;
};

test('every object leads on and takes its context along', { timeout: 300_000 }, async () => {
  const { home, rewardRun, policyRun, failedRun, dataset } = await objectHome();
  const { page, open, complaints } = await openApp({ home });

  await open(`/datasets/${dataset}`);
  await steps(page).getByRole('link', { name: 'SFT' }).waitFor(PATIENT);
  expect(await steps(page).getByRole('link').allInnerTexts()).toEqual(
    expect.arrayContaining(['SFT', 'Reward model', 'APA', 'PPO']),
  );
  expect([await seriousFaults(page), await layoutFaults(page)]).toEqual([[], []]);
  await steps(page).getByRole('link', { name: 'Reward model' }).click();
  expect(await config(page)).toMatchObject({
    recipe: 'reward-model',
    data: { files: [expect.stringMatching(/preference-train\.jsonl\.gz$/)] },
  });

  // The method of the link, not the one that the type suggests.
  await open(`/datasets/${dataset}`);
  await steps(page).getByRole('link', { name: 'PPO' }).click(PATIENT);
  expect(await config(page)).toMatchObject({
    recipe: 'ppo',
    data: { files: [expect.stringMatching(/preference-train\.jsonl\.gz$/)] },
  });

  await open(`/models/look?model=run:${policyRun}/policy@last`);
  await steps(page).getByRole('link', { name: 'PPO' }).click();
  expect(await config(page)).toEqual({ recipe: 'ppo', model: `run:${policyRun}/policy@last` });

  await open(`/models/look?model=run:${rewardRun}/reward_model@last`);
  await steps(page).getByRole('link', { name: 'Certificate' }).click();
  await page.waitForURL(`**/reward-models/${rewardRun}`);

  // From the reward model's run to its certificate, and from there to a policy, which starts where it started.
  await open(`/runs/${rewardRun}`);
  await steps(page).getByRole('link', { name: 'Certificate' }).click();
  await page.waitForURL(`**/reward-models/${rewardRun}`);
  await page.getByRole('link', { name: 'Align a policy with it' }).click();
  expect(await config(page)).toMatchObject({
    recipe: 'apa',
    model: expect.stringMatching(/starter\/policy$/),
    reward: { type: 'model', model: `run:${rewardRun}/reward_model` },
  });

  await open(`/runs/${failedRun}`);
  await steps(page).getByRole('link', { name: 'Edit and start again' }).click();
  expect(await config(page)).toMatchObject({ recipe: 'ppo', name: 'broken', seed: 7 });

  await open(`/runs/${policyRun}`);
  await steps(page).getByRole('link', { name: 'Same run with PPO' }).click();
  expect(await config(page)).toMatchObject({ recipe: 'ppo', name: 'warm' });
  expect(complaints).toEqual([]);
});

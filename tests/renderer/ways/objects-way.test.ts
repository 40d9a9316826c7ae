import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { inShort } from '../../support/long-form.ts';
import { openApp } from '../support/app.ts';
import { type Hand, keyboard, mouse } from '../support/hand.ts';

const MINUTES = 60_000;

const link = (page: Page, name: string | RegExp) => page.getByRole('link', { name, exact: true }).first();
const next = (page: Page, name: string | RegExp) =>
  page.getByRole('navigation', { name: 'Next steps' }).getByRole('link', { name, exact: true });
const field = (page: Page, title: string) => page.getByRole('combobox', { name: title, exact: true });

/** Sets a field by its path, found by the form's search. */
async function setField(hand: Hand, page: Page, path: string, value: string): Promise<void> {
  await hand.type(page.getByLabel('Find a field'), path);
  await hand.type(page.locator(`#field-${path.replaceAll('.', '-')}`), value);
  await hand.type(page.getByLabel('Find a field'), '');
}

/** Starts the run of the form and waits for its end; returns its id. */
async function startAndWait(hand: Hand, page: Page): Promise<string> {
  await hand.press(page.getByRole('button', { name: 'Start', exact: true }));
  await page.waitForURL(/\/runs\/\d{8}-/);
  await page.getByText(/ is finished$/).waitFor({ state: 'attached', timeout: 8 * MINUTES });
  return new URL(page.url()).pathname.split('/').at(-1)!;
}

const SMALL_REWARD: Readonly<Record<string, string>> = {
  'training.max_steps': '4',
  'training.batch_size': '4',
  'data.held_out_size': '20',
};
const SMALL_ONLINE: Readonly<Record<string, string>> = {
  'rollouts.num_rollouts': '8',
  'rollouts.chunk_size': '8',
  'updates.total_iterations': '2',
  'updates.minibatch_size': '4',
  'generation.max_new_tokens': '8',
  'evaluation.num_prompts': '4',
  'evaluation.num_samples': '4',
};

async function trainRewardModel(hand: Hand, page: Page): Promise<string> {
  await hand.press(link(page, 'Datasets'));
  await hand.press(page.getByRole('button', { name: 'preference-held-out.jsonl.gz' }));
  await page.waitForURL(/\/datasets\/\d+$/);
  await hand.press(next(page, 'Reward model'));
  await page.waitForURL(/\/runs\/new$/);
  expect(await field(page, 'Files').innerText()).toContain('preference-held-out');
  await hand.pick(field(page, 'Model'), 'Starter policy');
  for (const [path, value] of Object.entries(SMALL_REWARD)) await setField(hand, page, path, value);
  return startAndWait(hand, page);
}

async function alignPolicy(hand: Hand, page: Page): Promise<string> {
  await hand.press(next(page, 'Certificate'));
  await page.getByRole('heading', { name: /^An online run would/ }).waitFor();
  await hand.press(link(page, 'Align a policy with it'));
  await page.waitForURL(/\/runs\/new$/);
  // The reward and the model that it started from come along; what is left to choose is the prompts.
  await expect.poll(() => field(page, 'Reward: reward model').innerText()).toMatch(/reward model/);
  expect(await field(page, 'Model').innerText()).toContain('Starter policy');
  await hand.pick(field(page, 'Files'), 'prompts-held-out');
  for (const [path, value] of Object.entries(SMALL_ONLINE)) await setField(hand, page, path, value);
  // Four steps do not make a certificate that would be accepted.
  await hand.type(page.getByLabel('Find a field'), 'certificate_required');
  await hand.toggle(page.locator('#field-certificate_required'));
  await hand.type(page.getByLabel('Find a field'), '');
  return startAndWait(hand, page);
}

test.each(inShort([mouse, keyboard], (hand) => hand === keyboard))(
  'from a dataset to an exported policy without a path, by $name',
  { timeout: 25 * MINUTES },
  async (hand) => {
    const { page, home, complaints } = await openApp();
    // Engines read and train meanwhile.
    page.setDefaultTimeout(4 * MINUTES);
    const rewardModel = await trainRewardModel(hand, page);
    const apa = await alignPolicy(hand, page);
    await hand.press(next(page, 'Same run with PPO'));
    await page.waitForURL(/\/runs\/new$/);
    const yaml = page.getByLabel('Config as YAML');
    await expect.poll(() => yaml.inputValue()).toContain('recipe: ppo');
    expect(await yaml.inputValue()).toContain(`run:${rewardModel}/reward_model`);
    const ppo = await startAndWait(hand, page);

    await hand.press(next(page, /^Compare with/));
    await page.waitForURL((url) => url.searchParams.get('runs') === `${ppo},${apa}`);
    await page.getByRole('heading', { name: 'Compare' }).waitFor();
    await page.goBack();
    await hand.press(next(page, 'Export'));
    await hand.press(page.getByRole('button', { name: 'Export', exact: true }));
    await page.getByText('Exported and verified.').waitFor({ timeout: 2 * MINUTES });
    const [folder = ''] = readdirSync(join(home, 'exports'));
    expect(readdirSync(join(home, 'exports', folder))).toContain('model.safetensors');
    expect(complaints).toEqual([]);
  },
);

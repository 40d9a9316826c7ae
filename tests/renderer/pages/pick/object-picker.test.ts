import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import type { RunHost } from '../../../../src-main/runs/host/run-host.ts';
import { durably } from '../../../../src-main/store/database.ts';
import { upsertArtifact } from '../../../../src-main/store/queries/lineage.ts';
import { addSyntheticRun, ONLINE } from '../../../api/synthetic-runs.ts';
import { ROOT } from '../../../architecture/source-tree.ts';
import { openApp } from '../../support/app.ts';
import { seriousFaults } from '../../support/axe.ts';
import { keyboard } from '../../support/hand.ts';
import { layoutFaults } from '../../support/layout-faults.ts';
import { objectHome } from '../../support/object-home.ts';
import { pick } from '../../support/pick.ts';
import { prepareHome } from '../../support/prepared-home.ts';

const STARTER = join(ROOT, 'resources', 'starter');
const field = (page: Page, title: string) => page.getByRole('combobox', { name: title, exact: true });
const yaml = async (page: Page) => parse(await page.getByLabel('Config as YAML').inputValue()) as object;

/** The entries of an open list, each as its title and kind, under their groups. */
async function entries(page: Page, title: string) {
  await field(page, title).click();
  const list = page.getByRole('listbox', { name: `${title}: choices` });
  await list.getByRole('option').first().waitFor();
  const found = await list
    .locator('[role="group"]')
    .evaluateAll((groups) =>
      (groups as unknown as { innerText: string; querySelectorAll(of: string): { innerText: string }[] }[]).map(
        (group) => [
          group.innerText.split('\n')[0],
          [...group.querySelectorAll('[role="option"] .line')].map((line) => line.innerText.replaceAll('\n', ' ')),
        ],
      ),
    );
  await page.keyboard.press('Escape');
  await list.waitFor({ state: 'detached' });
  return found;
}

test('a field offers what fits it: no reward model as a policy, no policy as a reward', {
  timeout: 240_000,
}, async () => {
  const { home, rewardRun, policyRun } = await objectHome();
  const { page, open, complaints } = await openApp({ home });
  await open('/runs/new');
  expect(await entries(page, 'Model')).toEqual([
    ['From runs', ['warm policy · last']],
    ['Included with Keel', ['Starter policy language model']],
  ]);
  await page.getByLabel('Reward: kind').selectOption('model');
  expect(await entries(page, 'Reward: reward model')).toEqual([['From runs', ['kindness reward model · last']]]);
  // The pairs are in the library, since they were added; the prompts of pairs can be used too.
  const [library, included, others] = await entries(page, 'Files');
  expect(library).toEqual(['Library', [expect.stringMatching(/^preference-train/)]]);
  expect(included).toEqual([
    'Included with Keel',
    [
      'sft prompt and completion',
      'preference-held-out preference pairs',
      'prompts-train prompts',
      'prompts-held-out prompts',
    ],
  ]);
  expect(others).toBeUndefined();

  await pick(page, 'Model', 'warm');
  await pick(page, 'Reward: reward model', 'kindness');
  await pick(page, 'Files', 'prompts-train');
  expect(await yaml(page)).toEqual({
    recipe: 'apa',
    model: `run:${policyRun}/policy@last`,
    data: { files: [join(STARTER, 'prompts-train.jsonl.gz')] },
    reward: { type: 'model', model: `run:${rewardRun}/reward_model@last` },
  });
  expect(await field(page, 'Model').innerText()).toMatch(/^warm\s+policy · last$/);
  expect([await seriousFaults(page), await layoutFaults(page)]).toEqual([[], []]);

  // Prompts are nothing for a reward model: the form says so, and offers the method that they are for.
  await page.getByRole('radio', { name: /^Reward model/ }).check();
  await page.getByText(/prompts-train holds prompts: APA learns from those, Reward model does not/).waitFor();
  await page.getByRole('button', { name: 'Use APA' }).click();
  await expect.poll(async () => (await yaml(page)) as unknown).toMatchObject({ recipe: 'apa' });

  // Other forms have the same picker; checkpoints can be prompted, reward models cannot.
  await open('/playground');
  expect(await entries(page, 'Right model')).toEqual([
    ['From runs', ['warm policy · last']],
    ['Included with Keel', ['Starter policy language model']],
  ]);
  expect(complaints).toEqual([]);
});

/** Policies, the newest first; the folder of the last one is gone. */
function policies(host: RunHost): readonly string[] {
  return ['late', 'early', 'gone'].map((name, at) => {
    const folder = name === 'gone' ? '/none' : join(STARTER, 'policy');
    const run = addSyntheticRun(host, { config: { ...ONLINE, recipe: 'apa', name }, steps: [] });
    const artifact = { kind: 'policy' as const, tag: 'last', folder, detail: {} };
    durably(host.setup.store.write, () =>
      upsertArtifact(host.setup.store.write, run.number, artifact, Date.UTC(2026, 0, 2 - at)),
    );
    return run.id as string;
  });
}

test('the newest come first, each with its size and origin', { timeout: 240_000 }, async () => {
  const { home, filled } = await prepareHome(policies);
  const { page, open, complaints } = await openApp({ home });
  await open('/runs/new');
  await field(page, 'Model').click();
  const listed = page.getByRole('listbox', { name: 'Model: choices' }).getByRole('option');
  await listed.nth(3).waitFor();
  const texts = (await listed.allInnerTexts()).map((text) => text.replaceAll('\n', ' '));
  expect(texts).toEqual([
    expect.stringMatching(/^late policy · last .*[\d.]+ [kMG]?B · .*/),
    expect.stringMatching(/^early policy · last .*[\d.]+ [kMG]?B · .*/),
    expect.stringMatching(/^gone policy · last folder missing/),
    expect.stringMatching(/^Starter policy language model .*[\d.]+ [kMG]?B/),
  ]);
  for (const [at, run] of filled.entries()) expect(texts[at]).toContain(run);
  // What is not there cannot be chosen.
  const isOff = (at: number) => listed.nth(at).getAttribute('data-disabled');
  expect([await isOff(1), await isOff(2)]).toEqual([null, '']);
  expect(complaints).toEqual([]);
});

test('by keyboard: searched, chosen, and a path as the last resort', { timeout: 240_000 }, async () => {
  const { home } = await objectHome();
  const { page, open } = await openApp({ home });
  await open('/runs/new');
  await keyboard.pick(field(page, 'Model'), 'Starter');
  expect(await yaml(page)).toEqual({ recipe: 'apa', model: join(STARTER, 'policy') });
  expect(await field(page, 'Model').evaluate((element) => element.matches(':focus'))).toBe(true);
  await page.keyboard.press('Enter');
  await page.keyboard.type('models/mine');
  await page.getByRole('option', { name: 'Use the path models/mine' }).waitFor();
  await page.keyboard.press('Enter');
  await expect.poll(() => yaml(page)).toEqual({ recipe: 'apa', model: 'models/mine' });
  expect(await page.getByRole('button', { name: 'Start', exact: true }).isDisabled()).toBe(true);
});

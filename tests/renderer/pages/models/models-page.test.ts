import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { standInHub } from '../../../hub/stand-in-hub.ts';
import { openApp } from '../../support/app.ts';
import { seriousFaults } from '../../support/axe.ts';
import { layoutFaults } from '../../support/layout-faults.ts';

const PATIENT = { timeout: 120_000 };
const STARTER = join(import.meta.dirname, '../../../../resources/starter/policy');
const FILES = [
  'config.json',
  'model.safetensors',
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
];

test('a bad folder is refused with its faults; a model is fetched by name on a click, looked into and removed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'keel-model-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const bad = join(folder, 'bad');
  cpSync(STARTER, bad, { recursive: true });
  const config = JSON.parse(readFileSync(join(bad, 'config.json'), 'utf8')) as { num_hidden_layers: number };
  config.num_hidden_layers += 1;
  writeFileSync(join(bad, 'config.json'), JSON.stringify(config));
  const files = Object.fromEntries(FILES.map((name) => [name, readFileSync(join(STARTER, name))]));
  const { endpoint, asked } = await standInHub('tiny-lab/tiny', files);
  const environment = { KEEL_HUB_ENDPOINT: endpoint };
  const { page, open, complaints } = await openApp({ roots: [folder], environment });
  await open('/models');
  await page.getByRole('link', { name: 'Starter policy', exact: true }).waitFor();
  await page.getByRole('button', { name: 'Add a model' }).click();
  await page.getByLabel('Model folder or GGUF file', { exact: true }).fill(bad);
  await page.getByRole('button', { name: 'Check and add' }).click();
  await page.getByText('This model was not added').waitFor(PATIENT);
  await expect
    .poll(() => page.getByText(`model.layers.${config.num_hidden_layers - 1}.input_layernorm.weight`).isVisible())
    .toBe(true);

  expect(asked).toEqual([]);
  await page.getByLabel('Repository').fill('tiny-lab/tiny');
  await page.getByRole('button', { name: 'Look up' }).click();
  await page.getByText('license mit').waitFor();
  expect(asked.every(({ path }) => path.startsWith('/api/'))).toBe(true);
  await page.getByRole('button', { name: /^Download / }).click();
  await page.getByText('weights valid').waitFor(PATIENT);
  await expect.poll(() => page.getByText('All texts round-trip unchanged').isVisible()).toBe(true);
  await page.getByText('A response ends at:').locator('..').getByText('tokenizer, config.json').waitFor();
  await page.getByRole('searchbox', { name: 'Filter tensors by name' }).fill('embed');
  await page.getByText('1 of 38 tensors').waitFor();
  expect([await seriousFaults(page), await layoutFaults(page), complaints]).toEqual([[], [], []]);

  await page.getByRole('button', { name: 'Remove' }).click();
  await page.getByRole('alertdialog').getByText('are kept for a day').waitFor();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click();
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByRole('link', { name: 'tiny-lab/tiny', exact: true }).waitFor();
}, 300_000);

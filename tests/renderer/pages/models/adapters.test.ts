import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { writeSafetensors } from '#engine/model/safetensors/write-safetensors.ts';
import counts from '../../../fixtures/memory/counts.json' with { type: 'json' };
import { type App, openApp } from '../../support/app.ts';
import { seriousFaults } from '../../support/axe.ts';
import { layoutFaults } from '../../support/layout-faults.ts';

const FIXTURES = join(import.meta.dirname, '../../../fixtures');
const STARTER = join(import.meta.dirname, '../../../../resources/starter/policy');
const yaml = ({ page }: App) => page.getByLabel('Config as YAML');

/** A folder with a base and an adapter that PEFT has saved for it; both have the starter's tokenizer. */
function adapterPlace() {
  const place = mkdtempSync(join(tmpdir(), 'keel-adapters-'));
  onTestFinished(() => rmSync(place, { recursive: true }));
  const [base, adapter] = [join(place, 'models/llama-grouped'), join(place, 'adapters/llama-grouped')];
  cpSync(join(FIXTURES, 'models/llama-grouped'), base, { recursive: true });
  cpSync(join(FIXTURES, 'adapters/llama-grouped'), adapter, { recursive: true });
  return { place, base, adapter };
}

test('the form offers the layers of the model, tells sizes of each storage, and predicts memory with remedies', async () => {
  const { place, base } = adapterPlace();
  const app = await openApp({ roots: [place], viewport: { width: 900, height: 800 } });
  const { page } = app;
  await app.open('/runs/new');
  await yaml(app).fill(`recipe: apa\nmodel: ${base}\n`);
  const memory = page.getByRole('group', { name: 'Predicted memory' });
  await memory.getByText('Should fit').waitFor();
  await memory.getByText('predicted for sequences of 128 tokens;').waitFor();
  // Policy and critic, each as transformers counts it.
  const { parameters, lora } = counts.models['llama-grouped'];
  await memory.getByText(`Trains ${(2 * parameters).toLocaleString('en-US')} parameters`).waitFor();

  await page.locator('summary', { hasText: 'Adapters and frozen weights' }).click();
  await page.getByText('7 more fields with PEFT type lora').waitFor();
  expect(await page.locator('#field-adapter-r').count()).toBe(0);
  await page.getByLabel('PEFT type').selectOption('lora');
  await page.locator('#field-adapter-r').fill(String(counts.r));
  await page.keyboard.press('Tab');
  await expect.poll(() => yaml(app).inputValue()).toContain('r: 16');
  await memory
    .first()
    .getByText(`Trains ${(2 * lora).toLocaleString('en-US')} parameters`)
    .waitFor();

  const storages = await page.getByLabel('Frozen dtype').locator('option').allInnerTexts();
  expect(storages).toHaveLength(5);
  // 4 bytes for each of the parameters.
  expect(storages[0]).toBe(`float32 (${((4 * parameters) / 1000).toFixed(0)} kB)`);

  const targets = page.getByRole('group', { name: 'Target modules' });
  expect((await targets.locator('label').allInnerTexts()).map((text) => text.trim())).toEqual(
    expect.arrayContaining(['all-linear', ...counts.models['llama-grouped'].linear]),
  );
  expect(await targets.getByLabel('all-linear').isChecked()).toBe(true);
  await targets.getByLabel('q_proj').check();
  await targets.getByLabel('v_proj').check();
  await expect.poll(() => yaml(app).inputValue()).toMatch(/target_modules:\s+- q_proj\s+- v_proj/);
  expect(await targets.getByLabel('all-linear').isChecked()).toBe(false);
  await targets.getByLabel('all-linear').check();
  await expect.poll(() => yaml(app).inputValue()).not.toContain('q_proj');

  // More rows than any machine has memory for.
  const many = 'updates: { minibatch_size: 65536 }\nrollouts: { num_rollouts: 65536 }';
  await yaml(app).fill(`recipe: apa\nmodel: ${base}\n${many}\n`);
  await memory.first().getByText('May not fit').waitFor();
  await memory
    .first()
    .getByRole('button', { name: /^Micro batch size: 1/ })
    .click();
  await expect.poll(() => yaml(app).inputValue()).toContain('micro_batch_size: 1');
  expect([await seriousFaults(page), await layoutFaults(page), app.complaints]).toEqual([[], [], []]);
}, 300_000);

/** A folder with the starter policy and, beside it, an adapter of rank 3 as PEFT names its files. */
function starterAdapter(place: string): void {
  const [base, adapter] = [join(place, 'policy'), join(place, 'adapter')];
  cpSync(STARTER, base, { recursive: true });
  mkdirSync(adapter);
  const { hidden_size: width } = JSON.parse(readFileSync(join(base, 'config.json'), 'utf8')) as { hidden_size: number };
  const zeros = (name: string, shape: readonly number[]) => {
    const read = () => new Float32Array(shape.reduce((size, axis) => size * axis, 1));
    return { name: `base_model.model.model.layers.0.self_attn.o_proj.${name}.weight`, shape, read };
  };
  writeSafetensors(join(adapter, 'adapter_model.safetensors'), [
    zeros('lora_A', [3, width]),
    zeros('lora_B', [width, 3]),
  ]);
  const config = { peft_type: 'LORA', r: 3, lora_alpha: 6, target_modules: ['o_proj'], base_model_name_or_path: base };
  writeFileSync(join(adapter, 'adapter_config.json'), JSON.stringify(config));
}

test('an adapter is found in the file dialog, added, listed, and described with its base', async () => {
  const { place } = adapterPlace();
  starterAdapter(place);
  const { page, open, complaints } = await openApp({ roots: [place], viewport: { width: 900, height: 800 } });
  await open('/models?fits');
  const fits = page.getByRole('region', { name: 'What fits this machine' });
  await fits.getByText('Predicted peak memory, not measured').waitFor();
  expect(await fits.getByRole('row').count()).toBe(2 + Object.keys(counts.published).length);
  const method = fits.getByLabel('Method');
  // Methods with a critic need the same.
  await method.selectOption(await method.getByRole('option', { name: /APA.*PPO.*AWR/ }).innerText());
  expect([await seriousFaults(page), await layoutFaults(page)]).toEqual([[], []]);

  await page.getByRole('button', { name: 'Add a model' }).click();
  await page.getByRole('button', { name: 'Model folder or GGUF file: browse' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('listitem').first().waitFor();
  await dialog.getByRole('textbox', { name: 'Folder' }).fill(place);
  await page.keyboard.press('Enter');
  const entry = dialog.getByRole('button', { name: /^adapter / });
  await entry.getByText('adapter', { exact: true }).last().waitFor();
  await entry.click();
  await dialog.getByRole('button', { name: 'Use this folder' }).click();
  await page.getByRole('button', { name: 'Check and add' }).click();

  const panel = page.getByRole('region', { name: 'LoRA adapter' });
  await panel.waitFor({ timeout: 120_000 });
  const facts = await panel.locator('dt, dd').allInnerTexts();
  // Two factors of rank 3 and width 128.
  expect(facts.slice(0, 8)).toEqual(['Rank r', '3', 'Alpha', '6', 'Layers', 'o_proj', 'Parameters', '768']);
  await panel.getByText(join(place, 'policy')).waitFor();
  await page.getByText('weights valid').waitFor({ timeout: 120_000 });
  expect([await seriousFaults(page), await layoutFaults(page)]).toEqual([[], []]);

  await open('/models');
  const badge = page.getByText('LoRA r 3', { exact: true });
  await badge.waitFor();
  expect(await badge.getAttribute('title')).toContain('Alpha: 6');
  expect([await layoutFaults(page), complaints]).toEqual([[], []]);
}, 300_000);

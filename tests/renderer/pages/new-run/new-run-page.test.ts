import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { freshTinyWorld } from '../../../support/fresh-tiny-world.ts';
import { type TinyWorld, tinyConfigs } from '../../../support/tiny-world.ts';
import { type App, openApp } from '../../support/app.ts';
import { seriousFaults } from '../../support/axe.ts';
import { layoutFaults } from '../../support/layout-faults.ts';
import { pickPath } from '../../support/pick.ts';

let world: TinyWorld;

beforeAll(async () => {
  const fresh = await freshTinyWorld();
  world = fresh.world;
  return fresh.remove;
});

const PATIENCE = 600_000;
/** Waits until it is so; the machine may be busy with other tests. */
const eventually = <Value>(look: () => Promise<Value>) => expect.poll(look);
const yaml = ({ page }: App) => page.getByLabel('Config as YAML');
const faults = ({ page }: App) => page.locator('.fault-list li');

test(
  'the form is filled in, mended, measured and started',
  async () => {
    const app = await openApp({ roots: [world.folder] });
    const { page } = app;
    await app.open('/runs/new');
    await eventually(() => faults(app).allInnerTexts()).toHaveLength(3);
    expect(await page.getByRole('button', { name: 'Start' }).isDisabled()).toBe(true);

    // The recipe, by keyboard; what it does not need goes from the list.
    await page.getByRole('radio', { name: /^APA(?! offline)/ }).focus();
    const sft = page.getByRole('radio', { name: /^SFT/ });
    for (let press = 0; press < 10 && !(await sft.isChecked()); press++) await page.keyboard.press('ArrowUp');
    await eventually(() => yaml(app).inputValue()).toBe('recipe: sft\n');
    await eventually(() => faults(app).count()).toBe(2);

    // The form writes into the text.
    await pickPath(page, 'Model', world.model);
    await pickPath(page, 'Files', world.demonstrations);
    await page.locator('#field-training-batch_size').fill('0');
    await page.keyboard.press('Tab');
    await eventually(() => faults(app).allInnerTexts()).toEqual([expect.stringContaining('training.batch_size')]);
    expect(await yaml(app).inputValue()).toContain('batch_size: 0');

    // A fault leads to its field.
    await faults(app).getByRole('button').click();
    await eventually(() => page.locator(':focus').getAttribute('id')).toBe('field-training-batch_size');
    await page.locator('#field-training-batch_size').fill('4');
    await page.keyboard.press('Tab');
    await eventually(() => faults(app).count()).toBe(0);

    // The text writes into the form; changed fields are marked and can be reset.
    await yaml(app).fill(`# Tried by hand.\n${await yaml(app).inputValue()}optimizer: { learning_rate: 0.5 }\n`);
    await eventually(() => page.locator('#field-optimizer-learning_rate').inputValue()).toBe('0.5');
    await page.getByRole('button', { name: /^Reset Learning rate/ }).click();
    await eventually(() => yaml(app).inputValue()).not.toContain('optimizer');
    expect(await yaml(app).inputValue()).toContain('# Tried by hand.');

    // A choice that changes nothing says so before and after it is made.
    const search = page.getByLabel('Find a field');
    await search.fill('frozen_dtype');
    const dtype = page.locator('#field-engine-frozen_dtype-row');
    await dtype.waitFor();
    const narrow = ['float16', 'bfloat16', 'int8', 'nf4'];
    const marked = narrow.map((name) => `${name} (no effect)`);
    const choices = () => dtype.locator('option').allInnerTexts();
    expect(await choices()).toEqual([expect.stringMatching(/^float32/), ...marked]);
    expect(await dtype.innerText()).not.toContain('No effect');
    await dtype.locator('select').selectOption('bfloat16');
    await eventually(() => dtype.innerText()).toContain('then keeps no frozen model');
    await search.fill('');
    await page.getByText('1 without effect').waitFor();
    await search.fill('frozen_dtype');
    await page.getByRole('button', { name: /^Reset Frozen dtype/ }).click();
    await search.fill('');
    await eventually(() => yaml(app).inputValue()).not.toContain('frozen_dtype');

    // Nothing is lost by a reload.
    await eventually(() => page.getByText('Saved', { exact: true }).isVisible()).toBe(true);
    const written = await yaml(app).inputValue();
    await app.open('/runs/new');
    await eventually(() => yaml(app).inputValue()).toBe(written);

    await yaml(app).fill(stringify({ ...tinyConfigs(world, 6).sft, name: 'by-hand' }));
    await page.getByRole('button', { name: 'Measure' }).click();
    await page.getByText('Fits', { exact: true }).waitFor({ timeout: PATIENCE });
    expect(await page.locator('.figures').innerText()).toMatch(/≈ \d[\s\S]*[MG]B/);
    expect(readdirSync(join(app.home)).filter((name) => name.startsWith('preflight'))).toEqual([]);
    await page.locator('#field-training-batch_size').fill('8');
    await page.keyboard.press('Tab');
    await page.getByText('From an earlier config').waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    expect(await layoutFaults(page)).toEqual([]);

    await page.getByRole('button', { name: 'Start' }).click();
    await page.waitForURL(/\/runs\/\d{8}-\d{6}-by-hand$/);
    const run = new URL(page.url()).pathname.split('/').at(-1);
    await app.open(`/runs/new?like=${run}`);
    await eventually(() => yaml(app).inputValue()).toContain('name: by-hand');
    await page.getByRole('radio', { name: /^Pipeline/ }).check();
    await page.getByRole('group', { name: 'Stages' }).getByRole('button', { name: 'SFT', exact: true }).waitFor();
    expect(await yaml(app).inputValue()).toContain('name: by-hand');
    await yaml(app).fill('');
    await eventually(() => page.getByText('Saved', { exact: true }).isVisible()).toBe(true);
    await app.open('/runs/new');
    await eventually(() => yaml(app).inputValue()).toBe('recipe: apa\n');
    expect(app.complaints).toEqual([]);
  },
  PATIENCE,
);

test(
  'a dropped file, a search and a text that cannot be read',
  async () => {
    const app = await openApp({ roots: [world.folder], theme: 'dark' });
    const { page } = app;
    await app.open('/runs/new');
    await yaml(app).fill('recipe: [');
    await page.getByText('Fix the YAML to show the form again.').waitFor();
    await expect.poll(() => faults(app).allInnerTexts()).toEqual([expect.stringContaining('line 1')]);

    const dropped = await page.evaluateHandle(`(() => {
    const data = new DataTransfer();
    data.items.add(new File(['recipe: ppo\\nmethod: { kl_coef: 0.2 }\\n'], 'mine.yaml'));
    return data;
  })()`);
    await page.dispatchEvent('.new-run', 'drop', { dataTransfer: dropped });
    await eventually(() => page.locator('#field-method-kl_coef').inputValue()).toBe('0.2');
    await page.getByLabel('Find a field').fill('horizon');
    await eventually(() => page.locator('.field-row').count()).toBe(1);
    await page.getByLabel('Find a field').fill('');
    await page.getByText('Method', { exact: true }).click();
    await page.getByLabel('Reward: kind').selectOption('sum');
    await eventually(() => yaml(app).inputValue()).toContain('parts:');
    expect(await seriousFaults(page)).toEqual([]);
    expect(app.complaints).toEqual([]);
  },
  PATIENCE,
);

test(
  'faults of what a config refers to: at their fields, before the start',
  async () => {
    const app = await openApp({ roots: [world.folder] });
    const { page } = app;
    writeFileSync(join(world.folder, 'bad-rows.jsonl'), '{"prompt":"a","completion":"b"}\n{"prompt":"c"}\nno JSON\n');
    await app.open('/runs/new');
    const config = {
      recipe: 'sft',
      model: join(world.folder, 'nowhere'),
      data: { files: [join(world.folder, 'missing.jsonl'), join(world.folder, 'bad-rows.jsonl')] },
      training: { batch_size: 0 },
    };
    await yaml(app).fill(stringify(config));
    const places = async () => (await faults(app).locator('code').allInnerTexts()).sort();
    const rows = ['data.files[1], bad-rows.jsonl:2', 'data.files[1], bad-rows.jsonl:3'];
    await eventually(places).toEqual(['data.files[0]', ...rows, 'model', 'training.batch_size']);
    const at = (field: string) => page.locator(`#field-${field}-row .fault`).allInnerTexts();
    expect(await at('model')).toEqual([expect.stringContaining('nowhere" does not exist')]);
    expect(await at('data-files')).toEqual([
      expect.stringContaining('missing.jsonl" does not exist'),
      expect.stringContaining('bad-rows.jsonl:2: The row has no completion'),
      expect.stringContaining('bad-rows.jsonl:3: The row is not valid JSON'),
    ]);
    expect(await page.getByRole('button', { name: 'Start' }).isDisabled()).toBe(true);
    expect(await seriousFaults(page)).toEqual([]);
    expect(await layoutFaults(page)).toEqual([]);
    await page.setViewportSize({ width: 900, height: 800 });
    expect(await layoutFaults(page)).toEqual([]);
    // The list follows the text; no run was made.
    const { model, demonstrations } = world;
    await yaml(app).fill(stringify({ ...config, model, data: { files: [demonstrations] }, training: {} }));
    await eventually(places).toEqual([]);
    expect(await page.getByRole('button', { name: 'Start' }).isEnabled()).toBe(true);
    expect(existsSync(join(app.home, 'runs'))).toBe(false);
    expect(app.complaints).toEqual([]);
  },
  PATIENCE,
);

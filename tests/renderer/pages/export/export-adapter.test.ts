import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { readGgufHeader } from '#engine/gguf/open-gguf.ts';
import { ROOT } from '../../../architecture/source-tree.ts';
import { startProgram } from '../../../shells/keel-process.ts';
import { freshTinyWorld } from '../../../support/fresh-tiny-world.ts';
import { hasNative } from '../../../support/runtimes.ts';
import { type TinyWorld, tinyConfigs } from '../../../support/tiny-world.ts';
import { openApp } from '../../support/app.ts';
import { seriousFaults } from '../../support/axe.ts';
import { layoutFaults } from '../../support/layout-faults.ts';
import { prepareHome } from '../../support/prepared-home.ts';

const VIEWPORTS = [
  { width: 1280, height: 900 },
  { width: 900, height: 900 },
];
/** A folder for pictures, to look at them. */
const SHOTS = process.env.KEEL_TEST_SHOTS;
const GGUF_ADAPTERS = ['Adapter alone as GGUF LoRA, F16', 'Adapter alone as GGUF LoRA, F32'];

let world: TinyWorld;
beforeAll(async () => {
  const fresh = await freshTinyWorld();
  world = fresh.world;
  return fresh.remove;
});

/** Runs a config by `keel run` into a data folder. */
async function finishedRun(home: string, config: object): Promise<string> {
  const file = join(home, 'config.yaml');
  writeFileSync(file, JSON.stringify(config));
  const args = [join(ROOT, 'src-main/cli/main.ts'), 'run', file, '--json'];
  const env = { ...process.env, KEEL_HOME: home };
  const program = { path: process.execPath, args, folder: world.folder, env };
  const { code, lines, err } = await startProgram(program).ended;
  expect(code, err).toBe(0);
  return String(lines.find(({ run }) => typeof run === 'string')!.run);
}

test.runIf(hasNative)(
  'the adapter of a run is shown with its base, and exported alone as GGUF',
  async () => {
    const { home } = await prepareHome(() => null);
    const { sft } = tinyConfigs(world, 4);
    const engine = { threads: 1, frozen_dtype: 'bfloat16' };
    const id = await finishedRun(home, { ...sft, adapter: { peft_type: 'lora', r: 2, lora_alpha: 4 }, engine });
    const whole = await finishedRun(home, sft!);
    const { page, open, complaints } = await openApp({ home, roots: [world.folder] });
    if (SHOTS) mkdirSync(SHOTS, { recursive: true });

    const look = async (name: string) => {
      for (const theme of ['light', 'dark']) {
        await page.evaluate(`document.documentElement.setAttribute('data-theme', '${theme}')`);
        for (const viewport of VIEWPORTS) {
          await page.setViewportSize(viewport);
          expect([await seriousFaults(page), await layoutFaults(page)]).toEqual([[], []]);
          const path = join(SHOTS ?? '', `${name}-${theme}-${viewport.width}.png`);
          if (SHOTS) await page.screenshot({ path });
        }
      }
    };

    await open(`/runs/${id}/artifacts`);
    const panel = page.getByRole('region', { name: 'Adapters' });
    await panel.getByText('Trained parameters').waitFor();
    const facts = await panel.locator('dt, dd').allInnerTexts();
    expect(facts.slice(0, 8)).toEqual(['Rank r', '2', 'Alpha', '4', 'Layers', 'all-linear', 'Dropout', '0']);
    // r (inputs + outputs) of four matrices in each of two layers of width 32: 3·32, 32, 4·32 and 32 outputs.
    const trained = 2 * 2 * (32 + 96 + (32 + 32) + (32 + 128) + (128 + 32));
    expect(facts.at(facts.indexOf('Trained parameters') + 1)).toContain(trained.toLocaleString('en-US'));
    await look('artifacts');

    await open(`/export/${id}`);
    const form = page.getByRole('region', { name: 'What to export' });
    const format = form.getByLabel('Format');
    const labels = () => format.locator('option').allInnerTexts();
    await expect.poll(async () => (await labels()).slice(-2)).toEqual(GGUF_ADAPTERS);
    await form.getByText('The adapter is merged into its base: the folder is a whole model.').waitFor();
    await form.getByLabel('Checkpoint').selectOption({ label: (await checkpointLabels()).at(-1)! });
    expect(await labels()).not.toContain(GGUF_ADAPTERS[0]);
    await form.getByLabel('Checkpoint').selectOption('last');
    await format.selectOption(GGUF_ADAPTERS[0]!);
    await form.getByText('llama.cpp loads it with --lora').waitFor();
    const out = await form.locator('#export-folder').inputValue();
    expect(out).toContain('adapter-F16');
    await form.getByRole('button', { name: 'Export', exact: true }).click();
    await form.getByText('Exported and verified.').waitFor({ timeout: 120_000 });
    const { metadata, tensors } = readGgufHeader(join(out, 'adapter-F16.gguf'));
    expect(metadata.get('general.type')).toBe('adapter');
    expect(tensors.size).toBe(2 * 4 * 2);
    await look('export');

    await open(`/export/${whole}`);
    expect(await labels()).not.toContain(GGUF_ADAPTERS[0]);
    expect(await form.getByText('merged into its base').count()).toBe(0);
    expect(complaints).toEqual([]);

    function checkpointLabels() {
      return form.getByLabel('Checkpoint').locator('option').allInnerTexts();
    }
  },
  600_000,
);

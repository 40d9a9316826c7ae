import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { RECIPE_NAMES, recipeOf } from '#contract/config/index.ts';
import { openSafetensors } from '#engine/model/safetensors/open-safetensors.ts';
import { runEngine } from '../../support/engine-run.ts';
import { folderHashes } from '../../support/folder-hashes.ts';
import { freshTinyWorld } from '../../support/fresh-tiny-world.ts';
import { compareKilledRun } from '../../support/killed-run.ts';
import { inShort } from '../../support/long-form.ts';
import { type TinyWorld, tinyConfigs } from '../../support/tiny-world.ts';

let world: TinyWorld;

beforeAll(async () => {
  const fresh = await freshTinyWorld();
  world = fresh.world;
  return fresh.remove;
});

const LORA = { peft_type: 'lora', r: 2, lora_alpha: 4 };

function configOf(recipe: string, steps: number, adapter: object, engine: object = {}) {
  const config = tinyConfigs(world, steps)[recipe] as Record<string, object>;
  return { ...config, adapter: { ...LORA, ...adapter }, engine: { ...config.engine, ...engine } };
}

async function runOnce(name: string, config: Readonly<Record<string, unknown>>) {
  const runFolder = join(world.folder, name);
  mkdirSync(runFolder, { recursive: true });
  const { events } = await runEngine({ config, runFolder, resumeFrom: null });
  expect(events.at(-1)).toMatchObject({ kind: 'summary' });
  const points = events.flatMap((event) => (event.kind === 'metrics' ? event.points : []));
  return { runFolder, points, events };
}

function tensorsOf(path: string): ReadonlyMap<string, Float32Array> {
  const file = openSafetensors(path);
  const tensors = new Map([...file.tensors.keys()].map((name) => [name, file.read(name)]));
  file.close();
  return tensors;
}

/** One recipe of each way to learn: from texts, pairs, thumbs, rewards of single responses, and of groups. */
const SHORT: ReadonlySet<string> = new Set(['sft', 'reward-model', 'kto', 'apa', 'grpo']);

describe('a run with an adapter', () => {
  test.each(inShort(RECIPE_NAMES, (name) => SHORT.has(name)))(
    '%s: killed and resumed equals one that was not, and keeps adapters only',
    { timeout: 240_000 },
    async (recipe) => {
      const before = folderHashes(world.model);
      const folder = join(world.folder, `killed-${recipe}`);
      const config = configOf(recipe, 6, { lora_dropout: 0.2 }, { frozen_dtype: 'bfloat16' });
      const outcome = await compareKilledRun({ config, folder, kills: 1, seed: 0 });
      expect(outcome.kills).toBeGreaterThan(0);
      expect(outcome.differences).toEqual([]);
      expect(folderHashes(world.model)).toEqual(before);

      const whole = join(folder, 'whole');
      const [main] = recipeOf(recipe).artifacts;
      const stored = tensorsOf(join(whole, 'checkpoint-00000006', `${main}.safetensors`));
      const heads = /^reward_model\/score\.weight$/;
      expect([...stored.keys()].filter((name) => !(/\.lora_[AB]\.weight$/.test(name) || heads.test(name)))).toEqual([]);
      const names = [...tensorsOf(join(whole, 'checkpoint-00000006', 'optimizer.safetensors')).keys()];
      expect(names.filter((name) => name.includes('base/'))).toEqual([]);

      const artifact = join(whole, 'artifacts', main);
      expect(existsSync(join(artifact, 'model.safetensors'))).toBe(false);
      const peft = JSON.parse(readFileSync(join(artifact, 'adapter_config.json'), 'utf8')) as Record<string, unknown>;
      expect(peft).toMatchObject({ peft_type: 'LORA', r: 2, lora_alpha: 4, lora_dropout: 0.2, bias: 'none' });
      expect(peft.task_type).toBe(main === 'reward_model' ? 'SEQ_CLS' : 'CAUSAL_LM');
      const trained = tensorsOf(join(artifact, 'adapter_model.safetensors'));
      const moved = [...trained].filter(([name, values]) => name.includes('lora_B') && values.some((x) => x !== 0));
      expect(moved.length).toBe([...trained.keys()].filter((name) => name.includes('lora_B')).length);
    },
  );

  test('an adapter goes on as policy, reference, critic, and reward model on one base', {
    timeout: 240_000,
  }, async () => {
    const sft = await runOnce('start-sft', configOf('sft', 4, {}));
    const rewarded = await runOnce('start-rm', configOf('reward-model', 4, {}));
    const policy = join(sft.runFolder, 'artifacts/policy');
    const model = join(rewarded.runFolder, 'artifacts/reward_model');
    const bytesOf = async (name: string, frozen: string) => {
      const config = {
        ...configOf('apa', 2, {}, { frozen_dtype: frozen }),
        model: policy,
        reward: { type: 'model', model },
        judge: { type: 'model', model },
        critic: { init: 'reward_model', head: 'linear' },
      };
      const { points, runFolder } = await runOnce(name, config);
      const first = points.find(({ key }) => key === 'eval/kl_exact');
      // The reference is the adapter that the policy starts from, so the distance starts at 0 but for rounding, whatever
      // the storage.
      expect(Math.abs(first!.value)).toBeLessThan(1e-5);
      const tensors = tensorsOf(join(runFolder, 'artifacts/policy/adapter_model.safetensors'));
      const start = tensorsOf(join(policy, 'adapter_model.safetensors'));
      expect([...tensors.keys()].sort()).toEqual([...start.keys()].sort());
      return points.find(({ key }) => key === 'system/tensor_bytes')!.value;
    };
    const whole = await bytesOf('apa-whole', 'float32');
    const base = tensorsOf(join(world.model, 'model.safetensors'));
    const matrices = [...base].filter(([name]) => !/(layernorm|layer_norm|norm)|bias/.test(name));
    const count = matrices.reduce((sum, [, values]) => sum + values.length, 0);
    expect(whole - (await bytesOf('apa-bfloat16', 'bfloat16'))).toBe(2 * count);
    // One base, not one for each of policy, reference, critic, reward model, and judge.
    const all = [...base.values()].reduce((sum, values) => sum + values.length, 0);
    expect(whole).toBeLessThan(2 * 4 * all);
  });

  test('a critic that is not on the base is refused with what to change', { timeout: 120_000 }, async () => {
    const config = { ...configOf('apa', 1, {}), critic: { init: 'reward_model' } };
    const runFolder = join(world.folder, 'refused');
    mkdirSync(runFolder);
    const { events } = await runEngine({ config, runFolder, resumeFrom: null });
    expect(events.at(-1)).toMatchObject({ kind: 'failed', error: { code: 'adapter_not_on_base' } });
  });
});

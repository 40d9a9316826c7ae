import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adapterParameters, planAdapter } from '#engine/model/adapters/adapter.ts';
import { openAdapterFiles } from '#engine/model/adapters/adapter-files.ts';
import { saveAdapter } from '#engine/model/adapters/save-adapter.ts';
import { readModelConfig } from '#engine/model/files/model-folder.ts';
import { initializeParameters } from '#engine/model/initial-values.ts';
import { createLanguageModel } from '#engine/model/language-model.ts';
import { openSafetensors } from '#engine/model/safetensors/open-safetensors.ts';
import { createValueModel } from '#engine/model/value-model.ts';
import { float32 } from '#engine/runtime/host-tensor.ts';
import type { Runtime } from '#engine/runtime/types.ts';
import { runtimeKinds } from '../../support/runtimes.ts';

// The adapters are made by tests/golden/make_adapters.py: saved by PEFT, with what it computes.
const FIXTURES = join(import.meta.dirname, '../../fixtures');
const PYTHON = process.env.KEEL_TEST_PYTHON;
const names = readdirSync(join(FIXTURES, 'adapters')).sort();

/** Reads an adapter of PEFT and saves it again. */
function saveAgain(runtime: Runtime, name: string, out: string): void {
  const config = readModelConfig(join(FIXTURES, 'models', name));
  const files = openAdapterFiles(join(FIXTURES, 'adapters', name), config);
  const isScored = name.endsWith('-score');
  const model = isScored ? createValueModel(config, 'score') : createLanguageModel(config);
  const heads = isScored ? model.headParameters : [];
  const { variables } = runtime;
  for (const { name: tensor, shape } of [...adapterParameters(files.adapter), ...heads]) {
    variables.create(`${name}/${tensor}`, float32(files.read(tensor), shape));
  }
  const base = join(FIXTURES, 'models', name);
  mkdirSync(join(out, name));
  saveAdapter(join(out, name), variables, name, { ...files, ...model, base, responseEnds: null });
  files.close();
}

function tensorsOf(path: string): ReadonlyMap<string, Float32Array> {
  const file = openSafetensors(path);
  const tensors = new Map([...file.tensors.keys()].map((name) => [name, file.read(name)]));
  file.close();
  return tensors;
}

describe('saved adapter folders', () => {
  let runtime: Runtime;
  let out: string;
  beforeAll(async () => {
    runtime = await runtimeKinds[0]!.start();
    out = mkdtempSync(join(tmpdir(), 'keel-adapters-'));
    for (const name of names) saveAgain(runtime, name, out);
  });
  afterAll(() => {
    runtime.dispose();
    rmSync(out, { recursive: true, force: true });
  });

  it.each(names)("%s: PEFT's tensors come back bit by bit, under PEFT's names", (name) => {
    const before = new Map(tensorsOf(join(FIXTURES, 'adapters', name, 'adapter_model.safetensors')));
    const after = tensorsOf(join(out, name, 'adapter_model.safetensors'));
    // PEFT adds the base's own embedding, which is not a part of the adapter.
    for (const tensor of before.keys()) if (tensor.includes('.base_layer.')) before.delete(tensor);
    expect([...after.keys()].sort()).toEqual([...before.keys()].sort());
    for (const [tensor, values] of before) expect(after.get(tensor)).toEqual(values);
  });

  it.each(names)("%s: PEFT's settings come back", (name) => {
    const json = (folder: string) =>
      JSON.parse(readFileSync(join(folder, name, 'adapter_config.json'), 'utf8')) as Record<string, unknown>;
    const [before, after] = [json(join(FIXTURES, 'adapters')), json(out)];
    for (const key of [
      'r',
      'lora_alpha',
      'lora_dropout',
      'use_rslora',
      'rank_pattern',
      'alpha_pattern',
      'bias',
      'task_type',
    ])
      expect(after[key], key).toEqual(before[key]);
    expect(after.fan_in_fan_out).toBe(name.startsWith('gpt2'));
  });

  it('name layers by the ends of their names only where those name no other layer', () => {
    const config = readModelConfig(join(FIXTURES, 'models', 'llama-grouped'));
    const model = createLanguageModel(config);
    const written = (targetModules: readonly string[]) => {
      const lora = { r: 1, loraAlpha: 1, loraDropout: 0, useRslora: false, rankPattern: {}, alphaPattern: {} };
      const settings = { ...lora, targetModules };
      const { adapter } = planAdapter(config, model.trunkParameters, settings, 0);
      initializeParameters(runtime.variables, 'some', adapterParameters(adapter), 0);
      const folder = mkdtempSync(join(out, '../keel-some-'));
      saveAdapter(folder, runtime.variables, 'some', { ...model, adapter, settings, base: 'x', responseEnds: null });
      const json = JSON.parse(readFileSync(join(folder, 'adapter_config.json'), 'utf8')) as { target_modules: unknown };
      runtime.variables.remove('some/');
      rmSync(folder, { recursive: true });
      return json.target_modules;
    };
    expect(written(['q_proj', 'down_proj'])).toEqual(['down_proj', 'q_proj']);
    const first = 'model.layers.0.self_attn.q_proj';
    expect(written([first])).toEqual([first]);
  });

  it.runIf(PYTHON)('open in PEFT with the same logits (KEEL_TEST_PYTHON)', { timeout: 300_000 }, () => {
    const script = join(FIXTURES, '../golden/check_adapters.py');
    const env = { ...process.env, HF_HUB_OFFLINE: '1' };
    const { status, stdout, stderr } = spawnSync(PYTHON as string, [script, out, FIXTURES], { encoding: 'utf8', env });
    console.info(stdout);
    expect(status, stderr).toBe(0);
  });

  it.skipIf(PYTHON)('PEFT was not asked: set KEEL_TEST_PYTHON to a Python that has it', () => {});
});

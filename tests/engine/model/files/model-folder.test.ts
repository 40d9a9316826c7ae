import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { KeelError } from '#contract/errors.ts';
import { openModelFolder } from '#engine/model/files/model-folder.ts';
import { loadLanguageModel, loadValueModel } from '#engine/model/load-model.ts';
import { openSafetensors } from '#engine/model/safetensors/open-safetensors.ts';
import { openWeightFile } from '#engine/model/safetensors/weight-files.ts';
import { type TensorToWrite, writeSafetensors } from '#engine/model/safetensors/write-safetensors.ts';
import type { Runtime } from '#engine/runtime/types.ts';
import { runtimeKinds } from '../../../support/runtimes.ts';

const FIXTURES = join(import.meta.dirname, '../../../fixtures/models');

let runtime: Runtime;
let root: string;
let folder: string;
let serial = 0;
beforeAll(async () => {
  runtime = await runtimeKinds[0]!.start();
  root = mkdtempSync(join(tmpdir(), 'keel-folder-'));
});
afterAll(() => {
  runtime.dispose();
  rmSync(root, { recursive: true, force: true });
});
beforeEach(() => {
  serial += 1;
  folder = join(root, String(serial));
  cpSync(join(FIXTURES, 'llama-grouped'), folder, { recursive: true });
});

function refusal(action: () => unknown): KeelError {
  try {
    action();
  } catch (error) {
    if (error instanceof KeelError) return error;
    throw error;
  }
  throw new Error('It was accepted.');
}

const load = () => loadLanguageModel(runtime.variables, 'm', folder);

function editConfig(change: Record<string, unknown>): void {
  const path = join(folder, 'config.json');
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), ...change }));
}

/** Rewrites the weights; `edit` gives the tensors to write, values in memory. */
function editWeights(edit: (tensors: TensorToWrite[]) => TensorToWrite[]): void {
  const path = join(folder, 'model.safetensors');
  const files = openWeightFile(path);
  const tensors = [...files.tensors.values()].map(({ name, shape }) => {
    const values = files.read(name);
    return { name, shape, read: () => values };
  });
  files.close();
  writeSafetensors(path, edit(tensors));
}

describe('model folders', () => {
  it('loads a plain one, and leaves nothing behind when refusing', () => {
    expect(load().config.family).toBe('llama');
    expect(runtime.variables.names('m/').length).toBe(21);
    runtime.variables.remove('m/');
    editWeights((tensors) => tensors.slice(1));
    refusal(load);
    expect(runtime.variables.names('m/')).toEqual([]);
  });

  it('reports the full difference between config and weights', () => {
    editWeights((tensors) => [
      ...tensors.filter(({ name }) => name !== 'model.norm.weight' && !name.includes('layers.0.mlp.up_proj')),
      { name: 'model.layers.7.extra.weight', shape: [1], read: () => Float32Array.of(1) },
    ]);
    editConfig({ vocab_size: 200 });
    const error = refusal(load);
    expect(error.code).toBe('model_weights_mismatch');
    expect(error.faults?.map(({ where }) => where).sort()).toEqual([
      'lm_head.weight',
      'model.embed_tokens.weight',
      'model.layers.0.mlp.up_proj.weight',
      'model.layers.7.extra.weight',
      'model.norm.weight',
    ]);
    expect(error.why).toContain('[199, 32], but config.json requires [200, 32]');
  });

  it('refuses a head that differs from the embedding it is tied to, and takes one that equals it', () => {
    editConfig({ tie_word_embeddings: true });
    expect(refusal(load).faults).toEqual([
      { where: 'lm_head.weight', why: 'differs from the input embedding although config.json ties them' },
    ]);
    editWeights((tensors) => {
      const { read } = tensors.find(({ name }) => name === 'model.embed_tokens.weight')!;
      return tensors.map((tensor) => (tensor.name === 'lm_head.weight' ? { ...tensor, read } : tensor));
    });
    expect(load().headParameters).toEqual([]);
    runtime.variables.remove('m/');
  });

  it.each([
    ['NaN', Number.NaN, '1 NaN and 0 infinite of 6368 values'],
    ['infinite', Number.NEGATIVE_INFINITY, '0 NaN and 1 infinite of 6368 values'],
  ])('blocks %s weights with their number, and loads them when asked to', (_, value, why) => {
    editWeights((tensors) => {
      tensors.find(({ name }) => name === 'lm_head.weight')!.read()[5] = value;
      return tensors;
    });
    const error = refusal(load);
    expect(error.code).toBe('model_weights_broken');
    expect(error.faults).toEqual([{ where: 'lm_head.weight', why }]);
    expect(runtime.variables.names('m/')).toEqual([]);
    loadLanguageModel(runtime.variables, 'm', folder, { allowBroken: true });
    runtime.variables.remove('m/');
  });

  it('blocks a matrix of zeros', () => {
    editWeights((tensors) => {
      tensors
        .find(({ name }) => name.includes('q_proj'))!
        .read()
        .fill(0);
      return tensors;
    });
    expect(refusal(load).faults?.[0]?.why).toBe('all 1024 values are 0');
  });

  it('takes older names: a trunk without prefix, buffers that hold no weights', () => {
    editWeights((tensors) => [
      ...tensors.map((tensor) => ({ ...tensor, name: tensor.name.replace(/^model\./, '') })),
      { name: 'layers.0.self_attn.rotary_emb.inv_freq', shape: [4], read: () => new Float32Array(4) },
    ]);
    load();
    runtime.variables.remove('m/');
  });

  it.each([
    ['pytorch_model.bin', 'which can run code'],
    ['model.ckpt', 'which can run code'],
    ['saved_model.pb', 'TensorFlow'],
  ])('refuses a folder that has only %s', (name, why) => {
    renameSync(join(folder, 'model.safetensors'), join(folder, name));
    const error = refusal(load);
    expect(error.code).toBe('model_unsafe_format');
    expect(error.why).toContain(why);
    expect(error.fix).toContain('save_pretrained');
  });

  it('points to a GGUF file beside config.json', () => {
    renameSync(join(folder, 'model.safetensors'), join(folder, 'model.gguf'));
    const error = refusal(load);
    expect([error.code, error.fix]).toEqual([
      'model_weights_missing',
      `Specify ${join(folder, 'model.gguf')} itself, or complete the download of the model folder.`,
    ]);
  });

  it('refuses pointers, broken JSON and absent parts by name', () => {
    const config = join(folder, 'config.json');
    writeFileSync(config, 'version https://git-lfs.github.com/spec/v1\n');
    expect(refusal(load).why).toContain('Git LFS pointer');
    writeFileSync(config, '{"model_type": "llama",');
    expect(refusal(load).why).toContain('is not valid JSON');
    rmSync(config);
    expect(refusal(load).code).toBe('model_config_missing');
    mkdirSync(config);
    expect(refusal(load).why).toContain('not a regular file');
    folder = join(root, 'nowhere');
    expect(refusal(load).code).toBe('model_folder_missing');
  });

  it.skipIf(process.platform === 'win32')('refuses a pipe without waiting for its writer', () => {
    const path = join(folder, 'model.safetensors');
    rmSync(path);
    expect(spawnSync('mkfifo', [path]).status).toBe(0);
    expect(refusal(load).code).toBe('model_shards');
    expect(refusal(() => openSafetensors(path)).code).toBe('model_not_a_file');
  });

  it('asks for a head where a reward model is wanted', () => {
    const error = refusal(() => loadValueModel(runtime.variables, 'm', folder));
    expect(error.code).toBe('model_head_missing');
    const critic = loadValueModel(runtime.variables, 'm', folder, { kind: 'value', seed: 0 });
    expect(critic.headParameters.map(({ name }) => name)).toEqual([
      'value_head.0.weight',
      'value_head.0.bias',
      'value_head.2.weight',
      'value_head.2.bias',
    ]);
    expect(runtime.variables.has('m/lm_head.weight')).toBe(false);
    runtime.variables.remove('m/');
  });

  it('refuses a score head of several labels', () => {
    editWeights((tensors) => [
      ...tensors,
      { name: 'score.weight', shape: [3, 32], read: () => new Float32Array(96).fill(1) },
    ]);
    expect(refusal(() => loadValueModel(runtime.variables, 'm', folder)).why).toContain('score.weight is [3, 32]');
  });

  it('keeps generation_config.json', () => {
    const { generationConfig, files } = openModelFolder(folder);
    files.close();
    expect(generationConfig).toMatchObject({ bos_token_id: 1, eos_token_id: 2 });
  });
});

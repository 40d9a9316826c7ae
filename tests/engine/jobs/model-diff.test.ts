import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import type { ModelDifference } from '#contract/api/library/model-difference.ts';
import { openSafetensors } from '#engine/model/safetensors/open-safetensors.ts';
import { writeSafetensors } from '#engine/model/safetensors/write-safetensors.ts';
import { renderDifference, renderTensorDifferences } from '../../../src-main/cli/render/render-difference.ts';
import { freshTinyWorld } from '../../support/fresh-tiny-world.ts';
import { tellOfJob } from '../../support/run-job.ts';
import { runtimeKinds } from '../../support/runtimes.ts';
import type { TinyWorld } from '../../support/tiny-world.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures');

let world: TinyWorld;
beforeAll(async () => {
  const fresh = await freshTinyWorld();
  world = fresh.world;
  return fresh.remove;
});

async function job(request: Parameters<typeof tellOfJob>[1]): Promise<unknown> {
  const runtime = await runtimeKinds[0]!.start();
  try {
    return (await tellOfJob(runtime, request)).result;
  } finally {
    runtime.dispose();
  }
}

const diff = async (a: string, b: string) => (await job({ kind: 'model_diff', a, b })) as ModelDifference;

/** A copy of the tiny model with other values in some tensors; a tensor without values is left out. */
function changed(name: string, change: (tensor: string, values: Float32Array) => Float32Array | null): string {
  const folder = join(world.folder, name);
  cpSync(world.model, folder, { recursive: true });
  const file = openSafetensors(join(world.model, 'model.safetensors'));
  const tensors = [...file.tensors.values()].flatMap(({ name: tensor, shape }) => {
    const values = change(tensor, file.read(tensor));
    return values ? [{ name: tensor, shape, read: () => values }] : [];
  });
  writeSafetensors(join(folder, 'model.safetensors'), tensors);
  file.close();
  return folder;
}

it('tells equal models in a line', async () => {
  const result = await diff(
    world.model,
    changed('same', (_, values) => values),
  );
  expect(result).toMatchObject({ equal: true, config: [], only_in_a: [], only_in_b: [], shapes: [] });
  expect(renderDifference(result)).toBe(
    'The models are equal: 28 tensors bit for bit, config, tokenizer, and chat template.',
  );
});

const NORM = 'gpt_neox.layers.1.input_layernorm.weight';
const QUERY = 'gpt_neox.layers.0.attention.query_key_value.bias';

it('tells where tensors differ and by how much', async () => {
  // The norm is 32 ones: changes of 3 and 4 have the norm 5, and 5 / sqrt(32) = 0.8839. Biases are 0: any change is infinite.
  const folder = changed('changed', (name, values) => {
    if (name === NORM) [values[0], values[5]] = [4, -3];
    if (name === QUERY) values[7] = Number.NaN;
    return values;
  });
  const result = await diff(world.model, folder);
  const found = Object.fromEntries(result.tensors.map(({ name, ...tensor }) => [name, tensor]));
  expect(found[NORM]).toEqual({
    shape: [32],
    layer: 1,
    kind: 'norm',
    relative: expect.closeTo(0.88388, 4),
    max_abs: 4,
  });
  expect(found[QUERY]).toMatchObject({ layer: 0, kind: 'attention', max_abs: Number.POSITIVE_INFINITY });
  expect(result.tensors.filter(({ max_abs }) => max_abs > 0)).toHaveLength(2);
  // The layer has two norms with 32 ones and 32 zeros each: 5 / sqrt(64).
  const norms = result.groups.find(({ layer, kind }) => layer === 1 && kind === 'norm');
  expect(norms).toMatchObject({ tensors: 4, differing: 1, relative: expect.closeTo(0.625, 4), max_abs: 4 });
  const text = renderDifference(result);
  expect(text).toContain('tensors: 2 of 28 differ');
  expect(text).toMatch(/^1 .*6\.3e-1 +4\.0e\+0$/m);
  expect(text).toContain('tokenizer: equal\nchat template: none in either');
  expect(renderTensorDifferences(result).split('\n')[1]).toMatch(
    /^gpt_neox\.layers\.0\.attention\.query_key_value\.bias/,
  );
});

it('lists fields of the config, missing tensors, and other tokenizers and templates', async () => {
  const folder = changed('other', (name, values) => (name === QUERY ? null : values));
  const path = join(folder, 'config.json');
  const config = JSON.parse(readFileSync(path, 'utf8')) as object;
  writeFileSync(path, JSON.stringify({ ...config, layer_norm_eps: 1e-6, rope_scaling: null }));
  writeFileSync(join(folder, 'chat_template.jinja'), '{{ messages }}');
  const result = await diff(world.model, folder);
  expect(result.config).toEqual([
    { field: 'layer_norm_eps', a: 1e-5, b: 1e-6 },
    { field: 'rope_scaling', a: undefined, b: null },
  ]);
  expect(result.only_in_a).toEqual([QUERY]);
  expect(result.tokenizer).toMatchObject({ chat_template: 'only_in_b', equal: false });
  expect(renderDifference(result)).toContain(`only in A: ${QUERY}`);
});

it('a head and an output matrix are on one side only', async () => {
  const result = await diff(world.model, world.rewardModel);
  expect(result.only_in_a).toEqual(['embed_out.weight']);
  expect(result.only_in_b).toEqual(['score.weight']);
});

it('a GGUF file and the folder that is exported from it have the same weights', async () => {
  const source = join(FIXTURES, 'gguf/complete.gguf');
  const out = join(world.folder, 'from-gguf');
  await job({ kind: 'export', format: 'hf', what: 'policy', source, out, record: {} });
  const result = await diff(source, out);
  expect(result).toMatchObject({ only_in_a: [], only_in_b: [], shapes: [], tokenizer: { equal: true } });
  expect(result.tensors.every(({ max_abs }) => max_abs === 0)).toBe(true);
});

it('a tied output matrix is compared with one of its own', async () => {
  const tied = await diff(join(FIXTURES, 'models/gpt2-tied'), join(FIXTURES, 'models/gpt2-untied'));
  expect(tied).toMatchObject({ only_in_a: [], only_in_b: [] });
  expect(tied.tensors.find(({ name }) => name === 'lm_head.weight')?.max_abs).toBeGreaterThan(0);
  expect(tied.config.map(({ field }) => field)).toContain('tie_word_embeddings');
});

it('an adapter stands for its merged model', async () => {
  const base = join(FIXTURES, 'models/mistral');
  const { tensors } = await diff(base, join(FIXTURES, 'adapters/mistral'));
  const kinds = new Set(tensors.filter(({ max_abs }) => max_abs > 0).map(({ name }) => name.split('.').at(-2)));
  expect([...kinds].sort()).toEqual(['q_proj', 'v_proj']);
});

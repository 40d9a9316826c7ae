import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FAMILIES } from '#engine/model/config/parse-config.ts';
import { openModelFolder } from '#engine/model/files/model-folder.ts';
import { loadLanguageModel, loadValueModel } from '#engine/model/load-model.ts';
import { openSafetensors } from '#engine/model/safetensors/open-safetensors.ts';
import { plainWeights } from '#engine/model/weights.ts';
import { createGenerator } from '#engine/rollout/generate.ts';
import type { Runtime } from '#engine/runtime/types.ts';
import { GOLDEN_MODELS, goldenBatch } from '../../support/golden-models.ts';
import { inShort } from '../../support/long-form.ts';
import { runtimeKinds } from '../../support/runtimes.ts';

const FOLDER = GOLDEN_MODELS;
const TOLERANCE = 1e-4;

function expectedLogits(name: string): Float32Array {
  const file = openSafetensors(join(FOLDER, name, 'golden.safetensors'));
  const logits = file.read('logits');
  file.close();
  return logits;
}

/** Largest difference over the rows of real tokens. */
function largestDifference(actual: Float32Array, expected: Float32Array, attended: Uint8Array): number {
  const width = actual.length / attended.length;
  const real = [...attended.keys()].filter((position) => attended[position] === 1);
  let worst = real.length * width === expected.length ? 0 : Number.POSITIVE_INFINITY;
  real.forEach((position, row) => {
    for (let i = 0; i < width; i++) {
      const difference = Math.abs((actual[position * width + i] as number) - (expected[row * width + i] as number));
      if (!(difference <= worst)) worst = difference;
    }
  });
  return worst;
}

const names = readdirSync(FOLDER).sort();
const causal = names.filter((name) => !name.endsWith('-score'));
const scored = names.filter((name) => name.endsWith('-score'));

/** Each family's models by what is stored: float32, or shards of bfloat16. */
function foldersByFamily(): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const name of causal) {
    const { config, files } = openModelFolder(join(FOLDER, name));
    files.close();
    found.set(config.family, [...(found.get(config.family) ?? []), name]);
  }
  return found;
}

it('every family has a golden model, at least 12 of them', () => {
  const families = foldersByFamily();
  expect([...families.keys()].sort()).toEqual([...FAMILIES].sort());
  expect(families.size).toBeGreaterThanOrEqual(12);
  // Sharding and precision are the same code for all; each family after the first six has a folder with both.
  const own = [...families].filter(([, folders]) => folders.some((name) => name.endsWith('-sharded-bf16')));
  expect(own.length).toBeGreaterThanOrEqual(8);
});

describe.each(runtimeKinds)('golden models of transformers, $kind', ({ kind, start }) => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await start();
  });
  afterAll(() => runtime.dispose());

  it.each(causal)('%s: logits', (name) => {
    const model = loadLanguageModel(runtime.variables, name, join(FOLDER, name));
    const { batch } = goldenBatch(name);
    const step = runtime.compile(`logits ${name}`, (variables, inputs) => {
      const weights = plainWeights(name)(variables.weights());
      return { logits: model.logits(weights, model.forward(weights, inputs as never).hidden) };
    });
    for (let call = 0; call < 2; call++) {
      const logits = step({ ...batch }).logits?.data as Float32Array;
      const worst = largestDifference(logits, expectedLogits(name), batch.attentionMask.data);
      console.info(`${name}: max abs difference of logits ${worst.toExponential(2)}`);
      expect(worst).toBeLessThanOrEqual(TOLERANCE);
    }
    runtime.variables.remove(`${name}/`);
  });

  it.each(inShort(causal, (_, index) => kind === 'compiled' || index % 4 === 0))('%s: 64 greedy tokens', (name) => {
    const model = loadLanguageModel(runtime.variables, `g-${name}`, join(FOLDER, name));
    const { golden, batch } = goldenBatch(name);
    const generate = createGenerator(runtime, {
      name: `greedy ${name}`,
      model,
      weightsOf: plainWeights(`g-${name}`),
      maxNewTokens: 64,
      temperature: 0,
      topK: 0,
      topP: 1,
      stopTokenIds: [],
      padTokenId: 0,
    });
    const { ids } = generate(batch, 0);
    expect(Array.from(ids.data)).toEqual(golden.greedy?.flat());
    runtime.variables.remove(`g-${name}/`);
  });

  it.each(scored)('%s: scores', (name) => {
    const model = loadValueModel(runtime.variables, name, join(FOLDER, name));
    const { golden, batch } = goldenBatch(name);
    const step = runtime.compile(`scores ${name}`, (variables, inputs) => ({
      values: model.values(plainWeights(name)(variables.weights()), inputs as never),
    }));
    const values = step({ ...batch }).values?.data as Float32Array;
    const width = batch.ids.shape[1] as number;
    golden.scores?.forEach((score, row) => {
      expect(Math.abs((values[(row + 1) * width - 1] as number) - score)).toBeLessThanOrEqual(TOLERANCE);
    });
    runtime.variables.remove(`${name}/`);
  });
});

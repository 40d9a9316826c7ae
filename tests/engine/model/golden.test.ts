import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadLanguageModel, loadValueModel } from '#engine/model/load-model.ts';
import { openSafetensors } from '#engine/model/safetensors/open-safetensors.ts';
import { plainWeights } from '#engine/model/weights.ts';
import { createGenerator } from '#engine/rollout/generate.ts';
import { positionsOf } from '#engine/rollout/sequence-inputs.ts';
import { bool, int32 } from '#engine/runtime/host-tensor.ts';
import type { Runtime } from '#engine/runtime/types.ts';
import { runtimeKinds } from '../../support/runtimes.ts';

// The folders are made by tests/golden/make_models.py: random models saved by transformers, with what it computes.
const FOLDER = join(import.meta.dirname, '../../fixtures/models');
const TOLERANCE = 1e-4;

interface Golden {
  readonly ids: readonly (readonly number[])[];
  readonly attention_mask: readonly (readonly number[])[];
  readonly greedy?: readonly (readonly number[])[];
  readonly scores?: readonly number[];
}

function goldenOf(name: string) {
  const golden = JSON.parse(readFileSync(join(FOLDER, name, 'golden.json'), 'utf8')) as Golden;
  const shape = [golden.ids.length, golden.ids[0]?.length ?? 0];
  const attentionMask = bool(Uint8Array.from(golden.attention_mask.flat()), shape);
  const ids = int32(golden.ids.flat(), shape);
  return { golden, batch: { ids, attentionMask, positions: positionsOf(attentionMask) } };
}

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

describe.each(runtimeKinds)('golden models of transformers, $kind', ({ start }) => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await start();
  });
  afterAll(() => runtime.dispose());

  it('finds every family', () => {
    expect(names.length).toBeGreaterThanOrEqual(17);
  });

  it.each(causal)('%s: logits', (name) => {
    const model = loadLanguageModel(runtime.variables, name, join(FOLDER, name));
    const { batch } = goldenOf(name);
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

  it.each(causal)('%s: 64 greedy tokens', (name) => {
    const model = loadLanguageModel(runtime.variables, `g-${name}`, join(FOLDER, name));
    const { golden, batch } = goldenOf(name);
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
    const { golden, batch } = goldenOf(name);
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

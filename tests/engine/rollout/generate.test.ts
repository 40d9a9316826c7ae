import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LanguageModel } from '#engine/model/language-model.ts';
import { loadLanguageModel } from '#engine/model/load-model.ts';
import { plainWeights } from '#engine/model/weights.ts';
import { createGenerator, type GeneratorParts } from '#engine/rollout/generate.ts';
import { sequenceInputs } from '#engine/rollout/sequence-inputs.ts';
import { bool, int32 } from '#engine/runtime/host-tensor.ts';
import { labelLogprobs } from '#engine/runtime/ops/log-softmax.ts';
import { tf } from '#engine/runtime/tf.ts';
import type { Runtime } from '#engine/runtime/types.ts';
import { leakOf } from '../../support/leak-check.ts';
import { runtimeKinds } from '../../support/runtimes.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures/models');
const R = 16;
const PROMPTS = [[11, 12, 13, 14, 15, 16], [21, 22, 23], [31]];

/** Left-padded to q columns. */
function prompts(rows: readonly (readonly number[])[], q: number) {
  const padded = rows.map((row) => [...Array<number>(q - row.length).fill(0), ...row]);
  const attended = rows.map((row) => [...Array<boolean>(q - row.length).fill(false), ...row.map(() => true)]);
  return { ids: int32(padded.flat(), [rows.length, q]), attentionMask: bool(attended.flat(), [rows.length, q]) };
}

describe.each(runtimeKinds)('generation, $kind', ({ kind, start }) => {
  let runtime: Runtime;
  let model: LanguageModel;
  let made = 0;
  beforeAll(async () => {
    runtime = await start();
    model = loadLanguageModel(runtime.variables, 'policy', join(FIXTURES, 'llama-grouped'));
  });
  afterAll(() => runtime.dispose());

  function generator(options: Partial<GeneratorParts> = {}) {
    made += 1;
    return createGenerator(runtime, {
      name: `generate ${made}`,
      model,
      weightsOf: plainWeights('policy'),
      maxNewTokens: R,
      temperature: 1,
      topK: 0,
      topP: 1,
      stopTokenIds: [],
      padTokenId: 0,
      ...options,
    });
  }

  it('gives the same tokens for the same seed, 0 included, and others for another', () => {
    const generate = generator();
    const batch = prompts(PROMPTS, 6);
    const [first, again, other] = [0, 0, 1].map((seed) => Array.from(generate(batch, seed).ids.data));
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
  });

  it('leaves no tensor behind', () => {
    const generate = generator();
    expect(leakOf(runtime, 3, (seed) => generate(prompts(PROMPTS, 6), seed))).toBe(0);
  });

  it('does not let a row depend on padding or on the rows after it', () => {
    const generate = generator();
    const together = generate(prompts(PROMPTS, 9), 4);
    const alone = generate(prompts(PROMPTS.slice(0, 1), 6), 4);
    expect(Array.from(together.ids.data.subarray(0, R))).toEqual(Array.from(alone.ids.data));
  });

  it.each([1, 0.7])('reports the log-probs of the training forward at temperature %f', (temperature) => {
    const batch = prompts(PROMPTS, 6);
    const sampled = generator({ temperature })(batch, 5);
    const responseMask = bool(new Uint8Array(3 * R).fill(1), [3, R]);
    const inputs = sequenceInputs(batch, sampled.ids, responseMask);
    made += 1;
    const score = runtime.compile(`score ${made}`, (variables, tensors) => {
      const weights = plainWeights('policy')(variables.weights());
      const { hidden } = model.forward(weights, tensors as never);
      const states = tf.slice(hidden, [0, 5, 0], [3, R, model.config.width]);
      return { logprobs: labelLogprobs(tf.div(model.logits(weights, states), temperature), tensors.responseIds!) };
    });
    const { logprobs } = score({ ...inputs, responseIds: sampled.ids });
    const differences = sampled.logprobs.data.map((value, i) => Math.abs(value - (logprobs!.data[i] as number)));
    expect(Math.max(...differences)).toBeLessThan(2e-5);
  });

  it('ends a row after its stop token, keeps that token and pads the rest', () => {
    const free = generator()(prompts(PROMPTS, 6), 7);
    const stop = free.ids.data[3] as number;
    const stopped = generator({ stopTokenIds: [198, stop] })(prompts(PROMPTS, 6), 7);
    for (let row = 0; row < 3; row++) {
      const ids = Array.from(free.ids.data.subarray(row * R, (row + 1) * R));
      const end = ids.findIndex((id) => id === stop || id === 198);
      const length = end < 0 ? R : end + 1;
      expect(stopped.lengths.data[row]).toBe(length);
      expect(stopped.endedByStop[row]).toBe(end >= 0);
      const kept = [...ids.slice(0, length), ...Array<number>(R - length).fill(0)];
      expect(Array.from(stopped.ids.data.subarray(row * R, (row + 1) * R))).toEqual(kept);
      expect(stopped.logprobs.data.subarray(row * R + length, (row + 1) * R).every((value) => value === 0)).toBe(true);
    }
    expect(stopped.lengths.data[0]).toBe(4);
  });

  it('ends the loop early once every row has ended', () => {
    const everything = Array.from({ length: 199 }, (_, id) => id);
    const { lengths, endedByStop } = generator({ stopTokenIds: everything, maxNewTokens: 100_000 })(
      prompts(PROMPTS, 6),
      1,
    );
    expect(Array.from(lengths.data)).toEqual([1, 1, 1]);
    expect(endedByStop).toEqual([true, true, true]);
  });

  it('samples only among the k most probable tokens, and k = 1 is greedy', () => {
    const greedy = generator({ temperature: 0 })(prompts(PROMPTS, 6), 0);
    const single = generator({ topK: 1 })(prompts(PROMPTS, 6), 3);
    expect(Array.from(single.ids.data)).toEqual(Array.from(greedy.ids.data));
    expect(single.logprobs.data.every((value) => Math.abs(value) < 1e-6)).toBe(true);
    const nucleus = generator({ topP: 1e-6 })(prompts(PROMPTS, 6), 3);
    expect(Array.from(nucleus.ids.data)).toEqual(Array.from(greedy.ids.data));
  });

  it.runIf(kind !== 'javascript')('refuses to run past a table of positions', () => {
    const small = loadLanguageModel(runtime.variables, 'gpt2', join(FIXTURES, 'gpt2-tied'));
    const generate = generator({ model: small, weightsOf: plainWeights('gpt2'), maxNewTokens: 126 });
    expect(() => generate(prompts(PROMPTS, 6), 0)).toThrow('exceeds the model');
    expect(generate(prompts([[3, 4]], 6), 0).lengths.data[0]).toBe(126);
    runtime.variables.remove('gpt2/');
  });
});

import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LanguageModel } from '#engine/model/language-model.ts';
import { loadLanguageModel } from '#engine/model/load-model.ts';
import { plainWeights } from '#engine/model/weights.ts';
import { createGenerator } from '#engine/rollout/generate.ts';
import { createBlockGenerator } from '#engine/rollout/generate-blocks.ts';
import { bool, int32 } from '#engine/runtime/host-tensor.ts';
import type { Runtime } from '#engine/runtime/types.ts';
import { leakOf } from '../../support/leak-check.ts';
import { runtimeKinds } from '../../support/runtimes.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures/models');
const R = 13;
const ROWS = [
  [11, 12, 13, 14],
  [0, 0, 31, 32],
];
const PROMPTS = {
  ids: int32(ROWS.flat(), [2, 4]),
  attentionMask: bool([true, true, true, true, false, false, true, true], [2, 4]),
};

describe.each(runtimeKinds.filter(({ kind }) => kind !== 'eager'))('generation in blocks, $kind', ({ start }) => {
  let runtime: Runtime;
  let model: LanguageModel;
  let made = 0;
  beforeAll(async () => {
    runtime = await start();
    model = loadLanguageModel(runtime.variables, 'policy', join(FIXTURES, 'llama-grouped'));
  });
  afterAll(() => runtime.dispose());

  function parts(stopTokenIds: readonly number[], temperature = 1) {
    made += 1;
    const sampling = { temperature, topK: 0, topP: 1, stopTokenIds, padTokenId: 0 };
    return { name: `blocks ${made}`, model, weightsOf: plainWeights('policy'), maxNewTokens: R, ...sampling };
  }

  it.each([
    [1, 0],
    [4, 1],
    [R, 0.7],
    [100, 1],
  ])('gives what the loop in one piece gives, %i tokens a block at temperature %f', (blockTokens, temperature) => {
    const whole = createGenerator(runtime, parts([], temperature))(PROMPTS, 5);
    const blocks = [...createBlockGenerator(runtime, { ...parts([], temperature), blockTokens })(PROMPTS, 5)];
    expect(blocks).toHaveLength(1 + Math.ceil((R - 1) / blockTokens));
    const last = blocks.at(-1)!;
    expect({ ids: last.ids, lengths: last.lengths, logprobs: last.logprobs }).toEqual({
      ids: whole.ids,
      lengths: whole.lengths,
      logprobs: whole.logprobs,
    });
    expect(blocks.map(({ isLast }) => isLast)).toEqual(blocks.map((_, index) => index === blocks.length - 1));
  });

  it('tells of tokens that stay, and ends once every row has ended', () => {
    const free = createGenerator(runtime, parts([]))(PROMPTS, 7);
    const stops = [free.ids.data[2]!, free.ids.data[R + 5]!];
    const whole = createGenerator(runtime, parts(stops))(PROMPTS, 7);
    const blocks = [...createBlockGenerator(runtime, { ...parts(stops), blockTokens: 3 })(PROMPTS, 7)];
    const last = blocks.at(-1)!;
    expect([last.ids, last.lengths, last.endedByStop]).toEqual([whole.ids, whole.lengths, whole.endedByStop]);
    expect(Math.max(...last.lengths.data)).toBeLessThan(R);
    for (const block of blocks) {
      for (const row of [0, 1]) {
        const count = block.lengths.data[row]!;
        const shown = (ids: Int32Array) => Array.from(ids.subarray(row * R, row * R + count));
        expect(shown(block.ids.data)).toEqual(shown(last.ids.data));
      }
    }
  });

  it('leaves no tensor behind', () => {
    const blocks = createBlockGenerator(runtime, { ...parts([]), blockTokens: 4 });
    expect(leakOf(runtime, 3, (seed) => [...blocks(PROMPTS, seed)])).toBe(0);
  });
});

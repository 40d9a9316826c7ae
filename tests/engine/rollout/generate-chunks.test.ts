import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadLanguageModel } from '#engine/model/load-model.ts';
import { plainWeights } from '#engine/model/weights.ts';
import { createGenerator, type Generator, type PaddedPrompts } from '#engine/rollout/generate.ts';
import { generateChunks, rowsAtOnce } from '#engine/rollout/generate-chunks.ts';
import { bool, int32 } from '#engine/runtime/host-tensor.ts';
import { runtimeKinds } from '../../support/runtimes.ts';

const FOLDER = join(import.meta.dirname, '../../fixtures/models/llama-grouped');
const [ROWS, Q, R] = [2, 4, 12];
const SEEDS = [3, 0, 9, 3];

function chunk(first: number): PaddedPrompts {
  const ids = Array.from({ length: ROWS * Q }, (_, at) => first + at);
  return { ids: int32(ids, [ROWS, Q]), attentionMask: bool(Array<boolean>(ROWS * Q).fill(true), [ROWS, Q]) };
}

describe.each(runtimeKinds)('chunks generated together, $kind', ({ start }) => {
  test('have the tokens, ends and log-probs that each has alone', async () => {
    const runtime = await start();
    const model = loadLanguageModel(runtime.variables, 'policy', FOLDER);
    const sampling = { temperature: 1, topK: 0, topP: 1, stopTokenIds: [5, 6, 7], padTokenId: 0 };
    const generate = createGenerator(runtime, {
      name: 'g',
      model,
      weightsOf: plainWeights('policy'),
      maxNewTokens: R,
      ...sampling,
    });
    const calls: number[] = [];
    const counted: Generator = (prompts, seed) => {
      calls.push(prompts.ids.shape[0]!);
      return generate(prompts, seed);
    };
    const chunks = [10, 20, 30, 10].map(chunk);
    const together = generateChunks(counted, chunks, SEEDS, 100);
    const inPairs = generateChunks(counted, chunks, SEEDS, 3 * ROWS);
    const alone = chunks.map((one, index) => counted(one, SEEDS[index]!));
    expect(calls).toEqual([8, 4, 4, 2, 2, 2, 2]);
    alone.forEach((own, index) => {
      for (const result of [together[index]!, inPairs[index]!]) {
        expect([...result.ids.data]).toEqual([...own.ids.data]);
        expect([...result.lengths.data]).toEqual([...own.lengths.data]);
        expect(result.endedByStop).toEqual(own.endedByStop);
        result.logprobs.data.forEach((value, at) => {
          expect(value).toBeCloseTo(own.logprobs.data[at]!, 4);
        });
      }
    });
    // The same prompts under the same seed are the same replies, wherever in the call they stand.
    expect([...together[0]!.ids.data]).toEqual([...together[3]!.ids.data]);
    runtime.dispose();
  });
});

test('rows of a call: fewer for wider models and longer replies, and never none', () => {
  const small = { layers: 6, keyValueHeads: 4, headWidth: 32, vocabSize: 4096, innerWidth: 512, width: 128 };
  const rows = (part: object, q = 64, r = 32) => rowsAtOnce({ ...small, ...part } as never, q, r);
  expect(rows({})).toBeGreaterThan(64);
  expect(rows({ vocabSize: 50_304 })).toBeLessThan(rows({}));
  expect(rows({}, 64, 512)).toBeLessThan(rows({}));
  expect(rows({ layers: 80, width: 8192, innerWidth: 28_672, headWidth: 128, keyValueHeads: 64 }, 4096, 4096)).toBe(1);
});

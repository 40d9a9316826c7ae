import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadLanguageModel } from '#engine/model/load-model.ts';
import { plainWeights } from '#engine/model/weights.ts';
import { createGenerator, type PaddedPrompts } from '#engine/rollout/generate.ts';
import { generateChunks } from '#engine/rollout/generate-chunks.ts';
import { bool, int32 } from '#engine/runtime/host-tensor.ts';
import { runtimeKinds } from '../../support/runtimes.ts';

const FOLDER = join(import.meta.dirname, '../../fixtures/models/llama-grouped');
const [ROWS, Q, R] = [16, 4, 40];
const SEEDS = [3, 0, 9, 4];

function chunk(first: number): PaddedPrompts {
  const ids = Array.from({ length: ROWS * Q }, (_, at) => (first + at) % 60);
  return { ids: int32(ids, [ROWS, Q]), attentionMask: bool(Array<boolean>(ROWS * Q).fill(true), [ROWS, Q]) };
}

describe.each(runtimeKinds)('a batch that shrinks to its live rows, $kind', ({ start }) => {
  test('gives every row what it has in a batch that does not', async () => {
    const runtime = await start();
    const model = loadLanguageModel(runtime.variables, 'policy', FOLDER);
    const sampling = { temperature: 1, topK: 0, topP: 1, stopTokenIds: [1, 2, 3, 4, 5, 6, 7, 8, 9], padTokenId: 0 };
    const generate = createGenerator(runtime, {
      name: 'g',
      model,
      weightsOf: plainWeights('policy'),
      maxNewTokens: R,
      ...sampling,
    });
    const chunks = [10, 20, 30, 40].map(chunk);
    // 64 rows go on as 32, then as 16; 16 rows stay as they are.
    const together = generateChunks(generate, chunks, SEEDS, 64);
    const alone = generateChunks(generate, chunks, SEEDS, 16);
    const lengths = together.flatMap((one) => [...one.lengths.data]).sort((one, other) => one - other);
    // What makes it shrink twice and still leave rows that go on.
    expect(lengths[48]! + 2).toBeLessThan(lengths.at(-1)!);
    expect(lengths[0]).toBeLessThan(lengths[32]!);
    together.forEach((result, index) => {
      const own = alone[index]!;
      expect([...result.ids.data]).toEqual([...own.ids.data]);
      expect([...result.lengths.data]).toEqual([...own.lengths.data]);
      expect(result.endedByStop).toEqual(own.endedByStop);
      result.logprobs.data.forEach((value, at) => {
        expect(value).toBeCloseTo(own.logprobs.data[at]!, 4);
      });
    });
    runtime.dispose();
  });
});

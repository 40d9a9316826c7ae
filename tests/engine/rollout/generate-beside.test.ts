import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadLanguageModel } from '#engine/model/load-model.ts';
import { plainWeights } from '#engine/model/weights.ts';
import { createGenerator } from '#engine/rollout/generate.ts';
import { partsBeside } from '#engine/rollout/generate-beside.ts';
import { bool, int32 } from '#engine/runtime/host-tensor.ts';
import type { DeviceReport } from '#engine/runtime/types.ts';
import { runtimeKinds } from '../../support/runtimes.ts';

const FOLDER = join(import.meta.dirname, '../../fixtures/models/llama-grouped');
const [ROWS, Q, R] = [64, 4, 12];

describe.each(runtimeKinds)('parts of a batch beside each other, $kind', ({ start, kind }) => {
  test('give every row what it has in one piece', async () => {
    const runtime = await start();
    const model = loadLanguageModel(runtime.variables, 'policy', FOLDER);
    const sampling = { temperature: 1, topK: 0, topP: 1, stopTokenIds: [1, 2, 3, 4, 5, 6], padTokenId: 0 };
    const prompts = {
      ids: int32(
        Array.from({ length: ROWS * Q }, (_, at) => (7 * at) % 60),
        [ROWS, Q],
      ),
      attentionMask: bool(
        Array.from({ length: ROWS * Q }, (_, at) => at % Q > (at >> 4) % 3),
        [ROWS, Q],
      ),
    };
    const [whole, halves] = [2, 1].map((opThreads) => {
      const own = { ...runtime, device: { ...runtime.device, threads: 2, opThreads } };
      const settings = {
        name: `g${opThreads}`,
        model,
        weightsOf: plainWeights('policy'),
        maxNewTokens: R,
        ...sampling,
      };
      return createGenerator(own, settings)(prompts, [3, 4]);
    });
    expect(new Set(whole!.lengths.data).size).toBeGreaterThan(3);
    expect([...halves!.ids.data]).toEqual([...whole!.ids.data]);
    expect([...halves!.lengths.data]).toEqual([...whole!.lengths.data]);
    expect(halves!.endedByStop).toEqual(whole!.endedByStop);
    halves!.logprobs.data.forEach((value, at) => {
      expect(value).toBeCloseTo(whole!.logprobs.data[at]!, 4);
    });
    expect(runtime.graphStatistics()).toMatchObject({ graphs: kind === 'compiled' ? 2 : 0, fallbacks: [] });
    runtime.dispose();
  });
});

test.each([
  [2, 1, 64, 2],
  [2, 1, 63, 1],
  [2, 1, 48, 1],
  [2, 2, 64, 1],
  [4, 1, 128, 4],
  [4, 1, 96, 3],
  [4, 1, 100, 2],
  [3, 1, 65, 1],
])('with %i threads, %i within an op, %i rows fall into %i parts', (threads, opThreads, rows, parts) => {
  const device = { mode: 'compiled', device: 'cpu', threads, opThreads } as DeviceReport;
  expect(partsBeside(device, rows)).toBe(parts);
  expect(partsBeside({ ...device, mode: 'eager' }, rows)).toBe(1);
  expect(partsBeside({ ...device, device: 'gpu' }, rows)).toBe(1);
});

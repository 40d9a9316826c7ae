import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadLanguageModel } from '#engine/model/load-model.ts';
import { plainWeights } from '#engine/model/weights.ts';
import { bool, type FloatHost, int32 } from '#engine/runtime/host-tensor.ts';
import { valueAndGradients } from '#engine/runtime/ops/gradients.ts';
import { tf } from '#engine/runtime/tf.ts';
import type { HostRecord, Runtime, Tensor } from '#engine/runtime/types.ts';
import { distance, expectCloseGradients } from '../../../support/close-tensors.ts';
import { runtimeKinds } from '../../../support/runtimes.ts';

const FIXTURES = join(import.meta.dirname, '../../../fixtures/models');
const FAMILIES = [
  'gpt-neox',
  'gpt-neox-serial',
  'gpt2-tied',
  'llama-grouped',
  'mistral-window',
  'qwen3',
  'gemma3',
  'ministral3',
  'olmo3',
];
const [B, T] = [2, 9];
const INPUTS = {
  ids: int32([0, 0, 11, 12, 13, 14, 15, 16, 17, 21, 22, 23, 24, 25, 26, 27, 28, 29], [B, T]),
  positions: int32([0, 0, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 7, 8], [B, T]),
  attentionMask: bool([false, false, ...Array<boolean>(2 * T - 2).fill(true)], [B, T]),
};
const RUNS = [
  { from: 4, count: 4 },
  { from: T - 1, count: 1 },
];

const RELATIVE = 1e-5;

const data = (record: HostRecord, name: string) => (record[name] as FloatHost).data;

describe.each(runtimeKinds)('the states of some columns, $kind', ({ start }) => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await start();
  });
  afterAll(() => runtime.dispose());

  test.each(FAMILIES)('%s: they and their gradients are those of all columns, cut', (family) => {
    const model = loadLanguageModel(runtime.variables, family, join(FIXTURES, family));
    const names = model.trunkParameters.map(({ name }) => `${family}/${name}`);
    for (const columns of RUNS) {
      const step = (isCut: boolean) =>
        runtime.compile(`${family} ${columns.from} ${isCut}`, (variables, inputs) => {
          const { aux, gradients } = valueAndGradients(variables, names, (weights) => {
            const own = plainWeights(family)(weights);
            const { hidden } = model.forward(own, inputs as never, isCut ? { columns } : {});
            const states = isCut
              ? hidden
              : tf.slice(hidden, [0, columns.from, 0], [B, columns.count, model.config.width]);
            return { loss: tf.mean(tf.square(states)) as Tensor, aux: { states } };
          });
          return { ...aux, ...gradients };
        });
      const [some, all] = [step(true)(INPUTS), step(false)(INPUTS)];
      expect(some.states!.shape).toEqual([B, columns.count, model.config.width]);
      expect(distance(data(some, 'states'), data(all, 'states'))).toBeLessThanOrEqual(RELATIVE);
      const gradients = (record: HostRecord) => new Map(names.map((name) => [name, data(record, name)]));
      expectCloseGradients(gradients(some), gradients(all), RELATIVE);
    }
  });
});

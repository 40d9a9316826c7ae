import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adaptedWeights } from '#engine/model/adapters/adapted-weights.ts';
import { adapterParameters, factorNames } from '#engine/model/adapters/adapter.ts';
import { type AdapterFiles, openAdapterFiles } from '#engine/model/adapters/adapter-files.ts';
import { readModelConfig } from '#engine/model/files/model-folder.ts';
import { loadLanguageModel, loadValueModel } from '#engine/model/load-model.ts';
import { openSafetensors } from '#engine/model/safetensors/open-safetensors.ts';
import { plainWeights } from '#engine/model/weights.ts';
import { positionsOf } from '#engine/rollout/sequence-inputs.ts';
import { bool, float32, int32 } from '#engine/runtime/host-tensor.ts';
import { valueAndGradients } from '#engine/runtime/ops/gradients.ts';
import { labelLogprobs } from '#engine/runtime/ops/log-softmax.ts';
import { tf } from '#engine/runtime/tf.ts';
import type { Runtime, Tensor } from '#engine/runtime/types.ts';
import { runtimeKinds } from '../../support/runtimes.ts';

// The folders are made by tests/golden/make_adapters.py: adapters saved by PEFT, with what it computes.
const MODELS = join(import.meta.dirname, '../../fixtures/models');
const ADAPTERS = join(import.meta.dirname, '../../fixtures/adapters');
const TOLERANCE = 1e-4;

const names = readdirSync(ADAPTERS).sort();
const causal = names.filter((name) => !name.endsWith('-score'));
const scored = names.filter((name) => name.endsWith('-score'));

function batchOf(folder: string) {
  const { ids, attention_mask } = JSON.parse(readFileSync(join(folder, 'golden.json'), 'utf8')) as {
    readonly ids: readonly (readonly number[])[];
    readonly attention_mask: readonly (readonly number[])[];
  };
  const shape = [ids.length, ids[0]!.length];
  const attentionMask = bool(Uint8Array.from(attention_mask.flat()), shape);
  return { ids: int32(ids.flat(), shape), attentionMask, positions: positionsOf(attentionMask) };
}

function golden(name: string): (tensor: string) => Float32Array {
  const file = openSafetensors(join(ADAPTERS, name, 'golden.safetensors'));
  const values = new Map([...file.tensors.keys()].map((tensor) => [tensor, file.read(tensor)]));
  file.close();
  return (tensor) => values.get(tensor) as Float32Array;
}

/** Rows of real tokens. */
function realRows(values: Float32Array, attended: Uint8Array): number[] {
  const width = values.length / attended.length;
  return [...attended.keys()]
    .filter((position) => attended[position] === 1)
    .flatMap((position) => [...values.subarray(position * width, (position + 1) * width)]);
}

function worst(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(actual.length).toBe(expected.length);
  return Array.from(actual).reduce((most, value, index) => Math.max(most, Math.abs(value - expected[index]!)), 0);
}

/** Places base and adapter below `<name>-base/` and `<name>/`. */
function placeBeside(runtime: Runtime, name: string, files: AdapterFiles): void {
  for (const { name: factor, shape } of adapterParameters(files.adapter)) {
    runtime.variables.create(`${name}/${factor}`, float32(files.read(factor), shape));
  }
}

describe.each(runtimeKinds)('adapters of PEFT, $kind', ({ start }) => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await start();
  });
  afterAll(() => runtime.dispose());

  it('finds every family', () => {
    const familiesIn = (models: readonly string[]) =>
      [...new Set(models.map((name) => readModelConfig(join(MODELS, name)).family))].sort();
    expect(familiesIn(causal)).toEqual(familiesIn(readdirSync(MODELS)));
    expect(familiesIn(causal).length).toBeGreaterThanOrEqual(14);
  });

  it.each(causal)('%s: logits and gradients beside a frozen base', (name) => {
    const base = join(MODELS, name);
    const model = loadLanguageModel(runtime.variables, `${name}-base`, base);
    const files = openAdapterFiles(join(ADAPTERS, name), model.config);
    placeBeside(runtime, name, files);
    const { adapter } = files;
    const weightsOf = adaptedWeights({ base: `${name}-base`, own: name, adapter, ownNames: new Set() });
    const batch = batchOf(base);
    const expected = golden(name);
    const trained = adapterParameters(adapter).map((parameter) => `${name}/${parameter.name}`);
    for (const recomputes of [false, true]) {
      const step = runtime.compile(`${name} ${recomputes}`, (variables, inputs) => {
        const { loss, aux, gradients } = valueAndGradients(variables, trained, (lookup) => {
          const weights = weightsOf(lookup);
          const { hidden } = model.forward(weights, inputs as never, { recomputes });
          const logits = model.logits(weights, hidden);
          const [b, t, v] = logits.shape as [number, number, number];
          const before = tf.slice(logits, [0, 0, 0], [b, t - 1, v]).reshape([-1, v]);
          const next = tf.slice(inputs.ids!, [0, 1], [b, t - 1]).reshape([-1]) as Tensor;
          const attended = inputs.attentionMask!.toFloat();
          const part = (from: number) => tf.slice(attended, [0, from], [b, t - 1]).reshape([-1]);
          const real = tf.mul(part(0), part(1));
          const mean = tf.div(tf.sum(tf.mul(labelLogprobs(before, next), real)), tf.sum(real));
          return { loss: mean as Tensor, aux: { logits } };
        });
        return { loss, logits: aux.logits!, ...gradients };
      });
      for (let call = 0; call < 2; call++) {
        const result = step({ ...batch });
        const logits = result.logits!.data as Float32Array;
        expect(worst(realRows(logits, batch.attentionMask.data), expected('logits'))).toBeLessThanOrEqual(TOLERANCE);
        for (const target of adapter.targets.values()) {
          for (const factor of Object.values(factorNames(target))) {
            const wanted = expected(`grad.${factor}`);
            const size = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
            expect(size).toBeGreaterThan(0);
            expect(worst(result[`${name}/${factor}`]!.data, wanted), factor).toBeLessThanOrEqual(
              TOLERANCE * size + 1e-7,
            );
          }
        }
      }
    }
    files.close();
    runtime.variables.remove(`${name}/`);
    runtime.variables.remove(`${name}-base/`);
  });

  it.each(causal)('%s: logits of the merged model', (name) => {
    const model = loadLanguageModel(runtime.variables, `merged-${name}`, join(ADAPTERS, name));
    const batch = batchOf(join(MODELS, name));
    const step = runtime.compile(`merged ${name}`, (variables, inputs) => {
      const weights = plainWeights(`merged-${name}`)(variables.weights());
      return { logits: model.logits(weights, model.forward(weights, inputs as never).hidden) };
    });
    const logits = step({ ...batch }).logits!.data as Float32Array;
    expect(worst(realRows(logits, batch.attentionMask.data), golden(name)('logits'))).toBeLessThanOrEqual(TOLERANCE);
    runtime.variables.remove(`merged-${name}/`);
  });

  it.each(scored)('%s: scores of a merged reward model', (name) => {
    const model = loadValueModel(runtime.variables, name, join(ADAPTERS, name));
    const batch = batchOf(join(MODELS, name));
    const step = runtime.compile(`scores ${name}`, (variables, inputs) => ({
      values: model.values(plainWeights(name)(variables.weights()), inputs as never),
    }));
    const values = step({ ...batch }).values!.data as Float32Array;
    const width = batch.ids.shape[1] as number;
    const last = Array.from({ length: values.length / width }, (_, row) => values[(row + 1) * width - 1]!);
    expect(worst(last, golden(name)('scores'))).toBeLessThanOrEqual(TOLERANCE);
    runtime.variables.remove(`${name}/`);
  });
});

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AdamWOptions, adamW, createAdamW, momentName } from '#engine/runtime/adam-w.ts';
import { float32 } from '#engine/runtime/host-tensor.ts';
import { tf } from '#engine/runtime/tf.ts';
import type { CompiledStep, Runtime } from '#engine/runtime/types.ts';
import { runtimeKinds } from '../../support/runtimes.ts';

interface Case {
  readonly name: string;
  readonly lr: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly weight_decay: number;
  readonly max_norm: number;
  readonly param0: readonly number[];
  readonly grads: readonly (readonly number[])[];
  readonly expected: readonly { readonly norm: number; readonly param: readonly number[] }[];
}

// Made with torch.optim.AdamW and clip_grad_norm_ in float64.
const file = new URL('../../fixtures/apa/adamw.json', import.meta.url);
const cases = (JSON.parse(readFileSync(file, 'utf8')) as { adamw_cases: Case[] }).adamw_cases;

const scalar = (value: number) => float32([value], []);

describe.each(runtimeKinds)('AdamW, $kind', ({ start }) => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await start();
  });
  afterAll(() => runtime.dispose());

  const names = () => runtime.variables.names('p/').filter((name) => !name.includes('adam_'));

  function compileUpdate(
    name: string,
    options: Omit<AdamWOptions, 'prefix' | 'learningRate' | 'step' | 'loss'>,
  ): CompiledStep {
    return runtime.compile(name, (variables, { g, loss, step, rate }) => {
      const [a, b] = tf.split(g!, [2, 3]);
      const gradients = { 'p/a': a!, 'p/b': b! };
      const common = { ...options, prefix: 'p', learningRate: rate!, step: step!, loss: loss! };
      return { ...adamW(variables, gradients, common) };
    });
  }

  function createWeights(values: readonly number[]): void {
    runtime.variables.create('p/a', float32(values.slice(0, 2), [2]));
    runtime.variables.create('p/b', float32(values.slice(2), [3]));
    createAdamW(runtime.variables, 'p', names());
  }

  const weights = () => ['p/a', 'p/b'].flatMap((name) => [...runtime.variables.read(name).data]);

  it.each(cases)('follows torch on $name', (item) => {
    createWeights(item.param0);
    const update = compileUpdate(item.name, {
      beta1: item.beta1,
      beta2: item.beta2,
      epsilon: item.eps,
      weightDecay: item.weight_decay,
      maxGradNorm: item.max_norm,
    });
    item.grads.forEach((gradient, index) => {
      const inputs = { g: float32(gradient, [5]), loss: scalar(1), step: scalar(index + 1), rate: scalar(item.lr) };
      const { gradNorm, clipped, skipped } = update(inputs);
      const { norm, param } = item.expected[index] as Case['expected'][number];
      expect(Math.abs((gradNorm?.data[0] as number) - norm)).toBeLessThanOrEqual(1e-5);
      expect([clipped?.data[0], skipped?.data[0]]).toEqual([norm > item.max_norm ? 1 : 0, 0]);
      weights().forEach((value, i) => {
        expect(Math.abs(value - (param[i] as number))).toBeLessThanOrEqual(1e-6);
      });
    });
    runtime.variables.remove('p/');
  });

  it.each([
    ['loss', Number.NaN, [1, 2, 3, 4, 5]],
    ['loss', Number.POSITIVE_INFINITY, [1, 2, 3, 4, 5]],
    ['gradient', 1, [1, Number.NaN, 3, 4, 5]],
    ['gradient', 1, [1, 2, 3, Number.NEGATIVE_INFINITY, 5]],
    // Its square overflows float32, so the norm is infinite.
    ['gradient', 1, [1e30, 2, 3, 4, 5]],
  ] as const)('changes nothing when the %s is not finite', (what, loss, gradient) => {
    createWeights([1, -2, 3, -4, 5]);
    const settings = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.1, maxGradNorm: 1 };
    const update = compileUpdate(`guard ${what} ${loss} ${gradient.join()}`, settings);
    const good = { g: float32([1, 2, 3, 4, 5], [5]), loss: scalar(1), step: scalar(1), rate: scalar(0.1) };
    update(good);
    const all = () => runtime.variables.names('p/').map((name) => runtime.variables.read(name).data);
    const before = all();
    const { skipped } = update({ ...good, g: float32([...gradient], [5]), loss: scalar(loss), step: scalar(2) });
    expect(skipped?.data[0]).toBe(1);
    expect(all()).toEqual(before);
    runtime.variables.remove('p/');
  });

  it('decays only the weights named for it', () => {
    createWeights([1, 1, 1, 1, 1]);
    const settings = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.5, maxGradNorm: 0 };
    const update = compileUpdate('decay', { ...settings, decayNames: new Set(['p/b']) });
    update({ g: float32([0, 0, 0, 0, 0], [5]), loss: scalar(0), step: scalar(1), rate: scalar(0.5) });
    // No gradient, so only w (1 - 0.5 · 0.5) is left.
    expect(weights()).toEqual([1, 1, 0.75, 0.75, 0.75]);
    runtime.variables.remove('p/');
  });

  it('names the moments below the prefix', () => {
    createWeights([1, 1, 1, 1, 1]);
    expect(runtime.variables.names('p/')).toEqual([
      'p/a',
      'p/b',
      'p/adam_m/a',
      'p/adam_m/b',
      'p/adam_v/a',
      'p/adam_v/b',
    ]);
    expect(momentName('p', 'adam_v', 'p/b')).toBe('p/adam_v/b');
    runtime.variables.remove('p/');
  });
});

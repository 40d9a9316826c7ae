import { expect, test } from 'vitest';
import { recipeOf } from '#contract/config/index.ts';
import { memoryOfConfig, remediesOf } from '#contract/memory/config-memory.ts';
import { adapterParameters, type FrozenDtype } from '#contract/memory/network-shape.ts';
import { predictMemory, type Training, type Workload } from '#contract/memory/predict-memory.ts';
import { PUBLISHED_SHAPES, shapeOf } from '#contract/memory/published-shapes.ts';
import { describeLargest, whatFits } from '#contract/memory/what-fits.ts';
import peaks from '../../fixtures/memory/peaks.json' with { type: 'json' };

/** Largest error that a prediction may have on networks that were measured. */
const ERROR = 0.1;
const SMOLLM2 = PUBLISHED_SHAPES[0]!.shape;

test('peaks that keel bench has measured are predicted', () => {
  const errors = peaks.map(({ lora, baseDtype, peakBytes, batch, prompt, response, rollouts, recomputes, ...size }) => {
    const kind = { kind: 'online', hasCritic: true, sequences: 1 } as const;
    const work: Workload = { ...kind, rows: batch, prompt, response, rollouts, recomputes };
    const shape = shapeOf(size);
    const training: Training = {
      adapter: lora === null ? null : adapterParameters(shape, { r: lora, targets: ['all-linear'] }),
      frozenDtype: (baseDtype ?? 'float32') as FrozenDtype,
      frozen: ['on_base'],
      unfrozenLayers: null,
    };
    return Math.abs(predictMemory(shape, work, training).peakBytes / peakBytes - 1);
  });
  expect(errors.length).toBeGreaterThan(20);
  expect(errors.filter((error) => error > ERROR)).toEqual([]);
});

test('a machine with 24 GB trains larger models with adapters than as a whole, and larger ones without a critic', () => {
  const { methods } = whatFits(24e9);
  const largest = (title: string) =>
    Object.fromEntries(methods.find(({ titles }) => titles.includes(title))!.largest.map(({ as, name }) => [as, name]));
  const at = (name: string | null | undefined) => PUBLISHED_SHAPES.findIndex((one) => one.name === name);
  const [sft, apa] = [largest('SFT'), largest('APA')];
  expect(methods.map(({ titles }) => titles)).toEqual([
    ...[['SFT', 'KTO'], ['Reward model'], ['DPO']],
    ...[
      ['APA', 'APA offline', 'PPO', 'AWR', 'AWR offline'],
      ['GRPO', 'RLOO', 'A*-PO', 'Online DPO'],
    ],
  ]);
  expect(at(apa.all_weights)).toBeGreaterThanOrEqual(0);
  expect(at(apa.float32)).toBeGreaterThan(at(apa.all_weights));
  expect(at(apa.nf4)).toBeGreaterThanOrEqual(at(apa.float32));
  expect(at(sft.all_weights)).toBeGreaterThan(at(apa.all_weights));
});

test('a machine without room trains none of the models, and says so', () => {
  const [first] = whatFits(1e9).methods;
  expect(describeLargest(first!)).toBe('all weights: none of these; adapters: none of these');
});

const apa: Readonly<Record<string, unknown>> = {
  'adapter.peft_type': 'none',
  'adapter.r': 16,
  'adapter.target_modules': ['all-linear'],
  'engine.frozen_dtype': 'float32',
  'engine.recompute_activations': false,
  'engine.micro_batch_size': null,
  'updates.minibatch_size': 16,
  'generation.max_new_tokens': 64,
  'data.max_length': 256,
};
const memoryWith = (changes: Readonly<Record<string, unknown>>, reward: 'on_base' | typeof SMOLLM2 = 'on_base') =>
  memoryOfConfig(recipeOf('apa'), (path) => ({ ...apa, ...changes })[path], {
    shape: SMOLLM2,
    context: 8192,
    adapter: null,
    frozen: [reward],
  });

test('what a config says changes its prediction', () => {
  const whole = memoryWith({});
  // Policy and critic, each with all 134,515,008 parameters.
  expect(whole).toMatchObject({ trained: 269_030_016, tokens: 256, isAssumed: false });
  expect(memoryWith({ 'data.max_length': null })).toMatchObject({ tokens: 512, isAssumed: true });
  // PEFT counts 4,884,480 for rank 16 on all linear layers.
  const lora = memoryWith({ 'adapter.peft_type': 'lora' });
  expect(lora.trained).toBe(2 * 4_884_480);
  expect(lora.peakBytes).toBeLessThan(whole.peakBytes);
  // Two of 30 blocks, and the whole critic.
  const few = memoryWith({ 'updates.num_layers_unfrozen': 2 });
  expect(few.trained).toBe(134_515_008 + 134_515_008 - (28 / 30) * 30 * 3_538_944);
  const given = { shape: SMOLLM2, context: 8192, adapter: 1000, frozen: [] };
  const started = memoryOfConfig(recipeOf('apa'), (path) => ({ ...apa, 'adapter.peft_type': 'lora' })[path], given);
  expect(started.trained).toBe(2000);
  const short = memoryOfConfig(recipeOf('apa'), (path) => ({ ...apa, 'data.max_length': null })[path], {
    ...given,
    context: 128,
  });
  expect(short).toMatchObject({ tokens: 128, isAssumed: false });
  const own = memoryWith({ 'adapter.peft_type': 'lora' }, SMOLLM2);
  expect(own.parts.weights - lora.parts.weights).toBe(4 * 134_515_008 - 4 * 4_884_480);
});

test('remedies are single changes that save memory, the largest savings first', () => {
  const models = { shape: SMOLLM2, context: 8192, adapter: null, frozen: [] };
  const remedies = remediesOf(recipeOf('apa'), (path) => apa[path], models);
  expect(remedies.map(({ path }) => path)).toContain('adapter.peft_type');
  const savings = remedies.map(({ peakBytes }) => memoryWith({}).peakBytes - peakBytes);
  expect(savings.every((saved) => saved > 0)).toBe(true);
  expect(savings).toEqual(savings.toSorted((one, other) => other - one));
  const lora = remedies.find(({ path }) => path === 'adapter.peft_type')!;
  expect(lora.peakBytes).toBe(
    memoryOfConfig(recipeOf('apa'), (path) => ({ ...apa, 'adapter.peft_type': 'lora' })[path], models).peakBytes,
  );
});

import { expect, test } from 'vitest';
import { adapterParameters, parametersOf, storedBytes } from '#contract/memory/network-shape.ts';
import { PUBLISHED_SHAPES } from '#contract/memory/published-shapes.ts';
import counts from '../../fixtures/memory/counts.json' with { type: 'json' };

const published = counts.published as Readonly<Record<string, (typeof counts.published)['SmolLM2-135M']>>;

test('published models have the parameters and the linear layers that transformers and PEFT count', () => {
  const ours = PUBLISHED_SHAPES.map(({ name, shape }) => {
    const lora = adapterParameters(shape, { r: counts.r, targets: ['all-linear'] });
    return [name, { parameters: parametersOf(shape), lora, linear: shape.linear.map((one) => one.name).sort() }];
  });
  expect(Object.fromEntries(ours)).toEqual(published);
  const sizes = PUBLISHED_SHAPES.map(({ shape }) => parametersOf(shape));
  expect(sizes).toEqual(sizes.toSorted((one, other) => one - other));
});

/** A layer of 4 × 64 in two blocks, an embedding of 10 × 4, and 6 parameters of norms. */
const tiny = {
  ...{ width: 4, layers: 2, heads: 1, keyValueHeads: 1, headWidth: 4, innerWidth: 64, vocabSize: 10 },
  linear: [{ name: 'up_proj', inputs: 4, outputs: 64, count: 2 }],
  tables: [{ name: 'embed_tokens', inputs: 10, outputs: 4, count: 1 }],
  vectors: 6,
};

test('a frozen network takes the bytes of its precision', () => {
  // 512 weights in blocks, 40 outside, 6 in vectors. int8: 128 rows have a scale of 4 bytes each.
  expect(storedBytes(tiny, 'float32')).toBe(4 * 558);
  expect(storedBytes(tiny, 'float16')).toBe(2 * 558);
  expect(storedBytes(tiny, 'bfloat16')).toBe(2 * 552 + 4 * 6);
  expect(storedBytes(tiny, 'int8')).toBe(512 + 4 * 128 + 2 * 40 + 4 * 6);
  // 8 blocks of 64 have a scale of a byte, and a 32nd of a block of 256 scales has one of 4 bytes.
  expect(storedBytes(tiny, 'nf4')).toBe(256 + 8 + 4 / 32 + 2 * 40 + 4 * 6);
});

test('an adapter has r parameters for each input and output of the layers that are named', () => {
  expect(adapterParameters(tiny, { r: 2, targets: ['all-linear'] })).toBe(2 * 2 * 68);
  expect(adapterParameters(tiny, { r: 2, targets: ['embed_tokens'] })).toBe(2 * 14);
  expect(adapterParameters(tiny, { r: 2, targets: ['mlp.up_proj', 'embed_tokens'] })).toBe(2 * 2 * 68 + 2 * 14);
  expect(adapterParameters(tiny, { r: 2, targets: ['model.layers.1.mlp.up_proj'] })).toBe(2 * 68);
  expect(adapterParameters(tiny, { r: 2, targets: ['proj'] })).toBe(0);
});

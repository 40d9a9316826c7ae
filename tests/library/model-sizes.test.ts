import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { adapterParameters } from '#contract/memory/network-shape.ts';
import { readModelSizes } from '../../src-main/library/model-sizes.ts';
import counts from '../fixtures/memory/counts.json' with { type: 'json' };

const FIXTURES = join(import.meta.dirname, '../fixtures');
const model = (name: string) => join(FIXTURES, 'models', name);

test.each(Object.entries(counts.models))('%s has the sizes that transformers and PEFT count', (name, expected) => {
  const { shape, parameters, adapter } = readModelSizes(model(name), []);
  const lora = adapterParameters(shape, { r: counts.r, targets: ['all-linear'] });
  const linear = [...new Set(shape.linear.map((one) => one.name))].sort();
  expect({ parameters, lora, linear, adapter }).toEqual({ ...expected, adapter: null });
});

test('an adapter has the sizes of its base, and facts of its own', () => {
  const folder = join(FIXTURES, 'adapters/llama-grouped');
  const base = readModelSizes(model('llama-grouped'), []);
  const { adapter, ...sizes } = readModelSizes(folder, []);
  const config = JSON.parse(readFileSync(join(folder, 'adapter_config.json'), 'utf8')) as Record<string, unknown>;
  expect(sizes).toEqual({
    family: 'llama',
    context: base.context,
    shape: base.shape,
    parameters: base.parameters,
    bytes: adapter?.bytes,
  });
  expect(adapter).toMatchObject({
    r: config.r,
    lora_alpha: config.lora_alpha,
    parameters: counts.adapters['llama-grouped'],
    base: model('llama-grouped'),
    base_bytes: base.bytes,
  });
});

test('a GGUF file has the names of a Hugging Face folder', () => {
  const { shape, family } = readModelSizes(join(FIXTURES, 'gguf/llama-grouped.gguf'), []);
  expect(family).toBe('llama');
  expect(shape.linear.map(({ name }) => name).sort()).toEqual(counts.models['llama-grouped'].linear);
});

test('a folder without a model, a broken config, and a config without weights say what is wrong', () => {
  const folder = mkdtempSync(join(tmpdir(), 'keel-sizes-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  expect(() => readModelSizes(folder, [])).toThrow('has no config.json');
  writeFileSync(join(folder, 'config.json'), '{');
  expect(() => readModelSizes(folder, [])).toThrow('is not valid JSON');
  cpSync(join(model('llama-grouped'), 'config.json'), join(folder, 'config.json'));
  expect(() => readModelSizes(folder, [])).toThrow('has no model.safetensors');
});

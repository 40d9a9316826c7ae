import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type ModelFolder, openModelFolder } from '#engine/model/files/model-folder.ts';

// The same models twice: as transformers saved them, and as GGUF by tests/fixtures/gguf/make.py.
const FIXTURES = join(import.meta.dirname, '../../fixtures');
const NAMES = [
  'gpt2-tied',
  'gpt-neox',
  'gpt-neox-serial',
  'llama-grouped',
  'llama-tied-llama3',
  'llama-yarn',
  'mistral-window',
  'qwen2',
  'qwen3',
];

/** A tied head is stored once; gpt-neox-serial's folder repeats nothing either. */
function valuesOf({ files }: ModelFolder): Record<string, unknown> {
  const names = [...files.tensors.keys()].sort();
  return Object.fromEntries(
    names.map((name) => [
      name,
      { shape: files.tensors.get(name)?.shape, values: Buffer.from(files.read(name).buffer) },
    ]),
  );
}

describe.each(NAMES)('%s', (name) => {
  const ofFolder = openModelFolder(join(FIXTURES, 'models', name));
  const ofFile = openModelFolder(join(FIXTURES, 'gguf', `${name}.gguf`));

  test('has the config of its folder', () => {
    const { raw: _folder, ...expected } = ofFolder.config;
    const { raw: _file, ...config } = ofFile.config;
    expect(config).toEqual(expected);
  });

  test('has the tensors of its folder, bit for bit', () => {
    expect(Object.keys(valuesOf(ofFile)).length).toBeGreaterThan(10);
    expect(valuesOf(ofFile)).toEqual(valuesOf(ofFolder));
  });
});

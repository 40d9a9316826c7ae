import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openModelFolder } from '#engine/model/files/model-folder.ts';
import type { LanguageModel } from '#engine/model/language-model.ts';
import { loadLanguageModel } from '#engine/model/load-model.ts';
import { plainWeights } from '#engine/model/weights.ts';
import { createGenerator } from '#engine/rollout/generate.ts';
import { bool, int32 } from '#engine/runtime/host-tensor.ts';
import type { Runtime } from '#engine/runtime/types.ts';
import { loadTokenizer } from '#engine/tokenizer/files/load-tokenizer.ts';
import { nativeKinds, type RuntimeKind } from '../../support/runtimes.ts';
import { smollm2 } from '../../support/smollm2.ts';

interface Golden {
  readonly tensors: Readonly<Record<string, { readonly shape: readonly number[]; readonly sha256: string }>>;
  readonly encodings: readonly (readonly [string, readonly number[]])[];
  readonly questions: readonly string[];
  readonly greedy: readonly { readonly prompt: string; readonly ids: number[]; readonly tokens: readonly number[] }[];
}

// Made by make_smollm2.py with the Python packages gguf, tokenizers and transformers.
const golden = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../fixtures/gguf/smollm2.json'), 'utf8'),
) as Golden;
const model = smollm2();
const where = 'path' in model ? '' : ` (skipped: ${model.missing})`;
const path = 'path' in model ? model.path : '';

const digest = (values: Float32Array) =>
  createHash('sha256')
    .update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
    .digest('hex');

/** All prompts as one left-padded batch. */
function greedyTokens(runtime: Runtime, model: LanguageModel): number[][] {
  const width = Math.max(...golden.greedy.map(({ ids }) => ids.length));
  const padded = golden.greedy.flatMap(({ ids }) => [...new Array<number>(width - ids.length).fill(0), ...ids]);
  const real = golden.greedy.flatMap(({ ids }) =>
    Array.from({ length: width }, (_, at) => Number(at >= width - ids.length)),
  );
  const shape = [golden.greedy.length, width];
  const attentionMask = bool(Uint8Array.from(real), shape);
  const generate = createGenerator(runtime, {
    name: 'greedy',
    model,
    weightsOf: plainWeights('policy'),
    maxNewTokens: 32,
    temperature: 0,
    topK: 0,
    topP: 1,
    stopTokenIds: [2],
    padTokenId: 0,
  });
  const { ids, lengths } = generate({ ids: int32(padded, shape), attentionMask }, 0);
  return Array.from(lengths.data, (length, row) => Array.from(ids.data.slice(32 * row, 32 * row + length)));
}

describe.skipIf('missing' in model)(`SmolLM2-135M-Instruct as published, Q4_1${where}`, () => {
  test('272 of 272 tensors are bit-equal to the Python package gguf', () => {
    const { files } = openModelFolder(path);
    const found = [...files.tensors.values()].map(({ name, shape }) => [
      name,
      { shape, sha256: digest(files.read(name)) },
    ]);
    files.close();
    expect(Object.fromEntries(found)).toEqual(golden.tensors);
    expect(found).toHaveLength(272);
  });

  test('texts get the ids of the published tokenizer', () => {
    const tokenizer = loadTokenizer(path);
    const own = golden.encodings.map(([text]) => [text, tokenizer.encode(text, { allowSpecialText: true })]);
    expect(own).toEqual(golden.encodings);
    expect(tokenizer.stopTokens.ids).toEqual([2]);
  });

  test('its chat template adds the published system prompt', () => {
    const tokenizer = loadTokenizer(path);
    const chats = golden.questions.map((content) =>
      tokenizer.applyChatTemplate([{ role: 'user', content }], { addGenerationPrompt: true }),
    );
    const expected = golden.greedy.slice(-golden.questions.length).map(({ prompt, ids }) => ({ text: prompt, ids }));
    expect(chats.map(({ text, ids }) => ({ text, ids }))).toEqual(expected);
  });

  const native = nativeKinds.find(({ kind }) => kind === 'compiled');
  test.skipIf(!native)('greedy tokens equal those of transformers', { timeout: 240_000 }, async () => {
    const runtime = await (native as RuntimeKind).start();
    try {
      const language = loadLanguageModel(runtime.variables, 'policy', path);
      expect(greedyTokens(runtime, language)).toEqual(golden.greedy.map(({ tokens }) => tokens));
    } finally {
      await runtime.dispose();
    }
  });
});

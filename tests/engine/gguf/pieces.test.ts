import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { KeelError } from '#contract/errors.ts';
import { tokenizerEntries, tokenizerRemarks } from '#engine/gguf/write/tokenizer-entries.ts';
import { writeGguf } from '#engine/gguf/write/write-gguf.ts';
import { loadTokenizer } from '#engine/tokenizer/files/load-tokenizer.ts';
import { askLlamaCpp, llamaCpp } from '../../support/llama-cpp.ts';

interface Parts {
  readonly added_tokens: readonly { readonly content: string; readonly id: number }[];
  readonly model: { readonly vocab: Readonly<Record<string, number>>; readonly merges: readonly string[][] };
  readonly pre_tokenizer: unknown;
}

interface Fixture {
  readonly texts: readonly string[];
  readonly tokenizers: readonly {
    readonly name: string;
    readonly tokenizer: Parts;
    readonly ids: readonly number[][];
  }[];
}

const FIXTURES = join(import.meta.dirname, '../../fixtures');
const parsed = (path: string): unknown => JSON.parse(gunzipSync(readFileSync(join(FIXTURES, path))).toString());
// Made by make_pieces.py with the Python packages tokenizers and transformers.
const fixture = parsed('gguf/pieces.json.gz') as Fixture;
const published = parsed('tokenizers/published/published.json.gz') as Fixture;

const folder = mkdtempSync(join(tmpdir(), 'keel-pieces-'));
afterAll(() => rmSync(folder, { recursive: true }));
const llama = llamaCpp();
const missing = 'missing' in llama ? ` (skipped: ${llama.missing})` : '';

function written({ added_tokens: added, ...rest }: Parts, addsBos: boolean) {
  const bos = added.find(({ content }) => content === '<s>' || content === '<bos>')?.id ?? null;
  const json = { added_tokens: added, ...rest } as never;
  return {
    json,
    chatTemplate: null,
    bosTokenId: bos,
    eosTokenId: bos ?? 0,
    padTokenId: null,
    turnEndId: null,
    addsBos,
  };
}

/** A file with the tokenizer and a Llama of one layer and random weights. */
function fileOf(name: string, parts: Parts, addsBos: boolean): string {
  const path = join(folder, `${name}.gguf`);
  const rows = Math.max(...Object.values(parts.model.vocab), ...parts.added_tokens.map(({ id }) => id)) + 3;
  const shapes = {
    token_embd: [rows, 8],
    'blk.0.attn_q': [8, 8],
    'blk.0.attn_k': [8, 8],
    'blk.0.attn_v': [8, 8],
    'blk.0.attn_output': [8, 8],
    'blk.0.ffn_gate': [8, 8],
    'blk.0.ffn_up': [8, 8],
    'blk.0.ffn_down': [8, 8],
    output_norm: [8],
    'blk.0.attn_norm': [8],
    'blk.0.ffn_norm': [8],
  };
  const numbers = { block_count: 1, context_length: 64, embedding_length: 8, feed_forward_length: 8 };
  writeGguf(
    path,
    [
      ['general.architecture', 'string', 'llama'],
      ...Object.entries(numbers).map(([key, value]) => [`llama.${key}`, 'uint32', value] as const),
      ['llama.attention.head_count', 'uint32', 1],
      ['llama.attention.layer_norm_rms_epsilon', 'float32', 1e-5],
      ...tokenizerEntries(written(parts, addsBos), rows),
    ],
    Object.entries(shapes).map(([tensor, shape]) => ({
      name: `${tensor}.weight`,
      shape,
      type: 'F32',
      read: () => new Float32Array(shape.reduce((product, axis) => product * axis, 1)).fill(0.1),
    })),
  );
  return path;
}

describe.each(fixture.tokenizers)('$name', ({ name, tokenizer: parts, ids }) => {
  const path = fileOf(name, parts, name !== 'phi3');

  test('written and read again, it gives texts the ids of Hugging Face tokenizers', () => {
    const tokenizer = loadTokenizer(path);
    expect(fixture.texts.map((text) => tokenizer.encode(text))).toEqual(ids);
    expect(ids.flat().length).toBeGreaterThan(5_000);
    const spoken = fixture.texts.map((text) => tokenizer.decode(tokenizer.encode(text), { skipSpecialTokens: true }));
    const made = mkdtempSync(join(folder, 'source-'));
    writeFileSync(join(made, 'tokenizer.json'), JSON.stringify(parts));
    writeFileSync(join(made, 'tokenizer_config.json'), JSON.stringify({ eos_token: parts.added_tokens[0]?.content }));
    const source = loadTokenizer(made);
    expect(spoken).toEqual(ids.map((row) => source.decode(row, { skipSpecialTokens: true })));
  });

  test('its merges are read from scores in the order in which they were', () => {
    const bytes = loadTokenizer(path).files.find((file) => file.name === 'tokenizer.json')?.bytes;
    const { model } = JSON.parse(new TextDecoder().decode(bytes)) as Parts;
    // User-defined tokens such as two line breaks are taken from the text before anything is merged.
    const taken = parts.added_tokens.map(({ content }) => content).filter((content) => !content.includes('▁'));
    expect(model.merges).toEqual(parts.model.merges.filter((pair) => !taken.includes(pair.join(''))));
  });

  test.skipIf(missing !== '')(`llama.cpp gives texts the same ids${missing}`, { timeout: 120_000 }, () => {
    const request = { path, prompts: [], newTokens: 0, scored: [], texts: fixture.texts };
    const answer = askLlamaCpp((llama as { readonly folder: string }).folder, request);
    // It leaves BOS out.
    expect(answer.ids).toEqual(name === 'phi3' ? ids : ids.map((row) => row.slice(1)));
  });
});

// llama.cpp normalizes no text, and counts combining marks as letters in fewer places; exports say so.
const SAME: Readonly<Record<string, (text: string) => boolean>> = {
  pythia: (text) => text === text.normalize('NFC'),
  qwen2: (text) => text === text.normalize('NFC'),
  o200k: (text) => !/\p{M}/u.test(text),
  tekken: (text) => !/\p{M}/u.test(text),
};

describe.skipIf(missing !== '')(`byte-level tokenizers in llama.cpp${missing}`, () => {
  const names = ['gpt2', 'pythia', 'llama3', 'qwen2', 'smollm2', 'granite', 'olmo2', 'o200k', 'tekken'];

  test.each(names)('%s: texts get the ids that Hugging Face tokenizers give', { timeout: 120_000 }, (name) => {
    const parts = published.tokenizers.find((one) => one.name === name)?.tokenizer as Parts;
    const path = fileOf(name, parts, false);
    const tokenizer = loadTokenizer(path);
    const texts = fixture.texts.filter(SAME[name] ?? (() => true));
    expect(texts.length).toBeGreaterThan(190);
    const ids = texts.map((text) => tokenizer.encode(text));
    const request = { path, prompts: [], newTokens: 0, scored: [], texts };
    const answer = askLlamaCpp((llama as { readonly folder: string }).folder, request);
    expect(answer.ids).toEqual(ids);
    const isSame = SAME[name] === undefined;
    expect(tokenizerRemarks(written(parts, false)).length).toBe(isSame ? 0 : 1);
  });
});

describe('what scores cannot express is refused', () => {
  const fault = (parts: Parts) => {
    try {
      tokenizerEntries(written(parts, true), 2000);
      return 'none';
    } catch (error) {
      if (error instanceof KeelError) return `${error.code}: ${error.why}`;
      throw error;
    }
  };
  const of = ({ tokenizers }: Fixture, name: string) => tokenizers.find((one) => one.name === name)?.tokenizer as Parts;

  test('merges that are only some of those that tokens allow', () => {
    expect(fault(of(published, 'llama2'))).toContain('gguf_unsupported: tokenizer.json: its merges are not what');
  });

  test('a space before the first word only, and splits at spaces', () => {
    const steps = (name: string) => ({ ...of(published, name), model: of(fixture, 'gemma').model });
    expect(fault(steps('mistral'))).toContain('its steps before the model are not those that llama.cpp has');
    expect(fault(steps('metaspace-never'))).toContain('its steps before the model are not those that llama.cpp has');
  });

  test('other kinds of models', () => {
    expect(fault(of(published, 'xlm-like'))).toContain('its tokenizer is Unigram, neither byte-level BPE nor');
  });
});

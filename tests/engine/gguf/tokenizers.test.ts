import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadTokenizer } from '#engine/tokenizer/files/load-tokenizer.ts';

// tokenizer-<name>.gguf are made by tests/fixtures/gguf/make.py, golden.json by Hugging Face's `tokenizers`.
const FIXTURES = join(import.meta.dirname, '../../fixtures');
interface Golden {
  readonly texts: readonly string[];
  readonly encodings: Readonly<Record<string, Readonly<Record<string, readonly (readonly number[])[]>>>>;
  readonly chats: Readonly<
    Record<string, readonly { readonly messages: []; readonly text: string; readonly ids: number[] }[]>
  >;
}
const golden = JSON.parse(readFileSync(join(FIXTURES, 'tokenizers/golden.json'), 'utf8')) as Golden;
const open = (name: string) => loadTokenizer(join(FIXTURES, 'gguf', `tokenizer-${name}.gguf`));

describe.each(['gpt2', 'llama3', 'qwen2'])('%s', (name) => {
  const expected = golden.encodings[name] as Golden['encodings'][string];

  test('encodes as the tokenizer.json that it was made from', () => {
    const tokenizer = open(name);
    const plain = golden.texts.map((text) => tokenizer.encode(text));
    const special = golden.texts.map((text) => tokenizer.encode(text, { allowSpecialText: true }));
    expect({ plain, special }).toEqual({ plain: expected.plain, special: expected.special });
  });
});

test('a file brings its chat template', () => {
  const tokenizer = open('chat-plain');
  const chats = golden.chats['chat-plain'] ?? [];
  const own = chats
    .map(({ messages }) => tokenizer.applyChatTemplate(messages))
    .map(({ text, ids }) => ({ text, ids }));
  expect(own.length).toBeGreaterThan(0);
  expect(own).toEqual(chats.map(({ text, ids }) => ({ text, ids })));
});

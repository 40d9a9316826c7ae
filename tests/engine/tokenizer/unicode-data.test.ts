import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { StepJson, TokenizerJson } from '#engine/tokenizer/files/tokenizer-json.ts';
import { makeNormalizer, makeWordSplitter } from '#engine/tokenizer/steps/text-to-words.ts';
import { fixture } from './golden.ts';

interface Digests {
  readonly step: StepJson;
  /** Base64 of six bytes a block. */
  readonly blocks: string;
}

/** What the Rust library makes of every character; see tests/fixtures/tokenizers/steps/make_unicode.py. */
interface Fixture {
  readonly library: string;
  readonly size: number;
  readonly blocks: readonly number[];
  readonly splits: Readonly<Record<string, Digests>>;
  readonly normalizers: Readonly<Record<string, Digests>>;
  readonly pairs: Readonly<Record<string, readonly (readonly [string, string])[]>>;
}

const unicode = JSON.parse(readFileSync(fixture('steps/unicode.json'), 'utf8')) as Fixture;
const DIGEST_BYTES = 6;
const empty = { added_tokens: [], normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null };
const jsonWith = (parts: Partial<TokenizerJson>): TokenizerJson => ({ ...empty, model: { vocab: {} }, ...parts });

function characters(block: number): string[] {
  const codes = Array.from({ length: unicode.size }, (_, index) => block + index);
  return codes.filter((code) => code < 0xd800 || code > 0xdfff).map((code) => String.fromCodePoint(code));
}

const between = (block: number) =>
  characters(block)
    .map((char) => `a${char}a!${char}! ${char} `)
    .join('');
const amongMarks = (block: number) =>
  characters(block)
    .map((char) => `a\u0301${char}a${char}\u0334\u0345 \u0f71${char}\u0f74e${char}\u0323\u0301 `)
    .join('');

/** First code points of the blocks that differ; `make_unicode.py --show STEP BLOCK` prints what was expected. */
function differing({ blocks }: Digests, run: (block: number) => string): string[] {
  const expected = Buffer.from(blocks, 'base64');
  const isEqual = (block: number, index: number) => {
    const digest = createHash('sha256').update(run(block)).digest().subarray(0, DIGEST_BYTES);
    return digest.equals(expected.subarray(index * DIGEST_BYTES, (index + 1) * DIGEST_BYTES));
  };
  return unicode.blocks.filter((block, index) => !isEqual(block, index)).map((block) => block.toString(16));
}

describe(`every character, as ${unicode.library} sees it`, () => {
  it.each(Object.keys(unicode.splits))('%s cuts alike', (name) => {
    const digests = unicode.splits[name]!;
    const { split } = makeWordSplitter(jsonWith({ pre_tokenizer: digests.step }), false);
    expect(differing(digests, (block) => split(between(block), true).join('\0'))).toEqual([]);
  });

  it.each(Object.keys(unicode.normalizers))('%s gives the same text', (name) => {
    const digests = unicode.normalizers[name]!;
    const normalize = makeNormalizer(jsonWith({ normalizer: digests.step }));
    const run = (block: number) => `${normalize(between(block))}\0${normalize(amongMarks(block))}`;
    expect(differing(digests, run)).toEqual([]);
  });

  it.each(Object.keys(unicode.pairs))('%s composes no pair that is too new', (form) => {
    const normalize = makeNormalizer(jsonWith({ normalizer: { type: form } }));
    const pairs = unicode.pairs[form]!;
    expect(pairs.map(([pair]) => [pair, normalize(pair)])).toEqual(pairs);
  });
});

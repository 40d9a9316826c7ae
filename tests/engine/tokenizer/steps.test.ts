import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { loadTokenizer } from '#engine/tokenizer/files/load-tokenizer.ts';
import type { Tokenizer } from '#engine/tokenizer/tokenizer.ts';
import { fixture } from './golden.ts';

interface SmallTokenizer {
  readonly name: string;
  readonly model: string;
  readonly parts: object;
  /** Base64 of six bytes a block of texts: the beginning of the SHA-256 of their ids and decoded texts. */
  readonly blocks: string;
  readonly samples: readonly (readonly number[])[];
}

/** What the Rust library made of the texts; see tests/fixtures/tokenizers/steps/make_steps.py. */
interface Fixture {
  readonly library: string;
  readonly blockSize: number;
  readonly texts: readonly string[];
  readonly characters: string;
  readonly models: Readonly<Record<string, object>>;
  readonly pieces: object;
  readonly tokenizers: readonly SmallTokenizer[];
  readonly decoding: {
    readonly tokens: readonly string[];
    readonly lists: readonly (readonly number[])[];
    readonly decoders: Readonly<
      Record<string, { readonly decoder: object | null; readonly sha256: string; readonly samples: readonly string[] }>
    >;
  };
  readonly processing: {
    readonly parts: object;
    readonly processors: Readonly<
      Record<string, { readonly processor: object | null; readonly ids: readonly number[] }>
    >;
  };
}

const steps = JSON.parse(gunzipSync(readFileSync(fixture('steps/steps.json.gz'))).toString('utf8')) as Fixture;
const DIGEST_BYTES = 6;

const folder = mkdtempSync(join(tmpdir(), 'steps-'));
afterAll(() => rmSync(folder, { recursive: true }));

const numbered = (tokens: readonly string[]) => Object.fromEntries(tokens.map((token, id) => [token, id]));
const characters = [...steps.characters];
const models: Readonly<Record<string, object>> = {
  ...steps.models,
  pieces: { ...steps.pieces, vocab: numbered(['[UNK]', ...characters, ...characters.map((char) => `##${char}`)]) },
};

function load(parts: object, eos: string): Tokenizer {
  const empty = { added_tokens: [], normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null };
  writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify({ ...empty, ...parts }));
  writeFileSync(join(folder, 'tokenizer_config.json'), JSON.stringify({ eos_token: eos }));
  return loadTokenizer(folder);
}

function digestOf(tokenizer: Tokenizer, texts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const text of texts) {
    const plain = tokenizer.encode(text);
    // All special tokens of the fixture start with this character.
    const special = text.includes('<') ? tokenizer.encode(text, { allowSpecialText: true }) : plain;
    for (const ids of [plain, special]) {
      hash.update(new Uint8Array(Int32Array.from([ids.length, ...ids]).buffer));
    }
    hash.update(`${tokenizer.decode(special)}\0`);
  }
  return hash.digest().subarray(0, DIGEST_BYTES).toString('hex');
}

/** Blocks of texts (by number) whose ids or decoded texts are not those of the Rust library. */
function differingBlocks(tokenizer: Tokenizer, { blocks }: SmallTokenizer): number[] {
  const expected = Buffer.from(blocks, 'base64');
  return Array.from({ length: expected.length / DIGEST_BYTES }, (_, block) => block).filter((block) => {
    const texts = steps.texts.slice(block * steps.blockSize, (block + 1) * steps.blockSize);
    const digest = expected.subarray(block * DIGEST_BYTES, (block + 1) * DIGEST_BYTES).toString('hex');
    return digestOf(tokenizer, texts) !== digest;
  });
}

describe(`each step against ${steps.library}`, () => {
  it('has 5,000 texts', () => {
    expect(new Set(steps.texts).size).toBeGreaterThan(4_500);
    expect(steps.texts).toHaveLength(5_000);
  });

  it.each(steps.tokenizers.map((small) => [small.name, small] as const))('%s', (_, small) => {
    const tokenizer = load({ ...small.parts, model: models[small.model] }, '<|end|>');
    const samples = steps.texts.slice(0, small.samples.length).map((text) => tokenizer.encode(text));
    expect(samples).toEqual(small.samples);
    // `make_steps.py --show NAME BLOCK` prints what was expected.
    expect(differingBlocks(tokenizer, small)).toEqual([]);
  });
});

describe(`each decoder against ${steps.library}`, () => {
  const { tokens, lists, decoders } = steps.decoding;
  const model = { type: 'WordLevel', unk_token: 'a', vocab: numbered(tokens) };

  it.each(Object.keys(decoders))('%s', (name) => {
    const { decoder, samples, sha256 } = decoders[name]!;
    const tokenizer = load({ model, decoder }, 'a');
    const texts = lists.map((ids) => tokenizer.decode(ids));
    expect(texts.slice(0, samples.length)).toEqual(samples);
    expect(createHash('sha256').update(texts.join('\0')).digest('hex')).toBe(sha256);
  });
});

describe(`each post-processor against ${steps.library}`, () => {
  const { parts, processors } = steps.processing;

  it.each(Object.keys(processors))('%s', (name) => {
    const { processor, ids } = processors[name]!;
    expect(load({ ...parts, post_processor: processor }, 'u').encode('a b')).toEqual(ids);
  });
});

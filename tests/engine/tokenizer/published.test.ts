import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { loadTokenizer } from '#engine/tokenizer/files/load-tokenizer.ts';
import type { Tokenizer } from '#engine/tokenizer/tokenizer.ts';
import { fixture } from './golden.ts';

/**
 * Of one text: ids with what the post-processor adds, ids with spelled special tokens, the first decoded without special
 * tokens, and the second decoded with them.
 */
type Row = readonly [plain: readonly number[], special: readonly number[], spoken: string, whole: string];

interface Published {
  readonly name: string;
  readonly tokenizer: { readonly added_tokens: readonly { readonly content: string }[] };
  /** Base64 of four bytes per text: the beginning of the SHA-256 of its row. */
  readonly digests: string;
  readonly samples: readonly Row[];
}

/** What the Rust library made of the texts; see tests/fixtures/tokenizers/published/make_published.py. */
interface Fixture {
  readonly library: string;
  readonly texts: readonly string[];
  readonly tokenizers: readonly Published[];
}

const published = JSON.parse(gunzipSync(readFileSync(fixture('published/published.json.gz'))).toString()) as Fixture;
const DIGEST_BYTES = 4;

const folder = mkdtempSync(join(tmpdir(), 'published-'));
afterAll(() => rmSync(folder, { recursive: true }));

function load({ tokenizer }: Published): Tokenizer {
  writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(tokenizer));
  const eos = tokenizer.added_tokens[0]?.content;
  writeFileSync(join(folder, 'tokenizer_config.json'), JSON.stringify({ eos_token: eos }));
  return loadTokenizer(folder);
}

function rowOf(tokenizer: Tokenizer, text: string): Row {
  const plain = tokenizer.encode(text);
  const special = tokenizer.encode(text, { allowSpecialText: true, addSpecialTokens: false });
  return [plain, special, tokenizer.decode(plain, { skipSpecialTokens: true }), tokenizer.decode(special)];
}

function digestOf([plain, special, ...decoded]: Row): string {
  const hash = createHash('sha256');
  for (const ids of [plain, special]) hash.update(new Uint8Array(Int32Array.from([ids.length, ...ids]).buffer));
  for (const text of decoded) hash.update(`${text}\0`);
  return hash.digest().subarray(0, DIGEST_BYTES).toString('hex');
}

describe(`tokenizers built as published ones are, against ${published.library}`, () => {
  it('has 5,000 texts and more than 15 tokenizers', () => {
    expect(published.texts).toHaveLength(5_000);
    expect(new Set(published.texts).size).toBeGreaterThan(4_500);
    expect(new Set(published.tokenizers.map(({ name }) => name)).size).toBeGreaterThanOrEqual(15);
  });

  it.each(published.tokenizers.map((one) => [one.name, one] as const))('%s', (_, one) => {
    const tokenizer = load(one);
    const samples = published.texts.slice(0, one.samples.length).map((text) => rowOf(tokenizer, text));
    expect(samples).toEqual(one.samples);
    const expected = Buffer.from(one.digests, 'base64').toString('hex');
    const width = 2 * DIGEST_BYTES;
    const differing = published.texts.flatMap((text, number) => {
      const row = rowOf(tokenizer, text);
      return digestOf(row) === expected.slice(number * width, (number + 1) * width) ? [] : [{ number, text, row }];
    });
    // `make_published.py --show NAME NUMBER` prints what was expected.
    expect({ differ: differing.length, first: differing.slice(0, 3) }).toEqual({ differ: 0, first: [] });
  });
});

import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { trainByteLevelBpe, writeTrainedTokenizer } from '#engine/tokenizer/bpe/train-byte-level-bpe.ts';
import { loadTokenizer } from '#engine/tokenizer/files/load-tokenizer.ts';
import { fixture, hasDialogs, readDialogs, readGolden } from '../golden.ts';

const golden = readGolden();
const chatTokens = ['<|im_start|>', '<|im_end|>'];

function digestOfIds(rows: readonly number[][]): string {
  const hash = createHash('sha256');
  for (const ids of rows) hash.update(new Uint8Array(Int32Array.from([ids.length, ...ids]).buffer));
  return hash.digest('hex');
}

describe('byte-level BPE trainer', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'bpe-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('learns the vocabulary and merges of the Hugging Face trainer', () => {
    const { tokenizerJson } = trainByteLevelBpe(golden.corpus, { vocabSize: 600, extraSpecialTokens: chatTokens });
    const theirs = JSON.parse(readFileSync(join(fixture('gpt2'), 'tokenizer.json'), 'utf8'));
    expect(tokenizerJson.model.merges).toEqual(theirs.model.merges);
    expect(tokenizerJson.model.vocab).toEqual(theirs.model.vocab);
    expect(tokenizerJson.added_tokens).toEqual(theirs.added_tokens);
  });

  it('gives the same tokenizer for the texts in another order', () => {
    const options = { vocabSize: 500 };
    const backwards = trainByteLevelBpe([...golden.corpus].reverse(), options);
    expect(backwards.tokenizerJson.model.merges).toEqual(
      trainByteLevelBpe(golden.corpus, options).tokenizerJson.model.merges,
    );
  });

  it.skipIf(!hasDialogs)('agrees on 3,000 dialogs with 4,096 tokens, within 10 s (skipped without the data)', () => {
    const dialogs = readDialogs();
    const start = performance.now();
    const trained = trainByteLevelBpe(dialogs, { vocabSize: 4096, extraSpecialTokens: chatTokens });
    expect(performance.now() - start).toBeLessThan(10_000);
    const merges = (trained.tokenizerJson.model.merges ?? []).map((rule) => (rule as readonly string[]).join(' '));
    expect(createHash('sha256').update(merges.join('\n')).digest('hex')).toBe(golden.dialogs.trainedMerges);
    writeTrainedTokenizer(folder, trained);
    const tokenizer = loadTokenizer(folder);
    expect(digestOfIds(dialogs.map((text) => tokenizer.encode(text)))).toBe(golden.dialogs.trainedDigest);
  });

  it('writes a folder that loads with its end, padding and chat template', () => {
    const trained = trainByteLevelBpe(['a b c'], { vocabSize: 300, chatTemplate: 'x', modelMaxLength: 64 });
    writeTrainedTokenizer(folder, trained);
    const { eosTokenId, bosTokenId, padTokenId, padSource, chatTemplate, vocabSize } = loadTokenizer(folder);
    expect({ eosTokenId, bosTokenId, padTokenId, padSource, chatTemplate, vocabSize }).toEqual({
      eosTokenId: 0,
      bosTokenId: 0,
      padTokenId: 1,
      padSource: 'declared',
      chatTemplate: 'x',
      vocabSize: 258,
    });
  });

  it('refuses a vocabulary below the bytes', () => {
    expect(() => trainByteLevelBpe(['a'], { vocabSize: 257 })).toThrow(
      expect.objectContaining({
        code: 'tokenizer.vocabulary_too_small',
        fix: 'Set a vocabulary size of at least 258 tokens.',
      }),
    );
  });
});

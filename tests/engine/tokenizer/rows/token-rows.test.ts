import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RecordOrigin, TokenRow } from '#engine/records.ts';
import { trainByteLevelBpe, writeTrainedTokenizer } from '#engine/tokenizer/bpe/train-byte-level-bpe.ts';
import { loadTokenizer } from '#engine/tokenizer/files/load-tokenizer.ts';
import { bucketLength, padRows } from '#engine/tokenizer/rows/pad-rows.ts';
import { recordRows } from '#engine/tokenizer/rows/record-rows.ts';
import {
  promptIds,
  tokenRowOfDemonstration,
  tokenRowOfPrompt,
  tokenRowsOfComparison,
} from '#engine/tokenizer/rows/token-rows.ts';
import { fixture } from '../golden.ts';

const origin: RecordOrigin = { file: 'memory', line: 1 };
const plain = loadTokenizer(fixture('gpt2'));
const bytes = byteTokenizer();
const withBos = loadTokenizer(fixture('llama3'));
const chat = loadTokenizer(fixture('chat-marked'));

/** A tokenizer without merges: one token a byte. */
function byteTokenizer() {
  const folder = mkdtempSync(join(tmpdir(), 'bytes-'));
  writeTrainedTokenizer(folder, trainByteLevelBpe([], { vocabSize: 258 }));
  const tokenizer = loadTokenizer(folder);
  rmSync(folder, { recursive: true });
  return tokenizer;
}

/** Trained tokens between brackets. */
function show(row: TokenRow, tokenizer = plain): string {
  let text = '';
  let inside = false;
  row.ids.forEach((id, index) => {
    if (row.trained[index] !== inside) text += inside ? ']' : '[';
    inside = row.trained[index] === true;
    text += tokenizer.decode([id]);
  });
  return inside ? `${text}]` : text;
}

describe('demonstrations', () => {
  it('language modeling trains on the text and its end', () => {
    const { row } = tokenRowOfDemonstration(plain, {
      kind: 'demonstration',
      prompt: null,
      completion: 'The map',
      origin,
    });
    expect(show(row)).toBe('[The map<|endoftext|>]');
  });

  it('prompt-completion trains on the completion and its end', () => {
    const record = { kind: 'demonstration', prompt: 'Q: why?\nA:', completion: ' so', origin } as const;
    expect(show(tokenRowOfDemonstration(plain, record).row)).toBe('Q: why?\nA:[ so<|endoftext|>]');
    expect(show(tokenRowOfDemonstration(plain, record, { trainOn: 'all' }).row)).toBe('[Q: why?\nA: so<|endoftext|>]');
  });

  it('keeps the seam between prompt and reply where generation has it', () => {
    // "garden" + "er" would be one token, but the policy is given the prompt's own tokens.
    const record = { kind: 'demonstration', prompt: 'The garden', completion: 'er waters', origin } as const;
    const { row, promptLength } = tokenRowOfDemonstration(plain, record);
    expect(row.ids.slice(0, promptLength)).toEqual(promptIds(plain, 'The garden'));
    expect(plain.decode(row.ids)).toBe('The gardener waters<|endoftext|>');
    expect(row.ids.length).toBeGreaterThan(plain.encode('The gardener waters').length + 1);
  });

  it('a conversation trains on assistant turns', () => {
    const completion = [
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'Ho' },
    ];
    const record = { kind: 'demonstration', prompt: null, completion, origin } as const;
    expect(show(tokenRowOfDemonstration(chat, record).row, chat)).toBe(
      '<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n[Ho<|im_end|>]\n',
    );
    expect(tokenRowOfDemonstration(chat, record, { trainOn: 'all' }).row.trained).not.toContain(false);
  });

  it('puts BOS before the prompt once and never behind it', () => {
    const record = { kind: 'demonstration', prompt: 'a', completion: ' b', origin } as const;
    expect(show(tokenRowOfDemonstration(withBos, record).row, withBos)).toBe('<|endoftext|>a[ b<|endoftext|>]');
  });
});

describe('comparisons', () => {
  it('share the prompt and diverge in the reply', () => {
    const record = { kind: 'comparison', prompt: 'Q:', chosen: ' the map', rejected: ' the wall', origin } as const;
    const { chosen, rejected, divergence } = tokenRowsOfComparison(plain, record);
    expect([show(chosen.row), show(rejected.row)]).toEqual(['Q:[ the map<|endoftext|>]', 'Q:[ the wall<|endoftext|>]']);
    expect(chosen.row.ids.slice(0, divergence)).toEqual(rejected.row.ids.slice(0, divergence));
    expect(chosen.row.ids[divergence]).not.toBe(rejected.row.ids[divergence]);
    expect(divergence).toBeGreaterThan(chosen.promptLength);
  });

  it('end where the policy ends its turn, without the line end of the template', () => {
    const turn = (role: string, content: string) => [{ role, content }];
    const record = {
      kind: 'comparison',
      prompt: turn('user', 'Hi'),
      chosen: turn('assistant', 'Ho'),
      rejected: turn('assistant', 'No'),
      origin,
    } as const;
    const { chosen } = tokenRowsOfComparison(chat, record);
    expect(show(chosen.row, chat)).toBe('<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n[Ho<|im_end|>]');
  });

  it('lose the same ids of a long prompt', () => {
    // Each of these characters is one token; EOS is the fourth token of the longer reply.
    const record = { kind: 'comparison', prompt: 'abcdefgh', chosen: 'xyz', rejected: 'w', origin } as const;
    const { chosen, rejected } = tokenRowsOfComparison(bytes, record, { maxLength: 10 });
    expect([chosen.row.ids.length, chosen.cut, rejected.cut]).toEqual([10, 2, 2]);
    expect([show(chosen.row, bytes), show(rejected.row, bytes)]).toEqual([
      'cdefgh[xyz<|endoftext|>]',
      'cdefgh[w<|endoftext|>]',
    ]);
  });
});

describe('cutting', () => {
  it('takes the end of a reply only when the prompt has nothing left to give', () => {
    const record = { kind: 'demonstration', prompt: 'ab', completion: 'cde', origin } as const;
    const { row, cut, promptLength } = tokenRowOfDemonstration(bytes, record, { maxLength: 3 });
    expect([show(row, bytes), cut, promptLength]).toEqual(['b[cd]', 3, 1]);
  });

  it('keeps BOS when a prompt loses its beginning', () => {
    const { row, cut } = tokenRowOfPrompt(withBos, { kind: 'prompt', prompt: '1 2 3', origin }, { maxLength: 4 });
    expect([show(row, withBos), cut]).toEqual(['<|endoftext|>2 3', 2]);
  });

  it('takes either end of a document', () => {
    const record = { kind: 'demonstration', prompt: null, completion: 'abc', origin } as const;
    const shown = (['left', 'right'] as const).map((truncationSide) => {
      const { row, cut } = tokenRowOfDemonstration(bytes, record, { maxLength: 2, truncationSide });
      return [show(row, bytes), cut];
    });
    expect(shown).toEqual([
      ['[c<|endoftext|>]', 2],
      ['[ab]', 2],
    ]);
  });

  it('takes nothing but the end on the right', () => {
    const options = { maxLength: 3, truncationSide: 'right' } as const;
    const record = { kind: 'demonstration', prompt: 'ab', completion: 'cde', origin } as const;
    expect(show(tokenRowOfDemonstration(bytes, record, options).row, bytes)).toBe('ab[c]');
    const { row, promptLength } = tokenRowOfDemonstration(bytes, { ...record, prompt: 'abcd' }, options);
    expect([show(row, bytes), promptLength]).toEqual(['abc', 3]);
    expect(show(tokenRowOfPrompt(bytes, { kind: 'prompt', prompt: 'abcd', origin }, options).row, bytes)).toBe('abc');
  });
});

describe('padding', () => {
  const rows = [
    { ids: [5, 6, 7], trained: [false, true, true] },
    { ids: [8], trained: [true] },
  ];

  it('pads on the right for training, with empty rows up to the batch size', () => {
    expect(padRows(rows, { padTokenId: 1, side: 'right', length: 4, rows: 3 })).toEqual({
      ids: { dtype: 'int32', shape: [3, 4], data: Int32Array.from([5, 6, 7, 1, 8, 1, 1, 1, 1, 1, 1, 1]) },
      attentionMask: { dtype: 'bool', shape: [3, 4], data: Uint8Array.from([1, 1, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0]) },
      trainedMask: { dtype: 'bool', shape: [3, 4], data: Uint8Array.from([0, 1, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0]) },
    });
  });

  it('pads on the left for generation', () => {
    expect(padRows(rows, { padTokenId: 1, side: 'left' })).toEqual({
      ids: { dtype: 'int32', shape: [2, 3], data: Int32Array.from([5, 6, 7, 1, 1, 8]) },
      attentionMask: { dtype: 'bool', shape: [2, 3], data: Uint8Array.from([1, 1, 1, 0, 0, 1]) },
      trainedMask: { dtype: 'bool', shape: [2, 3], data: Uint8Array.from([0, 1, 1, 0, 0, 1]) },
    });
  });

  it('refuses rows that do not fit', () => {
    expect(() => padRows(rows, { padTokenId: 1, side: 'left', length: 2 })).toThrow(RangeError);
    expect(() => padRows(rows, { padTokenId: 1, side: 'left', rows: 1 })).toThrow(RangeError);
  });

  it('uses few lengths', () => {
    expect([1, 32, 33, 128, 129, 200, 250, 257, 500, 1025].map((length) => bucketLength(length))).toEqual([
      32, 32, 64, 128, 192, 256, 256, 320, 512, 1280,
    ]);
    expect(bucketLength(1000, 1000)).toBe(1000);
    expect(new Set(Array.from({ length: 2048 }, (_, index) => bucketLength(index + 1))).size).toBeLessThan(24);
  });
});

it('names the rows of every kind of record', () => {
  const maker = recordRows(plain, { maxLength: 16 });
  const kinds = [
    { kind: 'prompt', prompt: 'a', origin },
    { kind: 'demonstration', prompt: null, completion: 'a', origin },
    { kind: 'judgment', prompt: 'a', completion: 'b', label: true, origin },
    { kind: 'comparison', prompt: 'a', chosen: 'b', rejected: 'c', origin },
  ] as const;
  const names = kinds.map((record) => maker.rows(record).map(({ name }) => name));
  expect(names).toEqual([['prompt'], ['text'], ['completion'], ['chosen', 'rejected']]);
  expect(maker.pieceOf(0)).toBe('<|endoftext|>');
});

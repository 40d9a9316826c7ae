import { expect, it } from 'vitest';
import { stopLines } from '../../../src-main/cli/render/render-stop-tokens.ts';

const named = { id: 0, token: '<eos>' };
const tokenizer = {
  vocab_size: 9,
  fits_embedding: true,
  eos: named,
  bos: null,
  pad: { ...named, source: 'declared' },
  stop_tokens: [
    { ...named, origins: ['tokenizer', 'config'] },
    { id: 12, token: null, origins: ['generation_config'] },
    { id: 3, token: '<|im\u001b_end|>\n', origins: ['chat_template'] },
  ],
  ignored_stop_tokens: [{ value: '5000', origin: 'generation_config' }],
  self_test: { proves: '', all_equal: true, keeps_special_text: true, round_trips: [] },
  chat_template: null,
};

it('a line for each stop token, safe to print, with where it comes from', () => {
  expect(stopLines({ tokenizer }).split('\n')).toEqual([
    'stop token  <eos> (0): tokenizer, config.json',
    'stop token  ? (12): generation_config.json',
    'stop token  <|im<001B>_end|>⏎ (3): chat template',
    'ignored     eos_token_id 5000 in generation_config.json: the model has no such token',
  ]);
});

it('nothing for a tokenizer that cannot be used', () => {
  expect(stopLines({ tokenizer: { error: { code: 'x', why: 'y', fix: 'z', kind: 'expected' } } })).toBe('');
});

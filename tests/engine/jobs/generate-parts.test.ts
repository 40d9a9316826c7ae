import { expect, it } from 'vitest';
import { sentText } from '#engine/jobs/generate/answer-parts.ts';
import { loadTokenizer } from '#engine/tokenizer/files/load-tokenizer.ts';
import { fixture } from '../tokenizer/golden.ts';

it('the pieces of a prompt are its text, though the decoder strips the blank before a text', () => {
  const tokenizer = loadTokenizer(fixture('llama2'));
  const ids = tokenizer.encode('say </s> now and then', { addSpecialTokens: 'prefix', allowSpecialText: true });
  const sent = sentText(tokenizer, { ids, isChat: false });
  // The text as tokenizers 0.23 decodes the same ids; the piece "say " alone would lose its blank.
  expect(sent).toMatchObject({ text: '<s> say </s>  now and then', tokens: 14, chatTemplate: false });
  expect(sent?.pieces).toEqual([
    { text: '<s>', kind: 'special' },
    { text: ' say ', kind: 'text' },
    { text: '</s>', kind: 'special' },
    { text: '  now and then', kind: 'text' },
  ]);
  // Each of the four bytes of this character is a token, and here a special one.
  const bytes = sentText(tokenizer, { ids: tokenizer.encode('a 😀 b', { addSpecialTokens: 'prefix' }), isChat: false });
  expect(bytes?.pieces?.map(({ text }) => text)).toEqual(['<s>', ' a ', '😀', ' b']);
});

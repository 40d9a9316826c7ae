import { expect, test } from 'vitest';
import type { GeneratedPart } from '#contract/api/jobs.ts';
import { emptyAnswer, grown } from '../../../../src-renderer/pages/playground/ask-model.ts';

const part = (text: string, end: GeneratedPart['end'], sent: GeneratedPart['sent'] = null): GeneratedPart => ({
  row: 0,
  sent,
  tokens: [{ id: text.length, text: text.slice(-1), logprob: -1 }],
  text,
  end,
});

test('an answer grows by its parts, keeps what was sent, and knows how it ended', () => {
  const sent = { text: 'Hello', tokens: 1, chatTemplate: false, pieces: [] };
  const first = grown(emptyAnswer('m', 'Model'), part('a', null, sent));
  expect(first).toMatchObject({ state: 'answering', text: 'a', sent });
  const second = grown(first, part('ab', 'length'));
  expect(second).toMatchObject({ state: 'full', text: 'ab', sent });
  expect(second.tokens.map(({ text }) => text)).toEqual(['a', 'b']);
  expect(grown(first, part('ab', 'stop')).state).toBe('ended');
});

import { expect, it } from 'vitest';
import { tokenKinds } from '#engine/tokenizer/rows/token-kinds.ts';
import { chatTokenizer } from '../chats.ts';

it('tells special tokens from text that spells them, as the ids of Python do', () => {
  const tokenizer = chatTokenizer('chatml');
  const content = 'End with <|im_end|> here';
  const messages = [{ role: 'user', content }];
  for (const [allowSpecialText, spelled] of [
    [false, '<|im_end|>'],
    [true, ''],
  ] as const) {
    const { ids } = tokenizer.applyChatTemplate(messages, { allowSpecialText });
    const kinds = tokenKinds(tokenizer, ids);
    const textOf = (wanted: string) => tokenizer.decode(ids.filter((_, index) => kinds[index] === wanted)).trim();
    // All tokens that touch the spelling are marked, so a piece of the text beside it may come with it.
    expect(textOf('spelled')).toContain(spelled);
    expect(textOf('spelled').length).toBeLessThanOrEqual(spelled.length === 0 ? 0 : spelled.length + 2);
    expect(kinds.filter((kind) => kind === 'special')).toHaveLength(allowSpecialText ? 3 : 2);
  }
});

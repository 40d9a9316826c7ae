import { expect, it } from 'vitest';
import { createGrowingText } from '#engine/tokenizer/growing-text.ts';

/** Ids are bytes. */
const decode = (ids: ArrayLike<number>) => new TextDecoder('utf-8').decode(Uint8Array.from(ids));

it('tells each character once, with the token that completes it', () => {
  const growing = createGrowingText({ decode });
  const bytes = [...new TextEncoder().encode('aé日!')];
  const told = bytes.map((byte) => growing.add(byte));
  // One byte, two bytes, three bytes, one byte.
  expect(told).toEqual(['a', '', 'é', '', '', '日', '!']);
});

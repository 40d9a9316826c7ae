import { flatText } from '../../message-text.ts';
import type { AskedPrompt } from '../../records.ts';
import type { PromptChunk } from '../../rollout/collect-rollout.ts';
import { bucketLength, padRows } from '../../tokenizer/rows/pad-rows.ts';
import type { PromptRow } from '../data/training-rows.ts';

/** A prompt and its ids, truncated to leave room for a response. */
export interface EncodedPrompt {
  readonly asked: AskedPrompt;
  readonly text: string;
  readonly ids: readonly number[];
}

/** A prompt with the ids of its row. */
export function toEncodedPrompt({ prompt, ids }: PromptRow): EncodedPrompt {
  return { asked: prompt, text: flatText(prompt.prompt), ids };
}

/**
 * Prompts in chunks of `size` rows, all padded on the left to one bucketed length. The last chunk repeats its last
 * prompt, so that every chunk has one shape; callers discard the surplus rows.
 */
export function promptChunks(
  prompts: readonly EncodedPrompt[],
  size: number,
  padTokenId: number,
): readonly PromptChunk[] {
  const length = bucketLength(Math.max(...prompts.map((prompt) => prompt.ids.length)));
  return Array.from({ length: Math.ceil(prompts.length / size) }, (_, chunk) => {
    const some = prompts.slice(chunk * size, (chunk + 1) * size);
    const rows = Array.from({ length: size }, (_, row) => some[Math.min(row, some.length - 1)] as EncodedPrompt);
    const batch = padRows(
      rows.map(({ ids }) => ({ ids, trained: ids.map(() => false) })),
      { padTokenId, side: 'left', length },
    );
    return { batch, texts: rows.map(({ text }) => text) };
  });
}

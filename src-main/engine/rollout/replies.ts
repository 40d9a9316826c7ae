import { type CollectorParts, type PromptChunk, unpad } from './collect-rollout.ts';
import { cutResponse } from './cut-response.ts';
import { generateChunks } from './generate-chunks.ts';

/** Texts of responses to chunks of prompts of one shape, row by row; nothing is scored. */
export function createReplies({ generate, cut, rowsAtOnce }: Pick<CollectorParts, 'generate' | 'cut' | 'rowsAtOnce'>) {
  return (chunks: readonly PromptChunk[], seedOf: (chunk: number) => number): readonly string[] => {
    const prompts = chunks.map(({ batch }) => ({ ids: batch.ids, attentionMask: batch.attentionMask }));
    const mostRows = rowsAtOnce(prompts[0]!.ids.shape[1] as number);
    const sampled = generateChunks(generate, prompts, Array.from(chunks.keys(), seedOf), mostRows);
    return sampled.flatMap(({ ids, lengths }) => unpad(ids, lengths.data).map((row) => cutResponse(row, cut).text));
  };
}
